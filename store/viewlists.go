package store

import (
	"cmp"
	"context"
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"registrard/asterisk"
	"registrard/view"
)

// The statements of the lists. $1 is one row more than a page has; then come
// the keys of the row after which the page begins, then the filters; NULL is
// "not given".

// viewContacts goes along the index on aor; what has one AOR is sorted by id.
// What is registered and what ps_aors names are each read a page of and merged:
// through the view both would be sorted as a whole.
var viewContacts = `SELECT /* registrard:view_contacts */ * FROM ((SELECT ` + contactColumns + `r.expires_at IS NULL AS permanent
FROM registrard_registrations() r` + contactsAfter + contactsOrder + `)
UNION ALL (SELECT ` + contactColumns + `true
FROM registrard_permanent_contacts() r` + contactsAfter + contactsOrder + `)) c
ORDER BY aor, id LIMIT $1`

// contactColumns are those of view.Contact but the last, which each statement
// gives itself; NULL is the zero value where that is no pointer.
var contactColumns = func() (list string) {
	odd := map[string]string{"source": "coalesce(host(r.source), '')", "expires_in": "extract(epoch FROM r.expires_in)::bigint"}
	row := reflect.TypeFor[view.Contact]()
	for i := range row.NumField() - 1 {
		name := row.Field(i).Tag.Get("json")
		column := "r." + name
		switch row.Field(i).Type.Kind() {
		case reflect.String:
			column = "coalesce(" + column + ", '')"
		case reflect.Int:
			column = "coalesce(" + column + ", 0)"
		}
		list += cmp.Or(odd[name], column) + " AS " + name + ", "
	}
	return list
}()

const contactsAfter = `
WHERE r.aor IS NOT NULL
  AND ($2::text IS NULL OR (r.aor, r.id) > ($2, $3::text))
  AND ($4::text IS NULL OR r.aor = $4)` + contactsOf

const contactsOf = `
  AND ($5::text IS NULL OR r.endpoint = $5)
  AND ($6::text IS NULL OR r.node = $6)
  AND ($7::text IS NULL OR r.transport = lower($7))
  AND ($8::text IS NULL OR r.source <<= $8::inet)`

const contactsOrder = `
ORDER BY r.aor, r.id LIMIT $1`

// viewContactsBegin reads those whose AOR begins with the text. Of an index in
// any order of letters a range is read in which most of them are; which of them
// are not is of no matter, as viewContactsFind has all that are not in it.
var viewContactsBegin = `SELECT /* registrard:view_contacts_begin */ ` + contactColumns + `r.expires_at IS NULL
FROM registrard_registrations() r` + contactsAfter + `
  AND r.aor BETWEEN $9::text AND greatest($9 || '~', $9 || 'zzzz') AND r.aor ILIKE $10::text` + contactsOrder

// viewContactsFind reads those that have the text elsewhere. The columns are
// compared as they are stored ($11), one by one, so that an index of pg_trgm on
// them serves it. What is found so is compared as people read it ($12): in a
// CASE, of which the planner doesn't expect that hardly any row passes. OFFSET 0
// keeps it from reading all of the table a second time.
var viewContactsFind = `SELECT /* registrard:view_contacts_find */ * FROM ((SELECT ` + contactColumns + `r.expires_at IS NULL AS permanent
FROM ps_contacts c CROSS JOIN LATERAL (SELECT * FROM registrard_registrations() r WHERE r.id = c.id OFFSET 0) r
WHERE c.aor IS NOT NULL
  AND ($2::text IS NULL OR (c.aor, c.id) > ($2, $3::text))
  AND ($4::text IS NULL OR c.aor = $4)
  AND NOT (c.aor BETWEEN $9::text AND greatest($9 || '~', $9 || 'zzzz') AND c.aor ILIKE $10::text)
  AND (c.aor ILIKE $11::text OR c.endpoint ILIKE $11 OR c.uri ILIKE $11 OR c.user_agent ILIKE $11)
  AND CASE WHEN c.aor ILIKE $12::text OR registrard_unescape(c.endpoint::text) ILIKE $12 OR registrard_unescape(c.uri::text) ILIKE $12
    OR registrard_unescape(c.user_agent::text) ILIKE $12 THEN true END` + contactsOf + `
ORDER BY c.aor, c.id LIMIT $1)
UNION ALL (SELECT ` + contactColumns + `true
FROM registrard_permanent_contacts() r` + contactsAfter + `
  AND (r.aor ILIKE $12 OR r.endpoint ILIKE $12 OR r.contact ILIKE $12)` + contactsOrder + `)) c
ORDER BY aor, id LIMIT $1`

