package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"registrard/store/storetest"
)

// These start processes and set the environment, so they run one after another.

func TestRun(t *testing.T) {
	t.Run("the_command_finds_a_server_that_is_gone_afterwards", func(t *testing.T) {
		t.Setenv(storetest.Variable, "")
		tmp, err := os.MkdirTemp("", "withpg-test-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(tmp)
		if err := os.Chmod(tmp, 0o711); err != nil {
			t.Fatal(err)
		}
		t.Setenv("TMPDIR", tmp)
		out := filepath.Join(tmp, "out")
		t.Setenv("OUT", out)
		code, err := run([]string{"sh", "-c", `echo "$` + storetest.Variable + `" >"$OUT"; ls -d "$TMPDIR"/registrard-test-*/pg/data >>"$OUT"; exit 7`})
		if code != 7 || err != nil {
			t.Errorf("status %d, %v; want the command's 7", code, err)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(b); !strings.HasPrefix(got, "postgres://postgres:") || !strings.Contains(got, "/pg/data") {
			t.Errorf("the command saw %q", got)
		}
		if left, err := filepath.Glob(filepath.Join(tmp, "registrard-*")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %q, %v", left, err)
		}
	})
	t.Run("a_server_that_is_named_already_is_used", func(t *testing.T) {
		t.Setenv(storetest.Variable, "postgres://named")
		code, err := run([]string{"sh", "-c", `test "$` + storetest.Variable + `" = postgres://named`})
		if code != 0 || err != nil {
			t.Errorf("status %d, %v", code, err)
		}
	})
	t.Run("a_signal_reaches_the_command", func(t *testing.T) {
		t.Setenv(storetest.Variable, "postgres://named")
		ready := filepath.Join(t.TempDir(), "ready")
		t.Setenv("READY", ready)
		go func() {
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for range tick.C {
				if _, err := os.Stat(ready); err == nil {
					break
				}
			}
			if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
				t.Error(err)
			}
		}()
		code, err := run([]string{"sh", "-c", `trap 'exit 9' TERM; : >"$READY"; n=0; while [ $n -lt 600 ]; do sleep 0.05; n=$((n+1)); done`})
		if code != 9 || err != nil {
			t.Errorf("status %d, %v; want 9 of the command's trap", code, err)
		}
	})
	t.Run("a_command_killed_by_a_signal_gives_the_shell's_status", func(t *testing.T) {
		t.Setenv(storetest.Variable, "postgres://named")
		if code, err := run([]string{"sh", "-c", "kill -KILL $$"}); code != 137 || err != nil {
			t.Errorf("status %d, %v; want 137", code, err)
		}
	})
	t.Run("no_command_is_used_wrongly", func(t *testing.T) {
		if code, err := run(nil); code != 2 || err == nil {
			t.Errorf("status %d, %v; want 2", code, err)
		}
	})
	t.Run("a_command_that_isn't_there_is_an_error", func(t *testing.T) {
		t.Setenv(storetest.Variable, "postgres://named")
		if code, err := run([]string{"no-such-command"}); code != 1 || err == nil {
			t.Errorf("status %d, %v; want 1", code, err)
		}
	})
}
