package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"registrard/asterisk"
	"registrard/rules"
	"registrard/store/storetest"
)

// What is written by hand is what pgx would send, bit by bit.
func TestColumnsAreThoseOfPgx(t *testing.T) {
	t.Parallel()
	var batch []*ticket
	for _, c := range []asterisk.Contact{
		{ID: "6001^3B@1"},
		{
			ID: "a\xff\x00b", CallID: "c;^d", CSeq: 1<<32 - 1, HasCSeq: true, Path: []string{"<sip:a;lr>", "<sip:b>"},
			UserAgent: "Ü" + string(bytes.Repeat([]byte("ü"), 300)), ViaAddr: "2001:db8::1", ViaPort: -1, RegServer: "n1",
			Q: "0.7", OriginalURI: "sip:a\xffb", InstanceID: "urn:uuid:1", RegID: 3, Endpoint: "6001;x",
			QualifyFrequency: 1 << 40, QualifyTimeout: 3.5, OutboundProxy: "sip:p;lr", AuthenticateQualify: true, PruneOnBoot: true, Qualify2xxOnly: true,
			Way: asterisk.Way{Node: "n", BootID: "b", Listener: "udp://:5060", Transport: "udp", Flow: "f.1", Source: netip.MustParseAddrPort("[::ffff:192.0.2.1]:5060")},
		},
		{ID: "6002", Way: asterisk.Way{Node: "n2", Source: netip.MustParseAddrPort("[fe80::1%eth0]:65535")}},
	} {
		batch = append(batch, &ticket{refresh: rules.Refresh{Contact: &c, Seconds: 3600}})
	}
	types := []uint32{
		pgtype.TextArrayOID, pgtype.Int8ArrayOID, pgtype.TextArrayOID, pgtype.Int8ArrayOID, pgtype.TextArrayOID, pgtype.TextArrayOID,
		pgtype.TextArrayOID, pgtype.Int4ArrayOID, pgtype.TextArrayOID, pgtype.TextArrayOID, pgtype.TextArrayOID, pgtype.TextArrayOID,
		pgtype.TextArrayOID, pgtype.TextArrayOID, pgtype.InetArrayOID, pgtype.Int4ArrayOID, pgtype.TextArrayOID, pgtype.TextArrayOID,
		pgtype.TextArrayOID, pgtype.Int4ArrayOID, pgtype.Int4ArrayOID, pgtype.Float8ArrayOID, pgtype.TextArrayOID, pgtype.TextArrayOID,
		pgtype.TextArrayOID, pgtype.TextArrayOID, pgtype.Int8OID,
	}
	var c columns
	for _, widths := range []asterisk.Widths{asterisk.NewestWidths, {UserAgent: 40, CallID: 6}} {
		for _, part := range [][]*ticket{batch, batch[:1], batch[1:]} {
			got := c.refresh(part, widths, 4, false)
			want := append(refreshArguments(part, widths), int64(4))
			if len(got) != len(want) {
				t.Fatalf("%d arguments, want %d", len(got), len(want))
			}
			for i := range want {
				b, err := pgtype.NewMap().Encode(types[i], pgtype.BinaryFormatCode, want[i], nil)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got[i], b) {
					t.Errorf("argument %d is\n%q, pgx sends\n%q", i+1, got[i], b)
				}
			}
		}
	}
}

// What a batch of one kind sends is, column by column, what the general
// statement would be sent, or the value that all items of it have.
func TestColumnsAlike(t *testing.T) {
	t.Parallel()
	phone := func(n int) asterisk.Contact {
		return asterisk.Contact{ID: fmt.Sprint("600", n), CallID: fmt.Sprint("c;", n), CSeq: uint32(n), HasCSeq: n > 0, UserAgent: fmt.Sprint("p", n), ViaAddr: fmt.Sprint("v", n),
			ViaPort: n, OriginalURI: fmt.Sprint("sip:", n), Endpoint: fmt.Sprint("e", n), InstanceID: fmt.Sprint("urn:", n),
			Way: asterisk.Way{Source: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}), uint16(n))}}
	}
	common := map[string]func(*asterisk.Contact){
		"path": func(c *asterisk.Contact) { c.Path = []string{"<sip:a;lr>"} }, "reg_server": func(c *asterisk.Contact) { c.RegServer = "r" },
		"node": func(c *asterisk.Contact) { c.Way.Node = "n" }, "q": func(c *asterisk.Contact) { c.Q = "0.5" },
		"boot_id": func(c *asterisk.Contact) { c.Way.BootID = "b" }, "listener": func(c *asterisk.Contact) { c.Way.Listener = "l" },
		"transport": func(c *asterisk.Contact) { c.Way.Transport = "udp" }, "flow": func(c *asterisk.Contact) { c.Way.Flow = "f" },
		"reg_id": func(c *asterisk.Contact) { c.RegID = 1 }, "qualify_frequency": func(c *asterisk.Contact) { c.QualifyFrequency = 60 },
		"qualify_timeout": func(c *asterisk.Contact) { c.QualifyTimeout = 3 }, "outbound_proxy": func(c *asterisk.Contact) { c.OutboundProxy = "sip:p" },
		"authenticate_qualify": func(c *asterisk.Contact) { c.AuthenticateQualify = true }, "prune_on_boot": func(c *asterisk.Contact) { c.PruneOnBoot = true },
		"qualify_2xx_only": func(c *asterisk.Contact) { c.Qualify2xxOnly = true }, "nothing": func(*asterisk.Contact) {},
	}
	for name, set := range common {
		var batch []*ticket
		for n := range 3 {
			c := phone(n)
			set(&c)
			batch = append(batch, &ticket{refresh: rules.Refresh{Contact: &c, Seconds: int64(n) + 60}})
		}
		if !areAlike(batch) {
			t.Errorf("%s: phones of one kind are not alike", name)
		}
		var general, alike columns
		want, got := general.refresh(batch, asterisk.NewestWidths, 4, false), alike.refresh(batch, asterisk.NewestWidths, 4, true)
		for i := range want {
			if i == len(shared) || !shared[i] {
				if !bytes.Equal(got[i], want[i]) {
					t.Errorf("%s: argument %d is %q, want %q", name, i+1, got[i], want[i])
				}
				continue
			}
			item := binary.BigEndian.AppendUint32(nil, uint32(len(got[i])))
			if got[i] == nil {
				item = []byte{255, 255, 255, 255}
			}
			if items := bytes.Repeat(append(item, got[i]...), len(batch)); !bytes.Equal(items, want[i][arrayHeader:]) {
				t.Errorf("%s: argument %d is %q for each, want %q", name, i+1, got[i], want[i])
			}
		}
		if name == "nothing" {
			continue
		}
		other := phone(2)
		batch[2].refresh.Contact = &other
		if areAlike(batch) {
			t.Errorf("phones are alike, but for %s", name)
		}
	}
	// The statement takes arrays where they are sent, and values elsewhere.
	for _, table := range []*contactsTable{newestContactsTable(), olderContactsTable()} {
		for i, isShared := range shared {
			array := fmt.Sprintf("unnest($%d::", i+1)
			if strings.Contains(table.alike, array) == isShared || !strings.Contains(table.refresh, array) {
				t.Errorf("argument %d is an array where it should not be, or is none:\n%s", i+1, table.alike)
			}
		}
	}
}

