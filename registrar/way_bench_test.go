package registrar_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strings"
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

func (s *wayStore) CommitAsync(c *rules.Change, _ *rules.Room, _ time.Time, done func(rules.Result, error)) {
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

func (wayRows) EndpointIDs(context.Context, []string) ([]string, error) { return nil, nil }

func hexMD5(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }

// way is a node's inside.
type way struct {
	guard     *guard.Guard
	registrar *registrar.Registrar
	verifier  *digest.Verifier
	store     *wayStore
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
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); ; <-tick.C {
		if _, err := held.Endpoint(ctx, "nobody", false); err == nil {
			break // the filter over all ids is in force
		}
		if time.Now().After(deadline) {
			b.Fatal("10 s have passed without the filter over all ids")
		}
	}
	for i := range wayUsers {
		if _, err := held.Endpoint(ctx, wayUser(i), true); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := held.Site(ctx, true); err != nil {
		b.Fatal(err)
	}
	w := &way{store: &wayStore{result: rules.Result{
		Plan: rules.Plan{{Kind: rules.Update, Why: rules.WhyRefreshed}}, At: wayNow, After: make([]asterisk.Contact, 1)}}}
	w.verifier = digest.New(digest.Options{})
	w.verifier.SetKeys([]digest.Key{{ID: 1, Secret: bytes.Repeat([]byte{7}, 32)}})
	w.guard, err = guard.New(guard.Options{Bans: guard.NewBans(nil, nil, log), Log: log, Registerer: registry})
	if err != nil {
		b.Fatal(err)
	}
	w.registrar = registrar.New(registrar.Options{
		Chain: identify.Chain{Directory: held}, Verifier: w.verifier, Store: w.store, Guard: w.guard,
		Clock: func() time.Time { return wayNow }, EvenTime: time.Millisecond, Log: log, Registry: registry,
	})
	return w
}

// wayTexts are the texts of all messages, each as long as any other, in the order
// in which they come: a message that was just parsed is at hand, as here what is
// read next.
type wayTexts struct {
	all string
	at  int
}

const (
	wayUserLen, wayHostLen, wayNonceLen, wayResponseLen, wayNCLen = 10, 14, 44, 32, 8
	wayLen                                                        = 2*wayUserLen + wayHostLen + wayNonceLen + wayResponseLen + wayNCLen
)

func wayHost(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, 100, byte(100 + i/100), byte(100 + i%100)})
}

// texts makes the messages of all phones.
func (w *way) texts(b *testing.B) *wayTexts {
	b.Helper()
	e, err := wayRows{}.LoadEndpoint(context.Background(), wayUser(0))
	if err != nil {
		b.Fatal(err)
	}
	var ha1s, nonces [wayUsers]string
	for i := range wayUsers {
		proof, _ := w.verifier.Verify("REGISTER", digest.Credentials{}, e, nil, wayNow)
		nonces[i], ha1s[i] = proof.Challenges[0].Nonce, hexMD5(wayUser(i)+":asterisk:secret-of-"+wayUser(i))
	}
	var all strings.Builder
	all.Grow(wayUsers * wayRequests * wayLen)
	ha2 := hexMD5("REGISTER:sip:pbx.example.com")
	for n := range wayRequests {
		for i := range wayUsers {
			nc := fmt.Sprintf("%08x", n+1)
			response := hexMD5(ha1s[i] + ":" + nonces[i] + ":" + nc + ":0a4f113b:auth:" + ha2)
			all.WriteString(wayUser(i) + wayUser(i) + wayHost(i).String() + nonces[i] + response + nc)
		}
	}
	return &wayTexts{all: all.String()}
}

// cut is the next text of a message.
func (t *wayTexts) cut(n int) string {
	t.at += n
	return t.all[t.at-n : t.at]
}

// wayCall is a call with the parser's rooms.
type wayCall struct {
	registrar.Call
	contacts    [1]rules.AskedContact
	hosts       [1]netip.Addr
	authUsers   [1]identify.AuthUser
	credentials [1]digest.Credential
}

