package main

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"registrard/config"
	"registrard/migrations"
)

// TestNamesOfOthers: what a connection text may hold for nothing is accepted by
// the configuration, and is not sent to the server.
func TestNamesOfOthers(t *testing.T) {
	t.Parallel()
	for _, name := range migrations.Libpq {
		text := "host=h dbname=d " + name + "=1"
		if _, mistakes := config.Load(map[string]string{"database.url": text, "database.listen_url": text}, nil); len(mistakes) > 0 {
			t.Errorf("%s: %v", name, mistakes)
		}
		c, err := pgx.ParseConfig(text)
		if err != nil {
			t.Fatal(err)
		}
		ignored := migrations.WithoutLibpq(c)
		if len(ignored) != 1 || ignored[0] != name || c.RuntimeParams[name] != "" {
			t.Errorf("%s: ignored %v, sent %v", name, ignored, c.RuntimeParams)
		}
	}
	for text, want := range map[string]pgx.QueryExecMode{
		"pgbouncer=true":  pgx.QueryExecModeExec,
		"pgbouncer=false": pgx.QueryExecModeCacheStatement,
		"pgbouncer=true default_query_exec_mode=cache_describe":     pgx.QueryExecModeCacheDescribe,
		"keepalives=1 keepalives_idle=3 channel_binding=prefer d=1": pgx.QueryExecModeCacheStatement,
	} {
		c, err := pgx.ParseConfig("host=h dbname=d " + text)
		if err != nil {
			t.Fatal(err)
		}
		migrations.WithoutLibpq(c)
		if c.DefaultQueryExecMode != want {
			t.Errorf("%s: %v, want %v", text, c.DefaultQueryExecMode, want)
		}
	}
}
