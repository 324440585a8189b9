package store

import (
	"context"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"registrard/view"
)

// The statements of the lists. $1 is one row more than a page has; then come
// the keys of the row after which the page begins, then the filters; NULL is
// "not given".

// viewContacts goes along the index on aor; what has one AOR is sorted by id.
// What is registered and what ps_aors names are each read a page of and merged:
// through the view both would be sorted as a whole.
const viewContacts = `SELECT /* registrard:view_contacts */ * FROM ((SELECT ` + contactColumns + `r.expires_at IS NULL AS permanent
FROM registrard_registrations() r` + contactsAfter + `)
UNION ALL (SELECT ` + contactColumns + `true
FROM registrard_permanent_contacts() r` + contactsAfter + `)) c
ORDER BY aor, id LIMIT $1`

const contactColumns = `coalesce(r.aor, '') AS aor, coalesce(r.endpoint, ''), coalesce(r.contact, ''), coalesce(host(r.source), ''),
  coalesce(r.source_port, 0), coalesce(r.transport, ''), coalesce(r.user_agent, ''), coalesce(r.node, ''), r.registered_at, r.expires_at,
  extract(epoch FROM r.expires_in)::bigint, coalesce(r.path, ''), coalesce(r.instance_id, ''), coalesce(r.call_id, ''), coalesce(r.listener, ''), r.reachable, r.id AS id, `

const contactsAfter = `
WHERE r.aor IS NOT NULL
  AND ($2::text IS NULL OR (r.aor, r.id) > ($2, $3::text))
  AND ($4::text IS NULL OR r.aor = $4)
  AND ($5::text IS NULL OR r.endpoint = $5)
  AND ($6::text IS NULL OR r.node = $6)
  AND ($7::text IS NULL OR r.transport = lower($7))
  AND ($8::text IS NULL OR r.source <<= $8::inet)
  AND ($9::text IS NULL OR concat_ws(' ', r.aor, r.endpoint, r.contact, r.user_agent) ILIKE $9)
ORDER BY r.aor, r.id LIMIT $1`

// viewStrays are the contacts whose id doesn't tell an AOR; they follow the rest.
const viewStrays = `SELECT /* registrard:view_strays */ ` + contactColumns + `r.expires_at IS NULL
FROM registrard_registrations() r
WHERE r.aor IS NULL
  AND ($2::text IS NULL OR r.id > $2)
  AND ($3::text IS NULL OR r.endpoint = $3)
  AND ($4::text IS NULL OR r.node = $4)
  AND ($5::text IS NULL OR r.transport = lower($5))
  AND ($6::text IS NULL OR r.source <<= $6::inet)
  AND ($7::text IS NULL OR concat_ws(' ', r.endpoint, r.contact, r.user_agent) ILIKE $7)
ORDER BY r.id LIMIT $1`

// viewEndpoints counts the contacts of a page's endpoints only.
const viewEndpoints = `SELECT /* registrard:view_endpoints */ e.id, registrard_unescape(e.id), coalesce(registrard_unescape(e.aors), ''), coalesce(registrard_unescape(e.auth), ''),
  coalesce(e.identify_by, ''), coalesce(e.transport, ''), coalesce(e.context, ''),
  (SELECT count(*) FROM (SELECT DISTINCT btrim(item, E' \t\n\r\f\x0B') AS name FROM unnest(string_to_array(registrard_unescape(e.aors), ',')) item) names
    JOIN registrard_registrations() r ON r.aor = names.name)
FROM (SELECT NULL::text AS identify_by, NULL::text AS transport, NULL::text AS context) AS missing, LATERAL (
  SELECT e.id::text AS id, e.aors::text AS aors, e.auth::text AS auth, identify_by::text AS identify_by, transport::text AS transport, context::text AS context
  FROM ps_endpoints e
  WHERE ($2::text IS NULL OR e.id::text > $2)
    AND ($3::text IS NULL OR $3 = ANY (SELECT btrim(item, E' \t\n\r\f\x0B') FROM unnest(string_to_array(registrard_unescape(e.aors::text), ',')) item))
    AND ($4::text IS NULL OR e.id = replace(replace($4, '^', '^5E'), ';', '^3B'))
    AND ($5::text IS NULL OR transport = $5)
    AND ($6::text IS NULL OR registrard_unescape(concat_ws(' ', e.id, e.aors, e.auth, context)) ILIKE $6)
  ORDER BY e.id LIMIT $1) e
ORDER BY e.id`

