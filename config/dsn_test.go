package config

import (
	"strings"
	"testing"
)

func TestWrongNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       string // of each sentence a part, joined by |
	}{
		{"a misspelt sslmode in a URL", "postgres://u:geheim@h/d?sslmod=require", "there is no sslmod; did you mean sslmode?"},
		{"the same as key=value", "host=h ssl_mode=require", "there is no ssl_mode; did you mean sslmode?"},
		{"several", "host=h dbnme=d pasword=geheim", "did you mean dbname?|did you mean password?"},
		{"words from elsewhere", "host=h username=u ssl=true", "did you mean sslmode?|did you mean user?"},
		{"one of the pool", "host=h pool_max_con=3", "did you mean pool_max_conns?"},
		{"libpq's own", "host=h sslcrl=f gssencmode=disable", "gssencmode is libpq's alone|sslcrl is libpq's alone"},
		{"what libpq and others have for nothing here", "host=h keepalives=1 keepalives_idle=3 load_balance_hosts=random tcp_user_timeout=5 channel_binding=prefer pgbouncer=true", ""},
		{"right ones", "postgres://u@h1,h2/d?sslmode=verify-full&target_session_attrs=read-write&connect_timeout=2&default_query_exec_mode=exec&pool_max_conns=5", ""},
		{"settings of the server", "host=h " + strings.Join(serverSettings, "=x ") + "=x", ""},
		{"a setting of an extension", "host=h app.tenant=x", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := wrongNames(c.text, true)
			var want []string
			if c.want != "" {
				want = strings.Split(c.want, "|")
			}
			ok := len(got) == len(want)
			for i := range got {
				ok = ok && strings.Contains(got[i], want[i]) && !strings.Contains(got[i], "geheim")
			}
			if !ok {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
	t.Run("the pool's in database.listen_url", func(t *testing.T) {
		t.Parallel()
		if got := wrongNames("host=h pool_max_conns=3", false); len(got) != 1 || !strings.Contains(got[0], "for database.url alone") {
			t.Errorf("%q", got)
		}
	})
}

// serverSettings are names that people put into a connection text, and short
// ones, which look most like others.
var serverSettings = []string{
	"application_name", "search_path", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout",
	"client_encoding", "TimeZone", "DateStyle", "IntervalStyle", "role", "jit", "geqo", "work_mem", "synchronous_commit", "options",
	"extra_float_digits", "client_min_messages", "default_transaction_read_only", "default_transaction_isolation", "plan_cache_mode",
	"enable_sort", "enable_hashagg", "from_collapse_limit", "session_authorization", "bytea_output", "xmloption", "row_security",
	"replication", "tcp_keepalives_idle", "log_statement", "temp_buffers", "transaction_timeout", "ssl_renegotiation_limit",
}

// TestCheckNamesThem: config check tells, with the key and without the value.
func TestCheckNamesThem(t *testing.T) {
	t.Parallel()
	_, mistakes := Load(nil, []string{
		"REGISTRARD_DATABASE_URL=postgres://u:geheim@h/d?sslmod=require&requirepeer=postgres",
		"REGISTRARD_DATABASE_LISTEN_URL=postgres://u:geheim@h/d?default_query_exec_mode=exce",
	})
	got := strings.Join(lines(mistakes), "\n")
	for _, part := range []string{
		"REGISTRARD_DATABASE_URL: database.url = (hidden): there is no sslmod; did you mean sslmode?",
		"REGISTRARD_DATABASE_URL: database.url = (hidden): requirepeer is libpq's alone",
		"REGISTRARD_DATABASE_LISTEN_URL: database.listen_url = (hidden): can't be read",
	} {
		if !strings.Contains(got, part) {
			t.Errorf("no %q in\n%s", part, got)
		}
	}
	if strings.Contains(got, "geheim") {
		t.Errorf("a password is told:\n%s", got)
	}
}
