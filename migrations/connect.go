package migrations

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// connectTime bounds one attempt to connect, where the URL has no
// connect_timeout.
const connectTime = 10 * time.Second

// Connect opens a small pool for a command and asks the server for a sign of
// life. url is as database.url: a libpq URL or key=value string, or empty for
// libpq's environment. No error has the password in it.
func Connect(ctx context.Context, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The parser's own text may hold the password.
		return nil, errors.New("database.url can't be read; want postgres://user@host/name, or host=… user=… dbname=…")
	}
	WithoutLibpq(config.ConnConfig)
	config.MaxConns = 3
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectTime
	}
	config.ConnConfig.RuntimeParams["application_name"] = "registrard migrate"
	config.ConnConfig.RuntimeParams["client_encoding"] = "UTF8"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connecting to the database: %w", err)
	}
	return pool, nil
}

// Unreachable says whether an error of this package may pass by itself: the
// database isn't there, is starting or stopping, is a standby, or has no
// connection left. An error of the migration itself is none of these.
func Unreachable(err error) bool {
	var connect *pgconn.ConnectError
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &connect):
		return true
	case errors.As(err, &pg):
		for _, class := range []string{"08", "53", "57", "25006"} {
			if strings.HasPrefix(pg.Code, class) {
				return true
			}
		}
		return false
	}
	return errors.Is(err, pgconn.ErrConnClosed) || pgconn.Timeout(err) || errors.Is(err, context.DeadlineExceeded)
}
