package store

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"registrard/store/storetest"
	"registrard/view"
)

// TestPermanentContacts: what ps_aors.contact names is among the registrations.
func TestPermanentContacts(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			exec(t, db, `INSERT INTO ps_endpoints (id, aors) VALUES ('trunk', 'trunk')`)
			exec(t, db, `INSERT INTO ps_aors (id, contact) VALUES ('trunk', 'sip:a@192.0.2.1:5060^3Btransport=TCP, sips:b@192.0.2.2 ,sip:a@192.0.2.1:5060^3Btransport=TCP,,tel:1'),
				('pool', 'sip:192.0.2.9'), ('none', ''), ('null', NULL)`)
			exec(t, db, `INSERT INTO ps_contacts (id, uri, expiration_time, endpoint) VALUES
				('trunk^3B@1', 'sip:phone@192.0.2.7', 4000000000, 'trunk'), ('byhand^3B@1', 'sip:h@192.0.2.8', 0, 'byhand'), ('null^3B@1', 'sip:n@192.0.2.8', NULL, NULL)`)
			list := func(sql string) string {
				return one[string](t, db, `SELECT coalesce(string_agg(line, ' | ' ORDER BY line), '') FROM (`+sql+`) x(line)`)
			}
			want := `byhand byhand sip:h@192.0.2.8 udp t | null sip:n@192.0.2.8 udp t | pool sip:192.0.2.9 udp t | ` +
				`trunk trunk sip:a@192.0.2.1:5060;transport=TCP tcp t | trunk trunk sip:phone@192.0.2.7 udp f | trunk trunk sips:b@192.0.2.2 tls t`
			if got := list(`SELECT concat_ws(' ', aor, endpoint, contact, transport, permanent) FROM registrations`); got != want {
				t.Errorf("registrations:\n%s\nwant\n%s", got, want)
			}
			if got := list(`SELECT contact FROM registrations WHERE aor = 'trunk' AND NOT permanent`); got != "sip:phone@192.0.2.7" {
				t.Errorf("not permanent: %s", got)
			}
			if got, want := one[int](t, db, `SELECT sum(contacts)::int FROM registration_counts`), one[int](t, db, `SELECT count(*)::int FROM registrations`); got != want {
				t.Errorf("registration_counts has %d, registrations %d", got, want)
			}

			// The list has them in its order, whatever a page holds.
			v, err := OpenViews(db.URL, "test", nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(v.Close)
			for _, limit := range []int{1, 2, 100} {
				var seen []string
				for f := (view.Filter{Limit: limit}); ; {
					p, err := v.Contacts(t.Context(), f)
					if err != nil {
						t.Fatal(err)
					}
					for _, c := range p.Items {
						mark := ""
						if c.Permanent {
							mark = "!"
						}
						seen = append(seen, c.AOR+mark)
					}
					if f.After = p.Next; f.After == "" {
						break
					}
				}
				if got := strings.Join(seen, " "); got != "byhand! null! pool! trunk trunk! trunk!" && got != "byhand! null! pool! trunk! trunk trunk!" && got != "byhand! null! pool! trunk! trunk! trunk" {
					t.Errorf("pages of %d: %s", limit, got)
				}
			}
			if p, err := v.Contacts(t.Context(), view.Filter{Text: "192.0.2.9"}); err != nil || len(p.Items) != 1 || !p.Items[0].Permanent {
				t.Errorf("searched: %+v, %v", p, err)
			}

			// Asterisk's migrations can change the columns.
			exec(t, db, `ALTER TABLE ps_aors ALTER COLUMN contact TYPE varchar(4096), ALTER COLUMN id TYPE varchar(300)`)
			if got := list(`SELECT contact FROM registrations WHERE aor = 'pool'`); got != "sip:192.0.2.9" {
				t.Errorf("after ALTER: %s", got)
			}
			// Who was granted the view without ps_aors goes on reading it.
			role := "support_" + strings.ToLower(rand.Text())
			exec(t, db, `CREATE ROLE `+role)
			t.Cleanup(func() {
				if _, err := db.Pool.Exec(context.Background(), `DROP OWNED BY `+role+`; DROP ROLE `+role); err != nil {
					t.Error(err)
				}
			})
			exec(t, db, `GRANT SELECT ON registrations, ps_contacts TO `+role)
			exec(t, db, `SET ROLE `+role+`; CREATE TEMP TABLE seen AS SELECT * FROM registrations; RESET ROLE`)
		})
	}
}

// TestPermanentPlans: the view's conditions still reach the index of
// ps_contacts, and ps_aors is read by the rows that have a contact.
func TestPermanentPlans(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	exec(t, db, `INSERT INTO ps_contacts (id, uri, expiration_time) SELECT i || '^3B@x', 'sip:p@192.0.2.1', 4000000000 FROM generate_series(1, 20000) i`)
	exec(t, db, `INSERT INTO ps_aors (id, contact) SELECT i, CASE WHEN i = 7 THEN 'sip:h' END FROM generate_series(1, 20000) i`)
	exec(t, db, `ANALYZE`)
	for sql, index := range map[string]string{
		`SELECT * FROM registrations WHERE aor = '6001'`:                                                "registrard_contacts_aor",
		`SELECT id FROM ps_aors a WHERE a.contact <> ''`:                                                "registrard_aors_permanent",
		`SELECT * FROM registrard_registrations() r WHERE r.aor > '6001' ORDER BY r.aor, r.id LIMIT 10`: "registrard_contacts_aor",
	} {
		rows, err := db.Pool.Query(t.Context(), "EXPLAIN "+sql)
		if err != nil {
			t.Fatal(err)
		}
		var plan strings.Builder
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			plan.WriteString(line + "\n")
		}
		if rows.Err() != nil || !strings.Contains(plan.String(), index) || strings.Contains(plan.String(), "Seq Scan") {
			t.Errorf("%s\n%s", sql, &plan)
		}
	}
}
