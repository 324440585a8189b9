//go:build torture

package torture

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"registrard/test/rig"
)

// TestClockSkew runs three nodes whose clocks are a minute slow, right, and a
// minute fast, and sends each request of a phone to the next node: challenge on
// one, credentials on another, refresh on a third.
//
// A Go program doesn't ask libc for the time, so libfaketime can't shift it, and
// a time namespace shifts no wall clock. Instead the same registrard is built
// over a standard library whose time.Now adds what the environment says.
func TestClockSkew(t *testing.T) {
	t.Parallel()
	shifted := buildShifted(t)
	s := newSite(t, "", nil)
	var nodes []*rig.Node
	for name, seconds := range map[string]string{"slow": "-60", "right": "0", "fast": "60"} {
		n := launchBinary(t, shifted, s.url, name, "CLOCK_SHIFT_SECONDS="+seconds)
		waitReady(t, n)
		nodes = append(nodes, n)
	}
	off := 0
	for _, n := range nodes {
		if d := clockOf(t, n); d > 55*time.Second || d < -55*time.Second {
			off++
		}
	}
	if off != 2 {
		t.Fatalf("the clocks of %d nodes are shifted, want 2: this tests nothing", off)
	}
	l := startLoad(t, loadOptions{hop: true, targets: udp(nodes...)})
	l.more(20*time.Second, 500, 200)
	l.fault()
	l.more(30*time.Second, 3000, 200)
	if n := l.count(503); n > 0 {
		t.Errorf("%d answers 503", n)
	}
	l.settle(s.pool, "clocks a minute slow and fast", 0)
}

// clockOf is how far a node's clock is from ours, as its log tells.
func clockOf(t *testing.T, n *rig.Node) time.Duration {
	t.Helper()
	line, _, _ := strings.Cut(n.Log(), "\n")
	var first struct{ Time time.Time }
	if err := json.Unmarshal([]byte(line), &first); err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	return time.Until(first.Time)
}

// buildShifted builds registrard over a time.Now that is shifted.
func buildShifted(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatalf("go env: %v", err)
	}
	original := filepath.Join(strings.TrimSpace(string(out)), "src", "time", "time.go")
	text, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	const now = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	if strings.Count(string(text), now) != 1 {
		t.Fatalf("%s has another time.Now than this test knows", original)
	}
	changed := strings.Replace(string(text), now, now+"\tsec += clockShift\n", 1)
	dir := t.TempDir()
	shift := "package time\n\nimport \"syscall\"\n\nvar clockShift = func() int64 {\n" +
		"\ts, ok := syscall.Getenv(\"CLOCK_SHIFT_SECONDS\")\n\tif !ok {\n\t\treturn 0\n\t}\n" +
		"\tn, err := atoi(s)\n\tif err != nil {\n\t\tpanic(\"CLOCK_SHIFT_SECONDS: \" + s)\n\t}\n\treturn int64(n)\n}()\n"
	replace := map[string]string{
		original: filepath.Join(dir, "time.go"),
		filepath.Join(filepath.Dir(original), "zz_shift.go"): filepath.Join(dir, "zz_shift.go"),
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"time.go": changed, "zz_shift.go": shift, "overlay.json": string(overlay)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "registrard-shifted")
	if err := rig.Build(path, "-overlay", filepath.Join(dir, "overlay.json")); err != nil {
		t.Fatal(err)
	}
	return path
}
