package store

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// NonceKey is a key under which digest nonces are made: any node's nonce is
// good on every node.
type NonceKey struct {
	ID     uint16
	Secret []byte
	// NotBefore is when nonces are first made with it, by the database's clock;
	// by then every node has loaded it.
	NotBefore time.Time
}

// The statements of registrard_nonce_keys.

const selectKeys = `SELECT /* registrard:select_nonce_keys */ id, secret, created_at, not_before, clock_timestamp()
FROM registrard_nonce_keys ORDER BY not_before DESC, id DESC`

// insertKey waits for another node that makes a key with the same id at the
// same time, and then leaves that one in place: so one key is made, without a lock.
const insertKey = `INSERT /* registrard:insert_nonce_key */ INTO registrard_nonce_keys (id, secret, created_at, not_before)
VALUES ($1, $2, clock_timestamp(), clock_timestamp() + make_interval(secs => $3)) ON CONFLICT (id) DO NOTHING`

// forgetKeys deletes keys whose successor has been in force for $1 seconds.
const forgetKeys = `DELETE /* registrard:forget_nonce_keys */ FROM registrard_nonce_keys k
WHERE EXISTS (SELECT FROM registrard_nonce_keys n WHERE n.not_before > k.not_before AND n.not_before < clock_timestamp() - make_interval(secs => $1))`

const (
	// keyLead is how long before its use a key is made: two looks of each node.
	keyLead = 2 * keysEvery
	// keyKept is how long a key is good after its successor came into force.
	keyKept = 48 * time.Hour
	// keyBytes is the length of a secret: as long as the hash under HMAC-SHA-256.
	keyBytes = 32
)

// keyRow is a NonceKey with its age.
type keyRow struct {
	NonceKey
	created time.Time
}

// keys are those that were loaded last.
type keys struct {
	mu   sync.Mutex
	held []NonceKey
}

// Keys are the nonce keys that are good, the newest first; nil before the
// database was asked.
func (s *membership) Keys() []NonceKey {
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	return slices.Clone(s.keys.held)
}

// loadKeys reads the keys, and makes one when there is none or the newest is
// old. OnKeys is told when they changed.
func (s *membership) loadKeys(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Deadline)
	defer cancel()
	var rows []keyRow
	err := s.onConnection(ctx, func(c *pgx.Conn) error {
		var now time.Time
		var err error
		if rows, now, err = readKeys(ctx, c); err != nil {
			return err
		}
		if !s.keyIsDue(rows, now) {
			return nil
		}
		rows, err = s.makeKey(ctx, c)
		return err
	})
	if err != nil {
		return unavailable("load the nonce keys", err)
	}
	loaded := make([]NonceKey, len(rows))
	for i, r := range rows {
		loaded[i] = r.NonceKey
	}
	s.keys.mu.Lock()
	same := slices.EqualFunc(loaded, s.keys.held, func(a, b NonceKey) bool { return a.ID == b.ID && a.NotBefore.Equal(b.NotBefore) })
	s.keys.held = loaded
	s.keys.mu.Unlock()
	if !same && s.opt.OnKeys != nil {
		s.opt.OnKeys(slices.Clone(loaded))
	}
	return nil
}

// keyIsDue says that there is no key, or that the newest needs a successor.
func (s *membership) keyIsDue(rows []keyRow, now time.Time) bool {
	return len(rows) == 0 || now.Sub(rows[0].created) >= s.opt.KeyRotation
}

// makeKey inserts a key unless another node was faster, and gives all keys.
func (s *membership) makeKey(ctx context.Context, c *pgx.Conn) ([]keyRow, error) {
	var all []keyRow
	err := pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		rows, now, err := readKeys(ctx, c)
		if err != nil {
			return err
		}
		if !s.keyIsDue(rows, now) {
			all = rows
			return nil
		}
		secret := make([]byte, keyBytes)
		if _, err := rand.Read(secret); err != nil {
			return err
		}
		var id uint16 // the first key is good at once: no node has another
		var lead time.Duration
		if len(rows) > 0 {
			id, lead = rows[0].ID+1, keyLead // after 65535 comes 0
		}
		if _, err := tx.Exec(ctx, insertKey, int32(id), secret, lead.Seconds()); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, forgetKeys, keyKept.Seconds()); err != nil {
			return err
		}
		all, _, err = readKeys(ctx, c)
		return err
	})
	if err == nil && len(all) == 0 {
		err = errors.New("registrard_nonce_keys stays empty; does a trigger or rule swallow the rows?")
	}
	return all, err
}

func readKeys(ctx context.Context, c *pgx.Conn) (all []keyRow, now time.Time, err error) {
	rows, err := c.Query(ctx, selectKeys)
	if err != nil {
		return nil, now, err
	}
	defer rows.Close()
	for rows.Next() {
		var r keyRow
		var id int32
		if err := rows.Scan(&id, &r.Secret, &r.created, &r.NotBefore, &now); err != nil {
			return nil, now, err
		}
		r.ID = uint16(id) // what a person inserted beyond it is good for nothing, and harms nothing
		all = append(all, r)
	}
	return all, now, rows.Err()
}
