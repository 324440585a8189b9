package registrar_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"registrard/asterisk"
	"registrard/cache"
	"registrard/digest"
	"registrard/guard"
	"registrard/identify"
	"registrard/registrar"
	"registrard/rules"
)

// The whole way between "message parsed" and "change in the store's queue", as
// a node wires it: guard, registrar, identify over the cache, digest, rules, and
// afterwards metrics and log. The store takes the change and says that it is
// committed; nothing leaves the process.

const (
	wayUsers = 4096
	// wayRequests is how many requests a phone makes under one nonce.
	wayRequests = 64
)

var wayNow = time.Unix(1_800_000_000, 0)

// wayStore answers a refresh as PostgreSQL's would, at once.
type wayStore struct {
	result rules.Result
	taken  rules.Change
}

func (s *wayStore) Commit(context.Context, rules.Change) (rules.Result, error) {
	panic("the fast way is measured")
}

func (s *wayStore) CommitAsync(c *rules.Change, _ time.Time, done func(rules.Result, error)) {
	s.taken = *c
	if _, ok := c.AsRefresh(); !ok {
		panic("no refresh")
	}
	done(s.result, nil)
}

func (s *wayStore) DropFlow(string, []string) {}

// wayRows are the rows: wayUsers endpoints with one AOR and one auth each.
type wayRows struct{}

func wayUser(i int) string { return fmt.Sprintf("phone%05d", i) }

func (wayRows) LoadEndpoint(_ context.Context, id string) (*asterisk.Endpoint, error) {
	text := func(s string) *string { return &s }
	one := int32(1)
	return asterisk.DecodeEndpoint(
		asterisk.EndpointRow{ID: id, AORs: text(id), Auth: text(id)},
		[]asterisk.AORRow{{ID: id, MaxContacts: &one}},
		[]asterisk.AuthRow{{ID: id, Username: text(id), Password: text("secret-of-" + id)}}), nil
}

func (wayRows) LoadSite(context.Context) (*asterisk.Site, error) {
	return asterisk.DecodeSite(nil, nil, nil), nil
}

func (wayRows) EachEndpointID(_ context.Context, each func(string)) error {
	for i := range wayUsers {
		each(wayUser(i))
	}
	return nil
}

func hexMD5(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }

// way is a node's inside.
type way struct {
	guard    *guard.Guard
	verifier *digest.Verifier
	store    *wayStore
}

func newWay(b *testing.B) *way {
	b.Helper()
	registry := prometheus.NewRegistry()
	log := slog.New(slog.NewJSONHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelInfo}))
	held, err := cache.New(cache.Options{Source: wayRows{}, IDs: wayRows{}, Log: log, Metrics: registry})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = held.Run(ctx) }()
	b.Cleanup(func() { cancel(); <-ended })
	held.Listening()
	for {
		if _, err := held.Held().Endpoint(ctx, "nobody"); err == nil {
			break // the filter over all ids is in force
		}
		time.Sleep(time.Millisecond)
	}
	for i := range wayUsers {
		if _, err := held.Endpoint(ctx, wayUser(i)); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := held.Site(ctx); err != nil {
		b.Fatal(err)
	}
	w := &way{store: &wayStore{result: rules.Result{
		Plan: rules.Plan{{Kind: rules.Update, Why: rules.WhyRefreshed}}, At: wayNow, After: make([]asterisk.Contact, 1)}}}
	w.verifier = digest.New(digest.Options{})
	w.verifier.SetKeys([]digest.Key{{ID: 1, Secret: bytes.Repeat([]byte{7}, 32)}})
	handler := registrar.New(registrar.Options{
		Chain: identify.Chain{Directory: held}, Held: held.Held(), Verifier: w.verifier, Store: w.store,
		Clock: func() time.Time { return wayNow }, EvenTime: time.Millisecond, Log: log, Registry: registry,
	})
	if w.guard, err = guard.New(guard.Options{Handler: handler, Bans: guard.NewBans(nil, nil, log), Log: log, Registerer: registry}); err != nil {
		b.Fatal(err)
	}
	return w
}

// wayPhone is a phone with what it sends.
type wayPhone struct {
	contacts    [1]rules.AskedContact
	hosts       [1]netip.Addr
	authUsers   [1]identify.AuthUser
	credentials [1]digest.Credential
	request     registrar.Request
	// responses and counts under one nonce.
	responses, counts [wayRequests]string
}

