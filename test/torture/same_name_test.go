package torture

import (
	"strings"
	"testing"
	"time"
)

// TestSameName starts a second node with a name that a live one has: it must
// refuse, and say why, and the first must not notice.
func TestSameName(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", nil)
	a := startNode(t, s.url, "a")
	l := startLoad(t, loadOptions{targets: udp(a)})
	l.more(20*time.Second, 100, 200)
	l.fault()
	started := time.Now()
	twin := launchNode(t, s.url, "a")
	select {
	case <-twin.Done():
	case <-time.After(15 * time.Second):
		t.Fatalf("the second node runs\n%s", twin.Log())
	}
	refused := time.Since(started)
	if code := twin.ExitCode(); code != 1 {
		t.Errorf("exit status %d, want 1", code)
	}
	for _, want := range []string{`uses "a"`, "REGISTRARD_NODE_NAME", "alive"} {
		if !strings.Contains(twin.Log(), want) {
			t.Errorf("the log doesn't name %s:\n%s", want, twin.Log())
		}
	}
	l.more(20*time.Second, 100, 200)
	if l.count(503) > 0 || !a.Ready() {
		t.Error("the first node was disturbed")
	}
	l.settle(s.pool, "two live nodes, one name", 0)
	note("%-36s refused %v after its start", "  the second one", round(refused))
}