// read fills the request with message i, as the parser does.
func (c *wayCall) read(t *wayTexts, i int) {
	t.at = i % (wayUsers * wayRequests) * wayLen
	user, callID, host := t.cut(wayUserLen), t.cut(wayUserLen), t.cut(wayHostLen)
	c.hosts[0] = wayHost(i % wayUsers)
	source := netip.AddrPortFrom(c.hosts[0], 5060)
	c.contacts[0] = rules.AskedContact{URI: rules.URI{Scheme: "sip", User: user, Host: host, Port: 5060}, Expires: rules.NotGiven}
	c.authUsers[0] = identify.AuthUser{Username: user, Realm: "asterisk"}
	c.credentials[0] = digest.Credential{Username: user, Realm: "asterisk", Nonce: t.cut(wayNonceLen), URI: "sip:pbx.example.com",
		AlgorithmKnown: true, QOP: "auth", CNonce: "0a4f113b", Response: t.cut(wayResponseLen), NC: t.cut(wayNCLen)}
	q := &c.Request
	q.Facts.Source, q.Facts.FromUser, q.Facts.FromHost, q.Facts.RequestURI = source, user, "pbx.example.com", "sip:pbx.example.com"
	q.Facts.ContactHosts, q.Facts.Header = c.hosts[:], noHeaders
	q.Ask.To = rules.URI{Scheme: "sip", User: user, Host: "pbx.example.com"}
	q.Ask.CallID, q.Ask.CSeq, q.Ask.Expires, q.Ask.Contacts = callID, uint32(i), 300, c.contacts[:]
	q.Ask.UserAgent, q.Ask.ViaHost, q.Ask.ViaPort = "Phone 4.2.1", host, 5060
	q.Ask.Way = asterisk.Way{Node: "node-1", BootID: "0123456789abcdef", Listener: "udp://:5060", Transport: "udp", Source: source}
}

func noHeaders(string) []string { return nil }

// prove shows the credentials of the message that was read.
func (c *wayCall) prove(fingerprint int) {
	c.Request.Facts.AuthUsers = c.authUsers[:]
	c.Request.Credentials = digest.Credentials{List: c.credentials[:], Fingerprint: uint64(fingerprint)}
}

// run takes a request along the way.
func (w *way) run(b *testing.B, c *registrar.Call, code int) {
	if !w.registrar.Start(c) {
		b.Fatal("not the fast way")
	}
	w.registrar.Finish(c)
	if c.Outcome.Code() != code {
		b.Fatalf("%d: %v", c.Outcome.Code(), c.Outcome.Refusal)
	}
	c.Request, c.Outcome = registrar.Request{}, registrar.Outcome{}
}

func BenchmarkWay(b *testing.B) {
	b.Run("refresh", func(b *testing.B) {
		w := newWay(b)
		texts := w.texts(b)
		c := &wayCall{Call: registrar.Call{Timeout: time.Second, Done: func() {}}}
		b.ReportAllocs()
		b.ResetTimer()
		for i := range b.N {
			if i > 0 && i%(wayUsers*wayRequests) == 0 {
				b.StopTimer()
				w = newWay(b) // which has not seen the nonces yet
				b.StartTimer()
			}
			c.read(texts, i)
			c.prove(i)
			w.run(b, &c.Call, 200)
		}
	})
	b.Run("challenge", func(b *testing.B) {
		w := newWay(b)
		texts := w.texts(b)
		c := &wayCall{Call: registrar.Call{Timeout: time.Second, Done: func() {}}}
		b.ReportAllocs()
		b.ResetTimer()
		for i := range b.N {
			c.read(texts, i)
			w.run(b, &c.Call, 401)
		}
	})
	b.Run("read", func(b *testing.B) { // what the benchmark itself costs
		texts := newWay(b).texts(b)
		c := &wayCall{}
		b.ResetTimer()
		for i := range b.N {
			c.read(texts, i)
			c.prove(i)
			c.Request, c.Outcome = registrar.Request{}, registrar.Outcome{}
		}
	})
}