// viewStrays are the contacts whose id doesn't tell an AOR; they follow the rest.
var viewStrays = `SELECT /* registrard:view_strays */ ` + contactColumns + `r.expires_at IS NULL
FROM registrard_registrations() r
WHERE r.aor IS NULL
  AND ($2::text IS NULL OR r.id > $2)
  AND ($3::text IS NULL OR r.endpoint = $3)
  AND ($4::text IS NULL OR r.node = $4)
  AND ($5::text IS NULL OR r.transport = lower($5))
  AND ($6::text IS NULL OR r.source <<= $6::inet)
  AND ($7::text IS NULL OR r.endpoint ILIKE $7 OR r.contact ILIKE $7 OR r.user_agent ILIKE $7)
ORDER BY r.id LIMIT $1`

// viewEndpoints counts the contacts of a page's endpoints only.
const (
	viewEndpoints      = `SELECT /* registrard:view_endpoints */ ` + endpointColumns + endpointsAfter + endpointsOrder
	viewEndpointsBegin = `SELECT /* registrard:view_endpoints_begin */ ` + endpointColumns + endpointsAfter + `
    AND ` + endpointBegins + endpointsOrder
	viewEndpointsFind = `SELECT /* registrard:view_endpoints_find */ ` + endpointColumns + endpointsAfter + `
    AND NOT ` + endpointBegins + `
    AND (e.id ILIKE $8::text OR e.aors ILIKE $8 OR e.auth ILIKE $8 OR context ILIKE $8)
    AND CASE WHEN registrard_unescape(e.id::text) ILIKE $9::text OR registrard_unescape(e.aors::text) ILIKE $9
      OR registrard_unescape(e.auth::text) ILIKE $9 OR registrard_unescape(context::text) ILIKE $9 THEN true END` + endpointsOrder
)

const endpointColumns = `e.id, registrard_unescape(e.id), coalesce(registrard_unescape(e.aors), ''), coalesce(registrard_unescape(e.auth), ''),
  coalesce(e.identify_by, ''), coalesce(e.transport, ''), coalesce(e.context, ''),
  (SELECT count(*) FROM (SELECT DISTINCT btrim(item, E' \t\n\r\f\x0B') AS name FROM unnest(string_to_array(registrard_unescape(e.aors), ',')) item) names
    JOIN registrard_registrations() r ON r.aor = names.name)
FROM (SELECT NULL::text AS identify_by, NULL::text AS transport, NULL::text AS context) AS missing, LATERAL (
  SELECT e.id::text AS id, e.aors::text AS aors, e.auth::text AS auth, identify_by::text AS identify_by, transport::text AS transport, context::text AS context
  FROM ps_endpoints e`

const endpointsAfter = `
  WHERE ($2::text IS NULL OR e.id::text > $2)
    AND ($3::text IS NULL OR $3 = ANY (SELECT btrim(item, E' \t\n\r\f\x0B') FROM unnest(string_to_array(registrard_unescape(e.aors::text), ',')) item))
    AND ($4::text IS NULL OR e.id = replace(replace($4, '^', '^5E'), ';', '^3B'))
    AND ($5::text IS NULL OR transport = $5)`

const endpointBegins = `(e.id::text BETWEEN $6::text AND greatest($6 || '~', $6 || 'zzzz') AND e.id ILIKE $7::text)`

const endpointsOrder = `
  ORDER BY e.id LIMIT $1) e
ORDER BY e.id`

