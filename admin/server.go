package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Bounds on what a client may do.
const (
	readTimeout     = 5 * time.Second
	writeTimeout    = 15 * time.Second // a scrape of all metrics fits in it
	idleTimeout     = 2 * time.Minute
	maxHeaderBytes  = 16 << 10
	maxScrapes      = 4
	shutdownTimeout = 2 * time.Second
)

// Options of New.
type Options struct {
	// Listen is host:port; port 0 is any free one.
	Listen string
	// Ready is nil while the node is ready; else the error says why not, in words
	// for the operator, and without secrets.
	Ready func() error
	// Despite is what is wrong while the node is ready all the same; nil, or
	// nil for nothing.
	Despite func() error
	// Gatherer of the metrics.
	Gatherer prometheus.Gatherer
	// Views are what the page and the API show; nil: neither is served.
	Views Views
	// Access is who may see them. Health and metrics stay open.
	Access Access
	// Hosts are names under which a loopback address is served, beside localhost
	// and loopback addresses.
	Hosts []string
	// Registerer of this room's metrics; nil registers nothing.
	Registerer prometheus.Registerer
	// Node and Version are for the page's title and footer.
	Node, Version string
	// Log may be nil.
	Log *slog.Logger

	pollEvery time.Duration // for tests; 0: pollEvery
}

// Server answers HTTP. It listens from New on, and serves while Run runs.
type Server struct {
	listener net.Listener
	http     *http.Server
	site     *site // nil: no page
	log      *slog.Logger
}

// New listens. The error names the address.
func New(o Options) (*Server, error) {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	mux := handler(o, log)
	var pages *site
	if o.Views != nil {
		var err error
		if pages, err = newSite(o, o.Views); err != nil {
			return nil, fmt.Errorf("making the page of admin.listen: %w", err)
		}
		if o.pollEvery > 0 {
			pages.hub.every = o.pollEvery
		}
		mux.Handle("GET /", protect(o.Access, newGuesses(o.Registerer), log, pages.handler()))
	}
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("listening on admin.listen: %w", err)
	}
	var serve http.Handler = mux
	if local, ok := listener.Addr().(*net.TCPAddr); ok && local.IP.IsLoopback() || o.Views != nil && o.Access.open() {
		serve = checkHost(append(slices.Clone(o.Hosts), hostOf(o.Listen)), mux)
	}
	return &Server{
		listener: listener,
		site:     pages,
		log:      log,
		http: &http.Server{
			Handler:           serve,
			ReadHeaderTimeout: readTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeaderBytes,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		},
	}, nil
}

// Addr is where it listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Run serves until ctx ends; then requests under way have 2 s to finish. It
// returns nil after that.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancelLive := context.WithCancel(ctx)
	var live sync.WaitGroup
	defer live.Wait()
	defer cancelLive()
	if s.site != nil {
		live.Go(func() { s.site.hub.run(ctx) })
	}
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(s.listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving HTTP on %s: %w", s.Addr(), err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	err := s.http.Shutdown(stop)
	if err != nil {
		err = s.http.Close() // whoever is still there has had its time
	}
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// Close frees the address of a server that is never run.
func (s *Server) Close() error { return s.listener.Close() }

func handler(o Options, log *slog.Logger) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, "alive")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := o.Ready(); err != nil {
			answer(w, http.StatusServiceUnavailable, "not ready: "+err.Error())
			return
		}
		if o.Despite != nil {
			if err := o.Despite(); err != nil {
				answer(w, http.StatusOK, "ready, but: "+err.Error())
				return
			}
		}
		answer(w, http.StatusOK, "ready")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.Gatherer, promhttp.HandlerOpts{
		ErrorLog:            slog.NewLogLogger(log.Handler(), slog.LevelError),
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: maxScrapes,
		Timeout:             writeTimeout - time.Second,
		EnableOpenMetrics:   true,
	}))
	return mux
}

// answer writes one line of text that nobody may keep.
func answer(w http.ResponseWriter, code int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	// The client may be gone; there is nobody left to tell.
	_, _ = io.WriteString(w, strings.ReplaceAll(text, "\n", " ")+"\n")
}
