package torture

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/test/rig"
)

// book writes down what phones were promised, and holds it against the view
// registrations.
type book struct {
	mu    sync.Mutex
	pages map[string]*page // by contact
}

// page is one contact. Only one phone, with one Call-ID, writes about it, one
// request after the other.
type page struct {
	callID string
	// acknowledged is the newest request that got a 200; nil for none.
	acknowledged *entry
	// open holds requests with a higher CSeq that were sent and have no 200:
	// written or not, nobody knows.
	open map[int]entry
}

// entry is one request.
type entry struct {
	sent    rig.Sent
	granted int // seconds; 0 took the contact away
}

func newBook() *book { return &book{pages: map[string]*page{}} }

// sending notes a request before it goes out. Without credentials nothing is
// written for it.
func (b *book) sending(callID string, sent rig.Sent) {
	if !sent.Credentials {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.pages[sent.Contact]
	if p == nil {
		p = &page{callID: callID, open: map[int]entry{}}
		b.pages[sent.Contact] = p
	}
	p.open[sent.CSeq] = entry{sent: sent}
}

// answered notes a 200, and says what is wrong with it.
func (b *book) answered(sent rig.Sent, a rig.Answer) error {
	granted, listed := a.Granted(sent.Contact)
	switch {
	case sent.Expires > 0 && !listed:
		return fmt.Errorf("a 200 doesn't list the contact that it acknowledges: %s", a.Raw)
	case sent.Expires == 0 && listed:
		return fmt.Errorf("a 200 lists the contact that was removed: %s", a.Raw)
	case sent.Expires > 0 && (granted > sent.Expires || granted < sent.Expires-10):
		return fmt.Errorf("%d s were asked for, %d granted: %s", sent.Expires, granted, a.Raw)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.pages[sent.Contact]
	if p.acknowledged != nil && p.acknowledged.sent.CSeq > sent.CSeq {
		return nil // a late answer to an older request
	}
	p.acknowledged = &entry{sent: sent, granted: granted}
	for cseq := range p.open {
		if cseq <= sent.CSeq {
			delete(p.open, cseq)
		}
	}
	return nil
}

// row is a contact as psql shows it.
type row struct {
	callID  string
	cseq    int
	expires time.Time
}

// verdict is what the check of a book found.
type verdict struct {
	acknowledged, found int
	wrong               []string
}

// check compares the book with what the view shows. Nobody may register meanwhile.
func (b *book) check(ctx context.Context, pool *pgxpool.Pool) (verdict, error) {
	rows, err := pool.Query(ctx, `SELECT contact, coalesce(call_id, ''), coalesce(cseq, 0), expires_at FROM registrations`)
	if err != nil {
		return verdict{}, fmt.Errorf("reading registrations: %w", err)
	}
	defer rows.Close()
	seen := map[string]row{}
	for rows.Next() {
		var contact string
		var r row
		if err := rows.Scan(&contact, &r.callID, &r.cseq, &r.expires); err != nil {
			return verdict{}, fmt.Errorf("reading registrations: %w", err)
		}
		seen[contact] = r
	}
	if err := rows.Err(); err != nil {
		return verdict{}, fmt.Errorf("reading registrations: %w", err)
	}
	return b.compare(seen), nil
}

func (b *book) compare(seen map[string]row) verdict {
	b.mu.Lock()
	defer b.mu.Unlock()
	var v verdict
	for contact, p := range b.pages {
		r, there := seen[contact]
		promised := p.acknowledged != nil && p.acknowledged.granted > 0
		if promised {
			v.acknowledged++
		}
		if problem := p.problem(r, there); problem != "" {
			v.wrong = append(v.wrong, contact+" "+problem)
		} else if promised {
			v.found++
		}
	}
	slices.Sort(v.wrong)
	return v
}

// problem says what speaks against the row, "" for nothing.
func (p *page) problem(r row, there bool) string {
	var openRemoval bool
	for _, e := range p.open {
		openRemoval = openRemoval || e.sent.Expires == 0
	}
	a := p.acknowledged
	if !there {
		if a == nil || a.granted == 0 || openRemoval {
			return ""
		}
		return fmt.Sprintf("was acknowledged (CSeq %d, at %s) and is not there", a.sent.CSeq, a.sent.First.Format(clockFormat))
	}
	if r.callID != p.callID {
		return fmt.Sprintf("has Call-ID %s, want %s", r.callID, p.callID)
	}
	if a != nil && r.cseq == a.sent.CSeq {
		switch {
		case a.granted == 0:
			return fmt.Sprintf("was removed (CSeq %d) and is there", r.cseq)
		// The column has whole seconds, rounded down.
		case r.expires.Before(a.sent.First.Add(time.Duration(a.granted)*time.Second - 1100*time.Millisecond)):
			return fmt.Sprintf("was acknowledged at %s for %d s and expires at %s", a.sent.First.Format(clockFormat), a.granted, r.expires.Format(clockFormat))
		}
		return ""
	}
	if e, ok := p.open[r.cseq]; ok && e.sent.Expires > 0 {
		return ""
	}
	if a == nil {
		return fmt.Sprintf("is there with CSeq %d, which nobody sent", r.cseq)
	}
	return fmt.Sprintf("is there with CSeq %d; acknowledged was %d (at %s), and that is not among those without an answer", r.cseq, a.sent.CSeq, a.sent.First.Format(clockFormat))
}

const clockFormat = "15:04:05.000"
