package doctor

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"strings"
	"time"

	"registrard/config"
)

// Days before the end of a certificate: to be renewed, and to be worried.
const (
	certificateSoon = 21 * 24 * time.Hour
	certificateNow  = 3 * 24 * time.Hour
)

// certificates judges the files of tls at the time now.
func certificates(c *config.Config, now time.Time) []Finding {
	l := &list{area: "certificate"}
	secure := false
	for _, ln := range c.Listen {
		secure = secure || ln.Secure()
	}
	if c.TLS.Certificate == "" {
		if !secure {
			l.ok("none is needed: no listener is tls or wss")
		}
		return l.findings
	}
	pair, err := tls.LoadX509KeyPair(c.TLS.Certificate, c.TLS.Key)
	if err != nil {
		l.bad("check tls.certificate and tls.key: PEM files, readable by the user that the node runs as, of one and the same key", "%v", err)
		return l.findings
	}
	leaf := pair.Leaf
	dates(l, "the certificate for "+strings.Join(names(leaf), ", "), leaf, now)
	for i, raw := range pair.Certificate[1:] {
		above, err := x509.ParseCertificate(raw)
		if err != nil {
			l.bad("write it anew", "certificate %d of %s can't be read: %v", i+2, c.TLS.Certificate, err)
			continue
		}
		dates(l, "the signer's certificate "+above.Subject.String(), above, now)
	}
	if len(pair.Certificate) == 1 && leaf.Issuer.String() != leaf.Subject.String() {
		l.warn("append the certificates of those who signed it to tls.certificate (fullchain.pem)",
			"tls.certificate holds no certificate of %s, who signed it: phones that know only the root refuse it", leaf.Issuer)
	}
	for _, ln := range c.Listen {
		name := advertised(ln)
		if name == "" || !ln.Secure() {
			continue
		}
		if err := leaf.VerifyHostname(name); err != nil {
			l.warn("order one for that name too", "phones that reach %s as %s refuse the certificate: %v", ln, name, err)
		}
	}
	clientCA(l, c.TLS.ClientCA, now)
	return l.findings
}

// advertised is the host of a listener's advertise, or its domain.
func advertised(ln config.Listener) string {
	if host, _, err := net.SplitHostPort(ln.Advertise); err == nil {
		return host
	}
	if ln.Advertise != "" {
		return ln.Advertise
	}
	return ln.Domain
}

func names(c *x509.Certificate) []string {
	out := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		out = append(out, ip.String())
	}
	if len(out) == 0 {
		out = append(out, c.Subject.CommonName+" (its subject; phones look at the names alone)")
	}
	return out
}

func dates(l *list, what string, c *x509.Certificate, now time.Time) {
	left := c.NotAfter.Sub(now)
	const day = 24 * time.Hour
	switch {
	case now.Before(c.NotBefore):
		l.bad("check this machine's clock, or take the old one until then", "%s is valid only from %s", what, c.NotBefore.UTC().Format(time.DateTime))
	case left < 0:
		l.bad("renew it now; the node takes the new files over by itself within a minute", "%s has expired, on %s", what, c.NotAfter.UTC().Format(time.DateTime))
	case left < certificateNow:
		l.bad("renew it; the node takes the new files over by itself within a minute", "%s expires in %d hours, on %s", what, int(left.Hours()), c.NotAfter.UTC().Format(time.DateTime))
	case left < certificateSoon:
		l.warn("renew it; the node takes the new files over by itself within a minute", "%s expires in %d days, on %s", what, int(left/day), c.NotAfter.UTC().Format(time.DateOnly))
	default:
		l.ok("%s is valid for %d days more, until %s", what, int(left/day), c.NotAfter.UTC().Format(time.DateOnly))
	}
}

// clientCA judges the authorities that phones' certificates must come from.
func clientCA(l *list, file string, now time.Time) {
	if file == "" {
		return
	}
	rest, err := os.ReadFile(file)
	if err != nil {
		l.bad("check tls.client_ca", "%v", err)
		return
	}
	found := 0
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			l.bad("write it anew", "a certificate in tls.client_ca can't be read: %v", err)
			continue
		}
		found++
		dates(l, "the authority for phones' certificates "+c.Subject.String(), c, now)
	}
	if found == 0 {
		l.bad("want the authorities' certificates as PEM", "tls.client_ca holds no certificate: no phone can connect")
	}
}