// A batch of phones of several kinds, and one of a single kind, are refreshed
// alike, each by its own text of the statement.
func TestBatchesOfOneKindAndOfSeveral(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			db := storetest.NewKind(t, kind)
			s := startReady(t, db.URL, nil)
			change := func(n int, cseq uint32, odd func(*asterisk.Contact)) rules.Change {
				c := register(anAOR(fmt.Sprint("600", n), 1), fmt.Sprintf("sip:600%d@192.0.2.7:5060", n), fmt.Sprint("call", n), cseq, int64(600*n))
				c.Wanted[0].Contact.UserAgent = fmt.Sprint("phone ", n, " at ", cseq)
				odd(&c.Wanted[0].Contact)
				return c
			}
			same := func(*asterisk.Contact) {}
			other := func(c *asterisk.Contact) {
				c.Q, c.Path, c.RegServer, c.Way.Node = "0.7", []string{"<sip:edge.example.com;lr>"}, "n2", "n2"
				c.Way.BootID, c.Way.Listener, c.Way.Transport, c.Way.Flow = "boot2", "tcp://:5060", "tcp", "f.9"
			}
			for n := range 4 {
				mustCommit(t, s.Store, change(n+1, 1, same))
			}
			for round, odd := range []func(*asterisk.Contact){same, other} {
				cseq := uint32(round + 2)
				var batch []*ticket
				for n := range 4 {
					c := change(n+1, cseq, same)
					if n >= 2 {
						c = change(n+1, cseq, odd)
					}
					refresh, ok := c.AsRefresh()
					if !ok {
						t.Fatal("not a refresh")
					}
					batch = append(batch, &ticket{change: c, refresh: refresh})
				}
				if want := round == 0; areAlike(batch) != want {
					t.Fatalf("round %d: alike is %v, want %v", round, !want, want)
				}
				aors := []string{"6001", "6002", "6003", "6004"}
				into := make([]refreshedRow, len(batch))
				err := s.onConnection(t.Context(), func(c *pgx.Conn) error {
					_, err := s.refreshByHand(t.Context(), c, s.table.Load(), batch, aors, into)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				for i, r := range into {
					if !r.held || r.aor != aors[i] {
						t.Errorf("round %d: %s came back as %+v", round, aors[i], r)
					}
				}
				got := one[string](t, db, `SELECT string_agg(concat_ws(' ', aor, cseq, user_agent, expiration_time - floor(date_part('epoch', now()))::bigint > 590 * right(aor, 1)::int,
					path, reg_server, q, boot_id, listener, transport, flow, host(source_addr), source_port, via_addr, via_port, call_id), E'\n' ORDER BY aor) FROM ps_contacts`)
				udp := "n1 boot udp://:5060 udp 192.0.2.7 5061 192.0.2.7 5060 call"
				want := fmt.Sprintf("6001 %d phone 1 at %[1]d t  %[2]s1\n6002 %[1]d phone 2 at %[1]d t  %[2]s2\n", cseq, udp)
				if round == 0 {
					want += fmt.Sprintf("6003 %d phone 3 at %[1]d t  %[2]s3\n6004 %[1]d phone 4 at %[1]d t  %[2]s4", cseq, udp)
				} else {
					tcp := "t <sip:edge.example.com^3Blr> n2 0.7 boot2 tcp://:5060 tcp f.9 192.0.2.7 5061 192.0.2.7 5060 call"
					want += fmt.Sprintf("6003 %d phone 3 at %[1]d %[2]s3\n6004 %[1]d phone 4 at %[1]d %[2]s4", cseq, tcp)
				}
				if got != want {
					t.Errorf("round %d: the rows are\n%s\nwant\n%s", round, got, want)
				}
			}
		})
	}
}
