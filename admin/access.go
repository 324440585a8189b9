package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Access is who may see the page and the API. Without any credentials whoever
// reaches the address may, and the address must be a loopback one.
type Access struct {
	// Token is taken as "Authorization: Bearer", and as the password of any user.
	Token string
	// User and Password are taken as basic authentication.
	User, Password string
}

func (a Access) open() bool { return a.Token == "" && a.Password == "" }

// allows says whether a request shows the right credentials. Every comparison
// takes the same time, whatever was sent.
func (a Access) allows(r *http.Request) bool {
	user, password, basic := r.BasicAuth()
	scheme, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	byToken := a.Token != "" && (strings.EqualFold(scheme, "Bearer") && same(strings.TrimLeft(bearer, " "), a.Token) || basic && same(password, a.Token))
	byPassword := a.Password != "" && basic && same(user, a.User) && same(password, a.Password)
	return byToken || byPassword
}

func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// protect lets through who may see what next serves, and sets the headers that
// keep a browser from doing more with it than show it.
func protect(a Access, g *guesses, log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		// No script, style or picture but our own, no frame around, no form elsewhere.
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if a.open() {
			next.ServeHTTP(w, r)
			return
		}
		if r.Header.Get("Authorization") != "" {
			from := sourceOf(r)
			if !g.mayGuess(from, time.Now()) {
				time.Sleep(time.Second) // its sender asks less often
				answer(w, http.StatusTooManyRequests, "too many wrong tokens or passwords come from this address")
				return
			}
			if a.allows(r) {
				next.ServeHTTP(w, r)
				return
			}
			wait, n := g.missed(from, time.Now())
			if n > 0 {
				log.Warn("wrong credentials for the page or the API", "source", from, "count", n)
			}
			time.Sleep(wait)
		}
		h.Set("WWW-Authenticate", `Basic realm="registrard", charset="UTF-8"`)
		h.Add("WWW-Authenticate", `Bearer realm="registrard"`)
		answer(w, http.StatusUnauthorized, "want the token (as the password of any user, or as Authorization: Bearer) or the user and password of this node's configuration")
	})
}

// checkHost lets through who calls this machine by a name of its own, or by one
// of hosts. A page of a stranger may let its own name point to 127.0.0.1, and
// read with the browser of whoever sits here: then the name is not ours. A
// health check by HTTP/1.0 names none; a browser always does.
func checkHost(hosts []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		named := func(h string) bool { return strings.EqualFold(h, hostOf(r.Host)) }
		nameless := r.Host == "" && (r.URL.Path == "/livez" || r.URL.Path == "/readyz" || r.URL.Path == "/metrics")
		if !localHost(r.Host) && !nameless && !slices.ContainsFunc(hosts, named) {
			answer(w, http.StatusMisdirectedRequest, "this is served on a loopback address, and so under that or localhost only; name others in admin.hosts, or let your proxy send Host: localhost")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostOf is a Host header without its port.
func hostOf(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), ".")
}

// localHost says whether a Host header names this machine's loopback.
func localHost(host string) bool {
	host = hostOf(host)
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
