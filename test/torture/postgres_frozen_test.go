package torture

import (
	"testing"
	"time"
)

// frozenFor is how long PostgreSQL stands still.
const frozenFor = 10 * time.Second

// TestPostgreSQLFrozen stops all of PostgreSQL in its steps for 10 s: nothing
// is refused, nothing is answered, and what hung wakes up later.
func TestPostgreSQLFrozen(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", nil)
	a, b := startNode(t, s.url, "a"), startNode(t, s.url, "b")
	l := startLoad(t, loadOptions{targets: udp(a, b)})
	l.more(20*time.Second, 300, 200)

	l.fault()
	until := time.Now().Add(frozenFor)
	thaw := s.freeze()
	t.Cleanup(thaw) // also when the test fails on the way
	l.more(20*time.Second, 50, 503)
	pause(t.Context(), time.Until(until))
	thaw()
	back := l.back(20 * time.Second)
	atMost(t, "the return", back, 5*time.Second)
	l.more(20*time.Second, 300, 200)
	l.settle(s.pool, "PostgreSQL frozen 10 s", back)
}
