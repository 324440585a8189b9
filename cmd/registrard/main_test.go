package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"registrard/store/storetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { storetest.Main(m) }

// call runs the program in this process.
func call(environ []string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(args, environ, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "registrard.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExitStatus(t *testing.T) {
	t.Parallel()
	bad := writeFile(t, "log: {level: loud}\ncolour: blue\n")
	good := writeFile(t, "log: {level: warn}\n")
	for _, c := range []struct {
		name           string
		environ        []string
		args           []string
		code           int
		stdout, stderr string // a part of it; empty: nothing at all
	}{
		{"no command is a wrong use, and helps", nil, nil, 2, "", "Available Commands:"},
		{"--help is a result", nil, []string{"--help"}, 0, "Available Commands:", ""},
		{"help is a result", nil, []string{"help", "config", "check"}, 0, "Name all mistakes", ""},
		{"help about nothing known", nil, []string{"help", "nonsense"}, 2, "", `registrard has no command "nonsense"`},
		{"help about nothing known in a group", nil, []string{"help", "config", "nonsense"}, 2, "", `registrard config has no command "nonsense"`},
		{"unknown command", nil, []string{"sevre"}, 2, "", `registrard has no command "sevre"; did you mean serve?`},
		{"unknown command of a group", nil, []string{"config", "chekc"}, 2, "", `registrard config has no command "chekc"; did you mean check?`},
		{"unknown command of another group", nil, []string{"migrate", "sideways"}, 2, "", `registrard migrate has no command "sideways"`},
		{"unknown command of cobra's own group", nil, []string{"completion", "fsh"}, 2, "", `registrard completion has no command "fsh"`},
		{"a group alone", nil, []string{"migrate"}, 2, "", "which of these commands?"},
		{"unknown flag", nil, []string{"serve", "--nope"}, 2, "", "unknown flag: --nope"},
		{"a flag's value of the wrong kind", nil, []string{"ready", "--timeout", "5"}, 2, "", "--timeout"},
		{"an argument too many", nil, []string{"version", "now"}, 2, "", `unexpected argument "now"`},
		{"an argument too many for a command that takes one", nil, []string{"migrate", "down", "1", "2"}, 2, "", `unexpected argument "2"`},
		{"a version that is none", nil, []string{"migrate", "down", "last"}, 2, "", `version "last": want a number`},
		{"completion is a result", nil, []string{"completion", "bash"}, 0, "bash completion", ""},
		{"version", nil, []string{"version"}, 0, "registrard ", ""},
		{"a right configuration", nil, []string{"config", "check"}, 0, "ok\n", ""},
		{"a right file", nil, []string{"config", "check", good}, 0, "ok\n", ""},
		{"a right file by variable", []string{"REGISTRARD_CONFIG=" + good}, []string{"config", "show"}, 0, good + ":1", ""},
		{"a wrong file", nil, []string{"config", "check", bad}, 2, "", bad + `:1: log.level = "loud": want debug, info, warn or error`},
		{"all mistakes at once", nil, []string{"config", "check", bad}, 2, "", "the configuration has 2 mistakes"},
		{"a file given twice", nil, []string{"config", "check", good, "--config", good}, 2, "", "the file is given twice"},
		{"a misspelt variable stops serve", []string{"REGISTRARD_LOG_LEVLE=info"}, []string{"serve"}, 2, "", "did you mean REGISTRARD_LOG_LEVEL?"},
		{"a wrong flag stops serve", nil, []string{"serve", "--listen", "sip://:5060"}, 2, "", "--listen: listen[0]"},
		{"a mistake stops ready", []string{"REGISTRARD_ADMIN_LISTEN=8060"}, []string{"ready"}, 2, "", "admin.listen"},
		{"a mistake stops migrate", []string{"REGISTRARD_DATABASE_URL=mysql://u:geheim@h/d"}, []string{"migrate", "up"}, 2, "", "REGISTRARD_DATABASE_URL: database.url = (hidden): want postgres://"},
		{"a mistake stops dev", []string{"REGISTRARD_LOG_LEVEL=x"}, []string{"dev"}, 2, "", "log.level"},
		{"no node is there", nil, []string{"ready", "--admin-listen", "127.0.0.1:1"}, 1, "", "no node answers"},
		{"no database is there", []string{"REGISTRARD_DATABASE_URL=postgres://u:geheim@127.0.0.1:1/d?sslmode=disable"}, []string{"migrate", "status"}, 1, "", "connecting to the database"},
		{"a database text that can't be read", []string{"REGISTRARD_DATABASE_URL=postgres://u:geheim@h:port/d"}, []string{"migrate", "status"}, 2, "", "database.url = (hidden): can't be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := call(c.environ, c.args...)
			if code != c.code {
				t.Errorf("status %d, want %d", code, c.code)
			}
			for _, o := range []struct{ name, got, want string }{{"stdout", stdout, c.stdout}, {"stderr", stderr, c.stderr}} {
				if (o.want == "" && o.got != "") || !strings.Contains(o.got, o.want) {
					t.Errorf("%s: %q, want %q in it", o.name, o.got, o.want)
				}
				if strings.Contains(o.got, "geheim") {
					t.Errorf("%s shows a password: %s", o.name, o.got)
				}
			}
		})
	}
}

