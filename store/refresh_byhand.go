package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"registrard/asterisk"
)

// refreshByHand is refreshPlainly with the arrays written, and the rows read,
// in PostgreSQL's binary form by ourselves, and without BEGIN and COMMIT: what is
// sent before one Sync is one transaction, which commits at the Sync. sealed asks
// for rows with a seal only, see refreshSealed; then mayBeSealed must be true. It
// can be deleted. Before there were seals it saved 6 of 40 µs of a REGISTER's
// CPU with 512 under way, and a seventh of PostgreSQL's time at 64.
func (s *Store) refreshByHand(ctx context.Context, c *pgx.Conn, table *contactsTable, batch []*ticket, aors []string, sealed bool, into []refreshedRow) (others map[string][]asterisk.Contact, err error) {
	refresh := table.refresh
	if sealed {
		refresh = refreshSealed
	}
	var statements [3]*pgconn.StatementDescription
	pinned := pinned(c)
	for i, sql := range [...]string{refresh, table.others, pinPlans} {
		if i == 2 && pinned {
			break
		}
		// Known to the connection already, but for its first time.
		if statements[i], err = c.Prepare(ctx, sql, sql); err != nil {
			return nil, fmt.Errorf("prepare a statement: %w", err)
		}
	}
	w := warningOf(c)
	w.text = ""
	b := &pgconn.Batch{}
	if !pinned {
		b.ExecStatement(statements[2], [][]byte{[]byte(s.patience()), []byte("true")}, nil, nil)
	}
	columns := columnsPool.Get().(*columns)
	arguments := columns.refresh
	if sealed {
		arguments = columns.sealed
	}
	b.ExecStatement(statements[0], arguments(batch, table.widths, s.margin()), binaryFormat, binaryFormat)
	b.ExecStatement(statements[1], columns.names(aors), binaryFormat, formatsOf(c.TypeMap(), statements[1]))
	results := c.PgConn().ExecBatch(ctx, b)
	columnsPool.Put(columns) // all is written
	others, err = readByHand(c.TypeMap(), results, !pinned, into)
	if failed := results.Close(); err == nil || errors.As(failed, new(*pgconn.PgError)) {
		err = failed
	}
	return others, committed(c, w, err)
}

// committed says what became of a transaction that was sent with its Sync: nil
// when it is committed, and the server had nothing to say about it; an error
// that the server told, while the connection lives, when nothing was written;
// else ErrUnknownOutcome.
func committed(c *pgx.Conn, w *warning, err error) error {
	switch {
	case err == nil && w.text == "":
		return nil
	case err == nil:
		closeNow(c)
		return unknown("commit", errors.New("the server warned: "+w.text))
	case errors.As(err, new(*pgconn.PgError)) && !c.IsClosed():
		// Rolled back. A statement that the server doesn't know, or whose
		// result has changed, is prepared anew on a new connection.
		if classify(err) == classRetry {
			closeNow(c)
		}
		return err
	}
	closeNow(c)
	return unknown("commit", err)
}

var binaryFormat = []int16{pgtype.BinaryFormatCode}

// formatsOf are the formats in which pgx wants the columns of a result.
func formatsOf(m *pgtype.Map, d *pgconn.StatementDescription) []int16 {
	formats := make([]int16, len(d.Fields))
	for i := range d.Fields {
		formats[i] = m.FormatCodeForOID(d.Fields[i].DataTypeOID)
	}
	return formats
}

// readByHand reads the results of the statements, the first of which may be
// pinPlans.
func readByHand(m *pgtype.Map, results *pgconn.MultiResultReader, pins bool, into []refreshedRow) (others map[string][]asterisk.Contact, err error) {
	if pins {
		if !results.NextResult() {
			return nil, errMissingResult
		}
		if _, err := results.ResultReader().Close(); err != nil {
			return nil, err
		}
	}
	if !results.NextResult() {
		return nil, errMissingResult
	}
	refreshed := results.ResultReader()
	for refreshed.NextRow() {
		if err := readRow(refreshed.Values(), into); err != nil {
			return nil, err
		}
	}
	if _, err := refreshed.Close(); err != nil {
		return nil, err
	}
	if !results.NextResult() {
		return nil, errMissingResult
	}
	return readContacts(pgx.RowsFromResultReader(m, results.ResultReader()))
}

var errMissingResult = errors.New("the server sent fewer results than statements")

// readRow reads one row of refreshContacts or refreshSealed in binary form.
func readRow(v [][]byte, into []refreshedRow) error {
	if len(v) != 4 || len(v[0]) != 4 || len(v[1]) != 8 || v[2] != nil && len(v[2]) != 8 || v[3] != nil && len(v[3]) != 1 {
		return errors.New("refresh_contacts returned another row than was asked for")
	}
	ord := int(binary.BigEndian.Uint32(v[0]))
	if ord < 1 || ord > len(into) {
		return errors.New("refresh_contacts returned a row that was not sent")
	}
	r := refreshedRow{held: true, now: timestamp(v[1])}
	if v[2] != nil {
		r.RegisteredAt = timestamp(v[2])
	}
	r.Unavailable = v[3] != nil && v[3][0] == 0
	into[ord-1] = r
	return nil
}

