package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"registrard/reason"
	"registrard/store/storetest"
)

func TestLoadEndpoint(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			exec(t, db, `INSERT INTO ps_endpoints (id, aors, auth, force_rport, rewrite_contact, identify_by) VALUES
				('6001', E' 6001 ,, work^3Bdesk,\tmissing ', ' 6001-auth,6001-auth ,', 'no', 'yes', NULL), ('6_0%1', 'x', NULL, NULL, NULL, NULL), ('empty', '', NULL, NULL, NULL, NULL)`)
			exec(t, db, `INSERT INTO ps_aors (id, max_contacts, remove_existing, contact, qualify_timeout) VALUES
				('6001', 3, 'yes', 'sip:desk@192.0.2.1', 2.5), ('work^3Bdesk', NULL, NULL, NULL, NULL), ('unrelated', 1, NULL, NULL, NULL)`)
			exec(t, db, `INSERT INTO ps_auths (id, auth_type, username, password, nonce_lifetime) VALUES ('6001-auth', 'userpass', '6001', 's3cret', 60)`)
			s := startReady(t, db.URL, nil)

			e, err := s.LoadEndpoint(t.Context(), "6001")
			if err != nil || e == nil {
				t.Fatalf("LoadEndpoint: %v, %v", e, err)
			}
			if diff := cmp.Diff([]string{"6001", "work;desk", "missing"}, e.AORNames); diff != "" {
				t.Error(diff)
			}
			if len(e.AORs) != 2 || e.AORs[0].ID != "6001" || e.AORs[0].MaxContacts != 3 || !e.AORs[0].RemoveExisting || e.AORs[0].QualifyTimeout != 2.5 ||
				e.AORs[1].ID != "work;desk" || e.AORs[1].MaxContacts != 0 {
				t.Errorf("AORs: %+v", e.AORs)
			}
			if len(e.Auths) != 1 || e.Auths[0].Password.Reveal() != "s3cret" || e.Auths[0].Username != "6001" {
				t.Errorf("auths: %+v", e.Auths)
			}
			if e.ForceRport || !e.RewriteContact {
				t.Errorf("force_rport %v, rewrite_contact %v", e.ForceRport, e.RewriteContact)
			}
			for _, absent := range []string{"6002", "6a0b1", "6001 ", "", "\x00", "\xff", "'; --"} {
				if e, err := s.LoadEndpoint(t.Context(), absent); e != nil || err != nil {
					t.Errorf("LoadEndpoint(%q) = %v, %v, want nothing", absent, e, err)
				}
			}
			if e, err := s.LoadEndpoint(t.Context(), "empty"); err != nil || e == nil || len(e.AORNames)+len(e.AORs)+len(e.AuthNames) != 0 {
				t.Errorf("an endpoint with no lists: %+v, %v", e, err)
			}
		})
	}
}

// More than can be read wait a part of the deadline, and no more than a part
// of the queue; the others are refused at once, all of them as overloaded.
func TestTooManyToRead(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := startReady(t, db.URL, func(o *Options) { o.QueueSize, o.Deadline = 2*turnPart, 2*time.Second })
	for range cap(s.loading) {
		s.loading <- struct{}{} // the turns of readings that take long
	}
	refused := make(chan error, 3)
	for range 3 {
		go func() {
			_, err := s.LoadEndpoint(t.Context(), "absent")
			refused <- err
		}()
	}
	began := time.Now()
	for i := range 3 {
		err := <-refused
		var r *reason.Refusal
		if !errors.Is(err, ErrUnavailable) || !errors.As(err, &r) || r.Reason != reason.Overloaded {
			t.Errorf("got %v, want overloaded", err)
		}
		took := time.Since(began)
		if at := s.opt.Deadline / turnPart; i == 0 && took >= at || i > 0 && took < at || took >= s.opt.Deadline {
			t.Errorf("refusal %d came after %v", i, took)
		}
	}
	served := make(chan error, 1)
	go func() {
		_, err := s.LoadEndpoint(t.Context(), "absent")
		served <- err
	}()
	until(t, "one to wait", func() bool { return s.awaiting.Load() == 1 || len(served) == 1 })
	for range cap(s.loading) {
		<-s.loading
	}
	if err := <-served; err != nil {
		t.Errorf("with a turn: %v", err)
	}
}

