package sip

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"registrard/reason"
	"registrard/registrar"
	"registrard/trace"
)

// Handler is who decides: the registrar.
type Handler interface {
	// Register answers one REGISTER; it returns before ctx's deadline.
	Register(ctx context.Context, r *registrar.Request) registrar.Outcome
	// Start is Register for who can't wait, see registrar.Registrar.Start: false
	// means that Register is to be called.
	Start(c *registrar.Call) bool
	// Finish is called once after each Done, before the answer is written, and
	// may change it. It may take a little time.
	Finish(c *registrar.Call)
	// FlowClosed tells that a stream connection is gone, with the ids of the
	// contacts that hung on it. It does not block.
	FlowClosed(flow string, contactIDs []string)
}

// Options are what a Server is made of. A zero number or duration is its default.
type Options struct {
	Listen  []Listen
	Handler Handler
	// Ready says why OPTIONS gets a 503; nil is ready. REGISTER is handed to
	// the Handler in any case.
	Ready func() error
	// Node and BootID go into each contact's way; a flow is named BootID.n.
	Node, BootID string
	// Certificate for tls and wss, asked at each handshake.
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// ClientCAs must have signed the certificate of a phone that comes by tls or
	// wss; nil asks phones for none.
	ClientCAs *x509.CertPool
	// TrustedProxies are the networks whose PROXY header, X-Forwarded-For, and
	// received of Via and Path are believed.
	TrustedProxies []netip.Prefix
	// Guard is asked before anything is parsed; nil serves everybody.
	Guard Guard
	// Failures is told of what the Handler never saw; nil tells nobody.
	Failures Failures
	// OriginPatterns are the Origin hosts that may open a WebSocket (as in
	// path.Match); empty allows all. That is safe by itself: a registration is
	// proved by its digest, and no cookie could be abused by another site.
	OriginPatterns []string

	// RequestTimeout is what the Handler has for one REGISTER; 4 s, well below
	// the 32 s after which a phone gives up.
	RequestTimeout time.Duration
	// MaxInFlight requests are served at once, by all listeners together; 4096,
	// a quarter of them for one source that is no trusted proxy. More get a 503.
	MaxInFlight int
	// MaxMessage bytes in a stream's message or a datagram; 65535.
	MaxMessage int
	// MaxHeaders lines (100) and MaxContacts (20) in one request; more is a 513.
	MaxHeaders, MaxContacts int
	// MaxConnections of all streams together, 20,000, and from one address (a
	// /64 for IPv6), 1,000; those of trusted proxies count for the address
	// that the proxy names.
	MaxConnections, MaxConnectionsPerSource int
	// MaxPerConnection requests of one connection are served at once; 16. The
	// next is read when one is answered.
	MaxPerConnection int
	// MaxContactsPerFlow that are remembered to be dropped with a connection;
	// 10,000 (a proxy may carry many phones over one). More live until they expire.
	MaxContactsPerFlow int
	// IdleTimeout closes a connection after a password was last proven over it,
	// and its contacts have expired; 10 min. One over which none was has
	// UnprovenTimeout; 3 min, and no more than IdleTimeout.
	IdleTimeout, UnprovenTimeout time.Duration
	// ReadTimeout is for a message that has begun, a handshake, a PROXY
	// header; 10 s. WriteTimeout is for one answer; 5 s.
	ReadTimeout, WriteTimeout time.Duration
	// RetryAfterMin and RetryAfterMax bound the Retry-After of a 503; 5 and 15 s.
	RetryAfterMin, RetryAfterMax time.Duration
	// NoFastPath does without the lean way of REGISTERs over UDP.
	NoFastPath bool
	// ServerName is the Server header; "registrard".
	ServerName string

	// Tracer is shown messages while it wants to; nil is none.
	Tracer *trace.Tracer

	Log        *slog.Logger
	Registerer prometheus.Registerer // nil registers nothing
}

