package admin

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"registrard/view"
)

// stream reads server-sent events.
type stream struct {
	t      *testing.T
	events chan [2]string // name, data
	status int
	close  func()
}

func open(t *testing.T, url string) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	s := &stream{t: t, events: make(chan [2]string, 1000), status: resp.StatusCode}
	ended := make(chan struct{})
	s.close = func() { cancel(); <-ended }
	t.Cleanup(s.close)
	go func() {
		defer close(ended)
		defer close(s.events)
		defer resp.Body.Close()
		var name, data string
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			field, value, _ := strings.Cut(lines.Text(), ": ")
			switch field {
			case "event":
				name = value
			case "data":
				data += value + "\n"
			case "":
				if name != "" {
					s.events <- [2]string{name, data}
				}
				name, data = "", ""
			}
		}
	}()
	return s
}

// next waits for an event with a text in it.
func (s *stream) next(name, text string) {
	s.t.Helper()
	deadline := time.After(10 * time.Second)
	var seen []string
	for {
		select {
		case e, ok := <-s.events:
			if ok && e[0] == name && strings.Contains(e[1], text) {
				return
			}
			if !ok {
				s.t.Fatalf("the stream ended without %s %q; seen: %q", name, text, seen)
			}
			seen = append(seen, e[0]+" "+e[1])
		case <-deadline:
			s.t.Fatalf("no %s with %q within 10 s; seen: %q", name, text, seen)
		}
	}
}

// eventsOf is the stream that a page names.
func eventsOf(t *testing.T, url, path string) string {
	t.Helper()
	_, body, _ := get(t, "GET", url+path)
	m := regexp.MustCompile(`sse-connect="([^"]+)"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("%s names no stream:\n%s", path, body)
	}
	return url + strings.ReplaceAll(m[1], "&amp;", "&")
}

// TestLive: a browser is told what has changed of what it shows, and nothing
// when nothing has; the database is asked once for all that show the same.
func TestLive(t *testing.T) {
	t.Parallel()
	v := &fakeViews{contacts: fakeContacts()}
	url, stop := start(t, Options{Node: "node-1", Ready: func() error { return nil }, Views: v, pollEvery: 10 * time.Millisecond})
	all, one := eventsOf(t, url, "/"), eventsOf(t, url, "/?aor=6001")
	before := v.times("contacts")
	var many []*stream
	for range 5 {
		many = append(many, open(t, all))
	}
	narrow := open(t, one)
	for _, s := range append(many, narrow) {
		s.next("status", "<b>5</b> registered, tls 2, udp 3")
	}
	from, to := v.times("counts"), 0
	for deadline := time.Now().Add(10 * time.Second); to < from+20 && time.Now().Before(deadline); to = v.times("counts") {
		<-time.After(time.Millisecond)
	}
	// Every round asks for two lists, for six browsers, and counts once.
	if asked, rounds := v.times("contacts")-before, to; asked > 2*(rounds+2) {
		t.Errorf("%d questions in %d rounds", asked, rounds)
	}
	select {
	case e := <-narrow.events:
		t.Errorf("nothing has changed, and the browser was sent %s", e)
	default:
	}
	v.set(func(v *fakeViews) {
		v.contacts = append(v.contacts, view.Contact{AOR: "6003", ID: "6003^3B@a", UserAgent: "line\nend"})
	})
	for _, s := range many {
		s.next("list", ">6003<")
	}
	v.set(func(v *fakeViews) { v.contacts[0].Node = "elsewhere" })
	narrow.next("list", ">elsewhere<")
	v.set(func(v *fakeViews) { v.err = errAway })
	narrow.next("list", "the database is unavailable")
	v.set(func(v *fakeViews) { v.err = nil })
	narrow.next("list", ">elsewhere<")
	// Who comes with something old is told what is new.
	late := open(t, all)
	late.next("list", ">6003<")

	for _, s := range append(many, narrow, late) {
		s.close()
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestLiveEndsWithTheServer: streams hold up nobody, and nobody is asked
// while there is none.
func TestLiveEndsWithTheServer(t *testing.T) {
	t.Parallel()
	v := &fakeViews{}
	url, stop := start(t, Options{Ready: func() error { return nil }, Views: v, pollEvery: time.Millisecond})
	if n := v.times("contacts") + v.times("counts"); n != 0 {
		t.Errorf("asked %d times, and nobody looks", n)
	}
	s := open(t, eventsOf(t, url, "/"))
	s.next("status", "registered")
	began := time.Now()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > shutdownTimeout {
		t.Errorf("it took %s", took)
	}
	for range s.events { // ends
	}
}

func TestLiveIsBounded(t *testing.T) {
	t.Parallel()
	url, _ := start(t, Options{Ready: func() error { return nil }, Views: &fakeViews{}})
	var all []*stream
	for i := range maxLive {
		s := open(t, fmt.Sprintf("%s/events?list=contacts&aor=%d", url, i))
		if s.status != 200 {
			t.Fatalf("browser %d: %d", i, s.status)
		}
		all = append(all, s)
	}
	if code, body, header := get(t, "GET", url+"/events?list=contacts"); code != 503 || header.Get("Retry-After") == "" {
		t.Errorf("one too many: %d %s", code, body)
	}
	all[0].close()
	deadline := time.Now().Add(10 * time.Second)
	for {
		s := open(t, url+"/events?list=contacts")
		if s.status == 200 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a place that was left isn't free")
		}
	}
	for _, bad := range []string{"/events", "/events?list=phones", "/events?list=contacts&limit=x"} {
		if code, _, _ := get(t, "GET", url+bad); code != 400 {
			t.Errorf("%s: %d", bad, code)
		}
	}
}