func TestLoadSite(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			s := startReady(t, db.URL, nil)
			site, err := s.LoadSite(t.Context())
			if err != nil || len(site.Matches) != 0 || len(site.Aliases) != 0 {
				t.Fatalf("an empty site: %+v, %v", site, err)
			}
			exec(t, db, `INSERT INTO ps_globals (id, endpoint_identifier_order, default_realm) VALUES ('global', 'ip,username', 'example.com')`)
			exec(t, db, `INSERT INTO ps_domain_aliases (id, domain) VALUES ('Alias.example', 'example.com')`)
			exec(t, db, `INSERT INTO ps_endpoint_id_ips (id, endpoint, match) VALUES ('trunk', 'trunk', '192.0.2.0/24,2001:db8::/32')`)
			site, err = s.LoadSite(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if site.Global.DefaultRealm != "example.com" || len(site.Global.EndpointIdentifierOrder) != 2 {
				t.Errorf("global: %+v", site.Global)
			}
			if site.Aliases["alias.example"] != "example.com" {
				t.Errorf("aliases: %v", site.Aliases)
			}
			if len(site.Matches) != 1 || len(site.Matches[0].Prefixes) != 2 {
				t.Errorf("matches: %+v", site.Matches)
			}
		})
	}
}

// TestColumnsThatMayLack: a schema without the columns that the report of
// migrate up calls optional serves all the same.
func TestColumnsThatMayLack(t *testing.T) {
	t.Parallel()
	db := storetest.NewKind(t, storetest.AsteriskOlder)
	exec(t, db, `ALTER TABLE ps_endpoints DROP COLUMN deny, DROP COLUMN permit, DROP COLUMN acl,
		DROP COLUMN contact_deny, DROP COLUMN contact_permit, DROP COLUMN contact_acl`)
	exec(t, db, `ALTER TABLE ps_endpoint_id_ips DROP COLUMN match_header, DROP COLUMN srv_lookups`)
	exec(t, db, `INSERT INTO ps_aors (id, max_contacts) VALUES ('6001', 1)`)
	exec(t, db, `INSERT INTO ps_endpoints (id, aors) VALUES ('6001', '6001')`)
	exec(t, db, `INSERT INTO ps_endpoint_id_ips (id, endpoint, match) VALUES ('t', '6001', '192.0.2.1')`)
	s := startReady(t, db.URL, nil)
	if e, err := s.LoadEndpoint(t.Context(), "6001"); err != nil || e == nil || len(e.AORs) != 1 {
		t.Errorf("LoadEndpoint = %+v, %v", e, err)
	}
	if site, err := s.LoadSite(t.Context()); err != nil || len(site.Matches) != 1 {
		t.Errorf("LoadSite = %+v, %v", site, err)
	}
}

// TestAbsentIsNotUnavailable: a table that can't be read is no absent row.
func TestAbsentIsNotUnavailable(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := startReady(t, db.URL, nil)
	exec(t, db, `ALTER TABLE ps_endpoints RENAME TO somewhere_else`)
	e, err := s.LoadEndpoint(t.Context(), "6001")
	if e != nil || !errors.Is(err, ErrUnavailable) {
		t.Errorf("LoadEndpoint = %v, %v, want ErrUnavailable", e, err)
	}
	if err != nil && !strings.Contains(err.Error(), "42P01") {
		t.Errorf("%q doesn't say what the server said", err)
	}
	exec(t, db, `ALTER TABLE somewhere_else RENAME TO ps_endpoints`)
	if e, err := s.LoadEndpoint(t.Context(), "6001"); e != nil || err != nil {
		t.Errorf("LoadEndpoint = %v, %v, want nothing", e, err)
	}
}
