package cache

import (
	"context"
	"errors"

	"registrard/asterisk"
)

// Held is what a Cache knows without asking the database: identify.Directory
// for who can't wait. It is safe for concurrent use.
type Held struct{ cache *Cache }

// Held gives the view.
func (c *Cache) Held() Held { return Held{c} }

// ErrNotHeld says that the database would have to be asked.
var ErrNotHeld = errors.New("not in the cache")

// Endpoint is Cache.Endpoint, with ErrNotHeld where that would load.
func (h Held) Endpoint(_ context.Context, id string) (*asterisk.Endpoint, error) {
	if e, held := h.cache.heldEndpoint(id); held {
		return e, nil
	}
	return nil, ErrNotHeld
}

// Site is Cache.Site, with ErrNotHeld where that would load.
func (h Held) Site(context.Context) (*asterisk.Site, error) {
	if s := h.cache.heldSite(); s != nil {
		return s, nil
	}
	return nil, ErrNotHeld
}