const viewAORs = `SELECT /* registrard:view_aors */ a.id, registrard_unescape(a.id), (SELECT count(*) FROM registrard_registrations() r WHERE r.aor = registrard_unescape(a.id)),
  a.max_contacts, coalesce(a.remove_existing, ''), a.minimum_expiration, a.default_expiration, a.maximum_expiration,
  a.qualify_frequency, coalesce(a.support_path, ''), coalesce(registrard_unescape(a.contact), '')
FROM (SELECT NULL::text AS remove_existing, NULL::bigint AS minimum_expiration, NULL::bigint AS default_expiration, NULL::bigint AS maximum_expiration,
  NULL::bigint AS qualify_frequency, NULL::text AS support_path, NULL::text AS contact) AS missing, LATERAL (
  SELECT a.id::text AS id, a.max_contacts::bigint AS max_contacts, remove_existing::text AS remove_existing, minimum_expiration::bigint AS minimum_expiration,
    default_expiration::bigint AS default_expiration, maximum_expiration::bigint AS maximum_expiration, qualify_frequency::bigint AS qualify_frequency,
    support_path::text AS support_path, contact::text AS contact
  FROM ps_aors a
  WHERE ($2::text IS NULL OR a.id::text > $2)
    AND ($3::text IS NULL OR a.id = replace(replace($3, '^', '^5E'), ';', '^3B'))
    AND ($4::text IS NULL OR registrard_unescape(concat_ws(' ', a.id, contact)) ILIKE $4)
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
	err = rows.Scan(&c.AOR, &c.Endpoint, &c.Contact, &c.Source, &c.SourcePort, &c.Transport, &c.UserAgent, &c.Node, &c.RegisteredAt, &c.ExpiresAt,
		&c.ExpiresIn, &c.Path, &c.Instance, &c.CallID, &c.Listener, &c.Reachable, &c.ID, &c.Permanent)
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
	filters := []any{orNull(f.Endpoint), orNull(f.Node), orNull(f.Transport), sourceOf(f), pattern(f.Text)}
	rows := []view.Contact{}
	amongStrays := keys[0] == ""
	if !amongStrays {
		args := append([]any{n + 1, keys[0], keys[1], orNull(f.AOR)}, filters...)
		if rows, err = look(ctx, v, "contacts", "view registrations", viewContacts, args, scanContact); err != nil {
			return view.Page[view.Contact]{}, err
		}
	}
	if len(rows) <= n && f.AOR == "" {
		after := any(nil)
		if amongStrays {
			after = keys[1]
		}
		args := append([]any{n + 1 - len(rows), after}, filters...)
		strays, err := look(ctx, v, "contacts", "view registrations", viewStrays, args, scanContact)
		if err != nil {
			return view.Page[view.Contact]{}, err
		}
		rows = append(rows, strays...)
	}
	return cutPage(rows, n, func(i int) []string { return []string{rows[i].AOR, rows[i].ID} }), nil
}

// Endpoints lists ps_endpoints, by id.
func (v *Views) Endpoints(ctx context.Context, f view.Filter) (view.Page[view.Endpoint], error) {
	n := pageSize(f)
	keys, err := pageKeys(view.Endpoints, f)
	if err != nil {
		return view.Page[view.Endpoint]{}, err
	}
	args := []any{n + 1, keys[0], orNull(f.AOR), orNull(f.Endpoint), orNull(f.Transport), pattern(f.Text)}
	var ids []string // as stored
	rows, err := look(ctx, v, "endpoints", "table ps_endpoints", viewEndpoints, args, func(rows pgx.Rows) (e view.Endpoint, err error) {
		var id string
		err = rows.Scan(&id, &e.ID, &e.AORs, &e.Auth, &e.IdentifyBy, &e.Transport, &e.Context, &e.Contacts)
		ids = append(ids, id)
		return e, err
	})
	return cutPage(rows, n, func(i int) []string { return []string{ids[i]} }), err
}

// AORs lists ps_aors, by id.
func (v *Views) AORs(ctx context.Context, f view.Filter) (view.Page[view.AOR], error) {
	n := pageSize(f)
	keys, err := pageKeys(view.AORs, f)
	if err != nil {
		return view.Page[view.AOR]{}, err
	}
	args := []any{n + 1, keys[0], orNull(f.AOR), pattern(f.Text)}
	var ids []string // as stored
	rows, err := look(ctx, v, "AORs", "table ps_aors", viewAORs, args, func(rows pgx.Rows) (a view.AOR, err error) {
		var id string
		err = rows.Scan(&id, &a.ID, &a.Contacts, &a.MaxContacts, &a.RemoveExisting, &a.MinimumExpiration, &a.DefaultExpiration, &a.MaximumExpiration,
			&a.QualifyFrequency, &a.SupportPath, &a.Contact)
		ids = append(ids, id)
		return a, err
	})
	return cutPage(rows, n, func(i int) []string { return []string{ids[i]} }), err
}

// Nodes lists the nodes of this database, by name.
func (v *Views) Nodes(ctx context.Context, f view.Filter) (view.Page[view.Node], error) {
	n := pageSize(f)
	keys, err := pageKeys(view.Nodes, f)
	if err != nil {
		return view.Page[view.Node]{}, err
	}
	args := []any{n + 1, deadAfter.Seconds(), keys[0], orNull(f.Node), pattern(f.Text)}
	rows, err := look(ctx, v, "nodes", "table registrard_nodes", viewNodes, args, func(rows pgx.Rows) (n view.Node, err error) {
		err = rows.Scan(&n.Name, &n.State, &n.Version, &n.Addresses, &n.StartedAt, &n.HeartbeatAt, &n.HeartbeatAge)
		n.StartedAt, n.HeartbeatAt = inUTC(n.StartedAt), inUTC(n.HeartbeatAt)
		n.HeartbeatAge = math.Round(n.HeartbeatAge*10) / 10
		return n, err
	})
	return cutPage(rows, n, func(i int) []string { return []string{rows[i].Name} }), err
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
	rows, err := look(ctx, v, "failures", "view registration_failures", viewFailures, args, func(rows pgx.Rows) (f view.Failure, err error) {
		var exact string
		err = rows.Scan(&f.Source, &f.Username, &f.AOR, &f.Reason, &f.Hint, &f.Count, &f.FirstSeen, &f.LastSeen, &f.Node, &f.Detail, &exact)
		f.FirstSeen, f.LastSeen = inUTC(f.FirstSeen), inUTC(f.LastSeen)
		seen = append(seen, exact)
		return f, err
	})
	return cutPage(rows, n, func(i int) []string {
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
	rows, err := look(ctx, v, "bans", "table registrard_bans", viewBans, []any{n + 1, keys[0], sourceOf(f), pattern(f.Text)}, func(rows pgx.Rows) (b view.Ban, err error) {
		err = rows.Scan(&b.CIDR, &b.Reason, &b.Until, &b.CreatedAt, &b.CreatedBy)
		b.Until, b.CreatedAt = inUTC(b.Until), inUTC(b.CreatedAt)
		return b, err
	})
	return cutPage(rows, n, func(i int) []string { return []string{rows[i].CIDR} }), err
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
	rows, err := look(ctx, v, "problems", "view provisioning_problems", viewProblems, args, func(rows pgx.Rows) (p view.Problem, err error) {
		err = rows.Scan(&p.Table, &p.ID, &p.Column, &p.Problem, &p.Remedy)
		return p, err
	})
	return cutPage(rows, n, func(i int) []string { return []string{rows[i].Table, rows[i].ID, rows[i].Column, rows[i].Problem} }), err
}

// Counts counts who is registered by node and transport. It reads the whole table.
func (v *Views) Counts(ctx context.Context) ([]view.Count, error) {
	return look(ctx, v, "counts", "view registrations", viewCounts, nil, func(rows pgx.Rows) (c view.Count, err error) {
		err = rows.Scan(&c.Node, &c.Transport, &c.Contacts)
		return c, err
	})
}
