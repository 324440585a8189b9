package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"registrard/store/storetest"
)

// A node whose limit of open files is below sip.max_connections says so at its
// start, and takes fewer, so that there are files for the database.
func TestFewFiles(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	script := t.TempDir() + "/few"
	if err := os.WriteFile(script, []byte(fmt.Sprintf("#!%s\nulimit -n 300\nexec %s \"$@\"\n", shell, binary)), 0o755); err != nil {
		t.Fatal(err)
	}
	n := launchBinary(t, script, storetest.New(t).URL)
	n.waitReady()
	if !strings.Contains(n.log(), `"limit":300,"max_connections":20000,"taken":190`) {
		t.Errorf("the log doesn't say that fewer connections are taken:\n%s", n.log())
	}
}