const (
	viewAORs      = `SELECT /* registrard:view_aors */ ` + aorColumns + aorsAfter + aorsOrder
	viewAORsBegin = `SELECT /* registrard:view_aors_begin */ ` + aorColumns + aorsAfter + `
    AND ` + aorBegins + aorsOrder
	viewAORsFind = `SELECT /* registrard:view_aors_find */ ` + aorColumns + aorsAfter + `
    AND NOT ` + aorBegins + `
    AND (a.id ILIKE $6::text OR contact ILIKE $6)
    AND CASE WHEN registrard_unescape(a.id::text) ILIKE $7::text OR registrard_unescape(contact::text) ILIKE $7 THEN true END` + aorsOrder
)

const aorColumns = `a.id, registrard_unescape(a.id), (SELECT count(*) FROM registrard_registrations() r WHERE r.aor = registrard_unescape(a.id)),
  a.max_contacts, coalesce(a.remove_existing, ''), a.minimum_expiration, a.default_expiration, a.maximum_expiration,
  a.qualify_frequency, coalesce(a.support_path, ''), coalesce(registrard_unescape(a.contact), '')
FROM (SELECT NULL::text AS remove_existing, NULL::bigint AS minimum_expiration, NULL::bigint AS default_expiration, NULL::bigint AS maximum_expiration,
  NULL::bigint AS qualify_frequency, NULL::text AS support_path, NULL::text AS contact) AS missing, LATERAL (
  SELECT a.id::text AS id, a.max_contacts::bigint AS max_contacts, remove_existing::text AS remove_existing, minimum_expiration::bigint AS minimum_expiration,
    default_expiration::bigint AS default_expiration, maximum_expiration::bigint AS maximum_expiration, qualify_frequency::bigint AS qualify_frequency,
    support_path::text AS support_path, contact::text AS contact
  FROM ps_aors a`

const aorsAfter = `
  WHERE ($2::text IS NULL OR a.id::text > $2)
    AND ($3::text IS NULL OR a.id = replace(replace($3, '^', '^5E'), ';', '^3B'))`

const aorBegins = `(a.id::text BETWEEN $4::text AND greatest($4 || '~', $4 || 'zzzz') AND a.id ILIKE $5::text)`

const aorsOrder = `
  ORDER BY a.id LIMIT $1) a
ORDER BY a.id`

// viewNodes calls a node silent whose heartbeat is $2 seconds overdue.
const viewNodes = `SELECT /* registrard:view_nodes */ n.name, CASE WHEN n.heartbeat_at > clock_timestamp() - make_interval(secs => $2) THEN coalesce(n.state, '') ELSE 'silent' END,
  coalesce(n.version, ''), coalesce(n.addresses, '{}'), n.started_at, n.heartbeat_at,
  coalesce(extract(epoch FROM clock_timestamp() - n.heartbeat_at)::double precision, 0)
FROM registrard_nodes n
WHERE ($3::text IS NULL OR n.name > $3)
  AND ($4::text IS NULL OR n.name = $4)
  AND ($5::text IS NULL OR concat_ws(' ', n.name, n.version, array_to_string(n.addresses, ' ')) ILIKE $5)
ORDER BY n.name LIMIT $1`

// viewFailures: the newest first. What may be NULL is compared as an empty text.
const viewFailures = `SELECT /* registrard:view_failures */ f.source, f.username, f.aor, f.reason, f.hint, f.count, f.first_seen, f.last_seen, f.node, f.detail, f.last_seen::text
FROM (
  SELECT coalesce(host(f.source::text::inet), '') AS source, coalesce(f.username::text, '') AS username, coalesce(f.aor::text, '') AS aor,
    coalesce(f.reason::text, '') AS reason, coalesce(f.hint::text, '') AS hint, f.count::bigint AS count, f.first_seen, f.last_seen, coalesce(f.node::text, '') AS node,
    coalesce(to_jsonb(f) ->> 'detail', '') AS detail
  FROM registration_failures f) f
WHERE ($2::text IS NULL OR (f.last_seen, f.source, f.username, f.aor, f.reason, f.node) < ($2::timestamptz, $3::text, $4::text, $5::text, $6::text, $7::text))
  AND ($8::text IS NULL OR f.aor = $8)
  AND ($9::text IS NULL OR f.username = $9)
  AND ($10::text IS NULL OR f.reason = $10)
  AND ($11::text IS NULL OR f.node = $11)
  AND ($12::text IS NULL OR nullif(f.source, '')::inet <<= $12::inet)
  AND ($13::text IS NULL OR concat_ws(' ', f.source, f.username, f.aor, f.reason, f.detail, f.hint) ILIKE $13)
ORDER BY f.last_seen DESC, f.source DESC, f.username DESC, f.aor DESC, f.reason DESC, f.node DESC LIMIT $1`

