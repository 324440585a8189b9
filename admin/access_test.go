package admin

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// However many guess from one source, by however many connections: fewer than
// 20 a second are looked at, and who knows the password gets in all the while.
func TestGuesses(t *testing.T) {
	t.Parallel()
	const token = "0123456789abcdef"
	registry := prometheus.NewRegistry()
	var log lockedBuffer
	url, _ := start(t, Options{Ready: func() error { return nil }, Views: &fakeViews{}, Access: Access{Token: token}, Registerer: registry, Log: slog.New(slog.NewTextHandler(&log, nil))})
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 0}, Timeout: 20 * time.Second}
	defer client.CloseIdleConnections()
	ask := func(token string) int {
		r, err := http.NewRequest(http.MethodGet, url+"/api/v1/nodes", nil)
		if err != nil {
			t.Error(err)
			return 0
		}
		r.Header.Set("Authorization", "Bearer "+token)
		res, err := client.Do(r)
		if err != nil {
			return 0
		}
		defer res.Body.Close()
		_, _ = io.Copy(io.Discard, res.Body)
		return res.StatusCode
	}
	var wrong atomic.Int64
	var guessing sync.WaitGroup
	stop := make(chan struct{})
	began := time.Now()
	for range 60 {
		guessing.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if ask("fedcba9876543210") == http.StatusUnauthorized {
					wrong.Add(1)
				}
			}
		})
	}
	for n := 0; n < 20 || wrong.Load() < 20; n++ {
		if code := ask(token); code != http.StatusOK {
			t.Errorf("the right token got %d", code)
			break
		}
	}
	close(stop)
	guessing.Wait()
	seconds := time.Since(began).Seconds()
	if rate := float64(wrong.Load()) / seconds; rate >= 20 {
		t.Errorf("%.1f guesses a second", rate)
	}
	if n, err := testutil.GatherAndCount(registry, "registrard_admin_wrong_credentials_total"); err != nil || n != 1 {
		t.Errorf("wrong guesses are not counted: %v", err)
	}
	if !strings.Contains(log.String(), "wrong credentials") || !strings.Contains(log.String(), "127.0.0.1") || strings.Contains(log.String(), "fedcba") {
		t.Errorf("the log is %q", log.String())
	}
}

// On a loopback address a name that isn't this machine's gets nothing, on any
// path: DNS rebinding.
func TestHostOnLoopback(t *testing.T) {
	t.Parallel()
	url, _ := start(t, Options{Ready: func() error { return nil }, Gatherer: prometheus.NewRegistry(), Views: &fakeViews{},
		Access: Access{Token: "0123456789abcdef"}, Hosts: []string{"pbx.example.com"}})
	for _, path := range []string{"/livez", "/readyz", "/metrics", "/", "/api/v1/nodes", "/nothing"} {
		for host, ours := range map[string]bool{
			"localhost": true, "LOCALHOST.:8060": true, "127.0.0.1:8060": true, "127.9.9.9": true, "[::1]:8060": true, "[::1]": true,
			"pbx.example.com": true, "PBX.example.com:443": true,
			"evil.example": false, "evil.example:8060": false, "localhost.evil.example": false, "192.0.2.1": false, "127.0.0.1.evil.example": false,
		} {
			r, err := http.NewRequest(http.MethodGet, url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = host
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if misdirected := res.StatusCode == http.StatusMisdirectedRequest; misdirected == ours {
				t.Errorf("%s under %q got %d", path, host, res.StatusCode)
			}
		}
	}
}
