package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"registrard/store/storetest"
)

func TestNearRows(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			exec(t, db, `INSERT INTO ps_endpoints (id, aors, auth) VALUES (' 6001', '6001', '6001'), ('6001@a.example', '6001, 6002', ' 6001 ,x'), ('Sales', NULL, NULL), ('60011', '16001', '16001'), ('a^3Bb ', NULL, NULL)`)
			exec(t, db, `INSERT INTO ps_auths (id, username) VALUES ('6001', 'x'), ('other', ' 6001 '), ('16001', '60010')`)
			exec(t, db, `INSERT INTO ps_aors (id) VALUES ('6001'), ('6002'), ('SALES')`)
			s, err := Open(t.Context(), Options{URL: db.URL})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			for _, c := range []struct {
				name string
				want []string
			}{
				{"6001", []string{`ps_aors "6001" "" [ 6001 6001@a.example]`, `ps_auths "6001" "x" [ 6001 6001@a.example]`, `ps_auths "other" " 6001 " []`,
					`ps_endpoints " 6001" "" []`, `ps_endpoints "6001@a.example" "" []`}},
				{" 6001@elsewhere ", []string{`ps_aors "6001" "" [ 6001 6001@a.example]`, `ps_auths "6001" "x" [ 6001 6001@a.example]`, `ps_auths "other" " 6001 " []`,
					`ps_endpoints " 6001" "" []`, `ps_endpoints "6001@a.example" "" []`}},
				{"sALES", []string{`ps_aors "SALES" "" []`, `ps_endpoints "Sales" "" []`}},
				{"a;b", []string{`ps_endpoints "a^3Bb " "" []`}},
				{"", nil},
				{"\x00\xff'--", nil},
			} {
				rows, err := s.NearRows(t.Context(), c.name)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, r := range rows {
					got = append(got, fmt.Sprintf("%s %q %q %v", r.Table, r.ID, r.Username, r.Endpoints))
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("%q (-want +got):\n%s", c.name, diff)
				}
			}
		})
	}
}

// TestLook: what only looks finds the keys and the nodes that there are, and
// leaves no trace.
func TestLook(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	open := func() *Store {
		s, err := Open(t.Context(), Options{URL: db.URL, Node: "looks"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		return s
	}
	s := open()
	if err := s.Look(t.Context()); err != nil || len(s.Keys()) != 0 {
		t.Fatalf("%v, %d keys", err, len(s.Keys()))
	}
	if n := one[int](t, db, `SELECT (SELECT count(*) FROM registrard_nodes) + (SELECT count(*) FROM registrard_nonce_keys)`); n != 0 {
		t.Errorf("looking left %d rows", n)
	}
	startReady(t, db.URL, func(o *Options) { o.Node, o.Addresses = "n1", []string{"udp://:5060"} })
	exec(t, db, `INSERT INTO registrard_nodes (name, boot_id, heartbeat_at) VALUES ('dead', 'b', now() - interval '1 hour')`)
	if s = open(); s.Look(t.Context()) != nil || len(s.Keys()) != 1 {
		t.Errorf("%d keys", len(s.Keys()))
	}
	nodes, err := s.LiveNodes(t.Context())
	if err != nil || len(nodes) != 1 || nodes[0].Name != "n1" || nodes[0].Addresses[0] != "udp://:5060" {
		t.Errorf("nodes %v, %v", nodes, err)
	}
	away, err := Open(t.Context(), Options{URL: "postgres://nobody@127.0.0.1:1/none", Deadline: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer away.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if away.Look(ctx) == nil {
		t.Error("a database that is away can't be looked at")
	}
}
