package asterisk

import (
	"cmp"
	"encoding/binary"
	"math"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"
)

// ContactRow is a ps_contacts row as the columns hold it; nil is NULL, or a
// column that this schema lacks. It is the one list of these columns: json is the
// name; read:"text" has an enum, whose type differs between schemas, read as text;
// older:"lacks" says that older schemas lack it; and refresh says what a refresh that finds all else unchanged does with a
// column: it writes it, or leaves it as it is (see Fingerprint). What only the
// table has (aor, which the id says too, shares_aor, seal) is store's.
type ContactRow struct {
	ID string `json:"id"`
	// Asterisk's columns; texts are escaped.
	URI                 *string  `json:"uri"`
	ExpirationTime      *int64   `json:"expiration_time" refresh:"writes"`
	QualifyFrequency    *int32   `json:"qualify_frequency"`
	OutboundProxy       *string  `json:"outbound_proxy"`
	Path                *string  `json:"path"`
	UserAgent           *string  `json:"user_agent"`
	QualifyTimeout      *float64 `json:"qualify_timeout"`
	RegServer           *string  `json:"reg_server" refresh:"writes"`
	AuthenticateQualify *string  `json:"authenticate_qualify" read:"text"`
	ViaAddr             *string  `json:"via_addr"`
	ViaPort             *int32   `json:"via_port"`
	CallID              *string  `json:"call_id"`
	Endpoint            *string  `json:"endpoint"`
	PruneOnBoot         *string  `json:"prune_on_boot" read:"text"`
	Qualify2xxOnly      *string  `json:"qualify_2xx_only" read:"text" older:"lacks"`
	// From here on registrard's; texts are plain.
	CSeq         *int64      `json:"cseq" refresh:"writes"`
	Q            *string     `json:"q"`
	InstanceID   *string     `json:"instance_id"`
	RegID        *int32      `json:"reg_id"`
	OriginalURI  *string     `json:"original_uri"`
	BootID       *string     `json:"boot_id" refresh:"writes"`
	Listener     *string     `json:"listener"`
	Transport    *string     `json:"transport"`
	SourceAddr   *netip.Addr `json:"source_addr" refresh:"writes"`
	SourcePort   *int32      `json:"source_port" refresh:"writes"`
	Flow         *string     `json:"flow"`
	RegisteredAt *time.Time  `json:"registered_at" refresh:"leaves"`
	RefreshedAt  *time.Time  `json:"refreshed_at" refresh:"writes"`
	Proof        *int64      `json:"proof" refresh:"writes"`
	// Reachable is what qualify found: NULL and true are available.
	Reachable *bool `json:"reachable" refresh:"leaves"`
}

// Widths are the lengths of ps_contacts' varchar columns, in characters; 0 is
// the length in Asterisk's newest schema.
type Widths struct {
	OutboundProxy, UserAgent, RegServer, ViaAddr, CallID int
}

// NewestWidths are the lengths in Asterisk's newest schema.
var NewestWidths = Widths{OutboundProxy: 255, UserAgent: 255, RegServer: 255, ViaAddr: 40, CallID: 255}

