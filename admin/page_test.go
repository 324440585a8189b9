package admin

import (
	"encoding/base64"
	"errors"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"registrard/view"
)

// serve is the page's handler, without a listener.
func serve(t *testing.T, v Views, a Access) http.Handler {
	t.Helper()
	s, err := newSite(Options{Node: "node-1", Version: "1.2.3", Ready: func() error { return nil }}, v)
	if err != nil {
		t.Fatal(err)
	}
	g := newGuesses(nil)
	g.every = time.Microsecond
	h := protect(a, g, slog.New(slog.DiscardHandler), s.handler())
	if a.open() {
		h = checkHost(nil, h)
	}
	return h
}

func ask(h http.Handler, target string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", target, nil)
	r.Host = "localhost:8060"
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func TestPages(t *testing.T) {
	t.Parallel()
	h := serve(t, &fakeViews{contacts: fakeContacts()}, Access{})
	for _, c := range []struct {
		name, target string
		code         int
		want         []string
		not          []string
	}{
		{"registrations", "/", 200, []string{"<title>Registrations – registrard node-1</title>", "sip:6001@192.0.2.1:5060", ">6002<", `aria-current="page">Registrations<`, "1.2.3"}, []string{`id="next"`}},
		{"a search for a text", "/?q=yea", 200, []string{">6001<", `value="yea"`}, []string{">6002<"}},
		{"a search for an address", "/?q=10.0.0.5", 200, []string{">6001<", `value="10.0.0.5"`}, []string{">6002<"}},
		{"a search without a hit", "/?q=nobody", 200, []string{"Nothing is found."}, []string{"<table>"}},
		{"narrowed by a link", "/?aor=a%26b%3Dc", 200, []string{"2001:db8::1", `<a class="chip" href="/"`, `<input type="hidden" name="aor" value="a&amp;b=c">`}, []string{">6002<"}},
		{"links carry any name", "/", 200, []string{`href="/?aor=a%26b%3Dc"`}, nil},
		{"the first page of two", "/?limit=2", 200, []string{`id="next"`}, []string{"first page"}},
		{"the second page of two", "/?limit=2&after=" + view.Cursor("2", "", ""), 200, []string{"first page", "2001:db8::1"}, []string{`id="next"`, ">6001<"}},
		{"a filter that can't be used", "/?limit=x", 400, []string{"want a number"}, nil},
		{"a filter that the list doesn't have", "/bans?aor=1", 400, []string{"bans can be narrowed by"}, nil},
		{"nodes", "/nodes", 200, []string{"silent: stopped"}, nil},
		{"failures", "/failures", 200, []string{"Compare it.", `href="/failures?reason=wrong_password"`}, nil},
		{"bans", "/bans", 200, []string{"192.0.2.0/24", "for ever"}, nil},
		{"problems", "/problems", 200, []string{"UPDATE it"}, nil},
		{"endpoints", "/endpoints", 200, []string{`href="/?endpoint=6001"`}, nil},
		{"AORs", "/aors", 200, []string{"nobody may register"}, nil},
		{"no such page", "/nothing", 404, nil, nil},
		{"the template is no asset", "/assets/x/page.html", 404, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := ask(h, c.target)
			if w.Code != c.code {
				t.Errorf("status %d, want %d", w.Code, c.code)
			}
			for _, want := range c.want {
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("no %s in\n%s", want, w.Body)
				}
			}
			for _, not := range c.not {
				if strings.Contains(w.Body.String(), not) {
					t.Errorf("%s in\n%s", not, w.Body)
				}
			}
		})
	}
}

// TestPageTellsThatASearchIsCut: with what was found, and without.
func TestPageTellsThatASearchIsCut(t *testing.T) {
	t.Parallel()
	const cut = "The search took too long and was cut: there may be more."
	h := serve(t, &fakeViews{contacts: fakeContacts(), cut: true}, Access{})
	if body := ask(h, "/?q=yea").Body.String(); !strings.Contains(body, cut) || !strings.Contains(body, ">6001<") {
		t.Errorf("with a row:\n%s", body)
	}
	if body := ask(h, "/?q=nobody").Body.String(); !strings.Contains(body, cut) || !strings.Contains(body, "Nothing is found so far.") {
		t.Errorf("without a row:\n%s", body)
	}
	if body := ask(h, "/").Body.String(); strings.Contains(body, cut) {
		t.Errorf("without a search:\n%s", body)
	}
	if w := ask(h, "/api/v1/contacts?text=nobody"); w.Body.String() != `{"items":[],"next":"","cut":true}`+"\n" {
		t.Errorf("as JSON: %s", w.Body)
	}
}

