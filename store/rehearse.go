package store

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"registrard/asterisk"
	"registrard/rules"
)

// shortLocks has a rehearsal wait for nobody: it can be had again.
const shortLocks = `SELECT /* registrard:short_locks */ set_config('lock_timeout', '300ms', true)`

// somebodyThere is an endpoint and its AOR.
const somebodyThere = `SELECT /* registrard:somebody_there */ e.id::text, a.id::text
FROM (SELECT id, aors FROM ps_endpoints WHERE aors <> '' LIMIT 100) e JOIN ps_aors a ON a.id = e.aors LIMIT 1`

// ofSomebody says that err may come from whose contact it is: a foreign key, a
// CHECK, what a trigger raises.
func ofSomebody(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "23503" || pg.Code == "23514" || strings.HasPrefix(pg.Code, "P0"))
}

// rehearse runs the statements of a registration's life once, on a contact of
// somebody's who is there, as a site may hold its contacts against its endpoints
// and AORs, and rolls all back: what they meet, every phone would meet.
// nil, when a statement failed for what may pass by itself, or for want of a
// connection: others find that out.
func (s *membership) rehearse(ctx context.Context) error {
	const uri = "sip:rehearsal@192.0.2.1"
	table := s.table.Load()
	name := "rehearsal-" + s.opt.BootID
	name = name[:min(len(name), 40)] // older schemas' ps_contacts.endpoint
	endpoint, aor, somebody := name, name, true
	err := s.onConnection(ctx, func(c *pgx.Conn) error {
		err := c.QueryRow(ctx, somebodyThere).Scan(&endpoint, &aor)
		if errors.Is(err, pgx.ErrNoRows) {
			somebody = false
			return nil
		}
		return err
	})
	if err != nil {
		somebody = false // the steps will tell
	}
	contact := asterisk.Contact{ID: asterisk.ContactID(aor, name), AOR: aor, Endpoint: endpoint, URI: uri, ExpirationTime: 4_000_000_000,
		UserAgent: "registrard", RegServer: s.opt.Node, ViaAddr: "192.0.2.1", ViaPort: 5060, CallID: name, CSeq: 1, HasCSeq: true,
		Way: asterisk.Way{Node: s.opt.Node, BootID: s.opt.BootID, Listener: "udp://:5060", Transport: "udp", Source: netip.MustParseAddrPort("192.0.2.1:5060")}}
	row := rowOf(contact, false, table.widths)
	rows, err := encodeRows([]aorRow{row})
	if err != nil {
		return err
	}
	again := contact
	again.CSeq++
	again.Proof = 1 << 32
	refresh := refreshArguments([]*ticket{{refresh: rules.Refresh{Contact: &again, Seconds: 60}}}, table.widths, s.margin())
	steps := []struct {
		doing, sql string
		arguments  []any
	}{
		{"read an endpoint", loadEndpoints, []any{[]string{endpoint}}},
		{"read the site's settings", loadSite, nil},
		{"insert a contact", table.upsert, []any{rows, 1}},
		{"read contacts", table.selectRows, []any{[]string{aor}}},
		{"lock contacts", table.lock, []any{[]string{name}}},
		{"refresh a contact", refreshContacts, refresh},
		{"update a contact", touchContacts, []any{[]string{row.ID}, 1}},
		{"delete a contact", deleteContacts, []any{[]string{row.ID}, "rehearsal", 1}},
		{"write to the log of the server", emitMessage, nil},
	}
	var found error
	failed := s.onConnection(ctx, func(c *pgx.Conn) error {
		tx, err := c.Begin(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // nothing of it may stay
		if _, err := tx.Exec(ctx, shortLocks); err != nil {
			return err
		}
		for _, step := range steps {
			_, err := tx.Exec(ctx, step.sql, step.arguments...)
			switch {
			case isFault(err) && (somebody || !ofSomebody(err)):
				found = fmt.Errorf("this node can't %s: %s", step.doing, describe(err))
				return nil
			case err != nil:
				return err
			}
		}
		return nil
	})
	if found == nil && failed != nil {
		s.log.Debug("the rehearsal was broken off", "error", failed)
	}
	return found
}

// Rehearse is what a node does before it is ready: it looks at the tables and
// runs its statements once, rolled back. The error names what stands in the way.
func (s *membership) Rehearse(ctx context.Context) error { return s.learn(ctx) }

// isFault says that err comes from the tables, and not from the moment.
func isFault(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || classify(err) == classRetry {
		return false
	}
	for _, class := range []string{"0A", "21", "22", "23", "42", "44", "54", "55000", "P0"} {
		if strings.HasPrefix(pg.Code, class) {
			return true
		}
	}
	return false
}
