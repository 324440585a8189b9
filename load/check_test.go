package load

import (
	"strings"
	"testing"

	"registrard/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// The registrar here answers 200 and writes nothing: the test plays the
// database, and loses some of what was acknowledged.
func TestCheck(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	s := responder{}
	r := runLoad(t, Options{Targets: []string{s.udp(t, "127.0.0.1")}, Mode: Challenge, Users: 10, Count: 30})
	if r.Acknowledged != 10 {
		t.Fatalf("%d users were acknowledged, want 10", r.Acknowledged)
	}
	newest := map[string]request{}
	for _, q := range s.got() {
		newest[q.user] = q
	}
	const live, expired, permanent = "extract(epoch FROM now())::bigint + 60", "extract(epoch FROM now())::bigint - 1", "0"
	for user, c := range map[string]struct {
		expires string
		behind  int // the CSeq in the database
	}{
		"u0002": {live, 1}, "u0003": {expired, 0}, "u0004": {permanent, 0},
		"u0005": {live, -1}, // its 200 to a newer one was lost
		"u0006": {live, 0}, "u0007": {live, 0}, "u0008": {live, 0}, "u0009": {live, 0}, "u0010": {live, 0},
	} {
		q := newest[user]
		if _, err := db.Pool.Exec(t.Context(),
			`INSERT INTO ps_contacts (id, aor, uri, endpoint, call_id, cseq, expiration_time) VALUES ($1, $1, 'sip:x', $1, $2, $3, `+c.expires+`)`,
			user, q.callID, q.cseq-c.behind); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.check(t.Context(), db.URL); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := r.Print(&out); err != nil {
		t.Fatal(err)
	}
	if *r.Found != 7 || len(r.Missing) != 3 || !strings.Contains(out.String(), "10 acknowledged, 7 found\n") {
		t.Errorf("found %d, missing %q, printed\n%s", *r.Found, r.Missing, &out)
	}
}
