package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ErrNoBinaries says that PostgreSQL's server programs are not installed.
var ErrNoBinaries = errors.New("PostgreSQL's server programs (initdb, postgres) were not found in PATH, " +
	"/usr/lib/postgresql/*/bin, /usr/pgsql-*/bin or /usr/local/pgsql/bin; " +
	"install them (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server)")

// FindBinaries returns the folder that holds initdb and postgres: PATH first
// (a link there is followed, since Debian keeps postgres out of PATH), then the
// distributions' versioned folders, newest first. It returns ErrNoBinaries when
// there is none.
func FindBinaries() (dir string, err error) {
	for _, dir := range candidates() {
		if complete(dir) {
			return dir, nil
		}
	}
	return "", ErrNoBinaries
}

// binariesFor is FindBinaries for a cluster that exists already: only the major
// version that made it can run it. major is the content of PG_VERSION ("15").
func binariesFor(ctx context.Context, major string) (string, error) {
	found := []string{}
	for _, dir := range candidates() {
		if !complete(dir) {
			continue
		}
		v, err := majorVersion(ctx, dir)
		if err != nil {
			return "", err
		}
		if v == major {
			return dir, nil
		}
		found = append(found, v)
	}
	if len(found) == 0 {
		return "", ErrNoBinaries
	}
	return "", fmt.Errorf("the data was made by PostgreSQL %s, but only %s is installed; install postgresql-%s, or move the data away",
		major, strings.Join(found, ", "), major)
}

// candidates are the folders to look in, best first.
func candidates() []string {
	var dirs []string
	for _, name := range []string{"initdb", "postgres"} {
		if path, err := exec.LookPath(name); err == nil {
			if path, err = filepath.EvalSymlinks(path); err == nil {
				dirs = append(dirs, filepath.Dir(path))
			}
		}
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"} {
		versioned, err := filepath.Glob(pattern)
		if err != nil {
			continue // only a bad pattern gives an error, and these are constants
		}
		slices.SortFunc(versioned, func(a, b string) int { return pathVersion(b) - pathVersion(a) })
		dirs = append(dirs, versioned...)
	}
	dirs = append(dirs, "/usr/local/pgsql/bin")
	seen := map[string]bool{}
	return slices.DeleteFunc(dirs, func(dir string) bool {
		twice := seen[dir]
		seen[dir] = true
		return twice
	})
}

// pathVersion is the version in a folder's name ("/usr/lib/postgresql/15/bin",
// "/usr/pgsql-16/bin"), 0 when there is none; "9.6" counts as 9.
func pathVersion(dir string) int {
	name := strings.TrimPrefix(filepath.Base(filepath.Dir(dir)), "pgsql-")
	name, _, _ = strings.Cut(name, ".")
	v, err := strconv.Atoi(name)
	if err != nil {
		return 0
	}
	return v
}

func complete(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.IsDir() || info.Mode().Perm()&0o111 == 0 {
			return false
		}
	}
	return true
}

// majorVersion asks the server program: "postgres (PostgreSQL) 15.20 (Debian …)" is 15.
func majorVersion(ctx context.Context, dir string) (string, error) {
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return "", fmt.Errorf("asking %s/postgres for its version: %w", dir, err)
	}
	return parseMajor(string(out))
}

func parseMajor(out string) (string, error) {
	fields := strings.Fields(out)
	if len(fields) < 3 {
		return "", fmt.Errorf("postgres --version printed %q, want: postgres (PostgreSQL) 15.20", out)
	}
	digits := strings.IndexFunc(fields[2], func(r rune) bool { return r < '0' || r > '9' })
	if digits < 0 {
		digits = len(fields[2])
	}
	if digits == 0 {
		return "", fmt.Errorf("postgres --version printed %q, want: postgres (PostgreSQL) 15.20", out)
	}
	return fields[2][:digits], nil
}
