package store

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"registrard/asterisk"
	"registrard/store/storetest"
	"registrard/view"
)

func openProvision(t *testing.T, db *storetest.DB, dryRun bool) *Provision {
	t.Helper()
	p, err := OpenProvision(db.URL)
	if err != nil {
		t.Fatal(err)
	}
	p.DryRun = dryRun
	t.Cleanup(p.Close)
	return p
}

func printed(list []Statement) (out []string) {
	for _, s := range list {
		out = append(out, s.String())
	}
	return out
}

// proves tells with what an endpoint proves: whether its auth holds a password
// and which digests.
func proves(t *testing.T, s *running, endpoint string) (password string, digests []string) {
	t.Helper()
	e, err := s.LoadEndpoint(t.Context(), endpoint)
	if err != nil || e == nil || len(e.Auths) != 1 {
		t.Fatalf("%+v, %v", e, err)
	}
	for a, d := range e.Auths[0].Digests {
		if d != "" {
			digests = append(digests, asterisk.Algorithm(a).String()+":"+d.Reveal())
		}
	}
	return e.Auths[0].Password.Reveal(), digests
}

// TestProvision: what is added is what the registrar reads, on every kind of
// schema; a password changes in the form that it has; what is removed is gone.
func TestProvision(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			ctx := t.Context()
			s := startReady(t, db.URL, nil)
			p, dry := openProvision(t, db, false), openProvision(t, db, true)

			plain := NewEndpoint{ID: "60;01", MaxContacts: 2, RemoveExisting: true, Password: "it's;geheim", Context: "from-internal"}
			want := []string{
				"INSERT INTO ps_aors (id, max_contacts, remove_existing) VALUES ('60^3B01', 2, 'yes');",
				"INSERT INTO ps_auths (id, auth_type, username, realm, password) VALUES ('60^3B01', 'userpass', '60^3B01', NULL, :'secret');",
				"INSERT INTO ps_endpoints (id, aors, auth, context, transport) VALUES ('60^3B01', '60^3B01', '60^3B01', 'from-internal', NULL);",
			}
			done, err := dry.AddEndpoint(ctx, plain)
			if diff := cmp.Diff(want, printed(done)); err != nil || diff != "" {
				t.Fatalf("dry run: %v\n%s", err, diff)
			}
			if n := one[int](t, db, "SELECT count(*) FROM ps_endpoints"); n != 0 {
				t.Fatalf("a dry run left %d endpoints", n)
			}
			done, err = p.AddEndpoint(ctx, plain)
			if diff := cmp.Diff(want, printed(done)); err != nil || diff != "" {
				t.Fatalf("%v\n%s", err, diff)
			}
			if e, err := s.LoadEndpoint(ctx, "60;01"); err != nil || len(e.AORs) != 1 || e.AORs[0].ID != "60;01" || e.AORs[0].MaxContacts != 2 || len(e.Auths[0].Problems) != 0 {
				t.Errorf("%+v, %v", e, err)
			}
			if password, _ := proves(t, s, "60;01"); password != "it's;geheim" {
				t.Errorf("the password is %q", password)
			}
			if _, err := p.AddEndpoint(ctx, plain); err == nil || !strings.Contains(err.Error(), "ps_aors has a row with this id already") {
				t.Errorf("the same again: %v", err)
			}

			// Hashed: MD5 has its column on every schema.
			hashes := NewEndpoint{ID: "6002", MaxContacts: 1, Password: "one", Storing: Storing{Hash: []asterisk.Algorithm{asterisk.MD5}, Default: "asterisk"}}
			if _, err := p.AddEndpoint(ctx, hashes); err != nil {
				t.Fatal(err)
			}
			if password, digests := proves(t, s, "6002"); password != "" || cmp.Diff(digests, []string{"MD5:" + one[string](t, db, "SELECT md5('6002:asterisk:one')")}) != "" {
				t.Errorf("%q, %v", password, digests)
			}
			exec(t, db, `INSERT INTO ps_globals (id, default_realm) VALUES ('global', 'pbx')`)
			if _, err := p.SetPassword(ctx, NewPassword{Endpoint: "6002", Password: "two", Storing: Storing{Default: "asterisk"}}); err != nil {
				t.Fatal(err)
			}
			if password, digests := proves(t, s, "6002"); password != "" || cmp.Diff(digests, []string{"MD5:" + one[string](t, db, "SELECT md5('6002:asterisk:two')")}) != "" {
				t.Errorf("the row's own realm stays: %q, %v", password, digests)
			}
			if _, err := p.SetPassword(ctx, NewPassword{Endpoint: "6002", Password: "three", Plain: true}); err != nil {
				t.Fatal(err)
			}
			if password, digests := proves(t, s, "6002"); password != "three" || digests != nil {
				t.Errorf("%q, %v", password, digests)
			}
			both := NewPassword{Endpoint: "6002", Password: "four", Storing: Storing{Hash: []asterisk.Algorithm{asterisk.SHA256, asterisk.MD5}, Realm: "pbx"}}
			_, err = p.SetPassword(ctx, both)
			if kind == storetest.AsteriskOlder {
				var bad *BadValue
				if !errors.As(err, &bad) || !strings.Contains(err.Error(), "no ps_auths.password_digest") {
					t.Errorf("a schema without the column: %v", err)
				}
			} else {
				wantDigests := func(word string) []string {
					return []string{"MD5:" + one[string](t, db, "SELECT md5('6002:pbx:"+word+"')"), "SHA-256:" + one[string](t, db, "SELECT encode(sha256('6002:pbx:"+word+"'), 'hex')")}
				}
				if password, digests := proves(t, s, "6002"); err != nil || password != "" || cmp.Diff(wantDigests("four"), digests) != "" {
					t.Errorf("%v, %q, %v", err, password, digests)
				}
				if _, err := p.SetPassword(ctx, NewPassword{Endpoint: "6002", Password: "five"}); err != nil {
					t.Fatal(err)
				}
				if password, digests := proves(t, s, "6002"); password != "" || cmp.Diff(wantDigests("five"), digests) != "" {
					t.Errorf("the form stays: %q, %v", password, digests)
				}
				if _, err := p.SetPassword(ctx, NewPassword{Endpoint: "6002", Password: "six", Plain: true}); err != nil {
					t.Fatal(err)
				}
				if password, digests := proves(t, s, "6002"); password != "six" || digests != nil {
					t.Errorf("a digest goes before the password, so it must be gone: %q, %v", password, digests)
				}
			}

			// Removed: what others name stays.
			exec(t, db, `UPDATE ps_endpoints SET aors = '6002, 60^3B01', auth = '60^3B01 ,6002' WHERE id = '6002'`)
			exec(t, db, `INSERT INTO ps_endpoint_id_ips (id, endpoint, match) VALUES ('x', '60^3B01', '192.0.2.1')`)
			exec(t, db, `INSERT INTO ps_contacts (id, uri, endpoint) VALUES ('60^3B01^3B@a', 'sip:a@192.0.2.1', '60^3B01'), ('6002^3B@a', 'sip:b@192.0.2.1^3Bob', '6002'), ('6002^3B@b', 'sip:c@192.0.2.1', NULL)`)
			if done, err = p.RemoveEndpoint(ctx, "60;01"); err != nil {
				t.Fatal(err)
			}
			want = []string{"DELETE FROM ps_endpoints WHERE id = '60^3B01';", "DELETE FROM ps_endpoint_id_ips WHERE endpoint = '60^3B01';", "DELETE FROM ps_contacts WHERE endpoint = '60^3B01';"}
			if diff := cmp.Diff(want, printed(done)); diff != "" || done[2].Rows != 1 {
				t.Errorf("%s", diff)
			}
			if _, err := p.RemoveContacts(ctx, Contacts{AOR: "6002", URI: "sip:b@192.0.2.1;ob"}); err != nil {
				t.Error(err)
			}
			if _, err := p.RemoveContacts(ctx, Contacts{AOR: "6002", URI: "sip:b@192.0.2.1;ob"}); !errors.Is(err, ErrNoSuchRow) {
				t.Errorf("twice: %v", err)
			}
			if _, err := p.RemoveEndpoint(ctx, "6002"); err != nil {
				t.Fatal(err)
			}
			for _, table := range []string{"ps_endpoints", "ps_aors", "ps_auths", "ps_contacts", "ps_endpoint_id_ips"} {
				if n := one[int](t, db, "SELECT count(*) FROM "+table); n != 0 {
					t.Errorf("%d rows are left in %s", n, table)
				}
			}
			if _, err := p.RemoveEndpoint(ctx, "6002"); !errors.Is(err, ErrNoSuchRow) {
				t.Errorf("twice: %v", err)
			}
		})
	}
}

