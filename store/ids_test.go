package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"registrard/store/storetest"
)

func TestEachEndpointID(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run("all ids come as the column holds them: "+string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			exec(t, db, `INSERT INTO ps_endpoints (id) VALUES ('6001'), ('a^3Bb'), ('ünïcode'), (' blank ')`)
			s := startReady(t, db.URL, nil)
			var got []string
			if err := s.EachEndpointID(t.Context(), func(id string) { got = append(got, id) }); err != nil {
				t.Fatal(err)
			}
			there, err := s.EndpointIDs(t.Context(), []string{"6001", "6002", "a;b", "\x00", "\xff"})
			slices.Sort(there)
			if err != nil || !slices.Equal(there, []string{"6001", "a^3Bb"}) {
				t.Errorf("there are %q, %v", there, err)
			}
			slices.Sort(got)
			if want := []string{" blank ", "6001", "a^3Bb", "ünïcode"}; !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
	t.Run("a column whose ids are equal without being the same is refused", func(t *testing.T) {
		t.Parallel()
		db := storetest.New(t)
		exec(t, db, `CREATE COLLATION anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`)
		exec(t, db, `ALTER TABLE ps_endpoints ALTER COLUMN id TYPE varchar(255) COLLATE anycase`)
		s := startReady(t, db.URL, nil)
		err := s.EachEndpointID(t.Context(), func(id string) { t.Error(id) })
		if err == nil || !strings.Contains(err.Error(), "deterministic") {
			t.Errorf("got %v", err)
		}
	})
}

func BenchmarkEachEndpointID(b *testing.B) {
	db := storetest.New(b)
	exec(b, db, fmt.Sprintf("INSERT INTO ps_endpoints (id) SELECT i::text FROM generate_series(1, %d) i", 100_000))
	s := startReady(b, db.URL, nil)
	for b.Loop() {
		n := 0
		if err := s.EachEndpointID(b.Context(), func(string) { n++ }); err != nil || n != 100_000 {
			b.Fatal(n, err)
		}
	}
}
