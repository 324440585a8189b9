package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"registrard/asterisk"
	"registrard/rules"
)

// Preview decides c on what the AOR has now and writes nothing: what explain
// shows. It takes no lock, so it is no promise.
func (s *committer) Preview(ctx context.Context, c rules.Change) (rules.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Deadline)
	defer cancel()
	var contacts map[string][]asterisk.Contact
	var now time.Time
	var recovering bool
	err := s.onConnection(ctx, func(conn *pgx.Conn) error {
		b := &pgx.Batch{}
		b.Queue(s.table.Load().selectRows, []string{asterisk.Cut(c.AOR.ID, 0)})
		b.Queue(readClockOfPrimary)
		results := conn.SendBatch(ctx, b)
		err := func() error {
			rows, err := results.Query()
			if err != nil {
				return err
			}
			if contacts, err = readContacts(rows); err != nil {
				return err
			}
			return results.QueryRow().Scan(&now, &recovering)
		}()
		if failed := results.Close(); err == nil {
			err = failed
		}
		return err
	})
	switch {
	case err != nil:
		return rules.Result{}, unavailable("read the contacts", err)
	case recovering:
		return rules.Result{}, errStale
	}
	return c.Decide(contacts[c.AOR.ID], now), nil
}
