package main

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"registrard/explain"
	"registrard/store/storetest"
)

// provision runs SQL as somebody would paste it.
func provision(t *testing.T, db *storetest.DB, sql string) {
	t.Helper()
	if _, err := db.Pool.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
}

const site = `
INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 1), ('6002', 2), ('6003', 0), ('6004 ', 1), ('trunk', 1), ('alone', 1), ('walled', 1), ('6007', 1);
INSERT INTO ps_auths (id, auth_type, username, password) VALUES ('6001', 'userpass', '6001', 'open sesame'), ('6002', 'userpass', 'alice', 'geheim');
INSERT INTO ps_auths (id, auth_type, username, realm, md5_cred) VALUES ('hashed', 'md5', 'hashed', NULL, md5('hashed:pbx.example.com:geheim'));
INSERT INTO ps_endpoints (id, aors, auth) VALUES ('6001', '6001', '6001'), ('6002', '6002', '6002'), ('6003', '6003', '6001'), ('6004', '6004', '6001'),
  ('6005 ', '6001', '6001'), ('Sales', '6001', '6001'), ('6007@a.example', '6007', '6001'), ('noauth', '6001', 'missing'), ('noaor', NULL, '6001'), ('hashed', '6001', 'hashed'), ('list', '6001,6002', '6001');
INSERT INTO ps_endpoints (id, aors, auth, identify_by) VALUES ('byip', '6001', '6001', 'ip'), ('bycred', '6001', '6001', 'auth_username');
INSERT INTO ps_endpoints (id, aors, auth, deny, permit) VALUES ('walled', 'walled', '6001', '0.0.0.0/0', '192.0.2.0/24');
INSERT INTO ps_endpoints (id, aors, identify_by) VALUES ('trunk', 'trunk', 'ip');
INSERT INTO ps_endpoint_id_ips (id, endpoint, match) VALUES ('carrier', 'trunk', '198.51.100.0/25'), ('ported', 'trunk', '203.0.113.9:5070');
`

