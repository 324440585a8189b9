package store

import (
	"context"
	"sync/atomic"
	"time"
)

// clock is the database's, as an offset from this process's monotonic clock.
type clock struct {
	// reading is nil until the database was asked.
	reading atomic.Pointer[reading]
}

// reading is what the database's clock said, and when.
type reading struct {
	local    time.Time // with its monotonic part
	database time.Time
	trip     time.Duration
}

// Now is the database's clock, without asking it: as of the last heartbeat,
// carried on by the local monotonic clock, so that a step of the local wall
// clock changes nothing. It is off by at most half a round trip. Before the
// first answer it is the local clock.
func (s *membership) Now() time.Time {
	r := s.clock.reading.Load()
	if r == nil {
		return time.Now()
	}
	return r.database.Add(time.Since(r.local))
}

// worthless is a round trip after which a reading says less than an older one.
const worthless = 250 * time.Millisecond

const readClockOfPrimary = `SELECT /* registrard:read_clock_of_primary */ clock_timestamp(), pg_is_in_recovery()`

// measureClock reads the database's clock, and fails on a server in recovery.
func (s *membership) measureClock(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Deadline)
	defer cancel()
	c, err := acquire(ctx, s.pool)
	if err != nil {
		return err
	}
	var database time.Time
	var recovering bool
	sent := time.Now()
	err = c.QueryRow(ctx, readClockOfPrimary).Scan(&database, &recovering)
	trip := time.Since(sent)
	s.giveBack(c, err)
	if err != nil {
		return unavailable("read the clock", err)
	}
	if recovering {
		// Its connections are of no use, and a new one may find the primary.
		s.forgetConnections()
		return errStale
	}
	if old := s.clock.reading.Load(); old != nil && trip > worthless && trip > old.trip {
		return nil
	}
	s.clock.reading.Store(&reading{local: sent.Add(trip / 2), database: database, trip: trip})
	return nil
}
