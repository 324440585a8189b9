package store

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"

	"registrard/asterisk"
)

// The statements of ps_contacts. Each can be pasted into psql. On a schema
// that has no qualify_2xx_only, without2xxOnly takes that column out; it is
// the last one everywhere. The texts of Asterisk's columns are escaped (^3B),
// ours, aor among them, are plain.

// selectContacts reads what an AOR has, expired and permanent rows too.
const selectContacts = `SELECT /* registrard:select_contacts */` + fromContacts

// lockContacts is selectContacts for a decision: no refresh may slip in
// between it and the write. The order is that of every statement that locks
// rows, so none waits for another in a circle.
const lockContacts = `SELECT /* registrard:lock_contacts */` + fromContacts + ` ORDER BY c.id COLLATE "C" FOR UPDATE OF c`

const fromContacts = ` c.id, c.uri, c.expiration_time, c.qualify_frequency, c.outbound_proxy,
  c.path, c.user_agent, c.qualify_timeout, c.reg_server, c.authenticate_qualify::text, c.via_addr, c.via_port, c.call_id, c.endpoint,
  c.prune_on_boot::text, c.cseq, c.q, c.instance_id, c.reg_id, c.original_uri, c.boot_id, c.listener, c.transport,
  c.source_addr, c.source_port, c.flow, c.registered_at, c.reachable, c.refreshed_at, c.proof, c.qualify_2xx_only::text
FROM ps_contacts c WHERE c.aor = ANY($1::text[])`

// unwritten begins what a statement fails with that wrote other rows than it was
// to. It is the text of an error that PostgreSQL translates; this part stays.
const unwritten = "registrard: ps_contacts took "

// orFail is a statement that fails, and with it its transaction, unless it writes
// as many rows as argument n says: a BEFORE trigger that returns NULL, and
// row-level security, leave rows out without an error, and 200 means that they
// were written. (A function that raises an error would have to be somewhere; a
// text that is no number does it too.)
func orFail(statement, n string) string {
	return "WITH written AS (" + statement + ` RETURNING 1)
SELECT CASE WHEN count(*) = $` + n + "::bigint THEN 0 ELSE ('" + unwritten + "' || count(*) || ' of ' || $" + n + "::bigint || ' rows')::integer END FROM written"
}

// upsertContacts writes $2 rows as they are decided, but never over a permanent one.
var upsertContacts = orFail(`INSERT /* registrard:upsert_contacts */ INTO ps_contacts AS c (id, aor, uri, expiration_time, qualify_frequency, outbound_proxy,
  path, user_agent, qualify_timeout, reg_server, authenticate_qualify, via_addr, via_port, call_id, endpoint,
  prune_on_boot, cseq, q, instance_id, reg_id, original_uri, boot_id, listener, transport,
  source_addr, source_port, flow, registered_at, reachable, refreshed_at, proof, shares_aor, seal, qualify_2xx_only)
SELECT id, aor, uri, expiration_time, qualify_frequency, outbound_proxy,
  path, user_agent, qualify_timeout, reg_server, authenticate_qualify, via_addr, via_port, call_id, endpoint,
  prune_on_boot, cseq, q, instance_id, reg_id, original_uri, boot_id, listener, transport,
  source_addr, source_port, flow, registered_at, reachable, refreshed_at, proof, shares_aor, seal, qualify_2xx_only
FROM jsonb_populate_recordset(NULL::ps_contacts, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET aor = EXCLUDED.aor, uri = EXCLUDED.uri, expiration_time = EXCLUDED.expiration_time,
  qualify_frequency = EXCLUDED.qualify_frequency, outbound_proxy = EXCLUDED.outbound_proxy, path = EXCLUDED.path,
  user_agent = EXCLUDED.user_agent, qualify_timeout = EXCLUDED.qualify_timeout, reg_server = EXCLUDED.reg_server,
  authenticate_qualify = EXCLUDED.authenticate_qualify, via_addr = EXCLUDED.via_addr, via_port = EXCLUDED.via_port,
  call_id = EXCLUDED.call_id, endpoint = EXCLUDED.endpoint, prune_on_boot = EXCLUDED.prune_on_boot, cseq = EXCLUDED.cseq,
  q = EXCLUDED.q, instance_id = EXCLUDED.instance_id, reg_id = EXCLUDED.reg_id, original_uri = EXCLUDED.original_uri,
  boot_id = EXCLUDED.boot_id, listener = EXCLUDED.listener, transport = EXCLUDED.transport,
  source_addr = EXCLUDED.source_addr, source_port = EXCLUDED.source_port, flow = EXCLUDED.flow,
  registered_at = EXCLUDED.registered_at, reachable = EXCLUDED.reachable,
  refreshed_at = EXCLUDED.refreshed_at, proof = EXCLUDED.proof, shares_aor = EXCLUDED.shares_aor, seal = EXCLUDED.seal, qualify_2xx_only = EXCLUDED.qualify_2xx_only
WHERE c.expiration_time <> 0`, "2")

