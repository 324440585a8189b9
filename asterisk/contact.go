package asterisk

import (
	"net/netip"
	"time"
)

// Contact is a row of ps_contacts, decoded (no ^3B in any text but ID).
type Contact struct {
	// ID is the key as stored: ContactID(AOR, URI), or what Asterisk or a
	// person wrote.
	ID  string
	AOR string
	// Endpoint is the endpoint's id.
	Endpoint string
	// URI as printed by Asterisk: what an INVITE is sent to.
	URI string
	// ExpirationTime in epoch seconds; 0 is a permanent contact, which never
	// expires and is never deleted. NULL is read as 0.
	ExpirationTime      int64
	QualifyFrequency    int
	QualifyTimeout      float64
	Qualify2xxOnly      bool
	AuthenticateQualify bool
	OutboundProxy       string
	// Path is the Path values in order, joined by "," in the column.
	Path      []string
	UserAgent string
	// RegServer is the name of the node that wrote the row.
	RegServer string
	// ViaAddr and ViaPort are the sent-by of the last Via.
	ViaAddr string
	ViaPort int
	CallID  string
	// PruneOnBoot says that the contact hangs on its connection, and can't
	// survive a restart of its node: its address is the source of a stream
	// connection.
	PruneOnBoot bool

	// From here on registrard's own, nullable columns.

	// CSeq of the REGISTER; HasCSeq is false for NULL (a row of Asterisk's).
	CSeq    uint32
	HasCSeq bool
	// Q is the q parameter as sent ("0.7"), empty when there was none.
	Q string
	// InstanceID is +sip.instance without the angle brackets; RegID is reg-id, 0 for none.
	InstanceID string
	RegID      int
	// OriginalURI is the Contact as the phone sent it, when URI was rewritten
	// (rewrite_contact); empty otherwise.
	OriginalURI string
	// Way is how the REGISTER came in.
	Way Way
	// RegisteredAt is when the contact was added, by the database's clock.
	RegisteredAt time.Time
	// RefreshedAt is when a node last wrote the contact, by the same clock.
	RefreshedAt time.Time
	// Proof tells the request that wrote it from others: see rules.Change.
	// 0 is not known.
	Proof int64
	// Unavailable says that qualify found it unreachable.
	Unavailable bool
}

// Way is how a request reached registrard: enough to reach the phone again.
type Way struct {
	// Node is the node's name, BootID differs at each start of it.
	Node, BootID string
	// Listener is the listen address as configured, "udp://:5060".
	Listener string
	// Transport is udp, tcp, tls, ws or wss.
	Transport string
	// Source is the packet's source as received (after PROXY protocol).
	Source netip.AddrPort
	// Flow names a stream connection of this boot; empty for UDP.
	Flow string
}

// Stream says that the way is a connection.
func (w Way) Stream() bool { return w.Flow != "" }
