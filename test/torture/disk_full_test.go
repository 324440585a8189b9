//go:build torture

package torture

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"registrard/test/rig"
)

// smallDisk mounts a disk of some megabytes of memory.
func smallDisk(t *testing.T, size string) (dir string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "registrard-torture-disk-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0711,size="+size); err != nil {
		t.Fatalf("mounting a small disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill uses up what is left of a disk, and returns what frees it.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size >= 1<<12; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	return func() { _ = os.Remove(path) }
}

// TestTablespaceFull fills the disk on which ps_contacts is: writes that need a
// new page fail with an ERROR, those that don't go on.
func TestTablespaceFull(t *testing.T) {
	const name = "tablespace of ps_contacts full"
	if os.Geteuid() != 0 {
		note("%-36s not run: it needs root", name)
		return
	}
	t.Parallel()
	disk := smallDisk(t, "48m")
	space := filepath.Join(disk, "space")
	if err := rig.GiveTo("postgres", space); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, "", nil)
	s.exec(`CREATE TABLESPACE small LOCATION '` + space + `'`)
	s.exec(`ALTER TABLE ps_contacts SET TABLESPACE small`)
	a, b := startNode(t, s.url, "a"), startNode(t, s.url, "b")
	l := startLoad(t, loadOptions{steady: 4, single: 28, targets: udp(a, b)})
	l.more(20*time.Second, 300, 200)
	l.fault()
	free := fill(t, disk)
	l.more(30*time.Second, 50, 503)
	pause(t.Context(), 5*time.Second)
	free()
	back := l.back(20 * time.Second)
	atMost(t, "the return", back, 5*time.Second)
	l.more(20*time.Second, 300, 200)
	l.settle(s.pool, name, back)
}

// TestDiskFull fills the whole disk of the database: PostgreSQL can't write its
// log and ends; an operator makes room and starts it again.
func TestDiskFull(t *testing.T) {
	const name = "disk of the database full"
	if os.Geteuid() != 0 {
		note("%-36s not run: it needs root", name)
		return
	}
	t.Parallel()
	disk := smallDisk(t, "400m")
	s := newSite(t, disk, map[string]string{"max_wal_size": "64MB", "min_wal_size": "32MB"})
	a, b := startNode(t, s.url, "a"), startNode(t, s.url, "b")
	l := startLoad(t, loadOptions{targets: udp(a, b)})
	l.more(20*time.Second, 300, 200)
	l.fault()
	free := fill(t, disk)
	// The next file of the log, for which there is no room, comes sooner by this;
	// it fails as all does.
	_, _ = s.pool.Exec(t.Context(), `SELECT pg_switch_wal()`)
	l.more(40*time.Second, 50, 503)
	s.server.Kill()
	free()
	s.startServer(context.Background())
	back := l.back(20 * time.Second)
	atMost(t, "the return", back, 5*time.Second)
	l.more(20*time.Second, 300, 200)
	l.settle(s.pool, name, back)
}
