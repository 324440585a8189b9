package store

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/jackc/pgx/v5"

	"registrard/asterisk"
)

// The statements of ps_contacts. Each can be pasted into psql; those with all
// columns are made of asterisk.ContactRow, the one list of them, by
// contactsTableOf. The texts of Asterisk's columns are escaped (^3B), ours, aor
// among them, are plain.

// contactColumn is a column of asterisk.ContactRow.
type contactColumn struct {
	name, read string
	optional   bool // older schemas lack it
}

var contactRowColumns = func() (list []contactColumn) {
	row := reflect.TypeFor[asterisk.ContactRow]()
	for i := range row.NumField() {
		tag := row.Field(i).Tag
		c := contactColumn{name: tag.Get("json"), optional: tag.Get("older") == "lacks"}
		c.read = "c." + c.name
		if tag.Get("read") == "text" {
			c.read += "::text"
		}
		list = append(list, c)
	}
	return list
}()

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
  refreshed_at = now(), proof = b.proof, source_addr = b.source_addr, source_port = b.source_port, reg_server = $8, boot_id = $9
FROM (SELECT generate_subscripts($1::text[], 1) AS ord, unnest($1::text[]) AS id, unnest($2::bigint[]) AS seconds, unnest($3::bigint[]) AS cseq,
  unnest($4::bigint[]) AS fingerprint, unnest($5::inet[]) AS source_addr, unnest($6::integer[]) AS source_port,
  unnest($7::bigint[]) AS proof) b
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
	widths   asterisk.Widths
	lastRune rune // see spellable
	// selectRows reads what an AOR has, expired and permanent rows too.
	selectRows string
	// lock is selectRows for a decision: no refresh may slip in between it and the
	// write. The order is that of every statement that locks rows, so none waits
	// for another in a circle.
	lock string
	// others is selectRows after refreshContacts, without the rows that it
	// refreshed: what a phone is told of these is known but for a few columns. An
	// AOR of several rows has one that shares_aor; few have.
	others string
	// upsert writes $2 rows as they are decided, but never over a permanent one.
	upsert string
}

// contactsTableOf makes the statements that fit the columns that were found, and
// their lengths; nil is Asterisk's newest schema.
func contactsTableOf(columns map[string]int, encoding string) *contactsTable {
	var read []string
	written, updated := []string{"aor", "shares_aor", "seal"}, []string{"aor = EXCLUDED.aor", "shares_aor = EXCLUDED.shares_aor", "seal = EXCLUDED.seal"}
	for _, c := range contactRowColumns {
		if _, there := columns[c.name]; c.optional && !there && columns != nil {
			read = append(read, "NULL::text")
			continue
		}
		read, written = append(read, c.read), append(written, c.name)
		if c.name != "id" {
			updated = append(updated, c.name+" = EXCLUDED."+c.name)
		}
	}
	from := strings.Join(read, ", ") + "\nFROM ps_contacts c WHERE c.aor = ANY("
	const given = "$1::text[])"
	into := strings.Join(written, ", ")
	return &contactsTable{
		widths: asterisk.Widths{
			OutboundProxy: columns["outbound_proxy"],
			UserAgent:     columns["user_agent"],
			RegServer:     columns["reg_server"],
			ViaAddr:       columns["via_addr"],
			CallID:        columns["call_id"],
		},
		lastRune:   lastRune(encoding),
		selectRows: "SELECT /* registrard:select_contacts */ " + from + given,
		lock:       "SELECT /* registrard:lock_contacts */ " + from + given + ` ORDER BY c.id COLLATE "C" FOR UPDATE OF c`,
		others: "SELECT /* registrard:select_others */ " + from +
			"ARRAY(SELECT s.aor FROM ps_contacts s WHERE s.aor = ANY($1::text[]) AND s.shares_aor)) AND c.xmin <> pg_current_xact_id()::xid",
		upsert: orFail("INSERT /* registrard:upsert_contacts */ INTO ps_contacts AS c ("+into+")\nSELECT "+into+
			"\nFROM jsonb_populate_recordset(NULL::ps_contacts, $1::jsonb)\nON CONFLICT (id) DO UPDATE SET "+strings.Join(updated, ", ")+
			"\nWHERE c.expiration_time <> 0", "2"),
	}
}

// aorRow is a ContactRow with what only the table has: the AOR's name apart from
// the id, whether the AOR may have other rows, and the seal.
type aorRow struct {
	AOR       string `json:"aor"`
	SharesAOR bool   `json:"shares_aor"`
	Seal      *int64 `json:"seal"`
	asterisk.ContactRow
}

func rowOf(c asterisk.Contact, shares bool, w asterisk.Widths) aorRow {
	return aorRow{AOR: asterisk.Cut(c.AOR, 0), SharesAOR: shares, Seal: sealOf(&c, w), ContactRow: asterisk.EncodeContact(c, w)}
}

// sealOf is ps_contacts.seal of a contact that is written now; nil for none: a
// URI that no column can hold comes back as another.
func sealOf(c *asterisk.Contact, w asterisk.Widths) *int64 {
	if !c.HasCSeq || asterisk.OwnText(c.URI) != c.URI {
		return nil
	}
	seal := int64(c.Fingerprint(w) ^ uint64(c.CSeq))
	return &seal
}

// encodeRows is the argument of contactsTable.upsert.
func encodeRows(rows []aorRow) (string, error) {
	text, err := json.Marshal(rows)
	if err != nil {
		return "", fmt.Errorf("write contacts as JSON: %w", err)
	}
	return string(text), nil
}

// fieldsOf are where the columns of a row go that stand in the order of its fields.
func fieldsOf[T any](row *T) []any {
	fields := reflect.ValueOf(row).Elem()
	into := make([]any, fields.NumField())
	for i := range into {
		into[i] = fields.Field(i).Addr().Interface()
	}
	return into
}

// readContacts reads the rows of contactsTable's statements, by AOR.
func readContacts(rows pgx.Rows) (map[string][]asterisk.Contact, error) {
	byAOR := map[string][]asterisk.Contact{}
	var row asterisk.ContactRow
	_, err := pgx.ForEachRow(rows, fieldsOf(&row), func() error {
		c := asterisk.DecodeContact(row)
		byAOR[c.AOR] = append(byAOR[c.AOR], c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read ps_contacts: %w", err)
	}
	return byAOR, nil
}
