package e2e

import (
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"registrard/store/storetest"
)

// TestSystemd listens as systemd does: sd_notify(3).
func TestSystemd(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	var mu sync.Mutex
	var said []string
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, err := socket.Read(buffer)
			if err != nil {
				return
			}
			mu.Lock()
			said = append(said, strings.Split(string(buffer[:n]), "\n")...)
			mu.Unlock()
		}
	}()
	heard := func(line string) func() bool {
		return func() bool {
			mu.Lock()
			defer mu.Unlock()
			for _, s := range said {
				if strings.HasPrefix(s, line) {
					return true
				}
			}
			return false
		}
	}
	db := storetest.New(t)
	n := launch(t, db.URL, "NOTIFY_SOCKET="+path, "WATCHDOG_USEC=300000")
	eventually(t, 10*time.Second, "READY=1", heard("READY=1"))
	eventually(t, 20*time.Second, "the status to be ready", heard("STATUS=ready"))
	eventually(t, 10*time.Second, "a sign of life", heard("WATCHDOG=1"))
	if heard("STOPPING=1")() {
		t.Error("it says that it stops before it was told to")
	}
	n.stop()
	eventually(t, 10*time.Second, "STOPPING=1", heard("STOPPING=1"))
}
