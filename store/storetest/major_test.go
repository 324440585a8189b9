package storetest

import (
	"os"
	"testing"
)

// TestMajor: make test-majors runs on the server that it says (the variable is
// its own; without it any will do).
func TestMajor(t *testing.T) {
	t.Parallel()
	db := Empty(t)
	var major string
	if err := db.Pool.QueryRow(t.Context(), `SELECT (current_setting('server_version_num')::int / 10000)::text`).Scan(&major); err != nil {
		t.Fatal(err)
	}
	if want := os.Getenv("REGISTRARD_TEST_MAJOR"); want != "" && major != want {
		t.Errorf("the tests run on PostgreSQL %s, want %s", major, want)
	}
}
