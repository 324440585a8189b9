package e2e

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"registrard/store/storetest"
)

// TestWebSocket registers over WS and WSS with a client of another library
// than the server's, and sees the contact go when the connection goes.
func TestWebSocket(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	cert, key, pool := certificate(t)
	for _, transport := range []string{"ws", "wss"} {
		extension(t, db.Pool, transport, "secret", 1)
	}
	n := startNode(t, db.URL,
		"REGISTRARD_LISTEN=ws://127.0.0.1:0,wss://127.0.0.1:0",
		"REGISTRARD_TLS_CERTIFICATE="+cert, "REGISTRARD_TLS_KEY="+key)
	for _, transport := range []string{"ws", "wss"} {
		t.Run(transport, func(t *testing.T) {
			_, port, _ := net.SplitHostPort(n.addr(transport))
			config, err := websocket.NewConfig(transport+"://localhost:"+port+"/", "http://localhost/")
			if err != nil {
				t.Fatal(err)
			}
			config.Protocol = []string{"sip"}
			config.TlsConfig = &tls.Config{RootCAs: pool}
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			conn, err := config.DialContext(ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			p := &phone{conn: wsConn{conn}, transport: strings.ToUpper(transport), via: "df7jal23ls0d.invalid", user: transport, password: "secret",
				server: "example.com", callID: transport + "@browser"}
			contact := "<sip:" + transport + "@df7jal23ls0d.invalid;transport=ws>"
			a, err := p.register(10*time.Second, []string{contact + ";expires=300"})
			if err != nil || a.code != 200 {
				t.Fatalf("REGISTER over %s: %v %s", transport, err, a.raw)
			}
			if !strings.Contains(a.header.Get("Contact"), "df7jal23ls0d.invalid") {
				t.Errorf("the phone doesn't see its own Contact: %q", a.header.Get("Contact"))
			}
			if got := registered(t, db.Pool, transport); len(got) != 1 {
				t.Errorf("registrations shows %v", got)
			}
			conn.Close()
			eventually(t, 10*time.Second, "the contact is gone with its connection", func() bool {
				return len(registered(t, db.Pool, transport)) == 0
			})
		})
	}

	t.Run("without the subprotocol sip it is refused", func(t *testing.T) {
		_, port, _ := net.SplitHostPort(n.addr("ws"))
		config, err := websocket.NewConfig("ws://localhost:"+port+"/", "http://localhost/")
		if err != nil {
			t.Fatal(err)
		}
		if conn, err := config.DialContext(context.Background()); err == nil {
			conn.Close()
			t.Error("a WebSocket without Sec-WebSocket-Protocol: sip was accepted")
		}
	})
}

// wsConn sends and receives one SIP message a frame.
type wsConn struct{ *websocket.Conn }

// Read gives one whole message.
func (c wsConn) Read(b []byte) (int, error) {
	var message []byte
	if err := websocket.Message.Receive(c.Conn, &message); err != nil {
		return 0, err
	}
	if len(message) > len(b) {
		return 0, io.ErrShortBuffer
	}
	return copy(b, message), nil
}

// Write sends one message as text.
func (c wsConn) Write(b []byte) (int, error) {
	if err := websocket.Message.Send(c.Conn, string(b)); err != nil {
		return 0, err
	}
	return len(b), nil
}
