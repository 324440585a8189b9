package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"registrard/load"
)

// systems in the order of tables and charts.
var order = []string{peerDB3, peerMemory, peerHash, ours}

// cell is all samples of a system under one load, in the order of runs.
type cell []sample

func (c cell) median(of func(sample) float64) float64 {
	var all []float64
	for _, s := range c {
		all = append(all, of(s))
	}
	return median(all)
}

func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	if n := len(all); n%2 == 0 {
		return (all[n/2-1] + all[n/2]) / 2
	}
	return all[len(all)/2]
}

// ratio is the median over runs of what ours is to what the peer is.
func ratio(ours, peer cell, of func(sample) float64) float64 {
	var all []float64
	for _, a := range ours {
		for _, b := range peer {
			if a.run == b.run && of(b) > 0 {
				all = append(all, of(a)/of(b))
			}
		}
	}
	return median(all)
}

func rate(s sample) float64 { return s.perSecond }
func cpu(s sample) float64  { return s.serverCPU + s.dbCPU }

func pick(samples []sample, system string, outstanding int, mode load.Mode) cell {
	var c cell
	for _, s := range samples {
		if s.system == system && s.outstanding == outstanding && s.mode == mode {
			c = append(c, s)
		}
	}
	return c
}

var modes = []load.Mode{load.Refresh, load.Challenge}

// report prints the tables and writes the document and its charts.
func report(w io.Writer, o options, machine string, samples []sample) error {
	var text strings.Builder
	text.WriteString("# Benchmarks\n")
	fmt.Fprintf(&text, "Made by `make bench` on %s: %s. %d runs, %s a measurement, %d users with one contact each, UDP on loopback; generator (sockets: %d), registrar and PostgreSQL share the cores. Medians.\n\n",
		time.Now().Format("2006-01-02"), machine, o.runs, o.seconds, o.users, o.workers)
	text.WriteString("![Registrations a second](img/bench-rate.svg)\n\n![CPU a registration](img/bench-cpu.svg)\n")
	tables := tables(o, samples)
	text.WriteString(tables)
	text.WriteString(method)
	if _, err := io.WriteString(w, tables); err != nil {
		return err
	}
	img := filepath.Join(o.out, "img")
	if err := os.MkdirAll(img, 0o755); err != nil {
		return err
	}
	for name, content := range map[string]string{
		filepath.Join(o.out, "benchmarks.md"): text.String(),
		filepath.Join(img, "bench-rate.svg"):  rateChart(o, samples).svg(),
		filepath.Join(img, "bench-cpu.svg"):   cpuChart(o, samples).svg(),
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func tables(o options, samples []sample) string {
	var b strings.Builder
	for _, outstanding := range o.outstanding {
		fmt.Fprintf(&b, "\n## %d outstanding\n", outstanding)
		b.WriteString("| | refresh/s | p50, p99 ms | CPU µs: server + PostgreSQL | challenge/s | p50, p99 ms | CPU µs: server + PostgreSQL |\n|---|---|---|---|---|---|---|\n")
		for _, system := range order {
			fmt.Fprintf(&b, "| %s ", system)
			for _, mode := range modes {
				c := pick(samples, system, outstanding, mode)
				if len(c) == 0 {
					b.WriteString("| – | – | – ")
					continue
				}
				fmt.Fprintf(&b, "| %s | %.1f, %.1f | %.0f + %.0f ", thousands(c.median(rate)),
					c.median(func(s sample) float64 { return s.p50 }), c.median(func(s sample) float64 { return s.p99 }),
					c.median(func(s sample) float64 { return s.serverCPU }), c.median(func(s sample) float64 { return s.dbCPU }))
			}
			b.WriteString("|\n")
		}
		b.WriteString("\n| registrard against | refresh | challenge | CPU a refresh | CPU a challenge |\n|---|---|---|---|---|\n")
		for _, peer := range order[:len(order)-1] {
			fmt.Fprintf(&b, "| %s ", peer)
			for _, of := range []func(sample) float64{rate, cpu} {
				for _, mode := range modes {
					r := ratio(pick(samples, ours, outstanding, mode), pick(samples, peer, outstanding, mode), of)
					switch {
					case r == 0:
						b.WriteString("| – ")
					case r < 1:
						fmt.Fprintf(&b, "| 1/%.1f ", 1/r)
					default:
						fmt.Fprintf(&b, "| %.1f× ", r)
					}
				}
			}
			b.WriteString("|\n")
		}
		var generator []string
		for _, system := range order {
			c := pick(samples, system, outstanding, load.Refresh)
			generator = append(generator, fmt.Sprintf("%s %.0f", system, c.median(func(s sample) float64 { return s.loadCPU })))
		}
		fmt.Fprintf(&b, "\nThe generator's own CPU, µs a refresh: %s.\n", strings.Join(generator, " · "))
		if t := troubles(samples, outstanding); t != "" {
			fmt.Fprintf(&b, "\nNot answered 200, or sent again: %s.\n", t)
		}
	}
	return b.String()
}

// troubles names what wasn't answered well; empty when all was.
func troubles(samples []sample, outstanding int) string {
	var parts []string
	for _, system := range order {
		for _, mode := range modes {
			var failed, again uint64
			for _, s := range pick(samples, system, outstanding, mode) {
				failed += s.failed
				again += s.retransmit
			}
			if failed+again > 0 {
				parts = append(parts, fmt.Sprintf("%s, %s: %d failed, %d retransmissions", system, mode, failed, again))
			}
		}
	}
	return strings.Join(parts, "; ")
}

// thousands is a whole number with commas.
func thousands(f float64) string {
	s := fmt.Sprintf("%.0f", f)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

const method = `
## How it is measured
- registrard answers 200 after COMMIT, always; so does Kamailio with db_mode=3. With db_mode=0 Kamailio keeps registrations in its memory: a restart loses them, and another node doesn't see them. PostgreSQL has its own defaults: fsync, synchronous_commit and full_page_writes on; but for min_wal_size, 1 GB, and the files of its log have been made, as in a cluster that is older than some minutes: a new one fills each 16 MB with zeros while commits wait.
- A *refresh* is one REGISTER with credentials under a nonce that the user has from its first registration, nc one higher each time; both servers are set to accept a nonce for an hour. A *challenge* is a REGISTER without credentials, 401, and a REGISTER with them; it counts as one. registrard is measured with auth.even_time 0s, which shows what a challenge costs; by default each one is held back for 10 to 20 ms, so that time tells no names, and with n under way no more than some n/15 are made a millisecond (4,300 a second with 64). Call-ID and Contact stay, CSeq grows, as with a real phone.
- Both have the users' digests (HA1) in their tables, no passwords. Kamailio reads them for each request; in *hash table* it has read them into its memory at start.
- Kamailio's configuration is bench/kamailio.cfg: no module more than needed, stateless answers, no TCP, no name server, 16 processes where each waits for the database and 4 where none does. Its tables and indexes are those of its own scripts. registrard's is its default: logging at info, metrics on, the coherent cache; it has the scheduling policy of its systemd unit (batch).
- Each system runs alone, in turn. It begins with emptied tables; every user registers, then tables are vacuumed and analyzed and a checkpoint is made. Before each measurement every user registers once more. CPU is that of all the system's processes, and all of PostgreSQL's, from /proc, over the measured time, a registration. A ratio is taken within a run; the median of these is shown.
- As root, the kernel's largest socket buffer is raised to 8 MB meanwhile, so that 512 requests at a time find room; both ask for it. The generator is ` + "`registrard load`" + `. Compare within a table, not between machines or days.
`