func (w *way) phones(b *testing.B) []wayPhone {
	b.Helper()
	nonceOf, err := wayRows{}.LoadEndpoint(context.Background(), wayUser(0))
	if err != nil {
		b.Fatal(err)
	}
	phones := make([]wayPhone, wayUsers)
	for i := range phones {
		p, user := &phones[i], wayUser(i)
		source := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)}), 5060)
		p.contacts[0] = rules.AskedContact{URI: rules.URI{Scheme: "sip", User: user, Host: source.Addr().String(), Port: 5060}, Expires: rules.NotGiven}
		p.hosts[0] = source.Addr()
		p.authUsers[0] = identify.AuthUser{Username: user, Realm: "asterisk"}
		p.request = registrar.Request{
			Facts: identify.Facts{Source: source, FromUser: user, FromHost: "pbx.example.com", RequestURI: "sip:pbx.example.com",
				ContactHosts: p.hosts[:], Header: func(string) []string { return nil }},
			Ask: rules.Ask{To: rules.URI{Scheme: "sip", User: user, Host: "pbx.example.com"}, CallID: "3c26700857a87f84@" + user, CSeq: 7,
				Expires: 300, Contacts: p.contacts[:], UserAgent: "Phone 4.2.1", ViaHost: source.Addr().String(), ViaPort: 5060,
				Way: asterisk.Way{Node: "node-1", BootID: "0123456789abcdef", Listener: "udp://:5060", Transport: "udp", Source: source}},
		}
		proof, _ := w.verifier.Verify("REGISTER", digest.Credentials{}, nonceOf, nil, wayNow)
		ha1, ha2 := hexMD5(user+":asterisk:secret-of-"+user), hexMD5("REGISTER:sip:pbx.example.com")
		for n := range wayRequests {
			c := digest.Credential{Username: user, Realm: "asterisk", Nonce: proof.Challenges[0].Nonce, URI: "sip:pbx.example.com",
				AlgorithmKnown: true, QOP: "auth", CNonce: "0a4f113b", NC: fmt.Sprintf("%08x", n+1)}
			c.Response = hexMD5(ha1 + ":" + c.Nonce + ":" + c.NC + ":" + c.CNonce + ":auth:" + ha2)
			p.credentials[0] = c
			p.responses[n], p.counts[n] = c.Response, c.NC
		}
	}
	return phones
}

// run takes a phone's request along the way.
func (w *way) run(b *testing.B, c *registrar.Call, code int) {
	if !w.guard.Start(c) {
		b.Fatal("not the fast way")
	}
	w.guard.Finish(c)
	if c.Outcome.Code() != code {
		b.Fatalf("%d: %v", c.Outcome.Code(), c.Outcome.Refusal)
	}
	c.Request, c.Outcome = registrar.Request{}, registrar.Outcome{}
}

func BenchmarkWay(b *testing.B) {
	b.Run("refresh", func(b *testing.B) {
		w := newWay(b)
		phones := w.phones(b)
		c := &registrar.Call{Timeout: time.Second, Done: func() {}}
		b.ReportAllocs()
		b.ResetTimer()
		for i := range b.N {
			n := i / wayUsers % wayRequests
			if n == 0 && i > 0 && i%wayUsers == 0 {
				b.StopTimer()
				w = newWay(b) // which has not seen the nonces yet
				b.StartTimer()
			}
			p := &phones[i%wayUsers]
			p.credentials[0].Response, p.credentials[0].NC = p.responses[n], p.counts[n]
			c.Request = p.request
			c.Request.Facts.AuthUsers = p.authUsers[:]
			c.Request.Credentials.List = p.credentials[:]
			c.Request.Credentials.Fingerprint = uint64(i)
			w.run(b, c, 200)
		}
	})
	b.Run("challenge", func(b *testing.B) {
		w := newWay(b)
		phones := w.phones(b)
		c := &registrar.Call{Timeout: time.Second, Done: func() {}}
		b.ReportAllocs()
		b.ResetTimer()
		for i := range b.N {
			c.Request = phones[i%wayUsers].request
			w.run(b, c, 401)
		}
	})
}
