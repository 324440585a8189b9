package e2e

import (
	"net"
	"testing"
	"time"

	"registrard/store/storetest"
)

// TestIPv6 registers over IPv6 loopback, by UDP and TCP.
func TestIPv6(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	for _, transport := range []string{"udp", "tcp"} {
		extension(t, db.Pool, "six"+transport, "secret", 1)
	}
	n := startNode(t, db.URL, "REGISTRARD_LISTEN=udp://[::1]:0,tcp://[::1]:0")
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			conn, err := net.Dial(transport, n.addr(transport))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			p := &phone{conn: conn, transport: map[string]string{"udp": "UDP", "tcp": "TCP"}[transport],
				user: "six" + transport, password: "secret", server: n.addr(transport), callID: "six@" + transport}
			a, err := p.register(10*time.Second, []string{"<" + p.contact() + ">;expires=300"})
			if err != nil || a.code != 200 {
				t.Fatalf("REGISTER over IPv6 %s: %v %s", transport, err, a.raw)
			}
			var contact, source string
			if err := db.Pool.QueryRow(t.Context(), `SELECT contact, host(source) FROM registrations WHERE aor = $1`, p.user).Scan(&contact, &source); err != nil {
				t.Fatal(err)
			}
			if contact != p.contact() || source != "::1" {
				t.Errorf("registrations shows %s from %s", contact, source)
			}
		})
	}
}