func TestProvisionRefuses(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	exec(t, db, `INSERT INTO ps_endpoints (id, aors, auth) VALUES ('none', 'none', NULL), ('two', 'two', 'a,b'), ('gone', 'gone', 'gone')`)
	exec(t, db, `INSERT INTO ps_auths (id, auth_type, username, password) VALUES ('a', 'userpass', 'a', 'x'), ('b', 'userpass', 'b', 'x')`)
	p := openProvision(t, db, false)
	add := func(e NewEndpoint) error { _, err := p.AddEndpoint(t.Context(), e); return err }
	set := func(n NewPassword) error { _, err := p.SetPassword(t.Context(), n); return err }
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"no name":                           {add(NewEndpoint{Password: "geheim"}), "want a name"},
		"a comma":                           {add(NewEndpoint{ID: "a,b", Password: "geheim"}), "want no comma"},
		"a blank behind":                    {add(NewEndpoint{ID: "6001 ", Password: "geheim"}), "want no blanks"},
		"a line end":                        {add(NewEndpoint{ID: "6\n1", Password: "geheim"}), "want letters that can be seen"},
		"no password":                       {add(NewEndpoint{ID: "6001"}), "want at least one letter"},
		"a name too long":                   {add(NewEndpoint{ID: strings.Repeat("6", 300), Password: "geheim"}), "longer than its column"},
		"a password too long":               {add(NewEndpoint{ID: "6001", Password: asterisk.Secret("geheim" + strings.Repeat("x", 300))}), "longer than its column"},
		"an endpoint without auth":          {set(NewPassword{Endpoint: "none", Password: "geheim"}), "ps_endpoints.auth is empty"},
		"an endpoint with two":              {set(NewPassword{Endpoint: "two", Password: "geheim"}), "say which, with --auth: a, b"},
		"an auth that isn't the endpoint's": {set(NewPassword{Endpoint: "two", Auth: "c", Password: "geheim"}), "is not in ps_endpoints.auth"},
		"an auth that isn't there":          {set(NewPassword{Endpoint: "gone", Password: "geheim"}), "no such row in ps_auths with id gone"},
		"no such endpoint":                  {set(NewPassword{Endpoint: "nobody", Password: "geheim"}), "no such row in ps_endpoints"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || strings.Contains(c.err.Error(), "geheim") {
			t.Errorf("%s: got %v, want %q", name, c.err, c.want)
		}
	}
	if err := set(NewPassword{Endpoint: "two", Auth: "b", Password: "new"}); err != nil || one[string](t, db, "SELECT password FROM ps_auths WHERE id = 'b'") != "new" {
		t.Errorf("one of two: %v", err)
	}
	if n := one[int](t, db, "SELECT count(*) FROM ps_aors"); n != 0 {
		t.Errorf("what was refused left %d AORs", n)
	}
}