// TestPageIsSafe: what strangers sent is text, nothing runs that isn't ours,
// nobody may put the page into theirs, and nothing comes from elsewhere.
func TestPageIsSafe(t *testing.T) {
	t.Parallel()
	h := serve(t, &fakeViews{contacts: fakeContacts()}, Access{})
	for _, target := range []string{"/", "/?q=" + "%22%3E%3Cscript%3E", "/?node=%22%3E%3Cscript%3E", "/failures", "/nodes"} {
		w := ask(h, target)
		body := w.Body.String()
		for _, not := range []string{"<script src=//", "<script>", "<img", "\x1b", "\u202e", "onclick", "http://", "https://", "style="} {
			if strings.Contains(body, not) {
				t.Errorf("%s: %q in\n%s", target, not, body)
			}
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "Content-Type": "text/html; charset=utf-8",
		} {
			if got := w.Header().Get(name); !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s is %q", target, name, got)
			}
		}
		if csp := w.Header().Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s", csp)
		}
	}
	if body := ask(h, "/").Body.String(); !strings.Contains(html.UnescapeString(body), `"><script src=//evil.example/x.js></script>`) {
		t.Error("the test's own text isn't on the page")
	}
	// Every file that the page names is there, and may be kept.
	for _, m := range regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"`).FindAllStringSubmatch(ask(h, "/").Body.String(), -1) {
		w := ask(h, m[1])
		if w.Code != 200 || w.Body.Len() == 0 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Header().Get("Content-Type") == "" {
			t.Errorf("%s: %d %v", m[1], w.Code, w.Header())
		}
	}
}

// TestPageForHTMX: it is given the part that changes, and errors as such a part.
func TestPageForHTMX(t *testing.T) {
	t.Parallel()
	v := &fakeViews{contacts: fakeContacts(), absent: "bans"}
	h := serve(t, v, Access{})
	htmx := header("HX-Request", "true")
	if body := ask(h, "/?q=yea", htmx).Body.String(); !strings.HasPrefix(body, `<div id="live"`) || strings.Contains(body, "<html") || !strings.Contains(body, "sse-connect=\"/events?have=") {
		t.Errorf("got\n%s", body)
	}
	if w := ask(h, "/bans", htmx); w.Code != 200 || !strings.Contains(w.Body.String(), "registrard migrate up") || strings.Contains(w.Body.String(), "note bad") {
		t.Errorf("absent: %d\n%s", w.Code, w.Body)
	}
	if w := ask(h, "/bans"); w.Code != 404 || !strings.Contains(w.Body.String(), "registrard migrate up") || !strings.Contains(w.Body.String(), "<html") {
		t.Errorf("absent, without htmx: %d\n%s", w.Code, w.Body)
	}
	v.set(func(v *fakeViews) { v.err = errAway })
	if w := ask(h, "/"); w.Code != 503 || !strings.Contains(w.Body.String(), "the database is unavailable") || !strings.Contains(w.Body.String(), "note bad") {
		t.Errorf("away: %d\n%s", w.Code, w.Body)
	}
}

func TestPageTellsWhyANodeIsNotReady(t *testing.T) {
	t.Parallel()
	s, err := newSite(Options{Node: "node-1", Ready: func() error { return errors.New("the schema is too old") }}, &fakeViews{})
	if err != nil {
		t.Fatal(err)
	}
	if body := ask(s.handler(), "/").Body.String(); !strings.Contains(body, "is not ready: the schema is too old") || !strings.Contains(body, "Nobody is registered.") {
		t.Errorf("got\n%s", body)
	}
}

