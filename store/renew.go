package store

import (
	"errors"
	"log/slog"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// renewal reads again, for each new connection, who to be and whom to trust: the
// connection text where it comes from a file, and the files that it leads to (a
// service, a password, certificates, a key). They are changed while nodes run,
// and a node that went on with the first ones would be out of the database as
// soon as its connections end.
type renewal struct {
	key  string
	text string
	// read gives the text anew; nil: it stays.
	read func() (string, error)
	log  *slog.Logger // nil for none

	mu   sync.Mutex
	good *pgconn.Config
	told string
}

func newRenewal(key, text string, read func() (string, error), log *slog.Logger) (*renewal, error) {
	good, err := pgconn.ParseConfig(text)
	if err != nil {
		return nil, dsnMistake(key)
	}
	return &renewal{key: key, text: text, read: read, log: log, good: good}, nil
}

// into gives c what is to be used now. While something can't be read, as in the
// middle of a change, that is what could be read last.
func (r *renewal) into(c *pgx.ConnConfig) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fresh, err := r.again()
	switch {
	case err == nil:
		r.good, r.told = fresh, ""
	case r.told != err.Error():
		r.told = err.Error()
		if r.log != nil {
			r.log.Warn("new connections go on with the credentials that could be read last", "key", r.key, "error", err)
		}
	}
	// All that may differ between hosts belongs together.
	c.Host, c.Port, c.TLSConfig, c.Fallbacks = r.good.Host, r.good.Port, r.good.TLSConfig, slices.Clone(r.good.Fallbacks)
	c.User, c.Password, c.SSLCertMode, c.SSLNegotiation = r.good.User, r.good.Password, r.good.SSLCertMode, r.good.SSLNegotiation
}

// again never gives pgx's errors: they may hold a password.
func (r *renewal) again() (*pgconn.Config, error) {
	text := r.text
	if r.read != nil {
		var err error
		if text, err = r.read(); err != nil {
			return nil, err
		}
	}
	fresh, err := pgconn.ParseConfig(text)
	switch {
	case err != nil:
		return nil, errors.New("the connection text can't be read, or a file that it names")
	case fresh.Database != r.good.Database || !slices.Equal(serversOf(fresh), serversOf(r.good)):
		// Half of the connections would write there, and half here.
		return nil, errors.New("it leads to another server or database than at the start: restart the node to go there")
	case fresh.Password == "" && r.good.Password != "":
		return nil, errors.New("there is no password any more, where there was one")
	}
	return fresh, nil
}

// serversOf are the servers of a configuration, each once, in their order.
func serversOf(c *pgconn.Config) []pgconn.FallbackConfig {
	servers := []pgconn.FallbackConfig{{Host: c.Host, Port: c.Port}}
	for _, f := range c.Fallbacks {
		server := pgconn.FallbackConfig{Host: f.Host, Port: f.Port}
		if !slices.Contains(servers, server) {
			servers = append(servers, server)
		}
	}
	return servers
}

// Renew has all connections of the pools made anew, with the credentials of now.
func (s *connections) Renew() { s.forgetConnections() }

// Renew has all connections made anew, with the credentials of now.
func (v *Views) Renew() { v.pool.Reset() }
