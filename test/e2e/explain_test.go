package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"registrard/store/storetest"
)

// registrard runs a command of the program beside a node, as somebody on its
// machine would, and gives its exit status and what it printed.
func registrard(t *testing.T, url, stdin string, args ...string) (code int, stdout string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append(os.Environ(), "REGISTRARD_DATABASE_URL="+url)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("registrard %v: %v", args, err)
	}
	if strings.Contains(errs.String(), "DATA RACE") {
		t.Error(errs.String())
	}
	return cmd.ProcessState.ExitCode(), out.String() + errs.String()
}

// TestWhyIsMyPhoneNotRegistering: phones are refused by a running node, and
// why and explain say why, and what to do; then it is done, and they register.
func TestWhyIsMyPhoneNotRegistering(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	extension(t, db.Pool, "6001", "open sesame", 1)
	extension(t, db.Pool, "6002 ", "open sesame", 1)
	n := startNode(t, db.URL)

	// A phone with a wrong password, one whose row has a blank, and one whose
	// name is made to harm whoever reads it.
	wrong, err := newUDPPhone(n.addr("udp"), "6001", "open barley")
	if err != nil {
		t.Fatal(err)
	}
	last := wrong.request(branch(), []string{"<" + wrong.contact() + ">"})
	if a, err := wrong.exchange(5*time.Second, last); err != nil || a.code != 401 {
		t.Fatalf("%v %+v", err, a)
	} else {
		wrong.learn(a)
	}
	last = wrong.request(branch(), []string{"<" + wrong.contact() + ">"})
	if a, err := wrong.exchange(5*time.Second, last); err != nil || a.code != 401 {
		t.Fatalf("%v %+v", err, a)
	}
	for _, user := range []string{"6002", "%1B[2Jevil%07%00%FF"} {
		p, err := newUDPPhone(n.addr("udp"), user, "open sesame")
		if err != nil {
			t.Fatal(err)
		}
		if a, err := p.register(5*time.Second, []string{"<sip:x@127.0.0.1>"}); err != nil || a.code != 401 {
			t.Fatalf("%v %+v", err, a)
		}
	}
	// One that only asks and is challenged is no failure.
	asks, err := newUDPPhone(n.addr("udp"), "6003", "")
	if err != nil {
		t.Fatal(err)
	}
	if a, err := asks.exchange(5*time.Second, asks.request(branch(), []string{"<sip:x@127.0.0.1>"})); err != nil || a.code != 401 {
		t.Fatalf("%v %+v", err, a)
	}

	eventually(t, 20*time.Second, "the failures are in the view", func() bool {
		var rows int
		err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM registration_failures WHERE source = '127.0.0.1' AND node = 'node-1'`).Scan(&rows)
		return err == nil && rows == 3
	})
	code, told := registrard(t, db.URL, "", "why", "6001")
	for _, part := range []string{"6001 is not registered", "wrong_password", `ps_auths row "6001"`, "from 127.0.0.1, once", "e2e phone", "What to do"} {
		if code != 0 || !strings.Contains(told, part) {
			t.Errorf("why 6001: status %d, %q is not in\n%s", code, part, told)
		}
	}
	if _, told = registrard(t, db.URL, "", "why", "6002"); !strings.Contains(told, "UPDATE ps_endpoints SET id = '6002' WHERE id = '6002 ';") {
		t.Errorf("why 6002:\n%s", told)
	}
	if code, told = registrard(t, db.URL, "", "why", "--source", "127.0.0.1"); code != 0 || strings.ContainsAny(told, "\x1b\x07\x00") || !strings.Contains(told, "evil") || strings.Contains(told, "6003") {
		t.Errorf("why --source: status %d, %q", code, told)
	}

	// The captured REGISTER, once with the password as it was and once mended.
	file := filepath.Join(t.TempDir(), "register.txt")
	if err := os.WriteFile(file, []byte(last), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, told = registrard(t, db.URL, "", "explain", file); code != 1 || !strings.Contains(told, "REFUSED") || !strings.Contains(told, "wrong_password") {
		t.Errorf("explain of the captured REGISTER: status %d\n%s", code, told)
	}
	for _, sql := range []string{
		`UPDATE ps_auths SET password = 'open barley' WHERE id = '6001'`,
		`UPDATE ps_endpoints SET id = '6002' WHERE id = '6002 '`,
	} {
		if _, err := db.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	code, told = registrard(t, db.URL, last, "explain", "--json", "-")
	var e struct {
		Accepted bool
		Code     int
		Endpoint string
		AOR      string
		Steps    []struct{ Stage, Outcome, Detail string }
	}
	if err := json.Unmarshal([]byte(told), &e); err != nil || code != 0 || !e.Accepted || e.Code != 200 || e.Endpoint != "6001" || e.AOR != "6001" || len(e.Steps) == 0 {
		t.Errorf("explain after it was mended: status %d, %v\n%s", code, err, told)
	}
	if got := registered(t, db.Pool, "6001"); len(got) != 0 {
		t.Errorf("explain registered %v", got)
	}
	if a, err := wrong.register(5*time.Second, []string{"<" + wrong.contact() + ">"}); err != nil || a.code != 200 {
		t.Errorf("the phone after it was mended: %v %d", err, a.code)
	}
	if _, told = registrard(t, db.URL, "", "why", "6001"); !strings.Contains(told, "registered  6001") || !strings.Contains(told, "it has registered since") {
		t.Errorf("why 6001 afterwards:\n%s", told)
	}
	if code, told = registrard(t, db.URL, "open barley\n", "explain", "--user", "6001", "--source", "127.0.0.1", "--password-stdin"); code != 1 || !strings.Contains(told, "too_many_contacts") {
		t.Errorf("explain of a second phone: status %d\n%s", code, told)
	}
}
