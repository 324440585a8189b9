package store

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"registrard/asterisk"
	"registrard/migrations"
	"registrard/store/storetest"
)

// encoded makes a database of that encoding and gives its URL.
func encoded(t *testing.T, encoding string) string {
	t.Helper()
	db := storetest.Empty(t)
	name := "e_" + strings.ToLower(rand.Text()[:20])
	exec(t, db, "CREATE DATABASE "+name+" ENCODING '"+encoding+"' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
	exec(t, db, "ALTER DATABASE "+name+" SET client_encoding = 'LATIN1'")
	t.Cleanup(func() {
		c, err := pgx.Connect(context.Background(), db.URL)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = c.Close(context.Background()) }()
		if _, err := c.Exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(db.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// TestEncodings: databases that aren't UTF8 migrate and serve. What such a
// database can't spell harms its own phone alone, and a User-Agent nobody.
func TestEncodings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ encoding, agent, name string }{
		{"LATIN1", "T\u00e9l\u00e9phone ?", ""},
		{"SQL_ASCII", "T\u00e9l\u00e9phone \u96fb", "\u96fb"},
		{"LATIN2", "T?l?phone ?", ""},
	} {
		t.Run(c.encoding, func(t *testing.T) {
			t.Parallel()
			db := encoded(t, c.encoding)
			pool, err := migrations.Connect(t.Context(), db)
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			if err := migrations.Up(t.Context(), pool, slog.New(slog.DiscardHandler)); err != nil {
				t.Fatal(err)
			}
			for _, sql := range []string{"INSERT INTO ps_endpoints (id, aors, auth) VALUES ('6001', '6001', '6001'), ('6002', 'a" + strings.Repeat("b", 80) + "', E'x\ty')",
				"INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 1)", "SELECT * FROM provisioning_problems"} {
				if _, err := pool.Exec(t.Context(), sql); err != nil {
					t.Fatalf("%s: %v", sql, err)
				}
			}
			s := startReady(t, db, func(o *Options) { o.beforeLock = nil })
			for cseq := uint32(1); cseq <= 2; cseq++ {
				change := register(anAOR("6001", 1), "sip:p@192.0.2.1", "call", cseq, 3600)
				change.Wanted[0].Contact.UserAgent = "T\u00e9l\u00e9phone \u96fb"
				mustCommit(t, s.Store, change)
				if got := change.Wanted[0].Contact.UserAgent; got != "T\u00e9l\u00e9phone \u96fb" {
					t.Errorf("the caller's User-Agent is now %q", got)
				}
			}
			var agent string
			if err := pool.QueryRow(t.Context(), "SELECT user_agent FROM registrations WHERE aor = '6001'").Scan(&agent); err != nil || agent != c.agent {
				t.Errorf("user_agent %q, %v; want %q", agent, err, c.agent)
			}
			if e, err := s.LoadEndpoint(t.Context(), asterisk.Escape("\u96fb")); e != nil || (err == nil) != (c.name != "") {
				t.Errorf("an endpoint that can't be spelt: %v, %v", e, err)
			}
			if e, err := s.LoadEndpoint(t.Context(), "6001"); e == nil || err != nil {
				t.Errorf("one that can: %v, %v", e, err)
			}
		})
	}
}