const viewBans = `SELECT /* registrard:view_bans */ abbrev(b.cidr::inet), coalesce(b.reason::text, ''), nullif(b.until, 'infinity'::timestamptz),
  (to_jsonb(b) ->> 'created_at')::timestamptz, coalesce(to_jsonb(b) ->> 'created_by', '')
FROM registrard_bans b
WHERE ($2::text IS NULL OR b.cidr::inet > $2::inet)
  AND ($3::text IS NULL OR b.cidr::inet && $3::inet)
  AND ($4::text IS NULL OR concat_ws(' ', b.cidr::text, b.reason) ILIKE $4)
  AND (b.until IS NULL OR b.until > clock_timestamp())
ORDER BY b.cidr::inet LIMIT $1`

const viewProblems = `SELECT /* registrard:view_problems */ p.table_name, p.id, p.column_name, p.problem, p.remedy
FROM (
  SELECT coalesce(p.table_name::text, '') AS table_name, coalesce(p.id::text, '') AS id, coalesce(p.column_name::text, '') AS column_name,
    coalesce(p.problem::text, '') AS problem, coalesce(p.remedy::text, '') AS remedy
  FROM provisioning_problems p) p
WHERE ($2::text IS NULL OR (p.table_name, p.id, p.column_name, p.problem) > ($2, $3::text, $4::text, $5::text))
  AND ($6::text IS NULL OR p.table_name = $6)
  AND ($7::text IS NULL OR (p.table_name = 'ps_endpoints' AND p.id = $7))
  AND ($8::text IS NULL OR concat_ws(' ', p.table_name, p.id, p.column_name, p.problem, p.remedy) ILIKE $8)
ORDER BY p.table_name, p.id, p.column_name, p.problem LIMIT $1`

// viewCounts reads the whole table: 1,000,000 contacts take most of a second.
const viewCounts = `SELECT /* registrard:view_counts */ coalesce(node, ''), coalesce(transport, ''), count(*)
FROM registrations GROUP BY 1, 2 ORDER BY 1, 2`

func scanContact(rows pgx.Rows) (c view.Contact, err error) {
	err = rows.Scan(fieldsOf(&c)...)
	c.RegisteredAt, c.ExpiresAt = inUTC(c.RegisteredAt), inUTC(c.ExpiresAt)
	return c, err
}