// TestProvisionTellsWhatTheDatabaseSays: a warning of a trigger is kept, and an
// error of one is a refusal with its hint.
func TestProvisionTellsWhatTheDatabaseSays(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	exec(t, db, `CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF NEW.id = 'bad' THEN RAISE EXCEPTION 'this is bad' USING HINT = 'do better', DETAIL = 'geheim'; END IF;
		RAISE WARNING 'this is odd' USING HINT = 'look again', DETAIL = 'geheim'; RETURN NEW; END $$`)
	exec(t, db, `CREATE TRIGGER say BEFORE INSERT ON ps_auths FOR EACH ROW EXECUTE FUNCTION say()`)
	p := openProvision(t, db, false)
	_, err := p.AddEndpoint(t.Context(), NewEndpoint{ID: "bad", MaxContacts: 1, Password: "geheim"})
	if !errors.Is(err, ErrData) || errors.Is(err, ErrUnavailable) || !strings.HasSuffix(err.Error(), "this is bad (do better); nothing was changed") {
		t.Errorf("got %v", err)
	}
	if _, err := p.AddEndpoint(t.Context(), NewEndpoint{ID: "odd", MaxContacts: 1, Password: "geheim"}); err != nil {
		t.Fatal(err)
	}
	if got := p.Warnings(); len(got) == 0 || got[0] != "this is odd (look again)" {
		t.Errorf("got %q", got)
	}
}

// TestPeopleThroughAPooler lists and provisions in each of pgx's query modes:
// which one a pooler needs is for the operator to say in the DSN.
func TestPeopleThroughAPooler(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			exec(t, db, bansTable)
			exec(t, db, contacts)
			db.URL = withParameter(t, db.URL, "default_query_exec_mode", mode)
			p, v := openProvision(t, db, false), openViews(t, db.URL)
			if _, err := p.AddEndpoint(t.Context(), NewEndpoint{ID: "6001", MaxContacts: 2, RemoveExisting: true, Password: "geheim", Context: "x"}); err != nil {
				t.Fatal(err)
			}
			if _, err := p.SetPassword(t.Context(), NewPassword{Endpoint: "6001", Password: "new", Storing: Storing{Hash: []asterisk.Algorithm{asterisk.SHA256, asterisk.MD5}, Realm: "pbx"}}); err != nil {
				t.Fatal(err)
			}
			for _, l := range []view.List{view.Endpoints, view.AORs, view.Nodes, view.Bans} {
				f, err := l.Parse(map[string][]string{"text": {"00"}, "limit": {"1"}})
				if err == nil {
					_, _, _, err = listed(t, v, l, f)
				}
				if err != nil {
					t.Errorf("%s: %v", l.Name, err)
				}
			}
			f := view.Filter{AOR: "6001", Source: netip.MustParsePrefix("10.0.0.0/8"), Text: "sip:", Limit: 1}
			first, err := v.Contacts(t.Context(), f)
			if f.After = first.Next; err != nil || f.After == "" {
				t.Fatalf("%+v, %v", first, err)
			}
			if second, err := v.Contacts(t.Context(), f); err != nil || len(second.Items) != 1 || second.Items[0].ID == first.Items[0].ID {
				t.Errorf("%+v, %v", second, err)
			}
			if counts, err := v.Counts(t.Context()); err != nil || len(counts) != 4 {
				t.Errorf("%v, %v", counts, err)
			}
			if _, err := p.RemoveContacts(t.Context(), Contacts{AOR: "6001"}); err != nil {
				t.Error(err)
			}
			if _, err := p.RemoveEndpoint(t.Context(), "6001"); err != nil {
				t.Error(err)
			}
		})
	}
}