// epoch of PostgreSQL's timestamps, which count microseconds.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func timestamp(b []byte) time.Time {
	return time.UnixMicro(epoch.UnixMicro() + int64(binary.BigEndian.Uint64(b)))
}

// mayBeSealed says whether refreshSealed will do for a batch: it has one value
// for what all contacts of a node have in common, and no cseq may be missing.
func mayBeSealed(batch []*ticket) bool {
	a := batch[0].refresh.Contact
	for _, t := range batch {
		if c := t.refresh.Contact; !c.HasCSeq || c.RegServer != a.RegServer || c.Way.Node != a.Way.Node || c.Way.BootID != a.Way.BootID {
			return false
		}
	}
	return true
}

// columns is room for the arguments of refreshContacts in binary form.
type columns struct {
	room   [arguments][]byte
	arrays [arguments - 1]array
	values [arguments][]byte
	aors   []byte
}

var columnsPool = sync.Pool{New: func() any { return &columns{} }}

// arguments of refreshContacts: arrays but for the last.
const arguments = 31

// The types of array items, as in pg_type.
const (
	textOID  = pgtype.TextOID
	int4OID  = pgtype.Int4OID
	int8OID  = pgtype.Int8OID
	floatOID = pgtype.Float8OID
	inetOID  = pgtype.InetOID
)

// array is one column that is being written.
type array struct {
	b    []byte
	null bool // it holds a NULL
}

func (c *columns) array(i int, oid uint32, n int) array {
	b := binary.BigEndian.AppendUint32(c.room[i][:0], 1) // dimensions
	b = binary.BigEndian.AppendUint32(b, 0)              // set when there is a NULL
	b = binary.BigEndian.AppendUint32(b, oid)
	b = binary.BigEndian.AppendUint32(b, uint32(n))
	return array{b: binary.BigEndian.AppendUint32(b, 1)} // the first index
}

func (a *array) text(s string) {
	a.b = binary.BigEndian.AppendUint32(a.b, uint32(len(s)))
	a.b = append(a.b, s...)
}

func (a *array) none() {
	a.null = true
	a.b = binary.BigEndian.AppendUint32(a.b, math.MaxUint32) // -1
}

// own is a text in a column of registrard's: NULL for an empty one.
func (a *array) own(s string) {
	if s == "" {
		a.none()
		return
	}
	a.text(asterisk.OwnText(s))
}

// column is a text in a column of Asterisk's.
func (a *array) column(s string, width, newest int) {
	if width == 0 {
		width = newest
	}
	a.text(asterisk.ColumnText(s, width))
}

func (a *array) spell(b bool, yes, no string) {
	if b {
		a.text(yes)
		return
	}
	a.text(no)
}

func (a *array) int4(n int) {
	a.b = binary.BigEndian.AppendUint32(a.b, 4)
	a.b = binary.BigEndian.AppendUint32(a.b, uint32(int32(max(math.MinInt32, min(n, math.MaxInt32)))))
}

// inet is family (2 or 3), bits, is no network, length, bytes; zones mean
// nothing on another node.
func (a *array) inet(ip netip.Addr) {
	if ip = ip.Unmap(); ip.Is4() {
		four := ip.As4()
		a.b = append(append(a.b, 0, 0, 0, 8, 2, 32, 0, 4), four[:]...)
		return
	}
	sixteen := ip.As16()
	a.b = append(append(a.b, 0, 0, 0, 20, 3, 128, 0, 16), sixteen[:]...)
}

func (a *array) int8(n int64) {
	a.b = binary.BigEndian.AppendUint32(a.b, 8)
	a.b = binary.BigEndian.AppendUint64(a.b, uint64(n))
}

// proof is a contact's; NULL for 0.
func (a *array) proof(p int64) {
	if p == 0 {
		a.none()
		return
	}
	a.int8(p)
}

// keep ends column i.
func (c *columns) keep(i int) {
	a := &c.arrays[i]
	if a.null {
		a.b[7] = 1
	}
	c.room[i], c.values[i] = a.b, a.b
}

// value is an argument that is no array.
func (c *columns) value(i int, b []byte) {
	if b == nil {
		b = []byte{} // nil is NULL
	}
	c.room[i], c.values[i] = b, b
}

// names is the argument of selectOthers.
func (c *columns) names(aors []string) [][]byte {
	a := c.array(0, textOID, len(aors))
	a.b = append(c.aors[:0], a.b...)
	for _, name := range aors {
		a.text(name)
	}
	c.aors = a.b
	return [][]byte{a.b}
}

