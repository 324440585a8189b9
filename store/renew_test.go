package store

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"registrard/store/storetest"
	"registrard/view"
)

// TestRotatedPassword: a role's password is changed, in the database and in the
// file that the node has it from, and every connection is made anew: of the
// pools, LISTEN or the poll, what looks for changes that nothing announced, and
// the page.
func TestRotatedPassword(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		// from gives the URL of a node, and the function that changes the password where
		// it comes from.
		from func(t *testing.T, u *url.URL, o *Options) (change func(password string))
	}{
		{"database.url in a file", func(t *testing.T, u *url.URL, o *Options) func(string) {
			now := u.String()
			path := filepath.Join(t.TempDir(), "url")
			put(t, path, now)
			o.URL = now
			o.ReadURL = func() (string, error) { b, err := os.ReadFile(path); return string(b), err }
			return func(password string) {
				next := *u
				next.User = url.UserPassword(u.User.Username(), password)
				put(t, path, next.String())
			}
		}},
		{"passfile", func(t *testing.T, u *url.URL, o *Options) func(string) {
			path := filepath.Join(t.TempDir(), "pass")
			line := func(password string) { put(t, path, "*:*:*:"+u.User.Username()+":"+password+"\n") }
			password, _ := u.User.Password()
			line(password)
			without := *u
			without.User = url.User(u.User.Username())
			o.URL = withParameter(t, without.String(), "passfile", path)
			return line
		}},
		{"service", func(t *testing.T, u *url.URL, o *Options) func(string) {
			path := filepath.Join(t.TempDir(), "service")
			service := func(password string) {
				put(t, path, "[phones]\nhost="+u.Hostname()+"\nport="+u.Port()+"\ndbname="+strings.TrimPrefix(u.Path, "/")+
					"\nuser="+u.User.Username()+"\npassword="+password+"\nsslmode=disable\n")
			}
			password, _ := u.User.Password()
			service(password)
			o.URL = "postgres://?service=phones&servicefile=" + url.QueryEscape(path)
			return service
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			u, err := url.Parse(nodeRole(t, db))
			if err != nil {
				t.Fatal(err)
			}
			role := u.User.Username()
			var change func(string)
			s := startReady(t, u.String(), func(o *Options) {
				o.beforeLock = nil
				o.RowLocks = false
				seldom(o)
				change = c.from(t, u, o)
			})
			h := watch(t, s.Store)
			until(t, "changes to be heard", func() bool { return h.count("listening") == 1 })
			v, err := OpenViews(s.opt.URL, "test", s.opt.ReadURL)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(v.Close)
			mustCommit(t, s.Store, register(anAOR("6001", 1), "sip:6001@192.0.2.7:5060", "c", 1, 3600))

			exec(t, db, "ALTER ROLE "+role+" PASSWORD 'rotated'")
			if c, err := pgx.Connect(t.Context(), u.String()); err == nil {
				_ = c.Close(t.Context())
				t.Fatal("the server takes any password")
			}
			change("rotated")
			exec(t, db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", role)
			cseq := uint32(1)
			until(t, "a registration with the new password", func() bool {
				cseq++
				_, err := s.Commit(t.Context(), register(anAOR("6001", 1), "sip:6001@192.0.2.7:5060", "c", cseq, 3600))
				return err == nil
			})
			if form == listening { // who asks may go on where he was
				until(t, "LISTEN with the new password", func() bool { return h.count("listening") >= 2 })
			}
			exec(t, db, "INSERT INTO ps_endpoints (id) VALUES ('7001')")
			until(t, "a change to be heard with the new password", func() bool { return h.count("ps_endpoints 7001") >= 1 })
			simple(t, db, "SET session_replication_role = replica; INSERT INTO ps_endpoints (id) VALUES ('7002')")
			until(t, "a change that nothing announced to be seen with the new password", func() bool { return h.named("ps_endpoints 7002") })
			if _, err := v.Contacts(t.Context(), view.Filter{Limit: 1}); err != nil {
				t.Errorf("the page: %v", err)
			}
		})
	}
}

// TestRenewal: what can't be used leaves what could be read last.
func TestRenewal(t *testing.T) {
	t.Parallel()
	const first = "postgres://u:geheim@h1:1,h2:2/d"
	for _, c := range []struct {
		name, next string
		err        error
		want       string // the password that is used
		warning    string
	}{
		{"another password", "postgres://u:neu@h1:1,h2:2/d", nil, "neu", ""},
		{"another user", "postgres://v:neu@h1:1,h2:2/d", nil, "neu", ""},
		{"another way to encrypt", "postgres://u:neu@h1:1,h2:2/d?sslmode=disable", nil, "neu", ""},
		{"a file that can't be read", "", errors.New("it is gone"), "geheim", "it is gone"},
		{"half a file", "postgres://u:ne%", nil, "geheim", "can't be read"},
		{"a certificate that isn't there", "postgres://u:neu@h1:1,h2:2/d?sslmode=verify-full&sslrootcert=/nowhere", nil, "geheim", "can't be read"},
		{"no password", "postgres://u@h1:1,h2:2/d?passfile=/nowhere", nil, "geheim", "no password any more"},
		{"another server", "postgres://u:neu@h1:1,h3:3/d", nil, "geheim", "restart the node"},
		{"another database", "postgres://u:neu@h1:1,h2:2/e", nil, "geheim", "restart the node"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			told := &lockedBuffer{}
			log := slog.New(slog.NewTextHandler(told, nil))
			r, err := newRenewal("database.url", first, func() (string, error) { return c.next, c.err }, log)
			if err != nil {
				t.Fatal(err)
			}
			config, err := pgx.ParseConfig(first)
			if err != nil {
				t.Fatal(err)
			}
			r.into(config)
			r.into(config)
			if config.Password != c.want || config.Host != "h1" {
				t.Errorf("%s at %s", config.Password, config.Host)
			}
			text := told.String()
			if c.warning == "" && text != "" || !strings.Contains(text, c.warning) || strings.Count(text, "\n") > 1 {
				t.Errorf("told %q, want once %q", text, c.warning)
			}
			if strings.Contains(text, "geheim") || strings.Contains(text, "neu") {
				t.Errorf("a password is told: %s", text)
			}
		})
	}
	t.Run("root certificate, client certificate and key", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		ca, cert, key := filepath.Join(dir, "ca"), filepath.Join(dir, "cert"), filepath.Join(dir, "key")
		issue := func() { selfSigned(t, ca, key); selfSigned(t, cert, key) }
		issue()
		text := "host=h dbname=d user=u sslmode=verify-full sslrootcert=" + ca + " sslcert=" + cert + " sslkey=" + key
		r, err := newRenewal("database.url", text, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		config, err := pgx.ParseConfig(text)
		if err != nil {
			t.Fatal(err)
		}
		before := config.TLSConfig
		issue()
		r.into(config)
		if config.TLSConfig.RootCAs.Equal(before.RootCAs) {
			t.Error("the root certificate is the old one")
		}
		if string(config.TLSConfig.Certificates[0].Certificate[0]) == string(before.Certificates[0].Certificate[0]) {
			t.Error("the client's certificate is the old one")
		}
		renewed := config.TLSConfig
		put(t, key, "half a k")
		r.into(config)
		if !config.TLSConfig.RootCAs.Equal(renewed.RootCAs) {
			t.Error("what could be read last is gone")
		}
	})
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// selfSigned writes a certificate and its key.
func selfSigned(t *testing.T, certificate, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	put(t, certificate, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	put(t, key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
}
