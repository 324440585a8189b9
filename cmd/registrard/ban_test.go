package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"registrard/explain"
	"registrard/store/storetest"
)

const bans = `
INSERT INTO registrard_bans (cidr, until) VALUES ('127.0.0.1', NULL), ('192.0.2.0/24', now() + interval '1 hour'), ('192.0.2.7', NULL), ('198.51.100.5', now() - interval '1 s'),
  ('203.0.113.0/24', NULL), ('10.9.0.0/16', NULL), ('10.8.0.0/16', NULL), ('2001:db8::/64', NULL);
INSERT INTO registrard_allowed (cidr) VALUES ('203.0.113.0/25');
`

// TestExplainBanned: who is banned gets no answer, which explain and why say.
func TestExplainBanned(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	provision(t, db, site)
	provision(t, db, bans)
	environ := []string{"REGISTRARD_DATABASE_URL=" + db.URL, "REGISTRARD_GUARD_ALLOW=10.9.0.0/16", "REGISTRARD_TRUSTED_PROXIES=10.8.0.1"}
	file := filepath.Join(t.TempDir(), "register.txt")
	if err := os.WriteFile(file, []byte(captured("6001", "asterisk", "open sesame")), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, args string
		remedy     string // empty: not banned
		detail     string
	}{
		{"an address", "--user 6001 --source 127.0.0.1", "DELETE FROM registrard_bans WHERE cidr = '127.0.0.1';", "127.0.0.1 for ever"},
		{"no source is taken to be the own host", "--user 6001", "DELETE FROM registrard_bans WHERE cidr = '127.0.0.1';", "127.0.0.1 for ever"},
		{"a network", "--user nobody --source 192.0.2.9", "DELETE FROM registrard_bans WHERE cidr = '192.0.2.0/24';", "192.0.2.0/24 for "},
		{"an address and its network", "--user 6001 --source 192.0.2.7", "DELETE FROM registrard_bans WHERE cidr IN ('192.0.2.0/24', '192.0.2.7');", "192.0.2.7 for ever"},
		{"an IPv6 network", "--user 6001 --source 2001:db8::9", "DELETE FROM registrard_bans WHERE cidr = '2001:db8::/64';", "2001:db8::9 is banned"},
		{"a captured REGISTER", "--source 192.0.2.9 " + file, "DELETE FROM registrard_bans WHERE cidr = '192.0.2.0/24';", "192.0.2.9 is banned"},
		{"who is allowed by a row", "--user 6001 --source 203.0.113.9", "", ""},
		{"beside who is allowed by a row", "--user 6001 --source 203.0.113.200", "DELETE FROM registrard_bans WHERE cidr = '203.0.113.0/24';", ""},
		{"who is allowed by configuration", "--user 6001 --source 10.9.1.1", "", ""},
		{"a trusted proxy", "--user 6001 --source 10.8.0.1", "", ""},
		{"a ban that is over", "--user 6001 --source 198.51.100.5", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"explain", "--json"}, strings.Fields(c.args)...)
			status, stdout, stderr := call(environ, args...)
			e := decodeExplanation(t, stdout, stderr)
			if banned := e.Reason == "banned"; banned != (c.remedy != "") {
				t.Fatalf("reason %q, %s", e.Reason, stdout)
			} else if !banned {
				return
			}
			if status != 1 || e.Accepted || e.Code != 0 || !strings.HasPrefix(e.Request, "sip:") {
				t.Errorf("status %d: %s", status, stdout)
			}
			refused := 0
			for _, s := range e.Steps {
				if s.Stage != explain.Listener {
					t.Errorf("it goes on to %s", s.Stage)
				}
				if s.Outcome == explain.Refuse {
					refused++
					if s.Remedy != c.remedy || !strings.Contains(s.Detail, c.detail) {
						t.Errorf("%s -> %s", s.Detail, s.Remedy)
					}
				}
			}
			if refused != 1 {
				t.Errorf("%d steps refuse", refused)
			}
			if _, human, _ := call(environ, append([]string{"explain"}, strings.Fields(c.args)...)...); !strings.Contains(human, "no answer: banned") || !strings.Contains(human, "REGISTER of sip:") {
				t.Errorf("it says\n%s", human)
			}
		})
	}
}

func TestWhyBanned(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	provision(t, db, site)
	provision(t, db, bans)
	provision(t, db, `
INSERT INTO registrard_failures (source, username, domain, aor, reason, hint, count, first_seen, last_seen, node, code, detail, endpoint, transport, user_agent) VALUES
  ('127.0.0.1', '6001', 'example.com', '6001', 'wrong_password', 'Compare the password in the phone.', 12, now(), now(), 'n1', 401, 'it does not fit', '6001', 'udp', 'phone');
INSERT INTO ps_contacts (id, uri, expiration_time, endpoint, source_addr, reg_server, registered_at)
  VALUES ('6002^3B@1', 'sip:6002@192.0.2.8:5060', extract(epoch FROM now())::bigint + 600, '6002', '192.0.2.8', 'n1', now());
`)
	environ := []string{"REGISTRARD_DATABASE_URL=" + db.URL}
	const network = "DELETE FROM registrard_bans WHERE cidr = '192.0.2.0/24';"
	for _, c := range []struct {
		name, args string
		want       []string
		not        string
	}{
		{"a user whose failures came from there", "6001", []string{"now it would be no answer: banned", "DELETE FROM registrard_bans WHERE cidr = '127.0.0.1';"}, "would be accepted"},
		{"a user without failures at a source", "trunk --source 192.0.2.9", []string{"it would be refused now: no answer: banned", network}, "No node has refused it"},
		{"a source", "--source 192.0.2.9", []string{"it would be refused now: no answer: banned", "192.0.2.9 is banned", network}, "No node has refused it"},
		{"a source from which somebody is registered still", "--source 192.0.2.8", []string{"registered  6002", "no answer: banned", network}, ""},
		{"a network of which a part is banned", "--source 192.0.0.0/16", []string{"no answer: banned", "192.0.2.0/24 for", "DELETE FROM"}, ""},
		{"a source that is not banned", "--source 203.0.113.9", []string{"No node has refused it", "its address is banned (registrard why --source ADDRESS)"}, "DELETE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"why"}, strings.Fields(c.args)...)
			told(t, environ, args, c.want, c.not)
			var about explain.About
			if _, stdout, _ := call(environ, append(args, "--json")...); json.Unmarshal([]byte(stdout), &about) != nil {
				t.Errorf("--json: %s", stdout)
			}
		})
	}
}
