package torture

import (
	"context"
	"testing"
	"time"
)

// TestPostgreSQLKilled kills PostgreSQL with -9 under load, and starts it again.
func TestPostgreSQLKilled(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", nil)
	a, b := startNode(t, s.url, "a"), startNode(t, s.url, "b")
	l := startLoad(t, loadOptions{targets: udp(a, b)})
	l.more(20*time.Second, 300, 200)

	l.fault()
	s.server.Kill()
	l.more(20*time.Second, 50, 503)
	s.startServer(context.Background())
	back := l.back(20 * time.Second)
	atMost(t, "the return", back, 5*time.Second)
	l.more(20*time.Second, 300, 200)
	l.settle(s.pool, "PostgreSQL killed -9", back)
}

// TestPostgreSQLRestarted shuts PostgreSQL down in the ordinary way under load,
// and starts it again.
func TestPostgreSQLRestarted(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", nil)
	a, b := startNode(t, s.url, "a"), startNode(t, s.url, "b")
	l := startLoad(t, loadOptions{targets: udp(a, b)})
	l.more(20*time.Second, 300, 200)

	l.fault()
	if err := s.server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.more(20*time.Second, 50, 503)
	s.startServer(context.Background())
	back := l.back(20 * time.Second)
	atMost(t, "the return", back, 5*time.Second)
	l.more(20*time.Second, 300, 200)
	l.settle(s.pool, "PostgreSQL restarted", back)
}
