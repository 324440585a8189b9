package main

import (
	"encoding/json"
	"strings"
	"testing"

	"registrard/store/storetest"
)

func TestTraceCommand(t *testing.T) {
	t.Parallel()
	url := []string{"REGISTRARD_DATABASE_URL=" + storetest.New(t).URL}
	if code, out, errs := call(url, "trace", "--user", "6001", "--for", "1m"); code != 0 || !strings.Contains(out, "trace 1 is on, on all nodes") {
		t.Fatalf("%d %s%s", code, out, errs)
	}
	if code, out, errs := call(url, "trace", "--source", "192.0.2.7/24", "--aor", "office", "--hep", "homer", "--json"); code != 0 || !strings.Contains(out, `"source": "192.0.2.0/24"`) {
		t.Fatalf("%d %s%s", code, out, errs)
	}
	code, out, errs := call(url, "trace", "--list", "--json")
	var list []traceJSON
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 || len(list) != 2 ||
		list[0].Username != "6001" || list[1].AOR != "office" || list[1].Source != "192.0.2.0/24" || list[1].HEP != "homer" {
		t.Errorf("%d %v\n%s%s", code, err, out, errs)
	}
	if _, out, _ := call(url, "trace", "--list"); !strings.Contains(out, "homer:9060") || !strings.Contains(out, "log") {
		t.Errorf("the list is\n%s", out)
	}
	for _, c := range []struct {
		name   string
		args   []string
		code   int
		stderr string
	}{
		{"whose?", nil, 2, "want --user, --aor or --source"},
		{"too long", []string{"--user", "a", "--for", "25h"}, 2, "want 1s to 24h"},
		{"no address", []string{"--source", "homer"}, 2, "want an address or a network"},
		{"two things at once", []string{"--list", "--user", "a"}, 2, "stand alone"},
		{"stop what isn't there", []string{"--stop", "77"}, 1, "there is no trace 77"},
		{"stop nonsense", []string{"--stop", "x"}, 2, "want the id of a trace"},
	} {
		if code, _, errs := call(url, append([]string{"trace"}, c.args...)...); code != c.code || !strings.Contains(errs, c.stderr) {
			t.Errorf("%s: %d %s", c.name, code, errs)
		}
	}
	if code, out, _ := call(url, "trace", "--stop", "1"); code != 0 || !strings.Contains(out, "switched off: 1") {
		t.Errorf("%d %s", code, out)
	}
	if code, out, _ := call(url, "trace", "--stop", "all"); code != 0 || !strings.Contains(out, "switched off: 1") {
		t.Errorf("%d %s", code, out)
	}
	unmigrated := []string{"REGISTRARD_DATABASE_URL=" + storetest.Empty(t).URL}
	if code, _, errs := call(unmigrated, "trace", "--user", "a"); code != 1 || !strings.Contains(errs, "registrard migrate up") {
		t.Errorf("without the table: %d %s", code, errs)
	}
}
