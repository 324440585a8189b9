package load

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*Options)
		want   string
	}{
		{"a public address", func(o *Options) { o.Targets = []string{"udp://192.0.2.1"} }, "want a loopback or private address"},
		{"a public address of IPv6", func(o *Options) { o.Targets = []string{"udp://[2001:db8::1]:5060"} }, "want a loopback or private address"},
		{"a public address in IPv6's form", func(o *Options) { o.Targets = []string{"udp://[::ffff:192.0.2.1]:5060"} }, "want a loopback or private address"},
		{"a public one beside a private one", func(o *Options) { o.Targets = []string{"udp://10.0.0.1", "udp://192.0.2.1"} }, "want a loopback or private address"},
		{"another scheme", func(o *Options) { o.Targets = []string{"http://127.0.0.1"} }, "want udp://"},
		{"two schemes", func(o *Options) { o.Targets = []string{"udp://127.0.0.1", "tcp://127.0.0.1"} }, "want udp://, as the first"},
		{"no scheme", func(o *Options) { o.Targets = []string{"127.0.0.1:5060"} }, "want udp://"},
		{"no target", func(o *Options) { o.Targets = nil }, "want udp://"},
		{"a port that is none", func(o *Options) { o.Targets = []string{"udp://127.0.0.1:0"} }, "want a port"},
		{"a mode", func(o *Options) { o.Mode = "both" }, "want challenge or refresh"},
		{"no users", func(o *Options) { o.Users = 0 }, "want 1 to"},
		{"a format for a text", func(o *Options) { o.UserFormat = "%s" }, "want one verb for a number"},
		{"two numbers", func(o *Options) { o.UserFormat = "%d%d" }, "want one verb for a number"},
		{"many users of one name", func(o *Options) { o.Users, o.UserFormat = 2, "phone" }, "want one verb for a number"},
		{"a name that ends the URI", func(o *Options) { o.UserFormat = "u%d@x" }, "want what may stand before @"},
		{"a password stays secret", func(o *Options) { o.PasswordFormat = "geheim%s" }, "(hidden)"},
		{"an algorithm", func(o *Options) { o.Algorithm = "SHA-1" }, "want MD5 or SHA-256"},
		{"no end", func(o *Options) { o.Count = 0 }, "want a time, or a count"},
		{"nothing outstanding and no rate", func(o *Options) { o.Outstanding = 0 }, "or a rate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := Options{Targets: []string{"udp://127.0.0.1:9"}, Mode: Challenge, Users: 1, Outstanding: 1, Count: 1}
			c.change(&o)
			_, err := Run(t.Context(), o)
			var m *Mistake
			if !errors.As(err, &m) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "geheim") {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"udp://127.0.0.1":      "127.0.0.1:5060",
		"tcp://10.1.2.3:7":     "10.1.2.3:7",
		"tls://192.168.0.9":    "192.168.0.9:5061",
		"udp://[fd00::1]:5070": "[fd00::1]:5070",
		"udp://[fe80::1]":      "[fe80::1]:5060",
		"udp://localhost":      "127.0.0.1:5060",
	} {
		o := Options{Targets: []string{text}}
		got, err := o.resolve(t.Context())
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got[0].addr.String() != want {
			t.Errorf("%s: got %s, want %s", text, got[0].addr, want)
		}
	}
	o := Options{Targets: []string{"udp://192.0.2.1"}, AnyTarget: true}
	if _, err := o.resolve(t.Context()); err != nil {
		t.Errorf("--any-target: %v", err)
	}
}

// certificate is a server's TLS for 127.0.0.1, and a client's that trusts it.
func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, &tls.Config{RootCAs: pool}
}