// DecodeContact reads a row of ps_contacts, whoever wrote it.
func DecodeContact(cr ContactRow) Contact {
	c := Contact{
		ID:               cr.ID,
		AOR:              aorOfContactID(cr.ID),
		Endpoint:         text(cr.Endpoint),
		URI:              text(cr.URI),
		ExpirationTime:   value(cr.ExpirationTime),
		QualifyFrequency: int(value(cr.QualifyFrequency)),
		QualifyTimeout:   qualifyTimeout,
		OutboundProxy:    text(cr.OutboundProxy),
		Path:             splitPath(text(cr.Path)),
		UserAgent:        text(cr.UserAgent),
		RegServer:        text(cr.RegServer),
		ViaAddr:          text(cr.ViaAddr),
		ViaPort:          int(value(cr.ViaPort)),
		CallID:           text(cr.CallID),
		Q:                value(cr.Q),
		InstanceID:       value(cr.InstanceID),
		RegID:            int(value(cr.RegID)),
		OriginalURI:      value(cr.OriginalURI),
		RegisteredAt:     value(cr.RegisteredAt),
		RefreshedAt:      value(cr.RefreshedAt),
		Proof:            value(cr.Proof),
		Unavailable:      cr.Reachable != nil && !*cr.Reachable,
	}
	if cr.QualifyTimeout != nil {
		c.QualifyTimeout = *cr.QualifyTimeout
	}
	c.Qualify2xxOnly, _ = parseBool(cr.Qualify2xxOnly)
	c.AuthenticateQualify, _ = parseBool(cr.AuthenticateQualify)
	c.PruneOnBoot, _ = parseBool(cr.PruneOnBoot)
	if n := cr.CSeq; n != nil && *n >= 0 && *n <= math.MaxUint32 {
		c.CSeq, c.HasCSeq = uint32(*n), true
	}
	c.Way = Way{
		Node:      c.RegServer,
		BootID:    value(cr.BootID),
		Listener:  value(cr.Listener),
		Transport: value(cr.Transport),
		Flow:      value(cr.Flow),
	}
	if a := cr.SourceAddr; a != nil {
		port := value(cr.SourcePort)
		if port < 0 || port > math.MaxUint16 {
			port = 0
		}
		c.Way.Source = netip.AddrPortFrom(a.Unmap(), uint16(port))
	}
	return c
}

// EncodeContact makes the row that Asterisk would write for c, with
// registrard's own columns beside it. Texts that don't fit are cut, but for id
// and uri, which may not be cut: who checks a request refuses those that are too
// long. Asterisk's text columns are written empty, registrard's are NULL, where
// there is nothing. An empty c.ID is made from c.AOR and c.URI.
func EncodeContact(c Contact, w Widths) ContactRow {
	if c.ID == "" {
		c.ID = ContactID(c.AOR, c.URI)
	}
	regServer := RegServer(&c, w)
	cr := ContactRow{
		ID:                  Cut(c.ID, 0),
		URI:                 column(c.URI, 0, 0),
		ExpirationTime:      &c.ExpirationTime,
		QualifyFrequency:    integer(c.QualifyFrequency),
		OutboundProxy:       column(c.OutboundProxy, w.OutboundProxy, NewestWidths.OutboundProxy),
		Path:                column(strings.Join(c.Path, ","), 0, 0),
		UserAgent:           column(c.UserAgent, w.UserAgent, NewestWidths.UserAgent),
		QualifyTimeout:      &c.QualifyTimeout,
		RegServer:           &regServer,
		AuthenticateQualify: spell(c.AuthenticateQualify, "yes", "no"),
		ViaAddr:             column(c.ViaAddr, w.ViaAddr, NewestWidths.ViaAddr),
		ViaPort:             integer(c.ViaPort),
		CallID:              column(c.CallID, w.CallID, NewestWidths.CallID),
		Endpoint:            column(c.Endpoint, 0, 0),
		PruneOnBoot:         spell(c.PruneOnBoot, "yes", "no"),
		Qualify2xxOnly:      spell(c.Qualify2xxOnly, "true", "false"),
		Q:                   own(c.Q),
		InstanceID:          own(c.InstanceID),
		OriginalURI:         own(c.OriginalURI),
		BootID:              own(c.Way.BootID),
		Listener:            own(c.Way.Listener),
		Transport:           own(c.Way.Transport),
		Flow:                own(c.Way.Flow),
	}
	if c.HasCSeq {
		n := int64(c.CSeq)
		cr.CSeq = &n
	}
	if c.RegID > 0 {
		cr.RegID = integer(c.RegID)
	}
	if a := c.Way.Source; a.IsValid() {
		// inet has no zones; a zone means nothing on another node.
		addr := a.Addr().Unmap().WithZone("")
		cr.SourceAddr, cr.SourcePort = &addr, integer(int(a.Port()))
	}
	if !c.RegisteredAt.IsZero() {
		cr.RegisteredAt = &c.RegisteredAt
	}
	if !c.RefreshedAt.IsZero() {
		cr.RefreshedAt = &c.RefreshedAt
	}
	if c.Proof != 0 {
		cr.Proof = &c.Proof
	}
	if c.Unavailable {
		reachable := false
		cr.Reachable = &reachable
	}
	return cr
}

