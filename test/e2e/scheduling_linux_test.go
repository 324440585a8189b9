package e2e

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"registrard/store/storetest"
)

// TestScheduling: no thread of a node pushes another process off the CPU, unless
// it is told to; also those that are started later don't.
func TestScheduling(t *testing.T) {
	t.Parallel()
	for _, way := range []struct {
		settings []string
		want     uint32
	}{{nil, unix.SCHED_BATCH}, {[]string{"REGISTRARD_NODE_SCHEDULING=normal"}, unix.SCHED_NORMAL}} {
		t.Run(fmt.Sprint(way.settings), func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			extension(t, db.Pool, "6001", "secret", 1)
			n := startNode(t, db.URL, way.settings...)
			p, err := newUDPPhone(n.addr("udp"), "6001", "secret")
			if err != nil {
				t.Fatal(err)
			}
			defer p.conn.Close()
			if a, err := p.register(10*time.Second, []string{"<" + p.contact() + ">;expires=600"}); err != nil || a.code != 200 {
				t.Fatalf("REGISTER: %+v, %v", a, err)
			}
			threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", n.cmd.Process.Pid))
			if err != nil || len(threads) < 4 {
				t.Fatalf("%d threads, %v", len(threads), err)
			}
			for _, thread := range threads {
				id, _ := strconv.Atoi(thread.Name())
				if attr, err := unix.SchedGetAttr(id, 0); errors.Is(err, unix.ESRCH) {
					continue // it has ended
				} else if err != nil || attr.Policy != way.want {
					t.Errorf("thread %d of %d has the policy %+v (%v), want %d", id, len(threads), attr, err, way.want)
				}
			}
		})
	}
}
