package store

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"registrard/asterisk"
	"registrard/reason"
)

// Flows that are gone: a contact behind a stream connection ends with it.

// deleteDropped deletes contact $1[i] if it still hangs on flow $2[i] of this
// boot; a phone that has registered again over another connection keeps its row.
const deleteDropped = `DELETE /* registrard:delete_dropped */ FROM ps_contacts c
USING unnest($1::text[], $2::text[]) AS d(id, flow)
WHERE c.id = ANY(ARRAY[d.id]) AND c.flow = d.flow AND c.boot_id = $3 AND c.expiration_time <> 0
AND (SELECT set_config('registrard.why', 'flow_lost', true)) IS NOT NULL` + returningLost

// returningLost is what lost reads.
const returningLost = `
RETURNING c.aor::text, coalesce(c.endpoint::text, ''), c.uri::text, c.source_addr, coalesce(c.transport, ''), coalesce(c.user_agent::text, '')`

// drop is one contact of a flow that is gone.
type drop struct{ id, flow string }

// DropFlow removes the contacts with these ids that still hang on a stream
// connection that is gone. It does not block; when more is waiting than the
// queue holds, the contacts stay until they expire.
func (s *sweeper) DropFlow(flow string, contactIDs []string) {
	for i, id := range contactIDs {
		select {
		case s.drops <- drop{id: id, flow: flow}:
		default:
			s.metrics.dropsLost.Add(float64(len(contactIDs) - i))
			s.log.Warn("contacts of a closed connection stay until they expire: too many connections closed at once",
				"flow", flow, "count", len(contactIDs)-i)
			return
		}
	}
}

// dropFlows deletes what DropFlow was told, as soon as the database can.
func (s *sweeper) dropFlows(ctx context.Context) error {
	for {
		var batch []drop
		select {
		case d := <-s.drops:
			batch = append(batch, d)
		case <-ctx.Done():
			// The connections that end with this process are told while it stops.
			s.deleteDropped(s.moreDrops(nil), time.Now().Add(s.opt.Deadline))
			return nil
		}
		for batch = s.moreDrops(batch); !s.deleteDropped(batch, time.Now().Add(s.opt.Deadline)); {
			sleep(ctx, jitter(recheckEvery))
			if ctx.Err() != nil {
				return nil
			}
		}
	}
}

// moreDrops takes what waits, up to a batch.
func (s *sweeper) moreDrops(batch []drop) []drop {
	for len(batch) < s.opt.BatchSize {
		select {
		case d := <-s.drops:
			batch = append(batch, d)
		default:
			return batch
		}
	}
	return batch
}

// deleteDropped says whether the deletion is done.
func (s *sweeper) deleteDropped(batch []drop, deadline time.Time) bool {
	if len(batch) == 0 {
		return true
	}
	slices.SortFunc(batch, func(a, b drop) int { return strings.Compare(a.id, b.id) })
	ids, flows := make([]string, len(batch)), make([]string, len(batch))
	for i, d := range batch {
		ids[i], flows[i] = d.id, d.flow
	}
	// Also at the end of the node, whose connections end with it.
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	var gone []Failure
	err := s.onConnection(ctx, func(c *pgx.Conn) error {
		b := &pgx.Batch{}
		b.Queue(begin)
		b.Queue(pinPlans, s.patience(), true)
		b.Queue(deleteDropped, ids, flows, s.opt.BootID)
		return sendCommit(ctx, c, b, func(results pgx.BatchResults) error {
			for range 2 {
				if _, err := results.Exec(); err != nil {
					return err
				}
			}
			rows, err := results.Query()
			if err == nil {
				gone, err = lost(rows, "its connection ended")
			}
			return err
		})
	})
	if err != nil && classify(err) == classData {
		s.log.Warn("contacts of closed connections stay until they expire", "error", err)
		return true // it would fail again
	}
	if err == nil {
		s.noteLost(gone)
	}
	return err == nil
}

// lost reads the contacts that went with a connection, as failures for why.
func lost(rows pgx.Rows, detail string) ([]Failure, error) {
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Failure, error) {
		var aor, uri *string
		var from *netip.Addr
		f := Failure{Reason: flowLost, Hint: reason.FlowLost.Hint}
		err := row.Scan(&aor, &f.Endpoint, &uri, &from, &f.Transport, &f.UserAgent)
		if aor != nil {
			f.AOR = *aor
		}
		if uri != nil {
			f.Detail = detail + "; the contact was " + asterisk.Unescape(*uri)
		}
		if from != nil {
			f.Source = from.Unmap()
		}
		f.Endpoint, f.UserAgent = asterisk.Unescape(f.Endpoint), asterisk.Unescape(f.UserAgent)
		f.Username = f.Endpoint
		if f.Username == "" {
			f.Username = f.AOR
		}
		return f, err
	})
}

// noteLost keeps what is known of lost contacts for people.
func (s *sweeper) noteLost(gone []Failure) {
	for _, f := range gone {
		if f.Source.IsValid() {
			s.note(f)
		}
	}
}
