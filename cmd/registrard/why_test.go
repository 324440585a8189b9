package main

import (
	"encoding/json"
	"strings"
	"testing"

	"registrard/explain"
	"registrard/store/storetest"
)

// told runs a command that must succeed, and looks for what it must say, and
// for what it must not (when that isn't empty).
func told(t *testing.T, environ, args, want []string, not string) {
	t.Helper()
	code, stdout, stderr := call(environ, args...)
	if code != 0 || stderr != "" {
		t.Fatalf("status %d, %s", code, stderr)
	}
	for _, part := range want {
		if !strings.Contains(stdout, part) {
			t.Errorf("%q is not in\n%s", part, stdout)
		}
	}
	if not != "" && strings.Contains(stdout, not) {
		t.Errorf("%q is in\n%s", not, stdout)
	}
}

func TestWhy(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	provision(t, db, site)
	provision(t, db, `
INSERT INTO registrard_failures (source, username, domain, aor, reason, hint, count, first_seen, last_seen, node, code, detail, auth_username, endpoint, transport, user_agent) VALUES
  ('10.0.0.5', '6001', 'example.com', '6001', 'wrong_password', 'Compare the password in the phone.', 12, now() - interval '1 hour', now(), 'n1', 401, 'it does not fit', NULL, '6001', 'udp', 'Yealink'),
  ('10.0.0.5', '6005', 'example.com', '6005', 'unknown_endpoint', 'hint', 1, now(), now(), 'n1', 401, 'no endpoint for From "6005"', NULL, NULL, 'udp', E'evil'),
  ('10.0.0.6', '6002', 'example.com', '6002', 'unknown_auth_user', 'hint', 1, now(), now(), 'n1', 401, 'says "6002"', '6002', '6002', 'tcp', 'phone'),
  ('10.0.0.7', '6001', 'example.com', '6001', 'registration_disabled', 'hint of a mended one', 1, now(), now(), 'n1', 403, 'was 0', NULL, '6001', 'udp', 'phone'),
  ('10.0.0.8', '6003', 'example.com', '6003', 'rate_limited', 'Wait a minute.', 4, now(), now(), 'n1', 0, 'too often', '6001', NULL, 'udp', 'phone'),
  ('10.0.0.8', 'walled', 'example.com', 'walled', 'rate_limited', 'Wait a minute.', 4, now(), now(), 'n1', 0, 'strangers', NULL, 'walled', 'udp', 'phone'),
  ('10.0.0.8', 'list2', 'example.com', 'list2', 'rate_limited', 'Wait a minute.', 4, now(), now(), 'n1', 0, 'too often', '6001', NULL, 'udp', 'phone');
INSERT INTO ps_aors (id, max_contacts) VALUES ('list2', 1);
INSERT INTO ps_endpoints (id, aors, auth) VALUES ('list2', 'list2', '6001');
INSERT INTO ps_contacts (id, uri, expiration_time, endpoint, source_addr, reg_server, registered_at)
  VALUES ('6002^3B@1', 'sip:6002@10.0.0.9:5060', extract(epoch FROM now())::bigint + 600, '6002', '10.0.0.9', 'n1', now() - interval '1 day'),
         ('trunk^3B@1', 'sip:trunk@198.51.100.3', extract(epoch FROM now())::bigint + 600, 'trunk', '198.51.100.3', 'n1', now());
DROP VIEW IF EXISTS provisioning_problems;
CREATE VIEW provisioning_problems AS SELECT 'ps_aors' AS table_name, '6001' AS id, 'max_contacts' AS column_name, 'is odd' AS problem, 'make it even' AS remedy;
`)
	environ := []string{"REGISTRARD_DATABASE_URL=" + db.URL}
	for _, c := range []struct {
		name string
		args string
		want []string
		not  string
	}{
		{"a wrong password, and a problem of the row", "6001", []string{"6001 is not registered", "wrong_password  401", `"6001" from 10.0.0.5, 12 times in 60 min`, "it does not fit", "Yealink",
			"with the right credentials it would be accepted", "- Compare the password", "registration_disabled", "was mended since", "column max_contacts: is odd", "make it even"}, ""},
		{"an id with a blank", "6005", []string{"unknown_endpoint", `UPDATE ps_endpoints SET id = '6005' WHERE id = '6005 ';`}, ""},
		{"the authentication name, though it is registered elsewhere", "6002", []string{"registered  6002 is sip:6002@10.0.0.9:5060, from 10.0.0.9 by node n1", `ps_auths "6002" has the user name "alice", the phone says "6002"`}, ""},
		{"no answer because of earlier failures", "list2", []string{"rate_limited  no answer", "once it gets an answer again, with the right credentials it would be accepted", "- Wait a minute."}, "mended since"},
		{"no answer, and refused if there were one", "6003", []string{"rate_limited  no answer", "now it would be 403"}, "mended since"},
		{"a source", "--source 10.0.0.5", []string{"wrong_password", "unknown_endpoint", `"6001": Compare the password`}, "10.0.0.6"},
		{"a network", "--source 10.0.0.0/24", []string{"10.0.0.5", "10.0.0.6", "registered  6002"}, "198.51.100.3"},
		{"who is well", "trunk", []string{"registered  trunk", "No failure of trunk is known"}, "What to do"},
		{"who is unknown, and has not been refused", "nobody", []string{"nobody is not registered", "No failure of nobody is known", "it would be refused now: 401 Unauthorized: unknown_endpoint"}, ""},
		{"who is right, and has not been refused", "walled --source 192.0.2.9", []string{"No failure", "No node has refused it"}, ""},
		{"a domain", "6001@other.example", []string{"No failure"}, "wrong_password"},
		{"a hostile name", "\x1b[31mx", []string{`\x1b[31mx is not registered`}, "\x1b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"why"}, strings.Fields(c.args)...)
			told(t, environ, args, c.want, c.not)
			code, stdout, stderr := call(environ, append(args, "--json")...)
			var about explain.About
			if err := json.Unmarshal([]byte(stdout), &about); err != nil || code != 0 {
				t.Fatalf("--json: status %d, %v, %s", code, err, stderr)
			}
			for _, f := range about.Failures {
				if strings.Contains(f.From, "/") || !strings.Contains(stdout, `"source": "`+f.From+`"`) || strings.Contains(stdout, "/32") {
					t.Errorf("the source is %q in\n%s", f.From, stdout)
				}
			}
			if about.Advice == nil || about.Failures == nil || about.Registered == nil || about.Problems == nil {
				t.Errorf("a list is null:\n%s", stdout)
			}
		})
	}
	for args, want := range map[string]string{"": "why what?", "--source 10.0.0": "--source", "6001 6002": "unexpected argument"} {
		if code, _, stderr := call(environ, append([]string{"why"}, strings.Fields(args)...)...); code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("why %s: status %d, %s", args, code, stderr)
		}
	}
}
