package admin

import (
	"maps"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// guessEvery is how often a source gets an answer to wrong credentials, and
	// so how often it can guess in the long run.
	guessEvery = time.Second / 15
	// guessAhead is how long such answers may pile up for one source; beyond it,
	// credentials are not looked at.
	guessAhead = 8 * time.Second
	// guessSources are remembered before those that are over are forgotten.
	guessSources = 1024
)

// guesses bounds how often a source may be wrong, and lets in who is right all
// the while: what is right is answered at once, what is wrong when its time has
// come, whether its sender waits for that or not.
type guesses struct {
	wrong prometheus.Counter
	every time.Duration // guessEvery

	mu     sync.Mutex
	next   map[netip.Addr]time.Time // when a source's last wrong guess is answered
	told   time.Time                // when a line was last logged
	untold int                      // wrong ones since
}

func newGuesses(r prometheus.Registerer) *guesses {
	g := &guesses{every: guessEvery, next: map[netip.Addr]time.Time{}, wrong: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "registrard_admin_wrong_credentials_total",
		Help: "Wrong tokens and passwords that were shown to the page or the API.",
	})}
	if r != nil {
		r.MustRegister(g.wrong)
	}
	return g
}

// sourceOf is who asks: an address, of IPv6 a /64.
func sourceOf(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{} // no address of TCP: all such are one source
	}
	a := ap.Addr().Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a
}

// mayGuess says whether credentials of a source are looked at now.
func (g *guesses) mayGuess(from netip.Addr, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.next[from].Sub(now) < guessAhead
}

// missed counts a wrong guess, and says how long its answer is to wait, and how
// many there were since the last line of the log, 0 when it is too early for
// another.
func (g *guesses) missed(from netip.Addr, now time.Time) (wait time.Duration, lines int) {
	g.wrong.Inc()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.next) >= guessSources {
		maps.DeleteFunc(g.next, func(_ netip.Addr, at time.Time) bool { return at.Before(now) })
	}
	at := g.next[from]
	if at.Before(now) {
		at = now
	}
	at = at.Add(g.every)
	g.next[from] = at
	if g.untold++; now.Sub(g.told) >= time.Second {
		lines, g.told, g.untold = g.untold, now, 0
	}
	return at.Sub(now), lines
}