func TestExplain(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	provision(t, db, site)
	environ := []string{"REGISTRARD_DATABASE_URL=" + db.URL, "REGISTRARD_LISTEN=udp://:5060?domain=b.example,tcp://:5060"}

	for _, c := range []struct {
		name     string
		args     string // split at blanks
		password string
		code     int
		reason   string
		steps    []string // "stage outcome: part of the detail or remedy"
	}{
		{"the right password is taken for granted", "--user 6001 --source 10.0.0.5", "", 0, "",
			[]string{`listener near_miss: no node runs`, `identify miss: ip: no match of ps_endpoint_id_ips holds 10.0.0.5:5060`, `identify match: username: endpoint "6001"`,
				`acl pass: empty`, `auth pass: taken as right`, `aor match: ps_aors row "6001"`, `policy pass: 3600 s are granted`, `write pass: INSERT ps_contacts`}},
		{"a password that is right", "--user 6001 --password-stdin", "open sesame", 0, "", []string{`auth match: the password is right`}},
		{"a password that is wrong", "--user 6001 --password-stdin", "geheim", 401, "wrong_password", []string{`auth refuse: the response does not fit ps_auths row "6001"`}},
		{"nobody", "--user nobody", "", 401, "unknown_endpoint", []string{`identify refuse: unknown_endpoint`, `identify miss: no row "nobody@b.example" or "nobody"`}},
		{"an id with a blank after it", "--user 6005", "", 401, "unknown_endpoint", []string{`identify near_miss: "6005 ", with a blank after it`, `identify near_miss: UPDATE ps_endpoints SET id = '6005' WHERE id = '6005 ';`}},
		{"an id in another case", "--user sales", "", 401, "unknown_endpoint", []string{`identify near_miss: "Sales", in another case`}},
		{"the right user in another domain", "--user 6007@b.example", "", 401, "unknown_endpoint", []string{`identify near_miss: "6007@a.example": the right user in another domain than the phone's "b.example"`}},
		{"the right domain", "--user 6007@a.example", "", 0, "", []string{`identify match: "6007@a.example"`}},
		{"identify_by without the method", "--user byip", "", 401, "identify_method_not_allowed",
			[]string{`identify near_miss: its identify_by does not list username`, `identify near_miss: SET identify_by = 'ip,username' WHERE id = 'byip'`}},
		{"the authentication name instead of the endpoint's", "--user alice", "", 401, "unknown_endpoint", []string{`identify near_miss: ps_auths "6002" has the user name "alice", and belongs to the endpoint "6002"`}},
		{"an AOR without an endpoint", "--user alone", "", 401, "unknown_endpoint", []string{`identify near_miss: ps_aors has a row "alone", ps_endpoints has none`}},
		{"found by its credentials", "--user bycred --auth-user bycred --password-stdin", "open sesame", 401, "unknown_auth_user", []string{`identify match: auth_username: endpoint "bycred"`, `auth near_miss: ps_auths "6001" has the user name "6001"`}},
		{"an address just outside a network", "--user nobody --source 198.51.100.130", "", 401, "unknown_endpoint", []string{`identify near_miss: row "carrier" of ps_endpoint_id_ips (endpoint "trunk") just misses 198.51.100.130: 198.51.100.0/25 is 198.51.100.0 to 198.51.100.127`}},
		{"another port", "--user nobody --source 203.0.113.9:5060", "", 401, "unknown_endpoint", []string{`identify near_miss: has the address, but port 5070`}},
		{"a trunk's address takes a phone's request", "--user 6001 --source 198.51.100.3", "", 404, "aor_not_listed", []string{`identify match: ip: row "carrier"`, `identify near_miss: endpoint "6001" exists too, but ip goes first`, `aor near_miss: is listed by the endpoint`}},
		{"a denied source", "--user walled --source 10.0.0.5", "", 401, "source_denied", []string{`acl refuse: source_denied`}},
		{"an allowed source", "--user walled --source 192.0.2.5", "", 0, "", []string{`acl pass: allow 192.0.2.5`}},
		{"no such auth", "--user noauth", "", 401, "auth_missing", []string{`auth refuse: auth_missing`, `auth near_miss: names "missing", but ps_auths has no such row`}},
		{"no AORs", "--user noaor", "", 403, "no_aors", []string{`aor refuse: no_aors`}},
		{"an AOR row with a blank", "--user 6004", "", 404, "aor_missing", []string{`aor near_miss: ps_aors has "6004 ", with a blank after it`}},
		{"max_contacts 0", "--user 6003", "", 403, "registration_disabled", []string{`policy refuse: max_contacts of "6003" is 0`}},
		{"an endpoint's name that is no AOR", "--user list", "", 404, "aor_not_listed", []string{`aor refuse: "6001,6002"`}},
		{"a stored digest for another realm", "--user hashed@pbx.example.com --password-stdin", "geheim", 401, "wrong_password",
			[]string{`auth near_miss: the stored MD5 digest was made for realm "pbx.example.com"; realm "asterisk" is asked for`}},
		{"the authentication name isn't the user", "--user 6002 --password-stdin", "geheim", 401, "unknown_auth_user", []string{`auth near_miss: ps_auths "6002" has the user name "alice", the phone says "6002"`}},
		{"the authentication name is given", "--user 6002 --auth-user alice --password-stdin", "geheim", 0, "", []string{`auth match: user "alice"`}},
		{"a hostile name", "--user \x1b[31m6001\x07", "", 401, "unknown_endpoint", []string{`identify miss: \x1b[31m6001\x07`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"explain", "--json"}, strings.Fields(c.args)...)
			status, stdout, stderr := callWith(c.password+"\n", environ, args...)
			e := decodeExplanation(t, stdout, stderr)
			want := c.code
			if want == 0 {
				want = 200
			}
			if e.Code != want || e.Reason != c.reason || e.Accepted != (c.code == 0) || (status == 0) != e.Accepted {
				t.Errorf("status %d, code %d, reason %q, accepted %v; want %d, %q", status, e.Code, e.Reason, e.Accepted, want, c.reason)
			}
			for _, s := range c.steps {
				if !hasStep(e, s) {
					t.Errorf("no step %q in\n%s", s, stdout)
				}
			}
			_, human, _ := callWith(c.password+"\n", environ, append([]string{"explain"}, strings.Fields(c.args)...)...)
			for _, text := range []string{stdout + stderr, human} {
				if strings.Contains(text, "geheim") || strings.Contains(text, "open sesame") {
					t.Errorf("a secret is shown:\n%s", text)
				}
				if strings.ContainsAny(text, "\x1b\x07") {
					t.Errorf("a control character reaches the terminal: %q", text)
				}
			}
		})
	}
}

