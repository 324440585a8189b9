package cache

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"registrard/asterisk"
)

// database is a Source whose rows carry versions that only grow, and where
// loads take a while: a version is read at some point in between.
type database struct {
	endpoints, aors [stressIDs]atomic.Int64 // version of a row; 0 is absent
	site            atomic.Int64
}

const stressIDs = 8

func pause() { <-time.After(time.Duration(rand.IntN(200)) * time.Microsecond) }

func (d *database) LoadEndpoint(ctx context.Context, id string) (*asterisk.Endpoint, error) {
	i, err := strconv.Atoi(id)
	if err != nil {
		return nil, err
	}
	pause()
	version, aor := d.endpoints[i].Load(), d.aors[i/2].Load()
	pause()
	if rand.IntN(20) == 0 {
		return nil, context.DeadlineExceeded
	}
	if version == 0 {
		return nil, nil
	}
	return &asterisk.Endpoint{ID: id, Transport: fmt.Sprint(version), AORNames: []string{fmt.Sprint(i / 2)},
		AORs: []asterisk.AOR{{MaxContacts: int(aor)}}}, nil
}

func (d *database) LoadSite(context.Context) (*asterisk.Site, error) {
	pause()
	version := d.site.Load()
	pause()
	return &asterisk.Site{Global: asterisk.Global{DefaultRealm: fmt.Sprint(version)}}, nil
}

func (d *database) EndpointIDs(context.Context, []string) ([]string, error) { return nil, nil }

func (d *database) EachEndpointID(_ context.Context, each func(string)) error {
	for i := range d.endpoints {
		pause()
		if d.endpoints[i].Load() > 0 {
			each(fmt.Sprint(i))
		}
	}
	pause()
	return nil
}

// TestNobodySeesWhatWasReplaced: a question that begins after Changed returned
// never gets an older version; while nobody listens it never gets one older
// than the rows had when it began. Two endpoints share each AOR.
func TestNobodySeesWhatWasReplaced(t *testing.T) {
	t.Parallel()
	d := &database{}
	c := newCache(t, Options{Source: d, IDs: d, MaxEndpoints: 4}) // smaller than the ids: eviction takes part
	// told are the versions that a question may count on.
	var told struct{ endpoints, aors [stressIDs]atomic.Int64 }
	var toldSite atomic.Int64

	var wire sync.RWMutex // held for reading to change a row and tell, for writing to lose and regain LISTEN
	deaf := false         // under wire
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()

	var workers sync.WaitGroup
	work := func(f func()) {
		workers.Go(func() {
			for ctx.Err() == nil {
				f()
			}
		})
	}
	work(func() { // the connection that listens
		wire.Lock()
		deaf = true
		c.Lost()
		wire.Unlock()
		for range 10 {
			pause()
		}
		wire.Lock()
		deaf = false
		c.Listening()
		wire.Unlock()
		for range 50 {
			pause()
		}
	})
	var filtered atomic.Int64
	work(func() {
		if err := c.readIDs(ctx); err != nil {
			t.Error(err)
		}
		if c.ids.filter.Load() != nil {
			filtered.Add(1)
		}
		pause()
	})
	writers := make([]sync.Mutex, 2*stressIDs+1) // one writer a row, as in PostgreSQL
	for range 2 {
		work(func() {
			pause()
			row := rand.IntN(len(writers))
			if rand.IntN(4) == 0 {
				row = 2 * stressIDs
			}
			writers[row].Lock()
			defer writers[row].Unlock()
			wire.RLock()
			defer wire.RUnlock()
			tell := func(table string, ids ...string) {
				if rand.IntN(4) == 0 {
					ids = nil
				}
				if !deaf {
					c.Changed(table, ids)
				}
			}
			switch i := row / 2; {
			case row == 2*stressIDs: // the Site's
				v := d.site.Add(1)
				tell("ps_globals", "x")
				toldSite.Store(v)
			case row%2 == 0:
				v := d.endpoints[i].Add(1)
				tell("ps_endpoints", fmt.Sprint(i))
				told.endpoints[i].Store(v)
			default:
				v := d.aors[i].Add(1)
				tell("ps_aors", fmt.Sprint(i))
				told.aors[i].Store(v)
			}
		})
	}
	var hits atomic.Int64
	for range 6 {
		work(func() {
			i := rand.IntN(stressIDs)
			endpoint, aor := told.endpoints[i].Load(), told.aors[i/2].Load()
			e, err := c.Endpoint(context.Background(), fmt.Sprint(i), true)
			switch {
			case err != nil:
			case e == nil:
				if endpoint > 0 {
					t.Errorf("endpoint %d is absent, was told version %d", i, endpoint)
				}
			default:
				hits.Add(1)
				if v, _ := strconv.ParseInt(e.Transport, 10, 64); v < endpoint {
					t.Errorf("endpoint %d has version %d, was told %d", i, v, endpoint)
				}
				if v := int64(e.AORs[0].MaxContacts); v < aor {
					t.Errorf("AOR %d has version %d, was told %d", i/2, v, aor)
				}
			}
		})
	}
	for range 2 {
		work(func() {
			site := toldSite.Load()
			s, err := c.Site(context.Background(), true)
			if err != nil {
				t.Error(err)
				return
			}
			if v, _ := strconv.ParseInt(s.Global.DefaultRealm, 10, 64); v < site {
				t.Errorf("the Site has version %d, was told %d", v, site)
			}
		})
	}
	workers.Wait()
	if hits.Load() == 0 || filtered.Load() == 0 {
		t.Error("nobody was answered: this test shows nothing")
	}
}
