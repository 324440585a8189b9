package doctor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"registrard/config"
)

// certificateFiles writes a self-signed certificate for sip.example.com.
func certificateFiles(t *testing.T, from, until time.Time) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sip.example.com"}, DNSNames: []string{"sip.example.com"},
		NotBefore: from, NotAfter: until, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certificate, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for _, f := range []struct {
		path, kind string
		der        []byte
	}{{certificate, "CERTIFICATE", der}, {key, "EC PRIVATE KEY", keyDER}} {
		if err := os.WriteFile(f.path, pem.EncodeToMemory(&pem.Block{Type: f.kind, Bytes: f.der}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	now := time.Now()
	const day = 24 * time.Hour
	for _, c := range []struct {
		name        string
		from, until time.Duration
		level       Level
		words       []string
	}{
		{"valid", -day, 90 * day, OK, []string{"sip.example.com", "valid for 89 days"}},
		{"soon at its end", -day, 10 * day, Warn, []string{"expires in 9 days", "renew"}},
		{"nearly at its end", -day, 50 * time.Hour, Bad, []string{"hours"}},
		{"expired", -9 * day, -day, Bad, []string{"has expired"}},
		{"not valid yet", day, 9 * day, Bad, []string{"valid only from", "clock"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			certificate, key := certificateFiles(t, now.Add(c.from), now.Add(c.until))
			cfg := config.Config{TLS: config.TLS{Certificate: certificate, Key: key}}
			want(t, certificates(&cfg, now), "certificate", c.level, c.words...)
			cfg.TLS.ClientCA = certificate
			want(t, certificates(&cfg, now), "certificate", c.level, "authority for phones' certificates")
		})
	}
	t.Run("a name that phones use and the certificate doesn't have", func(t *testing.T) {
		t.Parallel()
		certificate, key := certificateFiles(t, now.Add(-day), now.Add(90*day))
		cfg := settingsFor(t, "", "REGISTRARD_LISTEN=tls://:5061?advertise=pbx.example.com,wss://:443?domain=sip.example.com",
			"REGISTRARD_TLS_CERTIFICATE="+certificate, "REGISTRARD_TLS_KEY="+key)
		found := certificates(&cfg, now)
		want(t, found, "certificate", Warn, "pbx.example.com")
		if len(found) != 2 {
			t.Errorf("%+v", found)
		}
	})
	t.Run("a key of another certificate", func(t *testing.T) {
		t.Parallel()
		certificate, _ := certificateFiles(t, now.Add(-day), now.Add(90*day))
		_, key := certificateFiles(t, now.Add(-day), now.Add(90*day))
		cfg := config.Config{TLS: config.TLS{Certificate: certificate, Key: key}}
		want(t, certificates(&cfg, now), "certificate", Bad, "one and the same key")
	})
	t.Run("a file of authorities without any", func(t *testing.T) {
		t.Parallel()
		certificate, key := certificateFiles(t, now.Add(-day), now.Add(90*day))
		cfg := config.Config{TLS: config.TLS{Certificate: certificate, Key: key, ClientCA: key}}
		want(t, certificates(&cfg, now), "certificate", Bad, "no phone can connect")
	})
}
