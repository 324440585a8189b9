package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"registrard/store/storetest"
)

// TestEndpointAsksWithoutEcho types a password into a terminal.
func TestEndpointAsksWithoutEcho(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	sql(t, db, `INSERT INTO ps_endpoints (id, aors, auth) VALUES ('6010', '6010', '6010')`)
	sql(t, db, `INSERT INTO ps_auths (id, auth_type, username, password) VALUES ('6010', 'userpass', '6010', 'old')`)
	for _, c := range []struct {
		name, typed string
		code        int
		stderr      string
	}{
		{"the same twice", "geheim\ngeheim\n", 0, "Password: \nThe same again: \n"},
		{"two that differ", "geheim\ngeheim2\n", 1, "the passwords differ; nothing was changed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			master, slave := openTerminal(t)
			if _, err := master.WriteString(c.typed); err != nil {
				t.Fatal(err)
			}
			var out, errs bytes.Buffer
			code := run([]string{"endpoint", "passwd", "6010"}, []string{"REGISTRARD_DATABASE_URL=" + db.URL}, slave, &out, &errs)
			if code != c.code || !strings.Contains(errs.String(), c.stderr) || strings.Contains(out.String()+errs.String(), "geheim") {
				t.Errorf("status %d\n%s%s", code, out.String(), errs.String())
			}
		})
	}
	var stored string
	if err := db.Pool.QueryRow(t.Context(), `SELECT password FROM ps_auths`).Scan(&stored); err != nil || stored != "geheim" {
		t.Errorf("%q, %v", stored, err)
	}
}

// openTerminal makes a pseudo terminal.
func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	name, err := terminalName(master)
	if err != nil {
		t.Fatal(err)
	}
	if slave, err = os.OpenFile(name, os.O_RDWR, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	return master, slave
}

// terminalName unlocks the other end of a pseudo terminal, and names it.
func terminalName(master *os.File) (string, error) {
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return "", err
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	return fmt.Sprintf("/dev/pts/%d", n), err
}
