package migrations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Fault is something about a table that a node's statements can't do with.
type Fault struct {
	Table, Column string // Column may be empty
	Why, Remedy   string
	// Fatal: no registration can be written, or no endpoint read. Else a part of
	// the service is lacking.
	Fatal bool
	// ByAge: nodes can't serve, but with database.coherence: age.
	ByAge bool
}

// String is a sentence for the operator.
func (f Fault) String() string {
	name := f.Table
	if f.Column != "" {
		name += "." + f.Column
	}
	return name + " " + f.Why + ": " + f.Remedy
}

// Categories of types, as pg_type.typcategory has them.
const (
	text   = "S"
	number = "N"
	truth  = "BES" // a boolean, an enum of Asterisk's, or a text
	word   = "ES"
)

type need struct {
	table, column, categories string
	must                      bool
}

// used are the columns whose types matter. What is must (with) isn't optional.
var used = []need{
	{"ps_endpoints", "id", text, true}, {"ps_endpoints", "aors", text, true}, {"ps_endpoints", "auth", text, true},
	{"ps_endpoints", "identify_by", word, false}, {"ps_endpoints", "force_rport", truth, false}, {"ps_endpoints", "rewrite_contact", truth, false},
	{"ps_aors", "id", text, true}, {"ps_aors", "max_contacts", number, true}, {"ps_aors", "minimum_expiration", number, false},
	{"ps_aors", "default_expiration", number, false}, {"ps_aors", "maximum_expiration", number, false}, {"ps_aors", "qualify_frequency", number, false},
	{"ps_aors", "qualify_timeout", number, false}, {"ps_aors", "remove_existing", truth, false}, {"ps_aors", "support_path", truth, false},
	{"ps_auths", "id", text, true}, {"ps_auths", "username", text, true}, {"ps_auths", "password", text, true}, {"ps_auths", "auth_type", word, false},
	{"ps_auths", "nonce_lifetime", number, false}, {"ps_auths", "md5_cred", text, false}, {"ps_auths", "realm", text, false},
	{"ps_contacts", "id", text, true}, {"ps_contacts", "uri", text, true}, {"ps_contacts", "expiration_time", number, true},
	{"ps_contacts", "qualify_frequency", number, true}, {"ps_contacts", "qualify_timeout", number, true}, {"ps_contacts", "authenticate_qualify", truth, true},
	{"ps_contacts", "outbound_proxy", text, true}, {"ps_contacts", "path", text, true}, {"ps_contacts", "user_agent", text, true},
	{"ps_contacts", "reg_server", text, true}, {"ps_contacts", "via_addr", text, true}, {"ps_contacts", "via_port", number, true},
	{"ps_contacts", "call_id", text, true}, {"ps_contacts", "endpoint", text, true}, {"ps_contacts", "prune_on_boot", truth, true},
	{"ps_contacts", "qualify_2xx_only", truth, false},
	{"ps_endpoint_id_ips", "id", text, true}, {"ps_endpoint_id_ips", "endpoint", text, true}, {"ps_endpoint_id_ips", "match", text, true},
}

// newestTypes are what a column of the wrong type should be.
var newestTypes = map[string]string{"expiration_time": "bigint", "qualify_timeout": "double precision"}

// column is a row of faultColumns.
type column struct {
	Table, Name, Category, Type string
	Needs                       bool // a value: NOT NULL without a default
}

const faultColumns = `SELECT /* registrard:fault_columns */ c.relname::text, a.attname::text, y.typcategory::text, format_type(a.atttypid, a.atttypmod),
  a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type y ON y.oid = a.atttypid
WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relname = ANY ($1)`

// faultTables gives each table's kind, its rules on writes, whether an index can
// serve ON CONFLICT (id), and constraints on id that are deferrable.
const faultTables = `SELECT /* registrard:fault_tables */ c.relname::text, c.relkind::text,
  ARRAY(SELECT r.rulename::text FROM pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type IN ('2', '3', '4') ORDER BY 1),
  EXISTS (SELECT FROM pg_index x JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'id'
    WHERE x.indrelid = c.oid AND x.indisunique AND x.indimmediate AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL
      AND x.indnkeyatts = 1 AND x.indkey[0] = a.attnum),
  ARRAY(SELECT k.conname::text FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('u', 'p') AND k.condeferrable ORDER BY 1)
FROM pg_class c WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relname = ANY ($1) AND c.relkind IN ('r', 'p', 'v', 'f')`

// Faults looks for what stands in the way of a node's statements; the database
// must be migrated. It changes nothing.
func Faults(ctx context.Context, pool *pgxpool.Pool) ([]Fault, error) {
	var list []Fault
	for _, look := range []func(context.Context, *pgxpool.Pool) ([]Fault, error){lostFaults, columnFaults, tableFaults, identityFaults, hiddenFaults, silencedFaults, replacedFaults} {
		found, err := look(ctx, pool)
		if err != nil {
			return nil, fmt.Errorf("looking for what stands in the way: %w", err)
		}
		list = append(list, found...)
	}
	slices.SortStableFunc(list, func(a, b Fault) int { // the worst first
		switch {
		case a.Fatal == b.Fatal:
			return 0
		case a.Fatal:
			return -1
		}
		return 1
	})
	return list, nil
}