// inUTC makes JSON of one time look alike on every machine.
func inUTC(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

// Contacts lists who is registered, by AOR; those whose id tells no AOR come last.
func (v *Views) Contacts(ctx context.Context, f view.Filter) (view.Page[view.Contact], error) {
	n := pageSize(f)
	keys, err := pageKeys(view.Contacts, f)
	if err != nil {
		return view.Page[view.Contact]{}, err
	}
	l := v.looks("contacts", "view registrations", f.Text)
	filters := []any{orNull(f.Endpoint), orNull(f.Node), orNull(f.Transport), sourceOf(f)}
	rows, begun := []view.Contact{}, 0
	amongStrays := keys[0] == ""
	switch args := append([]any{orNull(f.AOR)}, filters...); {
	case amongStrays:
	case f.Text == "":
		rows, err = look(ctx, l, viewContacts, slices.Concat([]any{n + 1}, keys[:2], args), scanContact)
	default:
		rows, begun, err = search(ctx, l, viewContactsBegin, viewContactsFind, n+1, keys, args, f.Text, f.Text, scanContact)
	}
	if err == nil && !l.cut && len(rows) <= n && f.AOR == "" {
		after := any(nil)
		if amongStrays {
			after = keys[1]
		}
		var strays []view.Contact
		strays, err = look(ctx, l, viewStrays, slices.Concat([]any{n + 1 - len(rows), after}, filters, []any{pattern(f.Text)}), scanContact)
		rows = append(rows, strays...)
	}
	if err != nil {
		return view.Page[view.Contact]{}, err
	}
	return cutPage(l, rows, n, func(i int) []string { return []string{rows[i].AOR, rows[i].ID, stageOf(i, begun)} }), nil
}

// Endpoints lists ps_endpoints, by id.
func (v *Views) Endpoints(ctx context.Context, f view.Filter) (view.Page[view.Endpoint], error) {
	return listByID(ctx, v.looks("endpoints", "table ps_endpoints", f.Text), view.Endpoints, [3]string{viewEndpoints, viewEndpointsBegin, viewEndpointsFind}, f,
		[]any{orNull(f.AOR), orNull(f.Endpoint), orNull(f.Transport)}, func(rows pgx.Rows) (id string, e view.Endpoint, err error) {
			err = rows.Scan(&id, &e.ID, &e.AORs, &e.Auth, &e.IdentifyBy, &e.Transport, &e.Context, &e.Contacts)
			return id, e, err
		})
}

// AORs lists ps_aors, by id.
func (v *Views) AORs(ctx context.Context, f view.Filter) (view.Page[view.AOR], error) {
	return listByID(ctx, v.looks("AORs", "table ps_aors", f.Text), view.AORs, [3]string{viewAORs, viewAORsBegin, viewAORsFind}, f,
		[]any{orNull(f.AOR)}, func(rows pgx.Rows) (id string, a view.AOR, err error) {
			err = rows.Scan(&id, &a.ID, &a.Contacts, &a.MaxContacts, &a.RemoveExisting, &a.MinimumExpiration, &a.DefaultExpiration, &a.MaximumExpiration,
				&a.QualifyFrequency, &a.SupportPath, &a.Contact)
			return id, a, err
		})
}

// listByID reads a page of a list whose one key is the id as it is stored: by the
// first statement all rows, by the others those with a text, as search does.
func listByID[T any](ctx context.Context, l *looks, list view.List, sql [3]string, f view.Filter, args []any, scan func(pgx.Rows) (string, T, error)) (view.Page[T], error) {
	n := pageSize(f)
	keys, err := pageKeys(list, f)
	if err != nil {
		return view.Page[T]{}, err
	}
	var ids []string
	one := func(rows pgx.Rows) (T, error) {
		id, row, err := scan(rows)
		ids = append(ids, id)
		return row, err
	}
	var rows []T
	begun := 0
	if f.Text == "" {
		rows, err = look(ctx, l, sql[0], slices.Concat([]any{n + 1}, keys[:1], args), one)
	} else {
		rows, begun, err = search(ctx, l, sql[1], sql[2], n+1, keys, args, asterisk.Escape(f.Text), f.Text, one)
	}
	return cutPage(l, rows, n, func(i int) []string { return []string{ids[i], stageOf(i, begun)} }), err
}

// Nodes lists the nodes of this database, by name.
func (v *Views) Nodes(ctx context.Context, f view.Filter) (view.Page[view.Node], error) {
	n := pageSize(f)
	keys, err := pageKeys(view.Nodes, f)
	if err != nil {
		return view.Page[view.Node]{}, err
	}
	args := []any{n + 1, deadAfter.Seconds(), keys[0], orNull(f.Node), pattern(f.Text)}
	l := v.looks("nodes", "table registrard_nodes", f.Text)
	rows, err := look(ctx, l, viewNodes, args, func(rows pgx.Rows) (n view.Node, err error) {
		err = rows.Scan(&n.Name, &n.State, &n.Version, &n.Addresses, &n.StartedAt, &n.HeartbeatAt, &n.HeartbeatAge)
		n.StartedAt, n.HeartbeatAt = inUTC(n.StartedAt), inUTC(n.HeartbeatAt)
		n.HeartbeatAge = math.Round(n.HeartbeatAge*10) / 10
		return n, err
	})
	return cutPage(l, rows, n, func(i int) []string { return []string{rows[i].Name} }), err
}

// Failures lists what was refused, the newest first. *view.Absent before its
// migration.
func (v *Views) Failures(ctx context.Context, f view.Filter) (view.Page[view.Failure], error) {
	n := pageSize(f)
	keys, err := pageKeys(view.Failures, f)
	if err != nil {
		return view.Page[view.Failure]{}, err
	}
	args := append([]any{n + 1}, keys...)
	args = append(args, orNull(f.AOR), orNull(f.Username), orNull(f.Reason), orNull(f.Node), sourceOf(f), pattern(f.Text))
	var seen []string // last_seen as the server writes it, to the microsecond
	l := v.looks("failures", "view registration_failures", f.Text)
	rows, err := look(ctx, l, viewFailures, args, func(rows pgx.Rows) (f view.Failure, err error) {
		var exact string
		err = rows.Scan(&f.Source, &f.Username, &f.AOR, &f.Reason, &f.Hint, &f.Count, &f.FirstSeen, &f.LastSeen, &f.Node, &f.Detail, &exact)
		f.FirstSeen, f.LastSeen = inUTC(f.FirstSeen), inUTC(f.LastSeen)
		seen = append(seen, exact)
		return f, err
	})
	return cutPage(l, rows, n, func(i int) []string {
		f := &rows[i]
		return []string{seen[i], f.Source, f.Username, f.AOR, f.Reason, f.Node}
	}), err
}

// Bans lists the bans that are in force, by address. *view.Absent before its
// migration.
func (v *Views) Bans(ctx context.Context, f view.Filter) (view.Page[view.Ban], error) {
	n := pageSize(f)
	keys, err := pageKeys(view.Bans, f)
	if err != nil {
		return view.Page[view.Ban]{}, err
	}
	l := v.looks("bans", "table registrard_bans", f.Text)
	rows, err := look(ctx, l, viewBans, []any{n + 1, keys[0], sourceOf(f), pattern(f.Text)}, func(rows pgx.Rows) (b view.Ban, err error) {
		err = rows.Scan(&b.CIDR, &b.Reason, &b.Until, &b.CreatedAt, &b.CreatedBy)
		b.Until, b.CreatedAt = inUTC(b.Until), inUTC(b.CreatedAt)
		return b, err
	})
	return cutPage(l, rows, n, func(i int) []string { return []string{rows[i].CIDR} }), err
}

// Problems lists what is wrong with the configuration rows. *view.Absent
// before its migration.
func (v *Views) Problems(ctx context.Context, f view.Filter) (view.Page[view.Problem], error) {
	n := pageSize(f)
	keys, err := pageKeys(view.Problems, f)
	if err != nil {
		return view.Page[view.Problem]{}, err
	}
	args := append([]any{n + 1}, keys...)
	args = append(args, orNull(f.Table), orNull(f.Endpoint), pattern(f.Text))
	// What takes time is the view, with and without a text.
	l := v.looks("problems", "view provisioning_problems", "")
	rows, err := look(ctx, l, viewProblems, args, func(rows pgx.Rows) (p view.Problem, err error) {
		err = rows.Scan(&p.Table, &p.ID, &p.Column, &p.Problem, &p.Remedy)
		return p, err
	})
	return cutPage(l, rows, n, func(i int) []string { return []string{rows[i].Table, rows[i].ID, rows[i].Column, rows[i].Problem} }), err
}

// Counts counts who is registered by node and transport. It reads the whole table.
func (v *Views) Counts(ctx context.Context) ([]view.Count, error) {
	return look(ctx, v.looks("counts", "view registrations", ""), viewCounts, nil, func(rows pgx.Rows) (c view.Count, err error) {
		err = rows.Scan(&c.Node, &c.Transport, &c.Contacts)
		return c, err
	})
}
