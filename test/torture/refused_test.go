//go:build torture

package torture

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestOutOfConnections lets another client take every connection that
// PostgreSQL has. Nodes go on with those they hold; when they lose those too,
// phones get 503 until there are some again.
func TestOutOfConnections(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", map[string]string{"max_connections": "30"})
	a, b := startNode(t, s.url, "a"), startNode(t, s.url, "b")
	l := startLoad(t, loadOptions{targets: udp(a, b)})
	l.more(20*time.Second, 300, 200)

	// One for ourselves: who is being refused holds a place for a moment too.
	own, err := s.pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer own.Release()
	ctx, release := context.WithCancel(context.Background())
	var hogs sync.WaitGroup
	for range 120 {
		hogs.Go(func() {
			for ctx.Err() == nil {
				c, err := pgx.Connect(ctx, s.url+"&application_name=hog")
				if err != nil {
					pause(ctx, 5*time.Millisecond)
					continue
				}
				<-ctx.Done()
				closing, cancel := context.WithTimeout(context.Background(), time.Second)
				_ = c.Close(closing) // the server goes on without it
				cancel()
			}
		})
	}
	t.Cleanup(func() { release(); hogs.Wait() })
	l.fault()
	l.more(20*time.Second, 300, 200)
	if n := l.count(503); n > 0 {
		t.Errorf("%d answers 503 while nodes still held their connections", n)
	}
	if _, err := own.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'registrard %'`); err != nil {
		t.Fatal(err)
	}
	l.more(20*time.Second, 50, 503)
	pause(ctx, 5*time.Second)
	release()
	hogs.Wait()
	back := l.back(20 * time.Second)
	atMost(t, "the return", back, 5*time.Second)
	l.more(20*time.Second, 300, 200)
	l.settle(s.pool, "out of connections", back)
}

// TestReadOnly makes the server refuse writes under running connections, as a
// demoted primary does, for 5 s.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", nil)
	a, b := startNode(t, s.url, "a"), startNode(t, s.url, "b")
	l := startLoad(t, loadOptions{targets: udp(a, b)})
	l.more(20*time.Second, 300, 200)
	l.fault()
	s.exec(`ALTER SYSTEM SET default_transaction_read_only = on`)
	s.exec(`SELECT pg_reload_conf()`)
	l.more(20*time.Second, 50, 503)
	pause(t.Context(), 5*time.Second)
	s.exec(`ALTER SYSTEM RESET default_transaction_read_only`)
	s.exec(`SELECT pg_reload_conf()`)
	back := l.back(20 * time.Second)
	atMost(t, "the return", back, 5*time.Second)
	l.more(20*time.Second, 300, 200)
	l.settle(s.pool, "the database is read-only", back)
}
