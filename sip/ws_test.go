package sip

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"
)

// wsClient speaks SIP over WebSocket by another library than the server's.
type wsClient struct{ *websocket.Conn }

func wsConfig(t *testing.T, network, address string, protocols ...string) *websocket.Config {
	t.Helper()
	config, err := websocket.NewConfig(network+"://"+address+"/", "http://phone.example.com")
	if err != nil {
		t.Fatal(err)
	}
	config.Protocol = protocols
	config.TlsConfig = &tls.Config{InsecureSkipVerify: true}
	return config
}

func dialWS(t *testing.T, network, address, forwardedFor string, protocols ...string) wsClient {
	t.Helper()
	config := wsConfig(t, network, address, protocols...)
	if forwardedFor != "" {
		config.Header.Set("X-Forwarded-For", forwardedFor)
	}
	conn, err := websocket.DialConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return wsClient{conn}
}

func (c wsClient) send(t *testing.T, message any) {
	t.Helper()
	if err := websocket.Message.Send(c.Conn, message); err != nil {
		t.Fatal(err)
	}
}

func (c wsClient) hear(t *testing.T) string {
	t.Helper()
	var message string
	if err := websocket.Message.Receive(c.Conn, &message); err != nil {
		t.Fatal(err)
	}
	return message
}

func wsRegister(lines ...string) string {
	return register(append([]string{"Via: SIP/2.0/WS abc.invalid;branch=z9hG4bK1", "Contact: <sip:xyz@abc.invalid;transport=ws>"}, lines...)...)
}

func TestWebSocket(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"ws", "wss"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			h := &fakeHandler{}
			_, address, registry := streamServer(t, network, Options{Handler: h, MaxMessage: 5000})
			c := dialWS(t, network, address, "", "sip")
			if got := c.Config().Protocol; len(got) != 1 || got[0] != "sip" {
				t.Errorf("RFC 7118 4.1: the subprotocol is %q", got)
			}
			c.send(t, wsRegister())
			got := c.hear(t)
			if codeOf(got) != 200 || header(got, "Via")[0] != "SIP/2.0/WS abc.invalid;branch=z9hG4bK1;received=127.0.0.1" {
				t.Errorf("a text frame was answered %q", got)
			}
			c.send(t, []byte(wsRegister("CSeq: 8 REGISTER")))
			if got := c.hear(t); codeOf(got) != 200 {
				t.Errorf("RFC 7118 4.2: a binary frame was answered %q", got)
			}
			c.send(t, "\r\n\r\n")
			if got := c.hear(t); got != "\r\n" {
				t.Errorf("RFC 5626 3.5.1: ping was answered %q", got)
			}
			ping := websocket.Codec{Marshal: func(v any) ([]byte, byte, error) { return v.([]byte), websocket.PingFrame, nil }}
			if err := ping.Send(c.Conn, []byte("payload")); err != nil {
				t.Fatal(err)
			}
			c.send(t, "\x00\x00\x00\x00") // holds a way open, and is no ping
			c.send(t, "\r\n\x00"+wsRegister("CSeq: 10 REGISTER"))
			if got := c.hear(t); codeOf(got) != 200 || header(got, "CSeq")[0] != "10 REGISTER" {
				t.Errorf("after CRLF and NUL: %q", got)
			}
			c.send(t, "SIP/2.0 200 OK\r\nVia: a\r\n\r\n") // dropped
			c.send(t, wsRegister("Call-ID:"))
			if got := c.hear(t); codeOf(got) != 400 {
				t.Errorf("after a ping with payload, without Call-ID: %q", got)
			}
			c.send(t, wsRegister("Content-Length:", "CSeq: 9 REGISTER")) // RFC 7118 5: not needed here
			if got := c.hear(t); codeOf(got) != 200 {
				t.Errorf("without Content-Length: %q", got)
			}
			way := h.seen()[0].Ask.Way
			if way.Transport != network || !strings.HasPrefix(way.Flow, "boot1.") || !way.Source.Addr().IsLoopback() || way.Source.Port() == 0 {
				t.Errorf("the way is %+v", way)
			}
			c.Close()
			eventually(t, "FlowClosed", func() bool { ids, _ := h.gone(way.Flow); return len(ids) == 1 })
			eventually(t, "no flow is counted", func() bool { return metric(t, registry, "registrard_sip_flows") == 0 })

			large := dialWS(t, network, address, "", "sip")
			large.send(t, wsRegister("X: "+strings.Repeat("a", 6000)))
			var message string
			if err := websocket.Message.Receive(large.Conn, &message); err == nil {
				t.Errorf("a message over the limit was answered %q", message)
			}
		})
	}
}

