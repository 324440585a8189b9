package load

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Mode is what a registration consists of.
type Mode string

const (
	// Challenge: a REGISTER without credentials, 401, the same with credentials.
	Challenge Mode = "challenge"
	// Refresh: a REGISTER with credentials under the nonce that the user has,
	// its nc counted up; when the server calls it stale, the new one is answered.
	Refresh Mode = "refresh"
)

// Options say what load is made.
type Options struct {
	// Targets are URLs: udp://, tcp:// or tls://, a host and maybe a port
	// (5060; tls 5061). All of one scheme.
	Targets []string
	// AnyTarget allows targets that are neither loopback nor private.
	AnyTarget bool
	// Affinity keeps a user at one target. Else each request goes to the next
	// one: the credentials elsewhere than the challenge, a retransmission too.
	Affinity bool

	Mode Mode
	// Users is how many there are; First is the number of the first.
	Users, First int
	// Stride is what is between the numbers of two users; 0 is 1.
	Stride int
	// Shuffle lets users register in a random order, each of them once a round;
	// else it is that of their numbers.
	Shuffle bool
	// UserFormat and PasswordFormat make a name from a number: %06d. Empty:
	// %06d, and what UserFormat is.
	UserFormat, PasswordFormat string
	Domain                     string // of the AORs; "" is the first target's host
	Contact                    string // host:port in every Contact; "" is the socket's own
	Expires                    int    // seconds
	Algorithm                  string // taken when several are offered: MD5 (""), SHA-256

	// Outstanding is how many registrations are under way at a time, for all
	// workers together. With a Rate it is only a bound, and 0 is none.
	Outstanding int
	Rate        float64 // offered registrations a second; 0: as fast as answers come
	// Duration or Count, whichever comes first, ends the load; one must be set.
	Duration time.Duration
	Count    int
	// Prime registers every user once before the measurement.
	Prime bool
	// Once lets each user register until it is acknowledged, and no more: phones
	// that come back after an outage. The load ends when all are in, too.
	Once bool
	// IgnoreRetryAfter lets a user come back at once after a 503.
	IgnoreRetryAfter bool
	// Timeout of a transaction, RFC 3261's timer F; 0 is 32 s.
	Timeout time.Duration
	// Workers is how many sockets (for tcp and tls, connections to each target)
	// and goroutines share the users; 0 is 1.
	Workers int
	TLS     *tls.Config // of tls targets

	// CheckDSN is the database to look into for what was acknowledged, while
	// connections are still open; "": no look.
	CheckDSN string

	// OnStart and OnEnd are called when the measured time begins and ends.
	OnStart, OnEnd func()
	// Progress gets a line a second; nil: none.
	Progress io.Writer
	// EachSecond is called with what the last second of the measured time
	// brought; nil: not called. It holds up the next one while it runs.
	EachSecond func(Second)
}

// Second is what one second of a load brought.
type Second struct {
	At              time.Duration // its end, since the load began
	Registrations   uint64        // acknowledged in it
	Codes           map[int]uint64
	Retransmissions uint64
	Timeouts        uint64
}

// Mistake is an option that can't be used.
type Mistake struct{ Option, Value, Want string }

func (m *Mistake) Error() string {
	return fmt.Sprintf("%s %q: want %s", m.Option, m.Value, m.Want)
}

// target is where REGISTERs go.
type target struct {
	scheme string
	host   string // as written
	addr   netip.AddrPort
}

