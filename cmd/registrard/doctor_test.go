package main

import (
	"encoding/json"
	"strings"
	"testing"

	"registrard/store/storetest"
)

func TestDoctor(t *testing.T) {
	t.Parallel()
	free := []string{"REGISTRARD_LISTEN=udp://127.0.0.1:0", "REGISTRARD_ADMIN_LISTEN=127.0.0.1:0"}
	t.Run("a database that is well is status 0", func(t *testing.T) {
		t.Parallel()
		url := "REGISTRARD_DATABASE_URL=" + storetest.Server(t, true).URL("postgres") // durable, unlike the other tests' server
		if code, _, errs := call([]string{url}, "migrate", "up"); code != 0 {
			t.Fatal(errs)
		}
		code, out, errs := call([]string{free[0], free[1], url}, "doctor")
		if code != 0 || errs != "" || !strings.Contains(out, "\nok    schema ") || !strings.Contains(out, ", 0 bad\n") {
			t.Errorf("%d\n%s%s", code, out, errs)
		}
	})
	t.Run("one that is away is status 1, and the JSON says which finding is bad", func(t *testing.T) {
		t.Parallel()
		code, out, errs := call([]string{free[0], free[1], "REGISTRARD_DATABASE_URL=postgres://u:hush@127.0.0.1:1/d"}, "doctor", "--json")
		var r struct {
			OK       bool
			Findings []struct{ Area, Level, Text, Remedy string }
		}
		if err := json.Unmarshal([]byte(out), &r); err != nil || code != 1 || r.OK || !strings.Contains(errs, "bad findings: 1") {
			t.Fatalf("%d, %v\n%s%s", code, err, out, errs)
		}
		for _, f := range r.Findings {
			if f.Level == "bad" && (f.Area != "database" || f.Remedy == "") {
				t.Errorf("%+v", f)
			}
		}
		if strings.Contains(out+errs, "hush") {
			t.Error("the password is told")
		}
	})
	t.Run("a configuration with mistakes is status 2", func(t *testing.T) {
		t.Parallel()
		if code, _, errs := call([]string{"REGISTRARD_LISTEN=5060"}, "doctor"); code != 2 || !strings.Contains(errs, "listen") {
			t.Errorf("%d %s", code, errs)
		}
	})
}
