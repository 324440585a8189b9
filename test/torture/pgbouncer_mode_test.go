//go:build torture

package torture

import (
	"testing"
	"time"

	"registrard/test/rig"
)

// TestPgBouncerWithoutMode leaves pgx's own mode, which prepares statements on
// connections that another client has next: many requests fail, and each of
// them must be a 503, never a wrong answer or a lost registration.
func TestPgBouncerWithoutMode(t *testing.T) {
	t.Parallel()
	s := newSite(t, "", nil)
	url := rig.DatabaseURL("127.0.0.1", s.startPgBouncer().port)
	a, b := launchNode(t, url, "a"), launchNode(t, url, "b")
	l := startLoad(t, loadOptions{steady: 8, single: 8, targets: udp(a, b)})
	if err := rig.Within(30*time.Second, "200 answers", func() bool { return l.count(200)+l.count(503) >= 200 }); err != nil {
		t.Fatal(err)
	}
	l.end()
	l.complaints()
	v, err := l.book.check(t.Context(), s.pool)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range v.wrong {
		t.Error(w)
	}
	note("%-36s %12d %8d %11s %16s   %s", "PgBouncer, no mode named", v.acknowledged, v.found, "", "", l.summary())
}