func lostFaults(ctx context.Context, pool *pgxpool.Pool) (list []Fault, err error) {
	gone, err := lost(ctx, pool)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42501" {
		return nil, nil // no right to the function: whoever owns it sees it
	}
	of := map[string][]object{}
	for _, o := range gone {
		table := o.Table
		if o.Kind == "function" {
			table = "ps_contacts"
		}
		of[table] = append(of[table], o)
	}
	for _, table := range asterisks {
		if objects := of[table]; len(objects) > 0 {
			why := "lacks what registrard had there (" + names(objects) + "), as if it had been dropped and made anew"
			if objects[0].Kind == "table" {
				why = "isn't there"
			}
			list = append(list, Fault{Table: table, Why: why, Remedy: "run `registrard migrate up`, which makes it again",
				Fatal: table == "ps_contacts" || objects[0].Kind == "table"})
		}
	}
	return list, err
}

func columnFaults(ctx context.Context, pool *pgxpool.Pool) (list []Fault, err error) {
	rows, err := pool.Query(ctx, faultColumns, asterisks)
	if err != nil {
		return nil, err
	}
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[column])
	if err != nil {
		return nil, err
	}
	have := map[string]column{}
	for _, c := range columns {
		have[c.Table], have[c.Table+"."+c.Name] = c, c
	}
	for _, u := range used {
		c, there := have[u.table+"."+u.column]
		if _, table := have[u.table]; !table {
			continue // said already
		}
		kind := newestTypes[u.column]
		if kind == "" {
			kind = map[string]string{number: "integer", text: "varchar(255)"}[u.categories]
		}
		if kind == "" {
			kind = "varchar(5)"
		}
		switch {
		case !there && u.must && slices.ContainsFunc(optional, func(o [3]string) bool { return o[0] == u.table && o[1] == u.column }):
			list = append(list, Fault{u.table, u.column, "isn't there", "run `registrard migrate up`, which adds it", true, false})
		case !there && u.must:
			list = append(list, Fault{u.table, u.column, "isn't there, and can't be done without",
				fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s;", u.table, u.column, kind), true, false})
		case there && !strings.Contains(u.categories, c.Category):
			list = append(list, Fault{u.table, u.column, "is of type " + c.Type + ", which registrard can't read or write there",
				fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s TYPE %s USING %s::%s; (with another USING where that can't be cast)", u.table, u.column, kind, u.column, kind), true, false})
		}
	}
	ours := ourColumns()
	for _, c := range columns {
		written := slices.Contains(ours, c.Table+"."+c.Name) || c.Name == "qualify_2xx_only" || slices.ContainsFunc(used, func(u need) bool { return u.table == c.Table && u.column == c.Name })
		if c.Table == "ps_contacts" && c.Needs && !written {
			list = append(list, Fault{c.Table, c.Name, "is NOT NULL without a default, and registrard doesn't know it: no contact can be inserted",
				fmt.Sprintf("ALTER TABLE ps_contacts ALTER COLUMN %s DROP NOT NULL; or give it a default", quote(c.Name)), true, false})
		}
	}
	return list, nil
}

func tableFaults(ctx context.Context, pool *pgxpool.Pool) (list []Fault, err error) {
	rows, err := pool.Query(ctx, faultTables, asterisks)
	if err != nil {
		return nil, err
	}
	var table, kind string
	var rules, deferrable []string
	var unique bool
	_, err = pgx.ForEachRow(rows, []any{&table, &kind, &rules, &unique, &deferrable}, func() error {
		if kind != "r" && kind != "p" {
			return nil
		}
		isContacts := table == "ps_contacts"
		if len(rules) > 0 && isContacts {
			list = append(list, Fault{table, "", "has a RULE on what is written (" + strings.Join(rules, ", ") + "), which changes or swallows registrations",
				fmt.Sprintf("DROP RULE %s ON %s; a trigger does the same without harm", quote(rules[0]), table), true, false})
		}
		switch {
		case unique || !isContacts && table != "ps_endpoints" && table != "ps_aors" && table != "ps_auths":
		case len(deferrable) > 0:
			list = append(list, Fault{table, "id", "has a deferrable constraint only (" + deferrable[0] + "), with which ON CONFLICT can't work",
				fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s, ADD UNIQUE (id);", table, quote(deferrable[0])), isContacts, false})
		default:
			list = append(list, Fault{table, "id", "has no unique index that registrard can use (valid, of that column alone, of all rows)",
				fmt.Sprintf("CREATE UNIQUE INDEX CONCURRENTLY ON %s (id);", table), isContacts, false})
		}
		return nil
	})
	return list, err
}

func identityFaults(ctx context.Context, pool *pgxpool.Pool) (list []Fault, err error) {
	identities, err := readIdentities(ctx, pool)
	for _, i := range identities {
		why := "has no replica identity: as soon as it is published, nothing in it can be changed or deleted"
		if i.Published {
			why = "is published and has no replica identity: PostgreSQL refuses to change or delete its rows (55000)"
		}
		list = append(list, Fault{Table: i.Table, Why: why, Remedy: i.Command + ";", Fatal: i.Published && i.Table == "ps_contacts"})
	}
	return list, err
}
