package localpg

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// maxSocketPath is sun_path's size without its ending zero byte.
const maxSocketPath = 107

// runAs is the user that the server runs as.
type runAs struct {
	name     string
	uid, gid int
	change   bool // we are root: the child has to change to it
}

// serverUser is ourselves, or under root postgres, else nobody.
func serverUser() (runAs, error) {
	if os.Geteuid() != 0 {
		return runAs{name: "this user", uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.Atoi(u.Uid)
		if err != nil {
			return runAs{}, fmt.Errorf("the user id of %s is %q, not a number", name, u.Uid)
		}
		gid, err := strconv.Atoi(u.Gid)
		if err != nil {
			return runAs{}, fmt.Errorf("the group id of %s is %q, not a number", name, u.Gid)
		}
		return runAs{name: name, uid: uid, gid: gid, change: true}, nil
	}
	return runAs{}, errors.New("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody to run it as; create one, or start this as an ordinary user")
}

// give makes the path belong to the server's user.
func (u runAs) give(path string) error {
	if !u.change {
		return nil
	}
	return os.Chown(path, u.uid, u.gid)
}

// Reachable says whether the server could work in dir: under root the server
// has another user, who must be able to enter each folder above it. The error
// names the folder that is closed.
func Reachable(dir string) error {
	u, err := serverUser()
	if err != nil {
		return err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("folder %s: %w", dir, err)
	}
	return u.reaches(dir)
}

func (u runAs) reaches(dir string) error {
	if !u.change {
		return nil
	}
	for parent := filepath.Dir(dir); ; parent = filepath.Dir(parent) {
		info, err := os.Stat(parent)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return fmt.Errorf("folder of the private PostgreSQL: %w", err)
		case !u.enters(info):
			return fmt.Errorf("the private PostgreSQL runs as %s, who can't enter %s: choose another folder than %s, or start this as an ordinary user",
				u.name, parent, dir)
		}
		if parent == filepath.Dir(parent) {
			return nil
		}
	}
}

func (u runAs) enters(info fs.FileInfo) bool {
	mode := info.Mode().Perm()
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return mode&0o001 != 0
	case int(owner.Uid) == u.uid:
		return mode&0o100 != 0
	case int(owner.Gid) == u.gid:
		return mode&0o010 != 0
	default:
		return mode&0o001 != 0
	}
}

// folder is Options.Dir once prepared.
type folder struct {
	dir  string // absolute
	user runAs
}

func (f folder) data() string         { return filepath.Join(f.dir, "data") }
func (f folder) passwordFile() string { return filepath.Join(f.dir, "password") }
func (f folder) portFile() string     { return filepath.Join(f.dir, "port") }

// prepare makes dir, 0700 and the server's user's. A folder that exists is only
// taken when it is empty or one of ours: never chown somebody's home.
func prepare(dir string) (folder, error) {
	if dir == "" {
		return folder{}, errors.New("localpg: Options.Dir is empty; name a folder for the server's data")
	}
	u, err := serverUser()
	if err != nil {
		return folder{}, err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return folder{}, fmt.Errorf("folder %s: %w", dir, err)
	}
	f := folder{dir: dir, user: u}
	if err := u.reaches(dir); err != nil {
		return folder{}, err
	}
	// Parents that are made here must let the server's user through.
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return folder{}, fmt.Errorf("making the folder of the private PostgreSQL: %w", err)
	}
	err = os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrExist) {
		err = f.checkOurs()
	}
	if err != nil {
		return folder{}, fmt.Errorf("making the folder of the private PostgreSQL: %w", err)
	}
	if err := u.give(dir); err != nil {
		return folder{}, fmt.Errorf("giving %s to %s: %w", dir, u.name, err)
	}
	return f, nil
}

func (f folder) checkOurs() error {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return nil
	}
	if _, err := os.Stat(f.passwordFile()); err != nil {
		return fmt.Errorf("%s isn't empty and holds no private PostgreSQL (no file named password): choose another folder", f.dir)
	}
	return nil
}

// password is the superuser's, made once.
func (f folder) password() (string, error) {
	b, err := os.ReadFile(f.passwordFile())
	if err == nil {
		if p := strings.TrimSpace(string(b)); p != "" {
			return p, nil
		}
		return "", fmt.Errorf("%s is empty; remove %s to begin anew", f.passwordFile(), f.dir)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading the private PostgreSQL's password: %w", err)
	}
	if _, err := os.Stat(f.data()); err == nil {
		return "", fmt.Errorf("%s is missing but %s is there: remove both to begin anew", f.passwordFile(), f.data())
	}
	p := rand.Text()
	if err := f.write(f.passwordFile(), p+"\n"); err != nil {
		return "", fmt.Errorf("keeping the private PostgreSQL's password: %w", err)
	}
	return p, nil
}

func (f folder) write(path, text string) error {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	return f.user.give(path)
}

// lastPort is the port of the last start, 0 when there was none: whoever kept
// the URL finds a restarted server again.
func (f folder) lastPort() int {
	b, err := os.ReadFile(f.portFile())
	if err != nil {
		return 0
	}
	port, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || port < 1 || port > 65535 {
		return 0
	}
	return port
}

// socketDir makes the folder of the socket: Dir/run, or when that makes too
// long a path a short one below the system's temporary folder, always the same
// for the same Dir.
func (f folder) socketDir() (string, error) {
	dir := filepath.Join(f.dir, "run")
	if len(filepath.Join(dir, ".s.PGSQL.65535.lock")) > maxSocketPath {
		sum := sha256.Sum256([]byte(f.dir))
		name := fmt.Sprintf("registrard-%d-%s", f.user.uid, hex.EncodeToString(sum[:6]))
		dir = filepath.Join(os.TempDir(), name)
		if len(filepath.Join(dir, ".s.PGSQL.65535.lock")) > maxSocketPath {
			dir = filepath.Join("/tmp", name)
		}
	}
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrExist) {
		// Somebody else may have made it first, to sit between us and the server.
		info, err := os.Lstat(dir)
		if err != nil {
			return "", fmt.Errorf("folder of the private PostgreSQL's socket: %w", err)
		}
		owner, ok := info.Sys().(*syscall.Stat_t)
		if !info.IsDir() || info.Mode().Perm() != 0o700 || (ok && int(owner.Uid) != f.user.uid && int(owner.Uid) != os.Geteuid()) {
			return "", fmt.Errorf("folder of the private PostgreSQL's socket: %s belongs to somebody else, or is open to others; remove it", dir)
		}
	} else if err != nil {
		return "", fmt.Errorf("folder of the private PostgreSQL's socket: %w", err)
	}
	if err := f.user.give(dir); err != nil {
		return "", fmt.Errorf("giving %s to %s: %w", dir, f.user.name, err)
	}
	return dir, nil
}
