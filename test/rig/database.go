package rig

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/migrations"
)

// The role and the database that nodes use. The role is no superuser, as in
// life: the connections kept for superusers are not for it.
const (
	Role         = "app"
	RolePassword = "app"
	Database     = "reg"
)

// DatabaseURL is what a node is given for a server at host:port.
func DatabaseURL(host string, port int) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(Role, RolePassword),
		Host: net.JoinHostPort(host, strconv.Itoa(port)), Path: "/" + Database, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// MakeDatabase makes Role and Database over a superuser's URL of another
// database.
func MakeDatabase(ctx context.Context, superuser string) error {
	c, err := pgx.Connect(ctx, superuser)
	if err != nil {
		return fmt.Errorf("making a database: %w", err)
	}
	defer c.Close(ctx)
	for _, sql := range []string{
		"CREATE ROLE " + Role + " LOGIN PASSWORD '" + RolePassword + "'",
		"CREATE DATABASE " + Database + " OWNER " + Role,
	} {
		if _, err := c.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// Provision migrates Database and inserts endpoints, each with its auth and an
// AOR, the password "secret": `steady` of them s0, s1, … that hold several
// contacts, and `single` of them u0, u1, … that hold one. url is Role's.
func Provision(ctx context.Context, url string, steady, single int) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return fmt.Errorf("provisioning: %w", err)
	}
	defer pool.Close()
	if err := migrations.Up(ctx, pool, slog.New(slog.DiscardHandler)); err != nil {
		return fmt.Errorf("provisioning: %w", err)
	}
	const users = `WITH u AS (
  SELECT 's' || i AS id, 6 AS contacts FROM generate_series(0, $1::int - 1) i
  UNION ALL SELECT 'u' || i, 1 FROM generate_series(0, $2::int - 1) i),
a AS (INSERT INTO ps_aors (id, max_contacts, remove_existing) SELECT id, contacts, 'yes' FROM u),
b AS (INSERT INTO ps_auths (id, auth_type, username, password) SELECT id, 'userpass', id, 'secret' FROM u)
INSERT INTO ps_endpoints (id, aors, auth) SELECT id, id, id FROM u`
	if _, err := pool.Exec(ctx, users, steady, single); err != nil {
		return fmt.Errorf("provisioning: %w", err)
	}
	return nil
}