func TestAccess(t *testing.T) {
	t.Parallel()
	const token, password = "0123456789abcdef", "geheimes"
	bearer := func(s string) func(*http.Request) { return header("Authorization", "Bearer "+s) }
	basic := func(user, password string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth(user, password) }
	}
	host := func(s string) func(*http.Request) { return func(r *http.Request) { r.Host = s } }
	none := func(*http.Request) {}
	for _, c := range []struct {
		name   string
		access Access
		with   func(*http.Request)
		code   int
	}{
		{"without credentials, under localhost", Access{}, none, 200},
		{"without credentials, under a loopback address", Access{}, host("127.0.0.1:8060"), 200},
		{"without credentials, under IPv6's", Access{}, host("[::1]:8060"), 200},
		{"without credentials, under IPv6's and no port", Access{}, host("[::1]"), 200},
		{"without credentials, under a stranger's name that points here", Access{}, host("evil.example:8060"), 421},
		{"without credentials, under no name", Access{}, host(""), 421},
		{"without credentials, under another address", Access{}, host("192.0.2.1"), 421},
		{"no token", Access{Token: token}, none, 401},
		{"the token", Access{Token: token}, bearer(token), 200},
		{"RFC 9110 11.1 the scheme in any case", Access{Token: token}, header("Authorization", "bEARER "+token), 200},
		{"RFC 9110 11.6.2 several blanks after the scheme", Access{Token: token}, header("Authorization", "Bearer  "+token), 200},
		{"RFC 9110 11.1 Basic in any case", Access{User: "admin", Password: password}, header("Authorization", "bASIC "+base64.StdEncoding.EncodeToString([]byte("admin:"+password))), 200},
		{"the token of another scheme", Access{Token: token}, header("Authorization", "Token "+token), 401},
		{"the token without a scheme", Access{Token: token}, header("Authorization", token), 401},
		{"the token, under any name", Access{Token: token}, func(r *http.Request) { host("pbx.example")(r); bearer(token)(r) }, 200},
		{"a wrong token", Access{Token: token}, bearer(token + "x"), 401},
		{"an empty token", Access{Token: token}, bearer(""), 401},
		{"the token as a password", Access{Token: token}, basic("whoever", token), 200},
		{"the token as a user", Access{Token: token}, basic(token, ""), 401},
		{"user and password", Access{User: "admin", Password: password}, basic("admin", password), 200},
		{"a wrong password", Access{User: "admin", Password: password}, basic("admin", "x"), 401},
		{"a wrong user", Access{User: "admin", Password: password}, basic("root", password), 401},
		{"the password as a token", Access{User: "admin", Password: password}, bearer(password), 401},
		{"an empty token where there is only a password", Access{User: "admin", Password: password}, basic("whoever", ""), 401},
		{"the token where both are set", Access{Token: token, User: "admin", Password: password}, bearer(token), 200},
		{"the password where both are set", Access{Token: token, User: "admin", Password: password}, basic("admin", password), 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := serve(t, &fakeViews{contacts: fakeContacts()}, c.access)
			for _, target := range []string{"/", "/nodes", "/api/v1/contacts", "/api/v1/openapi.json", "/events?list=nothing", "/assets/x"} {
				w := ask(h, target, c.with)
				if refused := w.Code == 401 || w.Code == 421; refused != (c.code != 200) || refused && w.Code != c.code {
					t.Errorf("%s: status %d, want %d", target, w.Code, c.code)
				}
				if w.Code == 401 && len(w.Header().Values("WWW-Authenticate")) != 2 {
					t.Errorf("%s: %v", target, w.Header())
				}
				if strings.Contains(w.Body.String(), "sip:") != (c.code == 200 && (target == "/" || target == "/api/v1/contacts")) {
					t.Errorf("%s: %s", target, w.Body)
				}
			}
		})
	}
}

// TestHealthStaysOpen: credentials are for the page alone, and nothing can be
// posted anywhere.
func TestHealthStaysOpen(t *testing.T) {
	t.Parallel()
	url, _ := start(t, Options{Ready: func() error { return nil }, Views: &fakeViews{}, Access: Access{Token: "0123456789abcdef"}})
	for _, path := range []string{"/livez", "/readyz", "/metrics"} {
		if code, body, _ := get(t, "GET", url+path); code != 200 {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	for _, path := range []string{"/", "/api/v1/contacts"} {
		if code, _, _ := get(t, "GET", url+path); code != 401 {
			t.Errorf("%s: %d", path, code)
		}
		for _, method := range []string{"POST", "PUT", "DELETE"} {
			if code, _, _ := get(t, method, url+path); code != 405 {
				t.Errorf("%s %s: %d", method, path, code)
			}
		}
	}
}
