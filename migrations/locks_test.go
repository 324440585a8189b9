package migrations_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/migrations"
	"registrard/store/storetest"
)

type lockedLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedLog) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), text)
}

// TestMigratingBehindAReport: while somebody reads ps_contacts for long, up and
// down wait in short tries, and whoever writes it waits for none of them for
// long. The server itself measures: a write that waits for a second fails.
func TestMigratingBehindAReport(t *testing.T) {
	t.Parallel()
	for _, way := range []struct {
		name string
		do   func(context.Context, *pgxpool.Pool, *slog.Logger) error
	}{
		{"up", migrations.Up},
		{"down", func(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
			return migrations.Down(ctx, pool, 4, log)
		}},
		{"up_that_repairs", migrations.Up},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			exec(t, db.Pool, `INSERT INTO ps_contacts (id, uri, expiration_time) VALUES ('6001^3B@1', 'sip:1@h', 4000000000)`)
			switch way.name {
			case "up":
				down(t, db.Pool, 11)
			case "up_that_repairs":
				exec(t, db.Pool, `ALTER TABLE ps_contacts DROP COLUMN q`)
			}
			report, err := db.Pool.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = report.Rollback(context.Background()) }()
			if _, err := report.Exec(t.Context(), `SELECT count(*) FROM ps_contacts`); err != nil {
				t.Fatal(err)
			}
			phones := startPhones(t, db)
			log := &lockedLog{}
			done := make(chan error, 1)
			go func() { done <- way.do(t.Context(), db.Pool, slog.New(slog.NewTextHandler(log, nil))) }()
			deadline := time.Now().Add(time.Minute)
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for ; log.count("waiting for a table that is in use") < 2; <-tick.C {
				if time.Now().After(deadline) {
					t.Fatalf("it never said that it waits:\n%s", &log.b)
				}
			}
			if log.count("pid ") == 0 {
				t.Errorf("it isn't said who uses the table:\n%s", &log.b)
			}
			if err := report.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
			phones()
		})
	}
}

// startPhones writes ps_contacts all the while; stop ends that, and reports
// writes that waited for too long.
func startPhones(t *testing.T, db *storetest.DB) (stop func()) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), db.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `SET lock_timeout = '1s'`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		defer func() { _ = conn.Close(context.Background()) }()
		n := 0
		for ; ctx.Err() == nil; n++ {
			_, err := conn.Exec(context.Background(), `UPDATE ps_contacts SET expiration_time = expiration_time + 1`)
			var pg *pgconn.PgError
			if errors.As(err, &pg) && pg.Code == "0A000" {
				continue // a plan of before
			}
			if err != nil {
				t.Errorf("a phone, after %d served: %v", n, err)
				return
			}
		}
	})
	stop = sync.OnceFunc(func() { cancel(); wg.Wait() })
	t.Cleanup(stop)
	return stop
}