func TestWebSocketRefuses(t *testing.T) {
	t.Parallel()
	_, address, _ := streamServer(t, "ws", Options{OriginPatterns: []string{"phone.example.com"}})
	if _, err := websocket.DialConfig(wsConfig(t, "ws", address)); err == nil {
		t.Error("RFC 7118 4.1: a client without the subprotocol sip was accepted")
	}
	if _, err := websocket.DialConfig(wsConfig(t, "ws", address, "mqtt")); err == nil {
		t.Error("a client of another subprotocol was accepted")
	}
	foreign := wsConfig(t, "ws", address, "sip")
	foreign.Origin.Host = "evil.example.com"
	if _, err := websocket.DialConfig(foreign); err == nil {
		t.Error("an Origin that is not allowed was accepted")
	}
	dialWS(t, "ws", address, "", "sip") // the one that is
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get("http://" + address + "/")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("a plain GET got %s", res.Status)
	}
}

func TestForwardedFor(t *testing.T) {
	t.Parallel()
	s := still(t, &discarding{})
	s.opts.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct {
		name, peer string
		header     []string
		want       string
	}{
		{"a stranger's header is not believed", "192.0.2.1:4000", []string{"203.0.113.7"}, "192.0.2.1:4000"},
		{"a trusted proxy's is", "127.0.0.1:4000", []string{"203.0.113.7"}, "203.0.113.7:0"},
		{"only what trusted proxies wrote: from the right", "127.0.0.1:4000", []string{"198.51.100.1, 203.0.113.7, 10.0.0.2"}, "203.0.113.7:0"},
		{"several lines are one list", "127.0.0.1:4000", []string{"198.51.100.1", "203.0.113.7"}, "203.0.113.7:0"},
		{"with a port", "127.0.0.1:4000", []string{"203.0.113.7:555"}, "203.0.113.7:555"},
		{"IPv6", "127.0.0.1:4000", []string{"2001:db8::7"}, "[2001:db8::7]:0"},
		{"nonsense stops", "127.0.0.1:4000", []string{"203.0.113.7, nonsense"}, "127.0.0.1:4000"},
		{"none", "127.0.0.1:4000", nil, "127.0.0.1:4000"},
		{"all are proxies: the first", "127.0.0.1:4000", []string{"10.0.0.1"}, "10.0.0.1:0"},
	} {
		r := &http.Request{Header: http.Header{"X-Forwarded-For": c.header}}
		if got := s.forwardedFor(r, netip.MustParseAddrPort(c.peer)); got.String() != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestWebSocketBehindAProxy(t *testing.T) {
	t.Parallel()
	h := &fakeHandler{}
	_, address, _ := streamServer(t, "ws", Options{Handler: h, MaxConnectionsPerSource: 1,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	c := dialWS(t, "ws", address, "203.0.113.7", "sip")
	c.send(t, wsRegister())
	c.hear(t)
	if got := h.seen()[0].Facts.Source.String(); got != "203.0.113.7:0" {
		t.Errorf("the source is %s", got)
	}
	config := wsConfig(t, "ws", address, "sip")
	config.Header.Set("X-Forwarded-For", "203.0.113.7")
	if _, err := websocket.DialConfig(config); err == nil {
		t.Error("a source has more connections than it may, through a proxy")
	}
	dialWS(t, "ws", address, "203.0.113.8", "sip")

	// The PROXY header comes first, X-Forwarded-For is then the next proxy's.
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "PROXY TCP4 203.0.113.50 203.0.113.1 40000 80\r\n")
	behind, err := websocket.NewClient(wsConfig(t, "ws", address, "sip"), conn)
	if err != nil {
		t.Fatal(err)
	}
	wsClient{behind}.send(t, wsRegister())
	wsClient{behind}.hear(t)
	if got := h.seen()[1].Facts.Source.String(); got != "203.0.113.50:40000" {
		t.Errorf("the source is %s", got)
	}
}
