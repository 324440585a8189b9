package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"registrard/store/storetest"
)

// callWith runs the program with a text on standard input.
func callWith(stdin string, environ []string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(args, environ, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

// TestEndpoint goes through an extension's life as somebody would who has not
// learnt SQL. Each step sees what the former has done.
func TestEndpoint(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	environ := []string{"REGISTRARD_DATABASE_URL=" + db.URL}
	password := func(want string) {
		t.Helper()
		var got string
		if err := db.Pool.QueryRow(t.Context(), `SELECT coalesce(password, password_digest, md5_cred) FROM ps_auths WHERE id = '6010'`).Scan(&got); err != nil || got != want {
			t.Errorf("ps_auths has %q, %v; want %q", got, err, want)
		}
	}
	for _, c := range []struct {
		name, stdin, args string
		code              int
		stdout, stderr    string // a part of it; empty: nothing at all
		check             func()
	}{
		{"an example", "geheim\n", "endpoint add 6010 --password-stdin --dry-run", 0,
			"INSERT INTO ps_auths (id, auth_type, username, realm, password) VALUES ('6010', 'userpass', '6010', NULL, :'secret');", "Nothing was changed (--dry-run).\n", nil},
		{"add", "geheim\r\nmore\n", "endpoint add 6010 --password-stdin --max-contacts 2", 0,
			"INSERT INTO ps_aors (id, max_contacts, remove_existing) VALUES ('6010', 2, 'yes');", "", func() { password("geheim") }},
		{"add again", "geheim", "endpoint add 6010 --password-stdin", 1, "", "ps_aors has a row with this id already; nothing was changed", nil},
		{"passwd", "geheim2", "endpoint passwd 6010 --password-stdin", 0, "UPDATE ps_auths SET auth_type = 'userpass', password = :'secret', md5_cred = NULL WHERE id = '6010';  -- rows: 1\n", "", func() { password("geheim2") }},
		{"passwd as a hash", "geheim", "endpoint passwd 6010 --password-stdin --hash=MD5", 0, "md5_cred = :'secret'", "", nil},
		{"passwd of nobody", "geheim", "endpoint passwd 6011 --password-stdin", 1, "", "no such row in ps_endpoints", nil},
		{"no terminal", "", "endpoint passwd 6010", 2, "", "want --password-stdin or --generate", nil},
		{"an empty line", "\n", "endpoint passwd 6010 --password-stdin", 2, "", "has no password in its first line", nil},
		{"both", "", "endpoint passwd 6010 --password-stdin --generate", 2, "", "want one of them", nil},
		{"a hash that is none", "", "endpoint passwd 6010 --generate --hash=crc32", 2, "", `"crc32" is no algorithm`, nil},
		{"a form that is two", "", "endpoint passwd 6010 --generate --hash --plain", 2, "", "want one of them", nil},
		{"a name with a comma", "", "endpoint add a,b --generate", 2, "", "want no comma", nil},
		{"nobody may register", "", "endpoint add 6012 --generate --max-contacts 0", 2, "", "want 1 or more", nil},
		{"no id", "", "endpoint add --generate", 2, "", "accepts 1 arg", nil},
		{"nothing registered", "", "contact rm 6010", 1, "", "no such row in ps_contacts", nil},
		{"nobody named", "", "contact rm", 2, "", "whose contacts?", nil},
		{"two named", "", "contact rm 6010 --endpoint 6010", 2, "", "whose contacts?", nil},
		{"unregister an AOR", "", "contact rm 6010 --dry-run", 0, "DELETE FROM ps_contacts WHERE aor = '6010';  -- rows: 1\n", "Nothing was changed", nil},
		{"unregister a contact", "", "contact rm 6010 sip:6010@192.0.2.1;ob", 0, "DELETE FROM ps_contacts WHERE aor = '6010' AND uri = 'sip:6010@192.0.2.1^3Bob';  -- rows: 1\n", "", nil},
		{"rm", "", "endpoint rm 6010", 0, "DELETE FROM ps_endpoints WHERE id = '6010';  -- rows: 1\n", "", nil},
		{"rm again", "", "endpoint rm 6010", 1, "", "no such row in ps_endpoints", nil},
	} {
		if c.name == "passwd as a hash" {
			var digest string
			if err := db.Pool.QueryRow(t.Context(), `SELECT md5('6010:asterisk:geheim')`).Scan(&digest); err != nil {
				t.Fatal(err)
			}
			c.check = func() { password(digest) }
		}
		if c.name == "unregister an AOR" {
			sql(t, db, `INSERT INTO ps_contacts (id, uri, endpoint) VALUES ('6010^3B@a', 'sip:6010@192.0.2.1^3Bob', '6010')`)
		}
		code, stdout, stderr := callWith(c.stdin, environ, strings.Fields(c.args)...)
		if code != c.code {
			t.Errorf("%s: status %d, want %d", c.name, code, c.code)
		}
		for _, o := range []struct{ name, got, want string }{{"stdout", stdout, c.stdout}, {"stderr", stderr, c.stderr}} {
			if (o.want == "" && o.got != "") || !strings.Contains(o.got, o.want) {
				t.Errorf("%s: %s: %q, want %q in it", c.name, o.name, o.got, o.want)
			}
			if strings.Contains(o.got, "geheim") {
				t.Errorf("%s: %s shows a password: %s", c.name, o.name, o.got)
			}
		}
		if c.check != nil {
			c.check()
		}
	}
}

func TestEndpointGeneratesAPassword(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	environ := []string{"REGISTRARD_DATABASE_URL=" + db.URL}
	stored := func() (p string) {
		if err := db.Pool.QueryRow(t.Context(), `SELECT password FROM ps_auths WHERE id = '6010'`).Scan(&p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	code, stdout, stderr := call(environ, "endpoint", "add", "6010", "--generate")
	if p := stored(); code != 0 || stderr != "" || len(p) < 20 || strings.Count(stdout, p) != 1 {
		t.Errorf("status %d, %s%s", code, stdout, stderr)
	}
	code, stdout, _ = call(environ, "endpoint", "passwd", "6010", "--generate", "--json")
	var got changed
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != 0 || got.Password != stored() || len(got.Statements) != 1 || got.Statements[0].Rows != 1 || strings.Count(stdout, got.Password) != 1 {
		t.Errorf("status %d, %v, %s", code, err, stdout)
	}
}
