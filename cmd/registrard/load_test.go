package main

import (
	"encoding/json"
	"net"
	"strings"
	"testing"
)

func TestLoadExitStatus(t *testing.T) {
	t.Parallel()
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	nobody := "udp://" + silent.LocalAddr().String()
	for _, c := range []struct {
		name   string
		args   []string
		code   int
		stderr string
	}{
		{"no target", nil, 2, "requires at least 1 arg"},
		{"a public target", []string{"udp://192.0.2.1"}, 2, "--any-target allows it"},
		{"a mode that is none", []string{nobody, "--mode", "both"}, 2, `mode "both": want challenge or refresh`},
		{"a flag's value of the wrong kind", []string{nobody, "--rate", "fast"}, 2, "--rate"},
		{"authorities that are no file", []string{nobody, "--ca", "/nonexistent"}, 1, "--ca"},
		{"nobody answers", []string{nobody, "--count", "1", "--users", "1", "--prime=false", "--timeout", "600ms"}, 1, "no registration was acknowledged"},
		{"nobody answers the priming", []string{nobody, "--count", "1", "--users", "1", "--timeout", "600ms"}, 1, "timeouts: 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := call(nil, append([]string{"load", "--json"}, c.args...)...)
			if code != c.code || !strings.Contains(stderr, c.stderr) {
				t.Errorf("exit status %d, stderr %q; want %d, %q", code, stderr, c.code, c.stderr)
			}
			if stdout != "" && !json.Valid([]byte(stdout)) {
				t.Errorf("stdout is no JSON: %q", stdout)
			}
		})
	}
}
