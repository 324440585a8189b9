package sip

import (
	"bytes"
	"context"
	"hash/maphash"
	"net/netip"
	"strings"
	"time"

	"registrard/rules"
)

// REGISTERs that meet are decided in the order in which they came: those of one
// connection, or over UDP of one source, that name the same user in To. A phone
// that sends an un-REGISTER and a REGISTER without waiting in between ends as it
// meant to. All others pass side by side.

// turn is a request's place in the line of those that it meets.
type turn struct {
	// line is what they have in common, see lineKey; 0 meets nobody.
	line uint64
	// most may wait behind the first; 0 is no bound of its own.
	most int
	// begin is called when its turn comes, in a goroutine of its own, unless it
	// was the first; since then it has waited.
	begin func()
	since time.Time
	next  *turn
}

// line is the requests that meet: the first is being decided.
type line struct {
	last    *turn
	waiting int
}

// lineMost REGISTERs over UDP may wait for others of their phone.
const lineMost = 16

// step says how a request may begin that found room in general.
func (w *work) step(t *turn) entry {
	if t.line == 0 {
		return entered
	}
	l, meets := w.lines[t.line]
	switch {
	case !meets:
		w.lines[t.line] = line{last: t}
		return entered
	case t.most > 0 && l.waiting >= t.most:
		return full
	}
	l.last.next = t
	t.since = time.Now()
	w.lines[t.line] = line{last: t, waiting: l.waiting + 1}
	return waits
}

// decided lets those go on that waited for these.
func (w *work) decided(turns ...*turn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range turns {
		if t.line == 0 {
			continue
		}
		next := t.next
		if next == nil {
			delete(w.lines, t.line)
		} else {
			l := w.lines[t.line]
			l.waiting--
			w.lines[t.line] = l
			go next.begin()
		}
		t.line, t.next = 0, nil
	}
}

// left is how much of the time for a request is left to one that had to wait;
// of the others all.
func (t *turn) left(timeout time.Duration) time.Duration {
	if t.since.IsZero() {
		return timeout
	}
	return timeout - time.Since(t.since)
}

// within ends ctx when the time for a request is over that had to wait.
func (t *turn) within(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if t.since.IsZero() {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, t.since.Add(timeout))
}

// sourceLine is what all lines of a UDP source have in common.
func (s *Server) sourceLine(from netip.AddrPort) uint64 { return maphash.Comparable(s.seed, from) }

// lineKey is the line of a REGISTER with this user in To, never 0.
func (s *Server) lineKey(base uint64, user string) uint64 {
	return mixed(base, maphash.String(s.seed, user))
}

// mixed makes one key, never 0, of two that nobody can foresee.
func mixed(a, b uint64) uint64 { return (a*0x9e3779b97f4a7c15 ^ b) | 1 }

// lineOf is lineKey of a message that was not parsed yet; 0 when it is no
// REGISTER or names nobody: it will be refused.
func (s *Server) lineOf(base uint64, raw []byte) uint64 {
	if !bytes.HasPrefix(raw, []byte("REGISTER ")) {
		return 0
	}
	user, ok := toUser(raw)
	if !ok {
		return 0
	}
	return s.lineKey(base, user)
}

// toUser is the user of To, as the parser reads it.
func toUser(raw []byte) (user string, ok bool) {
	_, rest, _ := cutLine(string(raw))
	for ended := true; ended; {
		var text string
		if text, rest, ended = cutLine(rest); text == "" {
			return "", false
		}
		name, value, _ := strings.Cut(text, ":")
		if name = rules.TrimBlanks(name); !strings.EqualFold(name, "to") && !strings.EqualFold(name, "t") {
			continue
		}
		for rest != "" && (rest[0] == ' ' || rest[0] == '\t') { // folded
			text, rest, _ = cutLine(rest)
			value += " " + text
		}
		uri, err := readURI(value)
		return uri.User, err == nil
	}
	return "", false
}