func decodeExplanation(t *testing.T, stdout, stderr string) explain.Explanation {
	t.Helper()
	var e explain.Explanation
	if err := json.Unmarshal([]byte(stdout), &e); err != nil {
		t.Fatalf("%v\n%s\n%s", err, stdout, stderr)
	}
	return e
}

// hasStep looks for "stage outcome: part".
func hasStep(e explain.Explanation, want string) bool {
	what, part, _ := strings.Cut(want, ": ")
	for _, s := range e.Steps {
		if string(s.Stage)+" "+string(s.Outcome) == what && (strings.Contains(s.Detail, part) || strings.Contains(s.Remedy, part)) {
			return true
		}
	}
	return false
}

// captured is a REGISTER as a phone sent it a year ago, to some server.
func captured(user, realm, password string) string {
	h := func(s string) string { sum := md5.Sum([]byte(s)); return hex.EncodeToString(sum[:]) }
	response := h(h(user+":"+realm+":"+password) + ":long-ago:00000002:abc:auth:" + h("REGISTER:sip:pbx.example.com"))
	return fmt.Sprintf(`REGISTER sip:pbx.example.com SIP/2.0
Via: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKx;rport
Max-Forwards: 70
From: <sip:%[1]s@pbx.example.com>;tag=1
To: <sip:%[1]s@pbx.example.com>
Call-ID: long-ago
CSeq: 2 REGISTER
Contact: <sip:%[1]s@10.0.0.5:5060>
Expires: 600
Authorization: Digest username="%[1]s", realm="%[2]s", nonce="long-ago", uri="sip:pbx.example.com", response="%[3]s", algorithm=MD5, qop=auth, nc=00000002, cnonce="abc"
Content-Length: 0

`, user, realm, response)
}

