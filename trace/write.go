package trace

import (
	"context"
	"hash/fnv"
	"log/slog"
	"net"
	"strings"
	"time"
)

const (
	// resolveTime bounds the look-up of a Homer's name.
	resolveTime = 2 * time.Second
	// resolveAgain is when its name is looked up again.
	resolveAgain = time.Minute
	// maxTargets are kept open at a time.
	maxTargets = 16
)

// writer writes messages to the log, or to Homers. It belongs to one goroutine.
type writer struct {
	log     *slog.Logger
	node    string
	agent   uint32
	targets map[string]*target
}

// target is a Homer; conn is nil when it can't be reached.
type target struct {
	conn  net.Conn
	since time.Time
}

func newWriter(log *slog.Logger, node string) *writer {
	hash := fnv.New32a()
	hash.Write([]byte(node))
	return &writer{log: log, node: node, agent: hash.Sum32(), targets: map[string]*target{}}
}

func (w *writer) write(ctx context.Context, s *shown) {
	if s.rule.HEP == "" {
		w.log.Info("trace", "trace", s.rule.ID, "direction", s.exchange.direction, "transport", s.exchange.transport,
			"source", s.exchange.source.String(), "at", s.at, "call_id", s.exchange.callID, "message", string(s.text))
		return
	}
	conn := w.dial(ctx, s.rule.HEP)
	if conn == nil {
		return
	}
	protocol := byte(6)
	if s.exchange.transport == "udp" {
		protocol = 17
	}
	datagram := encodeHEP(s.text, s.from, s.to, s.at, protocol, w.agent, w.node, s.exchange.callID)
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write(datagram); err != nil {
		w.log.Debug("a traced message didn't reach Homer", "hep", s.rule.HEP, "error", err)
	}
}

// dial finds a Homer by its name; nil when that fails, which is said once a
// minute.
func (w *writer) dial(ctx context.Context, address string) net.Conn {
	if t := w.targets[address]; t != nil && time.Since(t.since) < resolveAgain {
		return t.conn
	}
	if len(w.targets) >= maxTargets {
		w.close()
	}
	if old := w.targets[address]; old != nil && old.conn != nil {
		old.conn.Close()
	}
	ctx, cancel := context.WithTimeout(ctx, resolveTime)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "udp", Address(address))
	if err != nil {
		w.log.Warn("traced messages don't reach Homer", "hep", address, "error", err)
		conn = nil
	}
	w.targets[address] = &target{conn, time.Now()}
	return conn
}

func (w *writer) close() {
	for _, t := range w.targets {
		if t.conn != nil {
			t.conn.Close()
		}
	}
	clear(w.targets)
}

// Address adds Homer's usual port, 9060, where none is written.
func Address(hep string) string {
	if _, _, err := net.SplitHostPort(hep); err == nil {
		return hep
	}
	return net.JoinHostPort(strings.Trim(hep, "[]"), "9060")
}