func (o *Options) setDefaults() {
	setDefault(&o.RequestTimeout, 4*time.Second)
	setDefault(&o.MaxInFlight, 4096)
	setDefault(&o.MaxMessage, 65535)
	setDefault(&o.MaxHeaders, 100)
	setDefault(&o.MaxContacts, 20)
	setDefault(&o.MaxConnections, 20_000)
	setDefault(&o.MaxConnectionsPerSource, 1000)
	setDefault(&o.MaxPerConnection, 16)
	setDefault(&o.MaxContactsPerFlow, 10_000)
	setDefault(&o.IdleTimeout, 10*time.Minute)
	setDefault(&o.UnprovenTimeout, min(3*time.Minute, o.IdleTimeout))
	setDefault(&o.ReadTimeout, 10*time.Second)
	setDefault(&o.WriteTimeout, 5*time.Second)
	setDefault(&o.RetryAfterMin, 5*time.Second)
	setDefault(&o.RetryAfterMax, max(15*time.Second, o.RetryAfterMin))
	setDefault(&o.ServerName, "registrard")
	if o.Ready == nil {
		o.Ready = func() error { return nil }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Tracer == nil {
		o.Tracer = trace.New(trace.Options{Log: o.Log}) // which is off
	}
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Server is the SIP edge of a node: Listen, then Run.
type Server struct {
	opts      Options
	parser    *parser
	responder *responder
	work      *work
	conns     *connections
	metrics   *metrics
	listeners []listener
	draining  atomic.Bool
	flows     atomic.Uint64
	lastPanic atomic.Int64
	seed      maphash.Seed
}

// listener is one bound address.
type listener interface {
	// serve runs until close, and returns when all that it started has ended.
	serve(ctx context.Context) error
	// stopAccepting takes no new connections; what is open stays so.
	stopAccepting()
	// close ends everything, at once.
	close()
	bound() Bound
}

// New makes a Server; an error names the option and what would be right.
func New(o Options) (*Server, error) {
	o.setDefaults()
	if o.Handler == nil {
		return nil, errors.New("sip: Options.Handler is missing")
	}
	if len(o.Listen) == 0 {
		return nil, errors.New("sip: no address to listen on; configure one, such as udp://:5060")
	}
	for _, l := range o.Listen {
		if err := l.check(&o); err != nil {
			return nil, err
		}
	}
	if o.RetryAfterMax < o.RetryAfterMin {
		return nil, fmt.Errorf("sip: RetryAfterMax %s is less than RetryAfterMin %s", o.RetryAfterMax, o.RetryAfterMin)
	}
	s := &Server{
		opts:  o,
		work:  newWork(o.MaxInFlight),
		conns: newConnections(o.MaxConnections, o.MaxConnectionsPerSource),
		seed:  maphash.MakeSeed(),
	}
	s.metrics = newMetrics(o.Registerer, s.work.inFlight)
	s.responder = &responder{
		server: clean(o.ServerName), retryMin: o.RetryAfterMin, retryMax: o.RetryAfterMax, random: rand.Float64,
	}
	s.parser = newParser(limits{headers: o.MaxHeaders, contacts: o.MaxContacts}, o.MaxMessage, s.parserPanicked)
	s.parser.behind = s.behind
	return s, nil
}

// Listen binds all addresses, or none; an error names the address.
func (s *Server) Listen() error {
	for _, l := range s.opts.Listen {
		bound, err := s.bind(l)
		if err != nil {
			for _, b := range s.listeners {
				b.close()
			}
			s.listeners = nil
			return err
		}
		s.listeners = append(s.listeners, bound)
	}
	return nil
}

// Addrs are the bound addresses, in the order of Options.Listen.
func (s *Server) Addrs() []Bound {
	out := make([]Bound, 0, len(s.listeners))
	for _, l := range s.listeners {
		out = append(out, l.bound())
	}
	return out
}

// Drain lets OPTIONS say 503, so that load balancers look elsewhere, while
// REGISTER is still served.
func (s *Server) Drain() { s.draining.Store(true) }

// Run serves until accepting ends. Then no connection is taken any more, a
// REGISTER that still arrives gets a 503, and what is under way is finished
// and answered; when that is done, or working ends, all is closed. It returns
// the error of a listener that failed by itself.
func (s *Server) Run(accepting, working context.Context) error {
	ctx, cancel := context.WithCancel(working)
	defer cancel()
	group, failed := errgroup.WithContext(ctx)
	for _, l := range s.listeners {
		group.Go(func() error { return l.serve(ctx) })
	}
	select {
	case <-accepting.Done():
	case <-failed.Done(): // a listener failed, or working ended
	}
	s.Drain()
	idle := s.work.close()
	for _, l := range s.listeners {
		l.stopAccepting()
	}
	select {
	case <-idle:
	case <-failed.Done():
	}
	cancel()
	for _, l := range s.listeners {
		l.close()
	}
	s.conns.closeAll()
	return group.Wait()
}

// CloseConnections ends all connections that are open now, so that their phones
// come again; new ones are taken.
func (s *Server) CloseConnections() { s.conns.closeOpen() }

// reply is what is to be done about a message.
type reply struct {
	// message is nil when there is no answer.
	message []byte
	// to is where a datagram's answer goes.
	to netip.AddrPort
	// outcome of a REGISTER, nil for all else.
	outcome *registrar.Outcome
}

// answer decides about one message that judge called a request.
func (s *Server) answer(ctx context.Context, raw []byte, in *arrival) reply {
	m, refusal := s.parser.parse(raw, in)
	if m.in.throughProxy && !s.admits(m.in.way.Source, in.way.Transport) {
		return reply{}
	}
	if m.head.method == "ACK" {
		s.metrics.drop(in.way.Transport, "ack") // RFC 3261 17.1.1.3: never answered
		return reply{}
	}
	if !m.answerable {
		s.unanswerable(m, refusal)
		return reply{}
	}
	if refusal == nil {
		refusal = s.checkMethod(m)
	}
	switch {
	case refusal != nil:
		return s.refused(m, refusal)
	case m.register == nil:
		return s.answerOptions(m)
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.RequestTimeout)
	defer cancel()
	out := s.opts.Handler.Register(ctx, m.register)
	s.metrics.message(in.way.Transport, m.head.method, out.Code(), out.Refusal)
	endpoint := out.Finding.Endpoint
	message := s.responder.respond(m, &out)
	if in.way.Transport == "udp" {
		message = s.affordable(m, len(raw), message, &out)
	}
	return reply{
		message: message,
		to:      m.destination(endpoint == nil || endpoint.ForceRport),
		outcome: &out,
	}
}

// refused answers what the Handler never sees.
func (s *Server) refused(m *message, refusal *reason.Refusal) reply {
	s.opts.Log.Debug("sip: request refused", "reason", refusal.Name, "detail", refusal.Detail,
		"source", m.in.way.Source, "transport", m.in.way.Transport)
	s.metrics.message(m.in.way.Transport, m.head.method, refusal.Code, refusal)
	s.note(m, refusal)
	if s.opts.Guard != nil {
		s.opts.Guard.Refused(m.in.way.Source, m.in.way.Transport, refusal)
	}
	return reply{message: s.responder.refuse(m, refusal, nil), to: m.destination(true)}
}

// reject answers a message with a refusal at little cost, without parsing it
// further than its Via; no answer when that can't be read.
func (s *Server) reject(raw []byte, in *arrival, refusal *reason.Refusal) reply {
	m := &message{head: scan(string(raw), s.opts.MaxHeaders), in: in}
	_ = m.readTop() // its fault would say less than refusal
	if m.head.method == "ACK" {
		s.metrics.drop(in.way.Transport, "ack")
		return reply{}
	}
	if !m.answerable {
		s.unanswerable(m, refusal)
		return reply{}
	}
	r := s.refused(m, refusal)
	if s.opts.Tracer.Tracing() {
		s.traced(raw, in, &r, time.Now())
	}
	return r
}

// destination is where the answer goes: back to the proxy that wrapped the
// datagram, else where Via and force_rport say.
func (m *message) destination(forceRport bool) netip.AddrPort {
	if m.in.peer != m.in.way.Source && !m.in.throughProxy {
		return m.in.peer
	}
	return m.top.destination(m.in.peer, forceRport)
}

// fingerprint of a message, equal for a retransmission on this node, never 0.
func (s *Server) fingerprint(raw []byte) uint64 { return maphash.Bytes(s.seed, raw) | 1 }

// parserPanicked is counted, and logged once a minute, without content.
func (s *Server) parserPanicked() {
	s.metrics.parserPanics.Inc()
	now, last := time.Now().Unix(), s.lastPanic.Load()
	if now-last >= 60 && s.lastPanic.CompareAndSwap(last, now) {
		s.opts.Log.Error("sip: the message parser panicked; the message was answered with 400")
	}
}

// source unmaps an address of the net package; ok is false for what is none.
func source(a net.Addr) (netip.AddrPort, bool) {
	var ap netip.AddrPort
	switch a := a.(type) {
	case *net.TCPAddr:
		ap = a.AddrPort()
	case *net.UDPAddr:
		ap = a.AddrPort()
	}
	return unmap(ap), ap.IsValid()
}

func unmap(ap netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()) }
