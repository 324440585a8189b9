package cache

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Confirmation: what memory says of ids may be some milliseconds behind the
// COMMIT that made them, and whoever shows credentials is worth a question.

const (
	// confirmsPerSecond questions are asked by a node, and as many at once after a
	// second without any: a flood of names can't ask more.
	confirmsPerSecond = 200
	// confirmsAtOnce are under way: connections are for phones.
	confirmsAtOnce = 4
)

// ErrBudget says that the database was not asked, because it was asked too much.
var ErrBudget = errors.New("the budget of questions about unknown names is used up")

// budget is a bucket of questions, and those under way.
type budget struct {
	mu    sync.Mutex
	left  float64
	at    time.Time
	under chan struct{}
}

func newBudget() *budget {
	return &budget{left: confirmsPerSecond, under: make(chan struct{}, confirmsAtOnce)}
}

// take takes one question at now, if there is one.
func (b *budget) take(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.at.IsZero() {
		b.left = min(confirmsPerSecond, b.left+now.Sub(b.at).Seconds()*confirmsPerSecond)
	}
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

// Confirm implements registrar.Confirmer: it asks whether endpoints of these ids
// are there, and if so forgets what it knew of them. The error is ErrBudget, or
// the database's.
func (c *Cache) Confirm(ctx context.Context, ids []string) (found bool, err error) {
	if len(ids) == 0 || c.ids.source == nil {
		return false, nil // each was asked for in the database anyway
	}
	if !c.confirms.take(time.Now()) {
		return false, ErrBudget
	}
	select {
	case c.confirms.under <- struct{}{}:
		defer func() { <-c.confirms.under }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	there, err := c.ids.source.EndpointIDs(ctx, ids)
	if err != nil || len(there) == 0 {
		return false, err
	}
	c.Changed("ps_endpoints", there)
	return true, nil
}
