package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// What a connection text may name. A name that pgx doesn't know goes to the
// server as one of its settings (search_path, statement_timeout); a misspelt one
// does too, and then the server refuses every connection.

// connectionNames are pgx's.
var connectionNames = []string{
	"channel_binding", "connect_timeout", "dbname", "default_query_exec_mode", "description_cache_capacity", "host", "krbspn", "krbsrvname",
	"max_protocol_version", "min_protocol_version", "options", "passfile", "password", "port", "require_auth", "service", "servicefile",
	"sslcert", "sslcertmode", "sslkey", "sslmode", "sslnegotiation", "sslpassword", "sslrootcert", "sslsni", "statement_cache_capacity",
	"target_session_attrs", "user", "application_name", "search_path", "statement_timeout",
}

// poolNames are pgxpool's: only database.url has a pool.
var poolNames = []string{
	"pool_health_check_period", "pool_max_conn_idle_time", "pool_max_conn_lifetime", "pool_max_conn_lifetime_jitter", "pool_max_conns",
	"pool_min_conns", "pool_min_idle_conns", "pool_ping_timeout",
}

// libpqNames are libpq's that pgx doesn't know; the server refuses them, and
// whoever wrote them means something by them.
var libpqNames = []string{
	"gssencmode", "hostaddr", "requirepeer", "requiressl", "ssl_max_protocol_version", "ssl_min_protocol_version",
	"sslcrl", "sslcrldir", "sslkeylogfile",
}

// ignoredNames change nothing that a node needs: they are left out on the way to
// the server (migrations.Libpq).
var ignoredNames = []string{
	"fallback_application_name", "gssdelegation", "gsslib", "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval",
	"load_balance_hosts", "pgbouncer", "sslcompression", "tcp_user_timeout",
}

// otherNames are what people write who come from elsewhere.
var otherNames = map[string]string{
	"currentschema": "search_path", "db": "dbname", "hostname": "host", "pass": "password", "pwd": "password", "schema": "search_path",
	"server": "host", "ssl": "sslmode", "timeout": "connect_timeout", "username": "user", "sslca": "sslrootcert",
}

// wrongNames says what is wrong with the names in a connection text that pgx
// can read, one sentence each. No value is in it: one may be a password.
func wrongNames(text string, pool bool) []string {
	c, err := pgconn.ParseConfig(text)
	if err != nil {
		return nil
	}
	known := slices.Clone(connectionNames)
	if pool {
		known = append(known, poolNames...)
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(c.RuntimeParams)) {
		instead, isOther := otherNames[strings.ToLower(name)]
		switch near := nearest(name, known); {
		case slices.Contains(known, name) || slices.Contains(ignoredNames, name) || strings.Contains(name, "."):
		case slices.Contains(poolNames, name):
			out = append(out, name+" is for database.url alone, this connection has no pool; leave it out")
		case slices.Contains(libpqNames, name):
			out = append(out, name+" is libpq's alone and would be refused by the server; leave it out")
		case isOther:
			out = append(out, "there is no "+name+"; did you mean "+instead+"?")
		case near != "":
			out = append(out, "there is no "+name+"; did you mean "+near+"?")
		}
	}
	return out
}

// readable says whether pgx can read a connection text. Its error may hold a
// password, so nobody gets to see it.
func readable(text string, pool bool) bool {
	if !pool {
		_, err := pgx.ParseConfig(text)
		return err == nil
	}
	_, err := pgxpool.ParseConfig(text)
	return err == nil
}
