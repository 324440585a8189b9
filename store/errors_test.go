package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"registrard/store/storetest"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	code := func(c string) error { return fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: c, Severity: "ERROR"}) }
	for name, c := range map[string]struct {
		err  error
		want class
	}{
		"57P01 admin_shutdown is unavailable":                {code("57P01"), classUnavailable},
		"57P03 cannot_connect_now is unavailable":            {code("57P03"), classUnavailable},
		"53300 too_many_connections is unavailable":          {code("53300"), classUnavailable},
		"53100 disk_full is unavailable":                     {code("53100"), classUnavailable},
		"08P01 from PgBouncer is unavailable":                {code("08P01"), classUnavailable},
		"57014 query_canceled is unavailable":                {code("57014"), classUnavailable},
		"42P01 undefined_table is unavailable, never absent": {code("42P01"), classUnavailable},
		"42501 insufficient_privilege is unavailable":        {code("42501"), classUnavailable},
		"25006 read_only_sql_transaction":                    {code("25006"), classReadOnly},
		"40001 serialization_failure is tried again":         {code("40001"), classRetry},
		"40P01 deadlock_detected is tried again":             {code("40P01"), classRetry},
		"26000 behind a pooler is tried again":               {code("26000"), classRetry},
		"22001 string too long is the values":                {code("22001"), classData},
		"22021 not in the encoding is the values":            {code("22021"), classData},
		"23514 check_violation is the values":                {code("23514"), classData},
		"54000 index row too long is the values":             {code("54000"), classData},
		"P0001 raised by a trigger is the values":            {code("P0001"), classData},
		"EOF is unavailable":                                 {io.ErrUnexpectedEOF, classUnavailable},
		"a deadline is unavailable":                          {context.DeadlineExceeded, classUnavailable},
		"a closed connection is unavailable":                 {pgconn.ErrConnClosed, classUnavailable},
		"what nobody knows is unavailable":                   {errors.New("?"), classUnavailable},
	} {
		if got := classify(c.err); got != c.want {
			t.Errorf("%s: class %d, want %d", name, got, c.want)
		}
	}
	if !errors.Is(unknown("commit", io.EOF), ErrUnavailable) || errors.Is(refusedValues(code("22001")), ErrUnavailable) {
		t.Error("ErrUnknownOutcome is ErrUnavailable, ErrData is not")
	}
}

// TestLongValuesAreCut: what doesn't fit its column is cut, on every schema,
// and a refresh with the same long values goes the fast way.
func TestLongValuesAreCut(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			s := startReady(t, db.URL, nil)
			for cseq := uint32(1); cseq <= 3; cseq++ {
				c := register(anAOR("6001", 1), "sip:p@192.0.2.1", "call", cseq, 3600)
				w := &c.Wanted[0].Contact
				w.UserAgent, w.RegServer, w.ViaAddr = strings.Repeat("Phone; ", 100)+"\xff\x00", strings.Repeat("node", 80), strings.Repeat("v6.example.", 20)
				w.OutboundProxy = strings.Repeat("sip:proxy;lr", 40)
				w.Path = []string{"<sip:" + strings.Repeat("p", 900) + ";lr>"}
				if r := mustCommit(t, s.Store, c); len(r.After) != 1 {
					t.Fatalf("after: %+v", r.After)
				}
			}
			if n := changesOf(s.Store, laneRefresh); n != 2 {
				t.Errorf("%v refreshes went the fast way, want 2", n)
			}
		})
	}
}
