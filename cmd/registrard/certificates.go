package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// certificates is the certificate of tls:// and wss:// listeners. It is read
// again on SIGHUP, and when one of its files has changed, which also suits
// those who swap a symlink.
type certificates struct {
	certFile, keyFile string
	log               *slog.Logger
	current           atomic.Pointer[tls.Certificate]

	mu   sync.Mutex // held while reading
	read [2]time.Time
}

// certificateInterval is the time between two looks at the files.
const certificateInterval = time.Minute

// newCertificates reads the files; without file names there is no certificate.
func newCertificates(certFile, keyFile string, log *slog.Logger) (*certificates, error) {
	c := &certificates{certFile: certFile, keyFile: keyFile, log: log}
	if certFile == "" {
		return c, nil
	}
	return c, c.reload()
}

// clientCAs reads the authorities that must have signed a phone's certificate;
// nil for no file.
func clientCAs(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading tls.client_ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("reading tls.client_ca: %s holds no PEM certificate", file)
	}
	return pool, nil
}

// get is tls.Config.GetCertificate.
func (c *certificates) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if cert := c.current.Load(); cert != nil {
		return cert, nil
	}
	return nil, errors.New("tls.certificate is not set")
}

// reload reads the files; when they can't be used the old certificate stays.
func (c *certificates) reload() error {
	if c.certFile == "" {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	changed := c.changed()
	cert, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("reading tls.certificate %s and tls.key %s: %w", c.certFile, c.keyFile, err)
	}
	c.read = changed
	c.current.Store(&cert)
	if cert.Leaf != nil && time.Now().After(cert.Leaf.NotAfter) {
		c.log.Warn("the certificate has expired", "file", c.certFile, "not_after", cert.Leaf.NotAfter)
	}
	return nil
}

// changed is when each file was last changed; zero for one that isn't there.
func (c *certificates) changed() [2]time.Time {
	var at [2]time.Time
	for i, file := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(file); err == nil {
			at[i] = info.ModTime()
		}
	}
	return at
}

// run looks at the files from time to time.
func (c *certificates) run(ctx context.Context) error {
	if c.certFile == "" {
		return nil
	}
	tick := time.NewTicker(certificateInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			c.mu.Lock()
			same := c.changed() == c.read
			c.mu.Unlock()
			if same {
				continue
			}
			if err := c.reload(); err != nil {
				c.log.Warn("the certificate is not taken over; the old one stays", "error", err)
			} else {
				c.log.Info("the certificate is taken over", "file", c.certFile)
			}
		}
	}
}

// expires is the end of the certificate in epoch seconds, 0 without one.
func (c *certificates) expires() float64 {
	if cert := c.current.Load(); cert != nil && cert.Leaf != nil {
		return float64(cert.Leaf.NotAfter.Unix())
	}
	return 0
}
