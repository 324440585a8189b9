package e2e

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"registrard/store/storetest"
)

// TestOrder: a phone that sends an un-REGISTER and a REGISTER without waiting in
// between ends registered, each time.
func TestOrder(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	cert, key, pool := certificate(t)
	transports := []string{"udp", "tcp", "tls", "ws", "wss"}
	listen := make([]string, len(transports))
	for i, transport := range transports {
		extension(t, db.Pool, transport, "secret", 1)
		listen[i] = transport + "://127.0.0.1:0"
	}
	n := startNode(t, db.URL, "REGISTRARD_LISTEN="+strings.Join(listen, ","),
		"REGISTRARD_TLS_CERTIFICATE="+cert, "REGISTRARD_TLS_KEY="+key)
	secure := &tls.Config{RootCAs: pool, ServerName: "localhost"}
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			var conn net.Conn
			var err error
			switch transport {
			case "udp", "tcp":
				conn, err = net.Dial(transport, n.addr(transport))
			case "tls":
				conn, err = tls.Dial("tcp", n.addr(transport), secure)
			default:
				_, port, _ := net.SplitHostPort(n.addr(transport))
				var config *websocket.Config
				if config, err = websocket.NewConfig(transport+"://localhost:"+port+"/", "http://localhost/"); err != nil {
					t.Fatal(err)
				}
				config.Protocol, config.TlsConfig = []string{"sip"}, secure
				var ws *websocket.Conn
				ws, err = websocket.DialConfig(config)
				conn = wsConn{ws}
			}
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			p := &phone{conn: conn, transport: strings.ToUpper(transport), via: "192.0.2.1:5070", user: transport, password: "secret",
				server: "example.com", callID: transport + "@order"}
			contact := "<sip:" + transport + "@192.0.2.1:5070;transport=" + transport + ">"
			for round := range 30 {
				if a, err := p.register(10*time.Second, []string{contact}); err != nil || a.code != 200 {
					t.Fatalf("round %d: REGISTER: %v %s", round, err, a.raw)
				}
				gone, back := p.request(branch()+"a", []string{"*"}, "Expires: 0"), p.request(branch()+"b", []string{contact})
				sends := []string{gone, back}
				if transport == "tcp" || transport == "tls" {
					sends = []string{gone + back}
				}
				for _, send := range sends {
					if _, err := io.WriteString(conn, send); err != nil {
						t.Fatal(err)
					}
				}
				both := heard(t, conn, 2)
				if strings.Count(both, "SIP/2.0 200 OK\r\n") != 2 {
					t.Fatalf("round %d was answered\n%s", round, both)
				}
				if got := registered(t, db.Pool, transport); len(got) != 1 {
					t.Fatalf("round %d: registrations shows %v", round, got)
				}
			}
		})
	}
}

// heard is what comes until so many answers are there.
func heard(t *testing.T, conn net.Conn, answers int) string {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	buffer := make([]byte, 64<<10)
	for strings.Count(all.String(), "\r\n\r\n") < answers {
		n, err := conn.Read(buffer)
		if err != nil {
			t.Fatalf("after %q: %v", all.String(), err)
		}
		all.Write(buffer[:n])
	}
	return all.String()
}
