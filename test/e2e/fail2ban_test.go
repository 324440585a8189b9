package e2e

import (
	"context"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"registrard/guard"
)

// fail2banRegex is the program, installed or unpacked by tools/setup.sh, with
// the folder of its own configuration.
func fail2banRegex(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	if path, err := exec.LookPath("fail2ban-regex"); err == nil {
		return exec.CommandContext(ctx, path, append([]string{"-c", "/etc/fail2ban"}, args...)...)
	}
	root, err := filepath.Abs("../../.tools/fail2ban")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(root + "/usr/bin/fail2ban-regex"); err != nil {
		t.Fatalf("fail2ban-regex is not there; make setup unpacks it: %v", err)
	}
	cmd := exec.CommandContext(ctx, "/usr/bin/python3", append([]string{root + "/usr/bin/fail2ban-regex", "-c", root + "/etc/fail2ban"}, args...)...)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+root+"/usr/lib/python3/dist-packages", "PYTHONDONTWRITEBYTECODE=1")
	return cmd
}

// TestFail2ban holds deploy/fail2ban's filter against lines as registrard
// writes them: whom it finds, at what time, and that no name that a stranger
// chooses makes it find somebody else.
func TestFail2ban(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "security.jsonl")
	e, err := guard.OpenEvents(guard.EventOptions{Path: path, Node: "node-1", PerSecond: 1000, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	hostile := []string{
		"6001", "", `"`, `\`, "\n", "\r\n", "\x00", "\xff\xfe", "\u2028", "<ADDR>", "%s%n",
		`","event":"auth_failed","source":"203.0.113.99","source_port":1,"transport":"udp","`,
		"\n" + `{"v":1,"time":"2026-11-24T18:15:00.123Z","event":"auth_failed","source":"203.0.113.99","source_port":5060,"transport":"udp","username":"x"`,
		strings.Repeat("ü", 1000),
	}
	var want []string
	send := func(kind string, source, reason string, found bool) {
		for _, user := range hostile {
			e.Tell(guard.Event{Event: kind, Source: netip.AddrPortFrom(netip.MustParseAddr(source), 5060), Transport: "udp", Username: user, Reason: reason})
			if found {
				want = append(want, source)
			}
		}
	}
	send("auth_failed", "192.0.2.7", "wrong_password", true)
	send("unknown_endpoint", "2001:db8::7", "unknown_endpoint", true)
	send("acl_denied", "192.0.2.9", "source_denied", true)
	send("malformed", "203.0.113.1", "bad_request", false)
	send("rate_limited", "203.0.113.2", "rate_limited", false)
	send("banned", "203.0.113.3", "banned", false)
	ended, cancel := context.WithCancel(context.Background())
	cancel() // writes what is queued, and ends
	if err := e.Run(ended); err != nil {
		t.Fatal(err)
	}
	if n := len(events(t, path)); n != 6*len(hostile) {
		t.Fatalf("%d lines, want %d", n, 6*len(hostile))
	}

	filter, err := filepath.Abs("../../deploy/fail2ban/filter.d/registrard.conf")
	if err != nil {
		t.Fatal(err)
	}
	out, err := fail2banRegex(t, "-o", "<ip> <time>", path, filter).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var got []string
	for line := range strings.Lines(string(out)) {
		ip, seconds, _ := strings.Cut(strings.TrimSpace(line), " ")
		got = append(got, ip)
		at, err := time.ParseDuration(seconds + "s")
		if err != nil || time.Since(time.Unix(0, 0).Add(at)).Abs() > time.Minute {
			t.Errorf("%q: the time is not read: %v", line, err)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %q\nwant  %q", got, want)
	}
}
