//go:build torture

package torture

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	generator "registrard/load"
	"registrard/test/rig"
)

// fullLoad is how long the memory of a node is watched under load.
var fullLoad = flag.Duration("full-load", time.Minute, "how long TestMemoryFlat loads its node")

const (
	flatPhones = 10000
	flatMemory = 150 // MB, the node's largest resident set
	// flatBack is what of it may be left a minute after the load, in MB more
	// than before it: 10,000 endpoints in the cache, and the room that Go keeps
	// until its next collection.
	flatBack = 60
)

// TestMemoryFlat: the resident set of a node stays under 150 MB through a minute
// of full load with 10,000 users, and goes back afterwards.
func TestMemoryFlat(t *testing.T) {
	s := newSite(t, "", map[string]string{"shared_buffers": "128MB", "max_wal_size": "1GB"})
	s.provisionPhones(flatPhones)
	n := startNode(t, s.url, "flat")
	idle := memoryOf(t, n.Pid(), "VmRSS")
	r, _ := makeLoad(t, generator.Options{
		Targets: []string{"udp://" + n.Addr("udp")}, Mode: generator.Refresh, Prime: true, Outstanding: 512, Duration: *fullLoad,
		Users: flatPhones, UserFormat: "p%06d", PasswordFormat: "secret", Domain: "reg.example.com", Expires: 3600, CheckDSN: s.url,
	})
	loaded, peak := memoryOf(t, n.Pid(), "VmRSS"), memoryOf(t, n.Pid(), "VmHWM")
	ended, after := time.Now(), loaded
	err := rig.Within(time.Minute, "the memory is given back", func() bool {
		after = memoryOf(t, n.Pid(), "VmRSS")
		return after <= idle+flatBack
	})
	back := time.Since(ended)
	note("%-36s %12d %8d   %.0f 200s/s for %v: %d MB before, %d at most, %d at the end, %d %v later",
		fmt.Sprintf("full load of %d phones", flatPhones), r.Acknowledged, *r.Found, r.PerSecond, *fullLoad, idle, peak, loaded, after, round(back))
	if r.Acknowledged != flatPhones || *r.Found != r.Acknowledged {
		t.Errorf("%d of %d users acknowledged, %d found; missing %s", r.Acknowledged, flatPhones, *r.Found, r.Missing)
	}
	if peak >= flatMemory {
		t.Errorf("the node took %d MB, want less than %d", peak, flatMemory)
	}
	if err != nil {
		t.Errorf("%v: %d MB before the load, %d a minute after it", err, idle, after)
	}
}

// memoryOf is a line of a process's /proc/PID/status, in MB: VmRSS is the
// resident set, VmHWM the largest that it ever was.
func memoryOf(t *testing.T, pid int, line string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for text := range strings.Lines(string(status)) {
		var kB int
		if name, rest, _ := strings.Cut(text, ":"); name == line {
			if _, err := fmt.Sscan(rest, &kB); err != nil {
				t.Fatal(err)
			}
			return kB / 1024
		}
	}
	t.Fatalf("/proc/%d/status has no %s", pid, line)
	return 0
}
