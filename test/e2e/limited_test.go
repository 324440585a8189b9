package e2e

import (
	"context"
	"testing"
	"time"

	"registrard/store/storetest"
)

// TestRateLimited: a phone that gets no answer because of wrong passwords is
// found in registration_failures, and heard as soon as its row is corrected.
func TestRateLimited(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	extension(t, db.Pool, "6001", "other", 2)
	n := startNode(t, db.URL, "REGISTRARD_GUARD_USER_FAILURES=3")
	p := udpPhone(t, n, "6001", "secret")
	register := func(wait time.Duration) int {
		a, _ := p.Register(wait, p.Contact(0), 600) // no answer: 0
		return a.Code
	}
	for i := range 3 {
		if code := register(10 * time.Second); code != 401 {
			t.Fatalf("try %d: %d", i, code)
		}
	}
	if code := register(time.Second); code != 0 {
		t.Fatalf("a user on hold got %d", code)
	}
	eventually(t, 20*time.Second, "its row", func() bool {
		var rows int
		_ = db.Pool.QueryRow(context.Background(), `SELECT count(*) FROM registration_failures
			WHERE reason = 'rate_limited' AND username = '6001' AND code = 0 AND host(source) = '127.0.0.1'`).Scan(&rows) // an error: 0
		return rows == 1
	})
	if _, err := db.Pool.Exec(t.Context(), "UPDATE ps_auths SET password = 'secret' WHERE id = '6001'"); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "the corrected row lets it in", func() bool { return register(time.Second) == 200 })
}