func TestExplainCaptured(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	provision(t, db, site)
	environ := []string{"REGISTRARD_DATABASE_URL=" + db.URL}
	for _, c := range []struct {
		name, message string
		args          []string
		code          int
		reason        string
		steps         []string
	}{
		{"the password is right though the nonce is old", captured("6001", "asterisk", "open sesame"), nil, 200, "",
			[]string{`auth match: the password is right`, `auth match: only the nonce is too old`, `listener pass: 10.0.0.5:5060 (its Via says so`, `policy pass: 600 s are granted`}},
		{"with CRLF, as it came", strings.ReplaceAll(captured("6001", "asterisk", "open sesame"), "\n", "\r\n"), nil, 200, "", nil},
		{"the password is wrong", captured("6001", "asterisk", "geheim"), nil, 401, "wrong_password", nil},
		{"a digest made for another realm, with the right password", captured("6001", "other.example", "open sesame"), nil, 401, "wrong_realm",
			[]string{`auth near_miss: the digest was made for realm "other.example"; realm "asterisk" is asked for; the password itself is right`}},
		{"a digest made for another realm, with a wrong password", captured("6001", "other.example", "geheim"), nil, 401, "wrong_realm", []string{`auth near_miss: and the password is wrong too`}},
		{"as Asterisk's logger prints it", "<--- Received SIP request (512 bytes) from TCP:192.0.2.77:40000 --->\n" + captured("6001", "asterisk", "open sesame"), nil, 200, "",
			[]string{`listener pass: 192.0.2.77:40000 (the capture says so)`}},
		{"a flag goes before what the capture says", captured("walled", "asterisk", "open sesame"), []string{"--source", "10.9.9.9"}, 401, "source_denied", []string{`acl refuse: 10.9.9.9`}},
		{"without credentials", strings.Replace(captured("6001", "x", "y"), "Authorization", "X-Nothing", 1), nil, 200, "", []string{`auth pass: taken as right`}},
		{"credentials that can't be read", strings.Replace(captured("6001", "x", "y"), `nonce="long-ago"`, `nonce=`, 1), nil, 401, "bad_authorization", []string{`auth refuse: bad_authorization`}},
		{"broken", strings.Replace(captured("6001", "x", "y"), "CSeq: 2 REGISTER\n", "", 1), nil, 400, "bad_request", []string{`listener refuse: 0 cseq headers`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, stdout, stderr := callWith(c.message, environ, append([]string{"explain", "--json", "-"}, c.args...)...)
			e := decodeExplanation(t, stdout, stderr)
			if e.Code != c.code || e.Reason != c.reason || (status == 0) != (c.code == 200) {
				t.Errorf("status %d, %d %s, want %d %s\n%s", status, e.Code, e.Reason, c.code, c.reason, stdout)
			}
			for _, s := range c.steps {
				if !hasStep(e, s) {
					t.Errorf("no step %q in\n%s", s, stdout)
				}
			}
		})
	}
	for password, want := range map[string]string{
		"geheim":  "auth near_miss: the phone used the password that you gave; ps_auths has another",
		"neither": "auth near_miss: the phone used another password than the one that you gave",
	} {
		file := writeFile(t, captured("6001", "asterisk", "geheim"))
		_, stdout, stderr := callWith(password, environ, "explain", "--json", "--password-stdin", file)
		if e := decodeExplanation(t, stdout, stderr); e.Code != 401 || !hasStep(e, want) {
			t.Errorf("no step %q in\n%s", want, stdout)
		}
	}
	provision(t, db, `INSERT INTO ps_auths (id, auth_type, username, password, password_digest) VALUES ('both', 'userpass', 'both', 'open sesame', 'MD5:' || md5('both:elsewhere:open sesame'));
		INSERT INTO ps_endpoints (id, aors, auth) VALUES ('both', '6001', 'both')`)
	_, stdout, stderr := callWith(captured("both", "asterisk", "open sesame"), environ, "explain", "--json", "-")
	if e := decodeExplanation(t, stdout, stderr); e.Code != 401 || !hasStep(e, "auth near_miss: password_digest, which goes first, was made for another password or realm") {
		t.Errorf("a digest that hides the password:\n%s", stdout)
	}
	var contacts int
	if err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM ps_contacts`).Scan(&contacts); err != nil || contacts != 0 {
		t.Errorf("explain wrote %d contacts (%v)", contacts, err)
	}
}

func TestExplainUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, stdin string
		args        []string
		want        string
	}{
		{"nothing to explain", "", nil, "explain what?"},
		{"two things to explain", "", []string{"--user", "6001", "-"}, "don't go together"},
		{"stdin twice", "", []string{"--password-stdin", "-"}, "both want stdin"},
		{"no source", "", []string{"--user", "6001", "--source", "10.0.0"}, `--source "10.0.0"`},
		{"no transport", "", []string{"--user", "6001", "--transport", "sctp"}, `--transport "sctp"`},
		{"two domains", "", []string{"--user", "6001@a", "--domain", "b"}, "two domains"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := callWith(c.stdin, nil, append([]string{"explain"}, c.args...)...)
			if code != 2 || stdout != "" || !strings.Contains(stderr, c.want) {
				t.Errorf("status %d, %q, %q", code, stdout, stderr)
			}
		})
	}
}
