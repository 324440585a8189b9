package store

import (
	"context"
	"net"
	"time"
)

// A server that is gone without a word is noticed by these (see Dial);
// parameters of the DSN can't do it, they go to the server.
const (
	// userTimeout is how long sent bytes may stay unacknowledged.
	userTimeout = 3 * time.Second
	// connectTimeout is for one host, unless the DSN has connect_timeout.
	connectTimeout = 2 * time.Second
)

var keepAlive = net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 3}

// dialer gives the DialFunc of all connections: TCP_USER_TIMEOUT ends the wait
// for an answer from a host that vanished, keepalives end an idle LISTEN.
func dialer(timeout time.Duration) func(context.Context, string, string) (net.Conn, error) {
	d := &net.Dialer{Timeout: timeout, KeepAliveConfig: keepAlive, Control: setUserTimeout}
	return d.DialContext
}