// moveContact gives a row another id, for the URI that its contact has now; no
// event is told, as nobody came and nobody went. A row that has expired, or that
// is being removed, makes place for it: vacateContact.
const vacateContact = `DELETE /* registrard:vacate_contact */ FROM ps_contacts WHERE id = $1 AND expiration_time <> 0
AND EXISTS (SELECT FROM ps_contacts m WHERE m.id = $2 AND m.expiration_time <> 0)`

var moveContact = orFail(`UPDATE /* registrard:move_contact */ ps_contacts SET id = $1 WHERE id = $2 AND expiration_time <> 0`, "3")

// touchContacts writes rows again as they are: what a retransmission repeats
// is acknowledged by a transaction that wrote it (it may have been left
// unreplicated by the first, whose outcome nobody knew).
var touchContacts = orFail(`UPDATE /* registrard:touch_contacts */ ps_contacts SET expiration_time = expiration_time, seal = NULL WHERE id = ANY($1::text[])`, "2")

// deleteContacts deletes dynamic rows; 0 and NULL are permanent. $2 is why, for
// the triggers that tell of it, until the end of the transaction.
var deleteContacts = orFail(`DELETE /* registrard:delete_contacts */ FROM ps_contacts WHERE id = ANY($1::text[]) AND expiration_time <> 0
AND (SELECT set_config('registrard.why', $2, true)) IS NOT NULL`, "3")

// refreshContacts is rules.Refresh for many rows at once, in the order of their
// ids: row i is written when its guard holds (live and dynamic; an older CSeq; no
// row of the AOR knows the credentials) and its seal says that all else which the
// request says of it stands in it already: then only these columns change. What
// this leaves is decided the locked way, which writes a seal: a row that has none
// or whose phone says something new, or of which somebody else wrote.
// PostgreSQL looks at the guard again after it waited for a row that changed.
//
// One thing more than the rules demand is wanted: the row must live for $10 more
// seconds, longer than this statement may take: else it could wait for a decision
// that counted the row as expired, and then bring it back, one contact too many.
// (expiration_time stands in expressions because Asterisk's schema has an index
// on it, which an empty table's plan would take. The arrays are unnested side
// by side in a SELECT's list: in FROM, each would first be written to a store
// of its own: 7% (batches of 32) to 13% (of 256) of the batch's cost.)
const refreshContacts = `UPDATE /* registrard:refresh_contacts */ ps_contacts c SET
  expiration_time = floor(date_part('epoch', now()))::bigint + b.seconds, cseq = b.cseq, seal = b.fingerprint # b.cseq,
  refreshed_at = now(), proof = b.proof, source_addr = b.source_addr, source_port = b.source_port, reg_server = b.reg_server, boot_id = b.boot_id
FROM (SELECT generate_subscripts($1::text[], 1) AS ord, unnest($1::text[]) AS id, unnest($2::bigint[]) AS seconds, unnest($3::bigint[]) AS cseq,
  unnest($4::bigint[]) AS fingerprint, unnest($5::inet[]) AS source_addr, unnest($6::integer[]) AS source_port,
  unnest($7::bigint[]) AS proof, unnest($8::text[]) AS reg_server, unnest($9::text[]) AS boot_id) b
WHERE c.id = ANY(ARRAY[b.id]) AND c.expiration_time - $10::bigint > floor(date_part('epoch', now()))::bigint
  AND c.seal = b.fingerprint # c.cseq AND c.cseq < b.cseq
  AND ((c.proof # b.proof) >> 32 <> 0 OR c.proof >> 16 < b.proof >> 16) AND (c.shares_aor = false OR ` + notSpentByOthers + `)
RETURNING b.ord, now(), c.registered_at, c.reachable`