// The types of the arrays' items.
var (
	itemOIDs = [arguments - 1]uint32{
		textOID, int8OID, textOID, int8OID, textOID, textOID, textOID, int4OID, textOID, textOID,
		textOID, textOID, textOID, textOID, inetOID, int4OID, textOID, textOID, textOID, int4OID,
		int4OID, floatOID, textOID, textOID, textOID, textOID, int8OID, textOID, textOID, int8OID,
	}
	sealedOIDs = [...]uint32{textOID, int8OID, int8OID, int8OID, inetOID, int4OID, int8OID}
)

// refresh writes the arguments of refreshContacts: what refreshArguments gives.
func (c *columns) refresh(batch []*ticket, w asterisk.Widths, margin int64) [][]byte {
	for i, oid := range itemOIDs {
		c.arrays[i] = c.array(i, oid, len(batch))
	}
	for _, t := range batch {
		c.row(t, w)
	}
	for i := range c.arrays {
		c.keep(i)
	}
	c.value(arguments-1, binary.BigEndian.AppendUint64(c.room[arguments-1][:0], uint64(margin)))
	return c.values[:]
}

// sealed writes the arguments of refreshSealed.
func (c *columns) sealed(batch []*ticket, w asterisk.Widths, margin int64) [][]byte {
	const reg, boot, last = len(sealedOIDs), len(sealedOIDs) + 1, len(sealedOIDs) + 2
	for i, oid := range sealedOIDs {
		c.arrays[i] = c.array(i, oid, len(batch))
	}
	a := &c.arrays
	for _, t := range batch {
		r := t.refresh.Contact
		a[0].text(asterisk.Cut(r.ID, 0))
		a[1].int8(t.refresh.Seconds)
		a[2].int8(int64(r.CSeq))
		a[3].int8(int64(fingerprint(r, w)))
		a[4].addr(r.Way.Source)
		a[5].port(r.Way.Source)
		a[6].proof(r.Proof)
	}
	for i := range sealedOIDs {
		c.keep(i)
	}
	r := batch[0].refresh.Contact
	c.value(reg, append(c.room[reg][:0], regServer(r, w)...))
	c.value(boot, append(c.room[boot][:0], asterisk.OwnText(r.Way.BootID)...))
	if r.Way.BootID == "" {
		c.values[boot] = nil
	}
	c.value(last, binary.BigEndian.AppendUint64(c.room[last][:0], uint64(margin)))
	return c.values[:last+1]
}

// regServer is a contact's reg_server, as it stands in the column.
func regServer(r *asterisk.Contact, w asterisk.Widths) string {
	return asterisk.ColumnText(cmp.Or(r.RegServer, r.Way.Node), cmp.Or(w.RegServer, asterisk.NewestWidths.RegServer))
}

// addr is the address of source, port its port; NULL without one.
func (a *array) addr(source netip.AddrPort) {
	if !source.IsValid() {
		a.none()
		return
	}
	a.inet(source.Addr())
}

func (a *array) port(source netip.AddrPort) {
	if !source.IsValid() {
		a.none()
		return
	}
	a.int4(int(source.Port()))
}

// row writes one row of the columns.
func (c *columns) row(t *ticket, w asterisk.Widths) {
	a, r, newest := &c.arrays, t.refresh.Contact, &asterisk.NewestWidths
	a[0].text(asterisk.Cut(r.ID, 0))
	a[1].int8(t.refresh.Seconds)
	a[2].column(r.CallID, w.CallID, newest.CallID)
	if r.HasCSeq {
		a[3].int8(int64(r.CSeq))
	} else {
		a[3].none()
	}
	a[4].column(strings.Join(r.Path, ","), 0, 0)
	a[5].column(r.UserAgent, w.UserAgent, newest.UserAgent)
	a[6].column(r.ViaAddr, w.ViaAddr, newest.ViaAddr)
	a[7].int4(r.ViaPort)
	a[8].text(regServer(r, w))
	a[9].own(r.Q)
	a[10].own(r.OriginalURI)
	a[11].own(r.Way.BootID)
	a[12].own(r.Way.Listener)
	a[13].own(r.Way.Transport)
	a[14].addr(r.Way.Source)
	a[15].port(r.Way.Source)
	a[16].own(r.Way.Flow)
	a[17].column(r.Endpoint, 0, 0)
	a[18].own(r.InstanceID)
	if r.RegID > 0 {
		a[19].int4(r.RegID)
	} else {
		a[19].none()
	}
	a[20].int4(r.QualifyFrequency)
	a[21].int8(int64(math.Float64bits(r.QualifyTimeout)))
	a[22].column(r.OutboundProxy, w.OutboundProxy, newest.OutboundProxy)
	a[23].spell(r.AuthenticateQualify, "yes", "no")
	a[24].spell(r.PruneOnBoot, "yes", "no")
	a[25].spell(r.Qualify2xxOnly, "true", "false")
	if seal := sealOf(r, w); seal != nil {
		a[26].int8(*seal)
	} else {
		a[26].none()
	}
	a[27].column(r.URI, 0, 0)
	a[28].text(asterisk.Cut(r.AOR, 0))
	a[29].proof(r.Proof)
}
