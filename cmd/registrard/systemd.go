package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"
)

// systemd is told how the node is: sd_notify(3), datagrams to the socket that
// NOTIFY_SOCKET names. Without that variable nothing is told.
type systemd struct {
	conn     net.Conn
	watchdog time.Duration // how often systemd wants a sign of life; 0: never
	log      *slog.Logger
}

// statusEvery is how often a changed status is told.
const statusEvery = 2 * time.Second

func newSystemd(environ []string, log *slog.Logger) *systemd {
	d := &systemd{log: log}
	var path string
	for _, e := range environ {
		if value, ok := strings.CutPrefix(e, "NOTIFY_SOCKET="); ok {
			path = value
		}
		if value, ok := strings.CutPrefix(e, "WATCHDOG_USEC="); ok {
			if n, err := strconv.ParseInt(value, 10, 64); err == nil && n > 0 {
				d.watchdog = time.Duration(n) * time.Microsecond
			}
		}
	}
	if path == "" {
		return d
	}
	// Go reads a leading @ as an abstract name, which is how systemd writes it.
	conn, err := net.Dial("unixgram", path)
	if err != nil {
		log.Warn("systemd can't be told how the node is", "error", err)
		return d
	}
	d.conn = conn
	return d
}

// tell sends assignments, such as READY=1, a line each.
func (d *systemd) tell(lines ...string) {
	if d.conn == nil {
		return
	}
	_ = d.conn.SetWriteDeadline(time.Now().Add(statusEvery)) // a node doesn't wait for systemd
	if _, err := d.conn.Write([]byte(strings.Join(lines, "\n"))); err != nil {
		d.log.Debug("systemd can't be told how the node is", "error", err)
	}
}

// follow says READY=1 and then each change of the status, and gives signs of
// life, until ended; when stopping ends it says so. The node listens already.
func (d *systemd) follow(stopping, ended context.Context, r *readiness) {
	if d.conn == nil {
		return
	}
	defer d.conn.Close()
	said := status(r)
	d.tell("READY=1", "STATUS="+said)
	every := statusEvery
	if d.watchdog > 0 {
		every = min(every, d.watchdog/3)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	stop := stopping.Done()
	for {
		select {
		case <-ended.Done():
			return
		case <-stop:
			stop = nil
			d.tell("STOPPING=1", "STATUS=stopping: finishing what was accepted")
		case <-tick.C:
			if now := status(r); now != said && stop != nil {
				said = now
				d.tell("STATUS=" + said)
			}
			if d.watchdog > 0 {
				d.tell("WATCHDOG=1")
			}
		}
	}
}

// status is a line for systemctl status.
func status(r *readiness) string {
	despite, err := r.check()
	text := "ready"
	switch {
	case err != nil:
		text = fmt.Sprintf("not ready: %v", err)
	case despite != nil:
		text = fmt.Sprintf("ready, but: %v", despite)
	}
	return strings.ReplaceAll(text, "\n", " ")
}
