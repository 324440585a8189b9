package guard

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"registrard/reason"
)

// malformed is the event of what is refused before anybody was looked for, by
// whatever reason; every other event is a column of the reason's row.
const malformed = "malformed"

// Event is one line, before time and node are known.
type Event struct {
	Event     string
	Source    netip.AddrPort
	Transport string
	Username  string // as sent, "" for none
	Reason    string // a name of docs/reasons.md
}

// line is version 1. The order of its keys is part of it: what a stranger can
// choose (username) comes after what a filter looks at.
type line struct {
	V          int    `json:"v"`
	Time       string `json:"time"`
	Event      string `json:"event"`
	Source     string `json:"source"`
	SourcePort uint16 `json:"source_port"`
	Transport  string `json:"transport"`
	Username   string `json:"username"`
	Reason     string `json:"reason"`
	Node       string `json:"node"`
}

// timeLayout is RFC 3339 in UTC, with milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z"

// longestEventUser bounds the username of a line, in bytes.
const longestEventUser = 255

// flushPatience is what is waited for the last lines at the end, when the disk
// stalls or nobody reads the pipe.
const flushPatience = time.Second

// queued lines may wait for a slow disk; more are counted and dropped.
const queued = 1024

// EventOptions say where events go.
type EventOptions struct {
	// Path is a file that lines are added to, or "stderr".
	Path string
	// PerSecond lines of each kind are written at most; 100.
	PerSecond  int
	Node       string
	Stderr     io.Writer // nil: os.Stderr
	Log        *slog.Logger
	Registerer prometheus.Registerer // nil registers nothing
}

// Events is the log of security events. A nil *Events tells nobody.
type Events struct {
	o       EventOptions
	lines   chan []byte
	reopen  chan struct{}
	file    *os.File // of Run
	written map[string]prometheus.Counter
	dropped prometheus.Counter
	pace    map[string]*pace
	recent  recent
}

// OpenEvents opens the log; an error names the file.
func OpenEvents(o EventOptions) (*Events, error) {
	if o.PerSecond <= 0 {
		o.PerSecond = 100
	}
	if o.Stderr == nil {
		o.Stderr = os.Stderr
	}
	e := &Events{o: o, lines: make(chan []byte, queued), reopen: make(chan struct{}, 1),
		written: map[string]prometheus.Counter{}, pace: map[string]*pace{}, recent: recent{seed: maphash.MakeSeed()}}
	vec := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "registrard_guard_events_total", Help: "Security events written, by event.",
	}, []string{"event"})
	e.dropped = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "registrard_guard_events_dropped_total",
		Help: "Security events that were not written: over the rate, or the file was too slow or not there.",
	})
	for _, k := range kinds() {
		e.written[k], e.pace[k] = vec.WithLabelValues(k), new(pace)
	}
	if o.Registerer != nil {
		o.Registerer.MustRegister(vec, e.dropped)
	}
	if err := e.open(); err != nil {
		return nil, err
	}
	return e, nil
}

// kinds are all words of events.
func kinds() []string {
	list := []string{malformed}
	for _, r := range reason.All() {
		if r.Event != "" && !slices.Contains(list, r.Event) {
			list = append(list, r.Event)
		}
	}
	return list
}

func (e *Events) open() error {
	if e.o.Path == "stderr" {
		return nil
	}
	f, err := os.OpenFile(e.o.Path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return fmt.Errorf("security.event_log: %w", err)
	}
	e.file = f
	return nil
}

// Tell writes an event, or drops it when there are too many. It doesn't block.
func (e *Events) Tell(ev Event) {
	if e == nil {
		return
	}
	now := time.Now()
	if !e.pace[ev.Event].pass(now.Unix(), e.o.PerSecond) {
		e.dropped.Inc()
		return
	}
	select {
	case e.lines <- e.format(ev, now):
		e.written[ev.Event].Inc()
	default:
		e.dropped.Inc()
	}
}

// banned tells of a source that knocks though it is banned, once a minute each.
func (e *Events) banned(source netip.AddrPort, transport string) {
	if e == nil || !e.recent.new(source.Addr(), time.Now()) {
		return
	}
	e.Tell(Event{Event: reason.Banned.Event, Source: source, Transport: transport, Reason: reason.Banned.Name})
}

// format is one line. Broken UTF-8 becomes U+FFFD; all that could end a line or
// a string is escaped.
func (e *Events) format(ev Event, now time.Time) []byte {
	user := ev.Username
	if len(user) > longestEventUser {
		user = user[:longestEventUser]
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	// A struct of texts and numbers: it can always be written.
	_ = enc.Encode(line{V: 1, Time: now.UTC().Format(timeLayout), Event: ev.Event,
		Source: ev.Source.Addr().Unmap().WithZone("").String(), SourcePort: ev.Source.Port(), Transport: ev.Transport,
		Username: strings.ToValidUTF8(user, "\uFFFD"), Reason: ev.Reason, Node: e.o.Node})
	return b.Bytes()
}

// Reopen opens the file anew: it was renamed by who rotates logs.
func (e *Events) Reopen() {
	if e == nil {
		return
	}
	select {
	case e.reopen <- struct{}{}:
	default: // it is going to be
	}
}

// Run writes until ctx ends, and then what is queued, for which it waits
// flushPatience.
func (e *Events) Run(ctx context.Context) error {
	if e == nil {
		return nil
	}
	done := make(chan struct{})
	go func() { defer close(done); e.write(ctx) }()
	<-ctx.Done()
	select {
	case <-done:
	case <-time.After(flushPatience):
		e.o.Log.Error("security events are not written: the file stalls", "lines", len(e.lines))
	}
	return nil
}

// write writes until ctx ends, and then what is queued.
func (e *Events) write(ctx context.Context) {
	defer e.close()
	broken := false
	write := func(l []byte) {
		err := e.writeLine(l)
		if err != nil {
			e.dropped.Inc()
			if !broken {
				e.o.Log.Error("security events are not written", "error", err)
			}
		}
		broken = err != nil
	}
	for {
		select {
		case l := <-e.lines:
			write(l)
		case <-e.reopen:
			old := e.file
			if err := e.open(); err != nil {
				e.o.Log.Error("the log of security events can't be opened anew; the old file is kept", "error", err)
			} else if old != nil {
				_ = old.Close() // what counts has been written
			}
		case <-ctx.Done():
			for {
				select {
				case l := <-e.lines:
					write(l)
				default:
					return
				}
			}
		}
	}
}

func (e *Events) writeLine(l []byte) error {
	if e.file == nil {
		_, err := e.o.Stderr.Write(l)
		return err
	}
	_, err := e.file.Write(l)
	return err
}

func (e *Events) close() {
	if e.file != nil {
		_ = e.file.Close() // each line was written as it came
	}
}

// pace lets so many through a second.
type pace struct {
	mu     sync.Mutex
	second int64
	n      int
}

func (p *pace) pass(second int64, most int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if second != p.second {
		p.second, p.n = second, 0
	}
	p.n++
	return p.n <= most
}

// recent remembers of whom was told in this minute, in little memory and
// without a lock: who shares a slot with another may be told of again.
type recent struct {
	seed  maphash.Seed
	slots [4096]atomic.Uint64
}

func (r *recent) new(a netip.Addr, now time.Time) bool {
	minute := uint64(now.Unix()/60) & 0xFFFF
	h := maphash.Comparable(r.seed, a)
	mark := h&^0xFFFF | minute
	slot := &r.slots[h%uint64(len(r.slots))]
	return slot.Load() != mark && slot.Swap(mark) != mark
}
