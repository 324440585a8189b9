package store

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"registrard/store/storetest"
)

func TestCensus(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	exec(t, db, `INSERT INTO ps_contacts (id, uri, endpoint, reg_server, transport, expiration_time)
SELECT 'c' || row_number() OVER (), uri, 'a', n, transport, CASE WHEN expired THEN 1 ELSE 4102444800 END
FROM (VALUES ('node-1', 'udp', 'sip:a', false, 3), ('node-1', 'tls', 'sip:a', false, 2), ('node^3B2', 'udp', 'sip:a', false, 1),
  ('node-1', 'udp', 'sip:a', true, 7), ('asterisk', NULL, 'sip:a^3Btransport=tcp', false, 1),
  ('asterisk', NULL, 'sip:a^3Btransport=sctp', false, 1), ('asterisk', NULL, 'sip:a^3Btransport=quic', false, 1)) v (n, transport, uri, expired, many),
  LATERAL generate_series(1, many)`)
	registry := prometheus.NewRegistry()
	s, err := Open(t.Context(), Options{URL: db.URL, Registerer: registry, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n, err := testutil.GatherAndCount(registry, "registrard_contacts"); n != 0 || err != nil {
		t.Errorf("before the first count there are %d series (%v), want none", n, err)
	}
	if err := s.count(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := `# HELP registrard_contacts Contacts in force by node and transport, counted from the view registrations. Every node counts all: take max by (node, transport), not the sum over instances.
# TYPE registrard_contacts gauge
registrard_contacts{node="asterisk",transport="other"} 2
registrard_contacts{node="asterisk",transport="tcp"} 1
registrard_contacts{node="node-1",transport="tls"} 2
registrard_contacts{node="node-1",transport="udp"} 3
registrard_contacts{node="node;2",transport="udp"} 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "registrard_contacts"); err != nil {
		t.Error(err)
	}
	exec(t, db, `DELETE FROM ps_contacts`)
	if err := s.count(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := testutil.GatherAndCount(registry, "registrard_contacts"); n != 0 || err != nil {
		t.Errorf("of an empty table %d series are left (%v)", n, err)
	}
}