// TestHelp holds what --help says of every command against testdata/help.txt.
func TestHelp(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Name() == "completion" {
			return // cobra's own words
		}
		args := append(strings.Fields(cmd.CommandPath())[1:], "--help")
		code, stdout, stderr := call(nil, args...)
		if code != 0 || stderr != "" {
			t.Errorf("%v: status %d, %s", args, code, stderr)
		}
		fmt.Fprintf(&b, "$ registrard %s\n%s\n", strings.Join(args, " "), stdout)
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk((&app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}).root())
	golden(t, "testdata/help.txt", b.String())
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; go test ./cmd/registrard -update writes it anew):\n%s", path, diff)
	}
}

func TestVersionJSON(t *testing.T) {
	t.Parallel()
	code, stdout, _ := call(nil, "version", "--json")
	var b build
	if err := json.Unmarshal([]byte(stdout), &b); code != 0 || err != nil {
		t.Fatalf("status %d, %v", code, err)
	}
	if b.Version == "" || b.Commit == "" || b.Date == "" || !strings.HasPrefix(b.Go, "go1.") {
		t.Errorf("got %+v", b)
	}
}

func TestConfigCheckJSON(t *testing.T) {
	t.Parallel()
	code, stdout, _ := call([]string{"REGISTRARD_LOG_LEVEL=loud"}, "config", "check", "--json")
	var got reportJSON
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	want := reportJSON{OK: false, Mistakes: []mistakeJSON{{Key: "log.level", Value: `"loud"`, Want: "want debug, info, warn or error", Where: "REGISTRARD_LOG_LEVEL"}}}
	if diff := cmp.Diff(want, got); code != 2 || diff != "" {
		t.Errorf("status %d (-want +got):\n%s", code, diff)
	}
	code, stdout, _ = call(nil, "config", "check", "--json")
	if code != 0 || strings.Join(strings.Fields(stdout), "") != `{"ok":true,"mistakes":[]}` {
		t.Errorf("status %d, %s", code, stdout)
	}
}

func TestConfigShowHidesSecrets(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"config", "show"}, {"config", "show", "--json"}} {
		code, stdout, stderr := call([]string{"REGISTRARD_DATABASE_URL=postgres://u:geheim@h/d"}, args...)
		if code != 0 || strings.Contains(stdout+stderr, "geheim") || !strings.Contains(stdout, "REGISTRARD_DATABASE_URL") {
			t.Errorf("%v: status %d\n%s%s", args, code, stdout, stderr)
		}
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	ready := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/livez":
			fmt.Fprintln(w, "alive")
		case ready:
			fmt.Fprintln(w, "ready")
		default:
			http.Error(w, "not ready: the database has not answered", http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	environ := []string{"REGISTRARD_ADMIN_LISTEN=" + strings.TrimPrefix(server.URL, "http://")}
	if code, stdout, stderr := call(environ, "ready"); code != 1 || stdout != "" || stderr != "registrard: not ready: the database has not answered\n" {
		t.Errorf("not ready: status %d, %q, %q", code, stdout, stderr)
	}
	if code, stdout, _ := call(environ, "ready", "--live"); code != 0 || stdout != "alive\n" {
		t.Errorf("alive: status %d, %q", code, stdout)
	}
	ready = true
	if code, stdout, _ := call(environ, "ready"); code != 0 || stdout != "ready\n" {
		t.Errorf("ready: status %d, %q", code, stdout)
	}
}

func TestLocalAddress(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		":8060": "127.0.0.1:8060", "0.0.0.0:8060": "127.0.0.1:8060", "[::]:8060": "[::1]:8060",
		"127.0.0.1:8060": "127.0.0.1:8060", "10.0.0.5:1": "10.0.0.5:1", "[fd00::1]:80": "[fd00::1]:80",
	} {
		if got := localAddress(listen); got != want {
			t.Errorf("%s: got %s, want %s", listen, got, want)
		}
	}
}
