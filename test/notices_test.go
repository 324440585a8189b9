package test

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// NOTICES has the licences of all that is linked, and ships with the package and
// the image.
func TestNotices(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("../tools/notices.sh")
	var said bytes.Buffer
	cmd.Stderr = &said
	want, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	got, err := os.ReadFile("../NOTICES")
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("NOTICES isn't what is linked (%v): run make notices", err)
	}
	for file, line := range map[string]string{"../Dockerfile": "/src/NOTICES", "../deploy/package/nfpm.yaml": "{src: NOTICES,"} {
		if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), line) {
			t.Errorf("%s doesn't take NOTICES along (%v)", file, err)
		}
	}
}
