package store

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"

	"registrard/asterisk"
	"registrard/rules"
)

// What is written by hand is what pgx would send, bit by bit.
func TestColumnsAreThoseOfPgx(t *testing.T) {
	t.Parallel()
	var batch []*ticket
	for _, c := range []asterisk.Contact{
		{ID: "6001^3B@1", AOR: "6001", URI: "sip:6001@192.0.2.1;x=^"},
		{
			ID: "a\xff\x00b", AOR: "a\xff\x00b", URI: "sip:\xff@h", CallID: "c;^d", CSeq: 1<<32 - 1, HasCSeq: true, Path: []string{"<sip:a;lr>", "<sip:b>"},
			UserAgent: "Ü" + string(bytes.Repeat([]byte("ü"), 300)), ViaAddr: "2001:db8::1", ViaPort: -1, RegServer: "n1",
			Q: "0.7", OriginalURI: "sip:a\xffb", InstanceID: "urn:uuid:1", RegID: 3, Endpoint: "6001;x",
			QualifyFrequency: 1 << 40, QualifyTimeout: 3.5, OutboundProxy: "sip:p;lr", AuthenticateQualify: true, PruneOnBoot: true, Qualify2xxOnly: true, Proof: -7,
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
		pgtype.TextArrayOID, pgtype.TextArrayOID, pgtype.Int8ArrayOID, pgtype.TextArrayOID, pgtype.TextArrayOID, pgtype.Int8ArrayOID, pgtype.Int8OID,
	}
	sealedTypes := []uint32{pgtype.TextArrayOID, pgtype.Int8ArrayOID, pgtype.Int8ArrayOID, pgtype.Int8ArrayOID, pgtype.InetArrayOID, pgtype.Int4ArrayOID, pgtype.Int8ArrayOID,
		pgtype.TextOID, pgtype.TextOID, pgtype.Int8OID}
	var c columns
	for _, widths := range []asterisk.Widths{asterisk.NewestWidths, {UserAgent: 40, CallID: 6}} {
		for _, part := range [][]*ticket{batch, batch[:1], batch[1:]} {
			equal := func(got [][]byte, types []uint32, want []any) {
				t.Helper()
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
			all := refreshArguments(part, widths)
			equal(c.refresh(part, widths, 4), types, append(all, int64(4)))
			fingerprints := make([]int64, len(part))
			for i, t := range part {
				fingerprints[i] = int64(fingerprint(t.refresh.Contact, widths))
			}
			cseqs, first := make([]int64, len(part)), part[0].refresh.Contact
			for i, t := range part {
				cseqs[i] = int64(t.refresh.Contact.CSeq)
			}
			var boot *string
			if first.Way.BootID != "" {
				boot = &first.Way.BootID
			}
			equal(c.sealed(part, widths, 4), sealedTypes, []any{all[0], all[1], cseqs, fingerprints, all[14], all[15], all[29],
				*asterisk.EncodeContact(*first, widths).RegServer, boot, int64(4)})
		}
	}
}
