package admin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a server for one test and stops it at its end.
func start(t *testing.T, o Options) (url string, stop func() error) {
	t.Helper()
	o.Listen = "127.0.0.1:0"
	if o.Gatherer == nil {
		o.Gatherer = prometheus.NewRegistry()
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stopped := false
	stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(10 * time.Second):
			return errors.New("Run did not return within 10 s of its context's end")
		}
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return "http://" + s.Addr().String(), stop
}

func get(t *testing.T, method, url string) (code int, body string, header http.Header) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: tr}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b), resp.Header
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	var ready, despite atomic.Pointer[error]
	despite.Store(new(error))
	why := errors.New("the schema is too old:\nrun registrard migrate up")
	ready.Store(&why)
	registry := prometheus.NewRegistry()
	counter := prometheus.NewCounter(prometheus.CounterOpts{Name: "registrard_test_total", Help: "A count."})
	counter.Add(3)
	registry.MustRegister(counter)
	url, _ := start(t, Options{Gatherer: registry, Ready: func() error { return *ready.Load() }, Despite: func() error { return *despite.Load() }})

	for _, c := range []struct {
		name, method, path string
		code               int
		body               string
	}{
		{"alive though not ready", "GET", "/livez", 200, "alive\n"},
		{"not ready, with the reason on one line", "GET", "/readyz", 503, "not ready: the schema is too old: run registrard migrate up\n"},
		{"HEAD is answered as GET", "HEAD", "/readyz", 503, ""},
		{"metrics of the gatherer", "GET", "/metrics", 200, "registrard_test_total 3"},
		{"an unknown path", "GET", "/nothing", 404, "404"},
		{"another method", "POST", "/readyz", 405, "Method Not Allowed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, body, _ := get(t, c.method, url+c.path)
			if code != c.code || !strings.Contains(body, c.body) {
				t.Errorf("got %d %q, want %d and %q", code, body, c.code, c.body)
			}
		})
	}
	var none error
	ready.Store(&none)
	if code, body, header := get(t, "GET", url+"/readyz"); code != 200 || body != "ready\n" || header.Get("Cache-Control") != "no-store" {
		t.Errorf("ready: %d %q %v", code, body, header)
	}
	away := errors.New("the database is away")
	despite.Store(&away)
	if code, body, _ := get(t, "GET", url+"/readyz"); code != 200 || body != "ready, but: the database is away\n" {
		t.Errorf("ready despite an outage: %d %q", code, body)
	}
}

func TestRunEndsWithItsContextThoughAClientIsSilent(t *testing.T) {
	t.Parallel()
	url, stop := start(t, Options{Ready: func() error { return nil }})
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// Half a request: the server waits for the rest of it.
	if _, err := io.WriteString(conn, "GET /readyz HTTP/1.1\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", strings.TrimPrefix(url, "http://")); err == nil {
		t.Error("it still listens")
	}
}

func TestHeadersAreBounded(t *testing.T) {
	t.Parallel()
	url, _ := start(t, Options{Ready: func() error { return nil }})
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET /readyz HTTP/1.1\r\nHost: a\r\nX: %s\r\n\r\n", strings.Repeat("x", 2*maxHeaderBytes))
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, " 431 ") {
		t.Errorf("got %q, %v; want 431", line, err)
	}
}

func TestNewNamesTheAddressThatIsTaken(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, err = New(Options{Listen: taken.Addr().String()})
	if err == nil || !strings.Contains(err.Error(), taken.Addr().String()) || !strings.Contains(err.Error(), "admin.listen") {
		t.Errorf("got %v", err)
	}
}

func TestCloseFreesTheAddress(t *testing.T) {
	t.Parallel()
	s, err := New(Options{Listen: "127.0.0.1:0", Ready: func() error { return nil }, Gatherer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := net.Listen("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}