// notSpentByOthers says that no other row of the AOR knows the credentials b.proof,
// see rules.Refresh.Holds. Where a row of a node's says that it doesn't share its
// AOR no other row of a node's is there; and other people's know of none.
const notSpentByOthers = `NOT EXISTS (SELECT FROM ps_contacts o WHERE o.aor = c.aor AND o.id <> c.id
    AND (o.proof # b.proof) >> 32 = 0 AND o.proof >> 16 >= b.proof >> 16)`

// shareAOR tells rows that they share their AOR with one that is added.
const shareAOR = `UPDATE /* registrard:share_aor */ ps_contacts SET shares_aor = true, seal = NULL WHERE id = ANY($1::text[]) AND shares_aor = false`

// selectOthers is selectContacts after refreshContacts, without the rows that
// it refreshed: what a phone is told of these is known but for a few columns.
// An AOR of several rows has one that shares_aor; few have.
var selectOthers = `SELECT /* registrard:select_others */` + strings.Replace(fromContacts, "ANY($1::text[])",
	"ANY(ARRAY(SELECT s.aor FROM ps_contacts s WHERE s.aor = ANY($1::text[]) AND s.shares_aor))", 1) + ` AND c.xmin <> pg_current_xact_id()::xid`

// emitMessage makes a transaction that changes no row one that wrote: its
// commit waits for the disk and for the synchronous standby like any other,
// and fails where a stale primary would still answer reads.
const emitMessage = `SELECT /* registrard:emit_message */ pg_logical_emit_message(true, 'registrard', '')`

// readClock is the time of a decision; after the locks, so that nothing that
// came before it is younger.
const readClock = `SELECT /* registrard:read_clock */ clock_timestamp()`

// describeContacts tells the lengths of the columns of ps_contacts (0: none), and the
// encoding of the database.
const describeContacts = `SELECT /* registrard:describe_contacts */ attname::text, CASE WHEN atttypmod > 4 THEN atttypmod - 4 ELSE 0 END,
  current_setting('server_encoding')
FROM pg_attribute WHERE attrelid = 'ps_contacts'::regclass AND attnum > 0 AND NOT attisdropped`

// contactsTable is ps_contacts as it is in this database.
type contactsTable struct {
	widths                           asterisk.Widths
	lastRune                         rune // see spellable
	selectRows, lock, upsert, others string
}

// newestContactsTable has every column, with Asterisk's newest lengths.
func newestContactsTable() *contactsTable {
	return &contactsTable{
		widths:     asterisk.NewestWidths,
		lastRune:   unicode.MaxRune,
		selectRows: selectContacts, lock: lockContacts, upsert: upsertContacts, others: selectOthers,
	}
}

var without2xxOnly = strings.NewReplacer(
	", c.qualify_2xx_only::text\n", ", NULL::text\n",
	", qualify_2xx_only = EXCLUDED.qualify_2xx_only", "",
	", qualify_2xx_only)\n", ")\n",
	", qualify_2xx_only\n", "\n",
)

// olderContactsTable is for a schema from before qualify_2xx_only.
func olderContactsTable() *contactsTable {
	return &contactsTable{
		widths:     asterisk.NewestWidths,
		lastRune:   unicode.MaxRune,
		selectRows: without2xxOnly.Replace(selectContacts), lock: without2xxOnly.Replace(lockContacts),
		upsert: without2xxOnly.Replace(upsertContacts),
		others: without2xxOnly.Replace(selectOthers),
	}
}

// contactsTableOf makes the statements that fit the columns and lengths found.
func contactsTableOf(columns map[string]int, encoding string) *contactsTable {
	t := newestContactsTable()
	if _, ok := columns["qualify_2xx_only"]; !ok {
		t = olderContactsTable()
	}
	t.lastRune = lastRune(encoding)
	t.widths = asterisk.Widths{
		OutboundProxy: columns["outbound_proxy"],
		UserAgent:     columns["user_agent"],
		RegServer:     columns["reg_server"],
		ViaAddr:       columns["via_addr"],
		CallID:        columns["call_id"],
	}
	return t
}