// complete fills in defaults, and names the first mistake.
func (o *Options) complete() error {
	o.UserFormat = or(o.UserFormat, "%06d")
	o.PasswordFormat = or(o.PasswordFormat, o.UserFormat)
	o.Algorithm = or(o.Algorithm, algorithmMD5.String())
	if o.Timeout == 0 {
		o.Timeout = 64 * timerT1
	}
	if o.Workers == 0 {
		o.Workers = 1
	}
	if o.Stride == 0 {
		o.Stride = 1
	}
	for _, c := range []struct {
		wrong                bool
		option, value, wants string
	}{
		{o.Mode != Challenge && o.Mode != Refresh, "mode", string(o.Mode), "challenge or refresh"},
		{o.Users < 1 || o.Users > maxUsers, "users", fmt.Sprint(o.Users), fmt.Sprintf("1 to %d", maxUsers)},
		{o.Stride < 1, "stride", fmt.Sprint(o.Stride), "1 or more"},
		{o.First < 0, "first", fmt.Sprint(o.First), "0 or more"},
		{!oneNumber(o.UserFormat) || o.Users > 1 && !strings.Contains(o.UserFormat, "%"), "user-format", o.UserFormat, "one verb for a number, as in %06d"},
		{!oneNumber(o.PasswordFormat), "password-format", "(hidden)", "at most one verb for a number, as in secret-%06d"},
		{!oneNumber(o.UserFormat) || strings.ContainsAny(o.UserFormat, " <>@\"\\\r\n;?"), "user-format", o.UserFormat, "what may stand before @ in a SIP URI"},
		{strings.ContainsAny(o.Domain, " <>@\"\\\r\n;?"), "domain", o.Domain, "a host"},
		{strings.ContainsAny(o.Contact, " <>@\"\\\r\n?"), "contact", o.Contact, "host:port"},
		{o.Expires < 0, "expires", fmt.Sprint(o.Expires), "seconds, 0 or more"},
		{parseAlgorithm([]byte(o.Algorithm)) == algorithmUnknown, "algorithm", o.Algorithm, "MD5 or SHA-256"},
		{o.Rate < 0, "rate", fmt.Sprint(o.Rate), "registrations a second"},
		{o.Outstanding < 0 || o.Outstanding == 0 && o.Rate == 0, "outstanding", fmt.Sprint(o.Outstanding), "1 or more, or a rate"},
		{o.Duration < 0 || o.Duration == 0 && o.Count <= 0 && !o.Once, "duration", o.Duration.String(), "a time, or a count"},
		{o.Count < 0, "count", fmt.Sprint(o.Count), "0 (no bound) or more"},
		{o.Timeout < timerT1, "timeout", o.Timeout.String(), timerT1.String() + " or more"},
		{o.Workers < 1 || o.Workers > 1024, "workers", fmt.Sprint(o.Workers), "1 to 1024"},
	} {
		if c.wrong {
			return &Mistake{c.option, c.value, c.wants}
		}
	}
	o.Workers = min(o.Workers, o.Users)
	if o.Outstanding > 0 {
		o.Workers = min(o.Workers, o.Outstanding)
	}
	return nil
}

// oneNumber says whether a format has exactly one verb, for an integer, or is
// a fixed text.
func oneNumber(format string) bool {
	if !strings.Contains(format, "%") {
		return true
	}
	one := fmt.Sprintf(format, 7)
	return !strings.Contains(one, "%!") && strings.Count(strings.ReplaceAll(format, "%%", ""), "%") <= 1
}

// name makes a user's name or password from a number.
func name(format string, number int) string {
	if !strings.Contains(format, "%") {
		return format
	}
	return fmt.Sprintf(format, number)
}

// resolve turns the targets into addresses, and refuses those that a load must
// not go to by mistake.
func (o *Options) resolve(ctx context.Context) ([]target, error) {
	if len(o.Targets) == 0 {
		return nil, &Mistake{"target", "", "udp://host:port, tcp://… or tls://…"}
	}
	var targets []target
	for _, text := range o.Targets {
		t, err := o.resolveOne(ctx, text)
		if err != nil {
			return nil, err
		}
		if len(targets) > 0 && t.scheme != targets[0].scheme {
			return nil, &Mistake{"target", text, targets[0].scheme + "://, as the first"}
		}
		targets = append(targets, t)
	}
	o.Domain = or(o.Domain, targets[0].host)
	return targets, nil
}

func (o *Options) resolveOne(ctx context.Context, text string) (target, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || (u.Path != "" && u.Path != "/") {
		return target{}, &Mistake{"target", text, "udp://host:port, tcp://… or tls://…"}
	}
	t := target{scheme: u.Scheme, host: u.Hostname()}
	port := or(u.Port(), map[string]string{"udp": "5060", "tcp": "5060", "tls": "5061"}[u.Scheme])
	if port == "" {
		return target{}, &Mistake{"target", text, "udp://, tcp:// or tls://"}
	}
	number, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
	if err != nil || number == 0 {
		return target{}, &Mistake{"target", text, "a port from 1 to 65535"}
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", t.host)
	if err != nil {
		return target{}, fmt.Errorf("looking up target %s: %w", text, err)
	}
	addr := addrs[0].Unmap()
	for _, a := range addrs { // a wildcard listener is often on IPv4 alone
		if a.Unmap().Is4() {
			addr = a.Unmap()
			break
		}
	}
	if !o.AnyTarget && !near(addr) {
		return target{}, &Mistake{"target", text,
			"a loopback or private address (" + addr.String() + " is neither); to load somebody's public registrar is an attack unless they asked for it: --any-target allows it"}
	}
	t.addr = netip.AddrPortFrom(addr, uint16(number))
	return t, nil
}

// near says whether an address is this machine's or a private network's.
func near(a netip.Addr) bool { return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() }

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
