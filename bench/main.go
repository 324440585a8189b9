package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"registrard/load"
	"registrard/localpg"
)

type options struct {
	runs, users int
	seconds     time.Duration
	outstanding []int
	registrard  string // program
	config      string // Kamailio's
	out         string // folder of docs
	children    int    // Kamailio's, with db_mode 3
	workers     int    // the generator's sockets
	only        string // part of the name of the systems to measure
	scale       int    // endpoints with a contact each; 0: beside Kamailio instead
}

func main() {
	var o options
	var outstanding string
	flag.IntVar(&o.runs, "runs", 3, "how often everything is measured")
	flag.IntVar(&o.users, "users", 10000, "how many users")
	flag.DurationVar(&o.seconds, "time", 4*time.Second, "how long each measurement takes")
	flag.StringVar(&outstanding, "outstanding", "64,512", "registrations under way at a time, a list")
	flag.StringVar(&o.registrard, "registrard", "bin/registrard", "the program that is measured")
	flag.StringVar(&o.config, "kamailio-config", "bench/kamailio.cfg", "Kamailio's configuration")
	flag.StringVar(&o.out, "out", "docs", "folder for benchmarks.md and img/")
	flag.IntVar(&o.children, "children", 16, "Kamailio's processes where each waits for the database; 4 elsewhere")
	flag.IntVar(&o.workers, "workers", 1, "the generator's sockets; more where a server spreads sources over sockets of its own")
	flag.StringVar(&o.only, "only", "", "measure only systems whose name holds this, and write no document")
	flag.IntVar(&o.scale, "scale", 0, "measure registrard alone with so many endpoints, each registered, and print it; no Kamailio and no document")
	flag.Parse()
	for _, field := range strings.Split(outstanding, ",") {
		n, err := strconv.Atoi(field)
		if err != nil || n < 1 {
			fmt.Fprintf(os.Stderr, "bench: -outstanding %q: want numbers, as in 64,512\n", outstanding)
			os.Exit(2)
		}
		o.outstanding = append(o.outstanding, n)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	do := run
	if o.scale != 0 {
		do = runScale
	}
	if err := do(ctx, o); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

// sample is one measurement.
type sample struct {
	system      string
	run         int
	mode        load.Mode
	outstanding int

	perSecond, p50, p99          float64 // registrations; milliseconds
	serverCPU, dbCPU, loadCPU    float64 // µs a registration
	failed, timeouts, retransmit uint64
	refused                      string // codes other than 200 and 401
}

func run(ctx context.Context, o options) (err error) {
	if err := installKamailio(ctx); err != nil {
		return err
	}
	pg, dir, remove, err := private(ctx, map[string]string{"min_wal_size": "1GB"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if err := age(ctx, pg); err != nil {
		return err
	}
	defer raiseBuffers()()
	m := machine(ctx, pg) + ", " + kamailioVersion(ctx)
	if err := createUsers(ctx, pg, o.users); err != nil {
		return err
	}
	systems := kamailios(o, pg, dir)
	systems = append(systems, registrard(o, pg, dir))
	systems = slices.DeleteFunc(systems, func(s system) bool { return !strings.Contains(s.name, o.only) })
	cells := o.runs * len(systems) * len(o.outstanding) * 2
	fmt.Printf("%d measurements of %s on %s\n", cells, o.seconds, m)
	var samples []sample
	for i := range o.runs {
		for _, s := range systems {
			got, err := measure(ctx, o, pg, s, i)
			samples = append(samples, got...)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	if o.only != "" {
		return nil
	}
	return report(os.Stdout, o, m, samples)
}

// private starts a durable PostgreSQL in a folder of its own, and returns what
// stops the one and removes the other.
func private(ctx context.Context, settings map[string]string) (pg *localpg.Server, dir string, remove func() error, err error) {
	dir, err = os.MkdirTemp("", "registrard-bench-")
	if err != nil {
		return nil, "", nil, err
	}
	// PostgreSQL may have another user, who must be able to come in.
	if err := os.Chmod(dir, 0o711); err != nil {
		return nil, "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	pg, err = localpg.Start(ctx, localpg.Options{Dir: filepath.Join(dir, "pg"), Durable: true, Settings: settings, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return pg, dir, func() error {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		return errors.Join(pg.Stop(stopping), os.RemoveAll(dir))
	}, nil
}

// measure starts a system and loads it.
func measure(ctx context.Context, o options, pg *localpg.Server, s system, run int) (samples []sample, err error) {
	if err := clear(ctx, pg, s.database); err != nil {
		return nil, err
	}
	process, err := s.start(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, process.stop()) }()
	postmaster, err := postmasterOf(pg)
	if err != nil {
		return nil, err
	}
	// Everybody is registered, and PostgreSQL has seen it: the state in which a
	// registrar spends its life.
	first := o.load(s, load.Challenge, 64)
	first.Count = o.users
	if _, err := load.Run(ctx, first); err != nil {
		return nil, err
	}
	if err := settle(ctx, pg, s.database); err != nil {
		return nil, err
	}
	for _, outstanding := range o.outstanding {
		for _, mode := range []load.Mode{load.Refresh, load.Challenge} {
			l := o.load(s, mode, outstanding)
			l.Duration, l.Prime = o.seconds, true
			one, _, err := sampled(ctx, l, process.cmd.Process.Pid, postmaster)
			if err != nil {
				return samples, err
			}
			one.system, one.run = s.name, run
			samples = append(samples, one)
			fmt.Printf("run %d  %-36s %3d %-9s %6.0f/s  p99 %6.1f ms  CPU µs: server %4.0f, PostgreSQL %4.0f, generator %3.0f%s\n",
				run+1, s.name, outstanding, mode, one.perSecond, one.p99, one.serverCPU, one.dbCPU, one.loadCPU, trouble(one))
		}
	}
	return samples, nil
}

// sampled makes a load, and says what it cost the processes of server and
// database while it was measured.
func sampled(ctx context.Context, l load.Options, serverPID, dbPID int) (sample, *load.Result, error) {
	var server, db [2]time.Duration
	read := func(at int, first func()) func() {
		return func() {
			if first != nil {
				first()
			}
			server[at], db[at] = treeCPU(serverPID), treeCPU(dbPID)
		}
	}
	l.OnStart, l.OnEnd = read(0, l.OnStart), read(1, l.OnEnd)
	r, err := load.Run(ctx, l)
	if err != nil {
		return sample{}, nil, err
	}
	one := sample{
		mode: l.Mode, outstanding: l.Outstanding,
		perSecond: r.PerSecond, p50: r.Latency.P50, p99: r.Latency.P99,
		failed: r.Failed, timeouts: r.Timeouts, retransmit: r.Retransmissions, refused: refused(r.Codes),
	}
	if n := float64(r.Registrations); n > 0 {
		one.serverCPU = (server[1] - server[0]).Seconds() * 1e6 / n
		one.dbCPU = (db[1] - db[0]).Seconds() * 1e6 / n
		one.loadCPU = r.GeneratorCPU * 1e6 / n
	}
	return one, r, nil
}

// load is what every system gets.
func (o options) load(s system, mode load.Mode, outstanding int) load.Options {
	return load.Options{
		Targets: []string{"udp://" + s.address}, Mode: mode, Outstanding: outstanding,
		Users: o.users, UserFormat: userFormat, PasswordFormat: passwordFormat, Domain: "127.0.0.1",
		Contact: "127.0.0.1:5099", // the same in every load
		Expires: 3600, Workers: o.workers,
	}
}

func trouble(s sample) string {
	if s.failed+s.retransmit == 0 {
		return ""
	}
	return fmt.Sprintf("  (%d failed, %d timeouts, %d retransmissions%s)", s.failed, s.timeouts, s.retransmit, s.refused)
}

// refused names the answers that say no.
func refused(codes map[string]uint64) string {
	text := ""
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		if code != "200" && code != "401" {
			text += fmt.Sprintf(", %s: %d", code, codes[code])
		}
	}
	return text
}

// installKamailio installs Debian's, when it is missing.
func installKamailio(ctx context.Context) error {
	if _, err := findKamailio(); err == nil {
		return nil
	}
	install := []string{"apt-get", "install", "-y", "--no-install-recommends", "kamailio", "kamailio-postgres-modules"}
	if os.Geteuid() != 0 {
		install = append([]string{"sudo", "-n"}, install...)
	}
	fmt.Printf("installing Kamailio: %s\n", strings.Join(install, " "))
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, install[0], install[1:]...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("installing Kamailio failed (%w); install kamailio and kamailio-postgres-modules yourself (Debian, Ubuntu)\n%s", err, out)
	}
	_, err := findKamailio()
	return err
}

// machine says what is measured on.
func machine(ctx context.Context, pg *localpg.Server) string {
	cpu := "unknown CPU"
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for _, line := range strings.Split(string(b), "\n") {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				cpu = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%d cores of %s, %s", cores(), cpu, postgresVersion(ctx, pg))
}
