// Package doctor answers one question: what stands in the way of this node, or
// will?
//
// Examine looks: at the machine, at the database, at files. What it found is
// judged by functions without a clock or a socket, so that each verdict can be
// tested with a value. Nothing is changed, and a node that runs on the same
// machine is not disturbed.
//
// The hard idea: doctor asks as the node would, by the node's own code where
// that can be (store.Examine, migrations.Inspect), so that it can't praise what
// the node then refuses.
package doctor

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"registrard/config"
	"registrard/store"
)

// Level is how bad a finding is.
type Level string

// The levels.
const (
	OK   Level = "ok"
	Warn Level = "warn" // works, and may hurt one day
	Bad  Level = "bad"  // doesn't work, or breaks a promise
)

// Finding is one thing that was looked at.
type Finding struct {
	// Area is ports, database, schema, listen, clock, certificate, kernel or balancer.
	Area  string `json:"area"`
	Level Level  `json:"level"`
	Text  string `json:"text"`
	// Remedy is what to do about it; empty for what is ok.
	Remedy string `json:"remedy,omitempty"`
}

// Report is all findings, in the order in which they were looked for.
type Report struct {
	Findings []Finding `json:"findings"`
}

// OK says that nothing is bad.
func (r *Report) OK() bool {
	for _, f := range r.Findings {
		if f.Level == Bad {
			return false
		}
	}
	return true
}

// Count is how many findings have that level.
func (r *Report) Count(l Level) (n int) {
	for _, f := range r.Findings {
		if f.Level == l {
			n++
		}
	}
	return n
}

// list collects findings of one area.
type list struct {
	area     string
	findings []Finding
}

func (l *list) ok(format string, args ...any) {
	l.findings = append(l.findings, Finding{Area: l.area, Level: OK, Text: fmt.Sprintf(format, args...)})
}

func (l *list) warn(remedy, format string, args ...any) {
	l.findings = append(l.findings, Finding{Area: l.area, Level: Warn, Text: fmt.Sprintf(format, args...), Remedy: remedy})
}

func (l *list) bad(remedy, format string, args ...any) {
	l.findings = append(l.findings, Finding{Area: l.area, Level: Bad, Text: fmt.Sprintf(format, args...), Remedy: remedy})
}

// Examine looks at everything that config names. It takes no longer than ctx.
func Examine(ctx context.Context, c config.Config) Report {
	proc := os.DirFS("/proc")
	var r Report
	r.add(ports(&c, proc))
	s, err := store.Open(ctx, store.Options{
		URL: c.Database.URL, ListenURL: c.Database.ListenURL, Node: "doctor", BootID: "doctor",
		Deadline: max(c.Database.Deadline.Duration, 2*time.Second), Writers: c.Database.Writers, MaxConns: c.Database.MaxConnections,
		Age: c.Database.Coherence == "age", RowLocks: c.Database.Locks == "rows",
	})
	if err != nil {
		r.Findings = append(r.Findings, Finding{Area: "database", Level: Bad, Text: err.Error(), Remedy: "set database.url"})
	} else {
		defer s.Close()
		x := s.Examine(ctx)
		r.add(database(&x, s.PoolSize()))
		r.add(schema(&x, c.Database.Coherence))
		r.add(listen(&x, c.Database.Coherence))
		r.add(clock(&x))
		r.add(balancer(&c, x.Sources))
		r.add(replication(&x, c.Database.Coherence))
	}
	r.add(certificates(&c, time.Now()))
	r.add(kernel(&c, proc))
	return r
}

func (r *Report) add(findings []Finding) { r.Findings = append(r.Findings, findings...) }

// readText is a file of /proc without its line end; "" when it can't be read.
func readText(proc fs.FS, name string) string {
	b, err := fs.ReadFile(proc, name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// Print writes a line a finding for people, the remedy below it.
func (r *Report) Print(w io.Writer) error {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%-4s  %-11s  %s\n", f.Level, f.Area, f.Text)
		if f.Remedy != "" {
			fmt.Fprintf(&b, "                   → %s\n", f.Remedy)
		}
	}
	fmt.Fprintf(&b, "\n%d ok, %d to look at, %d bad\n", r.Count(OK), r.Count(Warn), r.Count(Bad))
	_, err := io.WriteString(w, b.String())
	return err
}