// columnRow is asterisk.ContactRow with the names of the columns.
type columnRow struct {
	ID                  string      `json:"id"`
	URI                 *string     `json:"uri"`
	ExpirationTime      *int64      `json:"expiration_time"`
	QualifyFrequency    *int32      `json:"qualify_frequency"`
	OutboundProxy       *string     `json:"outbound_proxy"`
	Path                *string     `json:"path"`
	UserAgent           *string     `json:"user_agent"`
	QualifyTimeout      *float64    `json:"qualify_timeout"`
	RegServer           *string     `json:"reg_server"`
	AuthenticateQualify *string     `json:"authenticate_qualify"`
	ViaAddr             *string     `json:"via_addr"`
	ViaPort             *int32      `json:"via_port"`
	CallID              *string     `json:"call_id"`
	Endpoint            *string     `json:"endpoint"`
	PruneOnBoot         *string     `json:"prune_on_boot"`
	Qualify2xxOnly      *string     `json:"qualify_2xx_only"`
	CSeq                *int64      `json:"cseq"`
	Q                   *string     `json:"q"`
	InstanceID          *string     `json:"instance_id"`
	RegID               *int32      `json:"reg_id"`
	OriginalURI         *string     `json:"original_uri"`
	BootID              *string     `json:"boot_id"`
	Listener            *string     `json:"listener"`
	Transport           *string     `json:"transport"`
	SourceAddr          *netip.Addr `json:"source_addr"`
	SourcePort          *int32      `json:"source_port"`
	Flow                *string     `json:"flow"`
	RegisteredAt        *time.Time  `json:"registered_at"`
	RefreshedAt         *time.Time  `json:"refreshed_at"`
	Proof               *int64      `json:"proof"`
	Reachable           *bool       `json:"reachable"`
}

// aorRow is a columnRow with what only the table has: the AOR's name apart from
// the id, whether the AOR may have other rows, and the seal.
type aorRow struct {
	AOR       string `json:"aor"`
	SharesAOR bool   `json:"shares_aor"`
	Seal      *int64 `json:"seal"`
	columnRow
}

func rowOf(c asterisk.Contact, shares bool, w asterisk.Widths) aorRow {
	return aorRow{AOR: asterisk.Cut(c.AOR, 0), SharesAOR: shares, Seal: sealOf(&c, w), columnRow: columnRow(asterisk.EncodeContact(c, w))}
}

// encodeRows is the argument of upsertContacts.
func encodeRows(rows []aorRow) (string, error) {
	text, err := json.Marshal(rows)
	if err != nil {
		return "", fmt.Errorf("write contacts as JSON: %w", err)
	}
	return string(text), nil
}

// readContacts reads the rows of selectContacts or lockContacts, by AOR.
func readContacts(rows pgx.Rows) (map[string][]asterisk.Contact, error) {
	defer rows.Close()
	byAOR := map[string][]asterisk.Contact{}
	for rows.Next() {
		var r asterisk.ContactRow
		err := rows.Scan(&r.ID, &r.URI, &r.ExpirationTime, &r.QualifyFrequency, &r.OutboundProxy,
			&r.Path, &r.UserAgent, &r.QualifyTimeout, &r.RegServer, &r.AuthenticateQualify, &r.ViaAddr, &r.ViaPort, &r.CallID, &r.Endpoint,
			&r.PruneOnBoot, &r.CSeq, &r.Q, &r.InstanceID, &r.RegID, &r.OriginalURI, &r.BootID, &r.Listener, &r.Transport,
			&r.SourceAddr, &r.SourcePort, &r.Flow, &r.RegisteredAt, &r.Reachable, &r.RefreshedAt, &r.Proof, &r.Qualify2xxOnly)
		if err != nil {
			return nil, fmt.Errorf("read ps_contacts: %w", err)
		}
		c := asterisk.DecodeContact(r)
		byAOR[c.AOR] = append(byAOR[c.AOR], c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read ps_contacts: %w", err)
	}
	return byAOR, nil
}