// RegServer is what ps_contacts.reg_server is for a contact: the node that writes it.
func RegServer(c *Contact, w Widths) string {
	return columnText(cmp.Or(c.RegServer, c.Way.Node), cmp.Or(w.RegServer, NewestWidths.RegServer))
}

// fingerprintVersion changes with what Fingerprint covers, or with how
// EncodeContact writes it: then no seal of before holds.
const fingerprintVersion = 2

// Fingerprint is a hash over what is in c's row and what a refresh neither writes
// nor leaves, and over the widths to which it is cut; a field that is missing here
// fails a test. (Over the fields, not over the row: making that costs every
// refresh a microsecond.)
// (Of the URI the id has the MD5 only, and rows of Asterisk's not even that of ours.)
// Whoever made two contacts with one fingerprint would have his own row keep
// what it says: nothing is gained by it.
func (c *Contact) Fingerprint(w Widths) uint64 {
	var room [1024]byte
	b := append(room[:0], fingerprintVersion)
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	number := func(n int) { b = binary.AppendVarint(b, int64(n)) }
	yes := func(is bool) {
		if is {
			b = append(b, 1)
			return
		}
		b = append(b, 0)
	}
	for _, width := range [...]int{w.OutboundProxy, w.UserAgent, w.RegServer, w.ViaAddr, w.CallID} {
		number(width)
	}
	text(c.ID)
	text(c.URI)
	text(c.Endpoint)
	text(c.CallID)
	number(len(c.Path))
	for _, p := range c.Path {
		text(p)
	}
	text(c.UserAgent)
	text(c.ViaAddr)
	number(c.ViaPort)
	text(c.Q)
	text(c.OriginalURI)
	text(c.InstanceID)
	number(c.RegID)
	text(c.Way.Listener)
	text(c.Way.Transport)
	text(c.Way.Flow)
	number(c.QualifyFrequency)
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(c.QualifyTimeout))
	text(c.OutboundProxy)
	yes(c.AuthenticateQualify)
	yes(c.PruneOnBoot)
	yes(c.Qualify2xxOnly)
	return xxhash.Sum64(b)
}

// value is *p, the zero value for NULL.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// column writes a text into a column of Asterisk's.
func column(s string, width, newest int) *string {
	if width == 0 {
		width = newest
	}
	s = columnText(s, width)
	return &s
}

// columnText is a text as a column of Asterisk's of so many characters holds
// it; 0 is no limit.
func columnText(s string, width int) string { return Cut(Escape(s), width) }

// own writes a text into a column of registrard's: as it is, NULL for none.
func own(s string) *string {
	if s == "" {
		return nil
	}
	s = OwnText(s)
	return &s
}

// OwnText is a text as a column of registrard's holds it, NULL for none.
func OwnText(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	if utf8.ValidString(s) {
		return s // said in a third of the time
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func integer(n int) *int32 {
	v := int32(max(math.MinInt32, min(n, math.MaxInt32)))
	return &v
}

func spell(b bool, yes, no string) *string {
	if b {
		return &yes
	}
	return &no
}

// splitPath splits joined Path values at the commas that stand neither between
// angle brackets nor in a quoted display name (RFC 3327 4, RFC 3261 7.3.1).
func splitPath(s string) []string {
	var values []string
	add := func(v string) {
		if v = strip(v); v != "" {
			values = append(values, v)
		}
	}
	start := 0
	bracket, quoted := false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"' && !bracket:
			quoted = !quoted
		case quoted:
		case c == '<':
			bracket = true
		case c == '>':
			bracket = false
		case c == ',' && !bracket:
			add(s[start:i])
			start = i + 1
		}
	}
	add(s[start:])
	return values
}
