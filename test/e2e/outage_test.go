package e2e

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/localpg"
	"registrard/migrations"
	"registrard/store/storetest"
)

// promise is what a 200 said: this contact stands until then, as of that CSeq.
type promise struct {
	cseq    int64
	expires time.Time
}

// TestDatabaseOutage stops PostgreSQL in the middle of traffic, starts it
// again, and holds every answer and every row against what was promised. After
// the outage phones bring other contacts: what was promised before it is found
// as it was then, or is lost, and no later refresh can hide that.
func TestDatabaseOutage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		stop func(context.Context, *localpg.Server) error
	}{
		{"stopped", func(ctx context.Context, s *localpg.Server) error { return s.Stop(ctx) }},
		{"killed", func(_ context.Context, s *localpg.Server) error { s.Kill(); return nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			outage(t, c.stop)
		})
	}
}

func outage(t *testing.T, stop func(context.Context, *localpg.Server) error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	server := storetest.Server(t, true)
	pool, err := pgxpool.New(ctx, server.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if err := migrations.Up(ctx, pool, discard()); err != nil {
		t.Fatal(err)
	}
	const phones = 24
	for i := range phones {
		extension(t, pool, fmt.Sprint(8000+i), "secret", 6)
	}
	n := startNode(t, server.URL("postgres"), "REGISTRARD_DATABASE_DEADLINE=1s", "REGISTRARD_LOG_LEVEL=info")

	// Traffic: each phone registers anew every few milliseconds, sometimes
	// with another contact, and writes down what it was promised.
	var (
		mu       sync.Mutex
		promised = map[string]promise{}
		codes    = map[int]int{}
		wrong    []string
		wg       sync.WaitGroup
		after    atomic.Bool // the outage is over
	)
	traffic, stopTraffic := context.WithCancel(ctx)
	for i := range phones {
		p, err := newUDPPhone(n.addr("udp"), fmt.Sprint(8000+i), "secret")
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			defer p.conn.Close()
			for round := 0; traffic.Err() == nil; round++ {
				contact := fmt.Sprintf("%s;after=%t;unit=%d", p.contact(), after.Load(), round%3)
				sent := time.Now()
				a, err := p.register(4*time.Second, []string{"<" + contact + ">"}, "Expires: 600")
				mu.Lock()
				switch {
				case err != nil:
					wrong = append(wrong, fmt.Sprintf("%s: %v", p.user, err))
				default:
					codes[a.code]++
					switch a.code {
					case 200:
						promised[contact] = promise{int64(p.cseq), sent.Add(599 * time.Second)}
					case 503:
						if a.header.Get("Retry-After") == "" {
							wrong = append(wrong, "a 503 without Retry-After")
						}
					default:
						wrong = append(wrong, a.raw)
					}
				}
				mu.Unlock()
			}
		})
	}
	counted := func(code int) func() bool {
		mu.Lock()
		before := codes[code]
		mu.Unlock()
		return func() bool { mu.Lock(); defer mu.Unlock(); return codes[code] > before+100 }
	}

	eventually(t, 30*time.Second, "traffic before the outage", counted(200))
	if err := stop(ctx, server); err != nil {
		t.Fatal(err)
	}
	eventually(t, 30*time.Second, "503 during the outage", counted(503))
	// The whole fleet has lost the database: load balancers must keep it.
	eventually(t, 10*time.Second, "/readyz to say what is wrong", func() bool { _, body := n.get("/readyz"); return strings.HasPrefix(body, "ready, but: ") })
	if n.readyz() != 200 {
		t.Error("a node that was ready is not ready while the database is away")
	}
	if code := n.options(); code != 200 {
		t.Errorf("OPTIONS is %d while the database is away, want 200 as /readyz", code)
	}
	after.Store(true)
	server, err = localpg.Start(ctx, localpg.Options{Dir: server.Dir, Port: server.Port, Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop(context.Background()) })
	back := time.Now()
	eventually(t, 30*time.Second, "traffic after the outage", counted(200))
	t.Logf("100 registrations %v after PostgreSQL was back", time.Since(back).Round(time.Millisecond))
	n.waitReady()
	stopTraffic()
	wg.Wait()

	for _, w := range wrong[:min(len(wrong), 5)] {
		t.Errorf("wrong answer: %s", w)
	}
	found := map[string]promise{}
	rows, err := pool.Query(ctx, `SELECT contact, cseq, expires_at FROM registrations`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var contact string
		var p promise
		if err := rows.Scan(&contact, &p.cseq, &p.expires); err != nil {
			t.Fatal(err)
		}
		found[contact] = p
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	missing := 0
	for contact, p := range promised {
		if f, ok := found[contact]; !ok || f.cseq < p.cseq || f.expires.Before(p.expires) {
			missing++
			t.Errorf("%s was acknowledged at CSeq %d until %v; psql shows CSeq %d until %v", contact, p.cseq, p.expires, f.cseq, f.expires)
		}
	}
	t.Logf("%d acknowledged, %d found; answers %s", len(promised), len(promised)-missing, strings.TrimPrefix(fmt.Sprint(codes), "map"))
}
