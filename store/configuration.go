package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"registrard/asterisk"
)

// The statements that read configuration. What an older schema lacks is NULL,
// and what is an enum of changing name is read as text, so that one text serves
// every schema. All of one thing comes from one statement: one trip, one
// snapshot. With it comes whether the server is in recovery: a standby, or a
// primary that was demoted, may not say "absent".

// loadEndpoints reads endpoints and the rows that their lists name: a row for
// each id of $1. Blanks around items don't count; a ; in a list is ^3B in the
// ids. A column that the table doesn't have is that of "missing": a name without
// its table is looked for in the innermost FROM first (to_jsonb of the whole row
// would do as well, at four times the price: ps_endpoints has 140 columns).
// OFFSET 0 keeps the planner from joining: it takes a list for ten names, and
// would read a whole table of some thousand rows for them (0.78 ms an endpoint,
// 0.2 with it).
const loadEndpoints = `SELECT /* registrard:load_endpoints */ pg_is_in_recovery(), wanted.ord::int4, found.it
FROM unnest($1::text[]) WITH ORDINALITY AS wanted(id, ord)
CROSS JOIN (SELECT NULL::text AS transport, NULL::text AS identify_by, NULL::text AS force_rport, NULL::text AS rewrite_contact,
  NULL::text AS deny, NULL::text AS permit, NULL::text AS acl, NULL::text AS contact_deny, NULL::text AS contact_permit, NULL::text AS contact_acl) AS missing
LEFT JOIN LATERAL (
  SELECT json_build_object(
    'endpoint', json_build_object('id', e.id, 'transport', transport, 'aors', e.aors, 'auth', e.auth, 'identify_by', identify_by::text,
      'force_rport', force_rport::text, 'rewrite_contact', rewrite_contact::text,
      'deny', deny::text, 'permit', permit::text, 'acl', acl::text, 'contact_deny', contact_deny::text,
      'contact_permit', contact_permit::text, 'contact_acl', contact_acl::text),
    'aors', (SELECT json_agg(a.it)
      FROM (SELECT DISTINCT replace(btrim(item, E' \t\n\r\f\x0B'), ';', '^3B') AS name FROM unnest(string_to_array(e.aors, ',')) item) names
      CROSS JOIN (SELECT NULL::text AS contact, NULL::text AS outbound_proxy, NULL::int4 AS default_expiration, NULL::int4 AS minimum_expiration, NULL::int4 AS maximum_expiration,
        NULL::int4 AS qualify_frequency, NULL::float8 AS qualify_timeout, NULL::text AS remove_existing, NULL::text AS support_path, NULL::text AS authenticate_qualify,
        NULL::text AS remove_unavailable, NULL::text AS qualify_2xx_only) AS missing
      CROSS JOIN LATERAL (SELECT json_build_object('id', a.id, 'contact', contact, 'outbound_proxy', outbound_proxy,
        'default_expiration', default_expiration, 'minimum_expiration', minimum_expiration, 'maximum_expiration', maximum_expiration,
        'max_contacts', a.max_contacts, 'qualify_frequency', qualify_frequency, 'qualify_timeout', qualify_timeout,
        'remove_existing', remove_existing::text, 'support_path', support_path::text, 'authenticate_qualify', authenticate_qualify::text,
        'remove_unavailable', remove_unavailable::text, 'qualify_2xx_only', qualify_2xx_only::text) AS it
        FROM ps_aors a WHERE a.id = names.name OFFSET 0) a),
    'auths', (SELECT json_agg(a.it)
      FROM (SELECT DISTINCT replace(btrim(item, E' \t\n\r\f\x0B'), ';', '^3B') AS name FROM unnest(string_to_array(e.auth, ',')) item) names
      CROSS JOIN (SELECT NULL::text AS auth_type, NULL::text AS realm, NULL::text AS md5_cred, NULL::int4 AS nonce_lifetime, NULL::text AS password_digest, NULL::text AS supported_algorithms_uas) AS missing
      CROSS JOIN LATERAL (SELECT json_build_object('id', a.id, 'auth_type', auth_type::text, 'username', a.username, 'realm', realm,
        'password', a.password, 'md5_cred', md5_cred, 'nonce_lifetime', nonce_lifetime,
        'password_digest', password_digest::text, 'supported_algorithms_uas', supported_algorithms_uas::text) AS it
        FROM ps_auths a WHERE a.id = names.name OFFSET 0) a)) AS it
  FROM ps_endpoints e WHERE e.id = wanted.id OFFSET 0) found ON true`

// loadSite reads what holds for all endpoints.
const loadSite = `SELECT /* registrard:load_site */ pg_is_in_recovery(), jsonb_build_object(
  'globals', (SELECT jsonb_agg(jsonb_build_object('id', g.id, 'endpoint_identifier_order', to_jsonb(g) ->> 'endpoint_identifier_order',
      'default_realm', to_jsonb(g) ->> 'default_realm', 'default_auth_algorithms_uas', to_jsonb(g) ->> 'default_auth_algorithms_uas',
      'unidentified_request_count', to_jsonb(g) -> 'unidentified_request_count',
      'unidentified_request_period', to_jsonb(g) -> 'unidentified_request_period',
      'unidentified_request_prune_interval', to_jsonb(g) -> 'unidentified_request_prune_interval',
      'disable_multi_domain', to_jsonb(g) ->> 'disable_multi_domain', 'ignore_uri_user_options', to_jsonb(g) ->> 'ignore_uri_user_options'))
    FROM ps_globals g),
  'aliases', (SELECT jsonb_agg(jsonb_build_object('id', d.id, 'domain', to_jsonb(d) ->> 'domain')) FROM ps_domain_aliases d),
  'matches', (SELECT jsonb_agg(jsonb_build_object('id', m.id, 'endpoint', m.endpoint, 'match', m.match,
      'srv_lookups', to_jsonb(m) ->> 'srv_lookups', 'match_header', to_jsonb(m) ->> 'match_header',
      'match_request_uri', to_jsonb(m) ->> 'match_request_uri'))
    FROM ps_endpoint_id_ips m))`

// LoadEndpoint reads an endpoint with the rows that its lists name, in one
// trip, which others that wait share. Absent is (nil, nil); an error is ErrUnavailable and never means absent.
func (s *reader) LoadEndpoint(ctx context.Context, id string) (*asterisk.Endpoint, error) {
	stored := asterisk.Escape(id)
	if asterisk.Cut(stored, 0) != stored {
		return nil, nil // NUL, or no UTF-8: no row can have such an id
	}
	text, err := s.read(ctx, stored)
	if err != nil || text == nil {
		return nil, err
	}
	var found struct {
		Endpoint asterisk.EndpointRow `json:"endpoint"`
		AORs     []asterisk.AORRow    `json:"aors"`
		Auths    []asterisk.AuthRow   `json:"auths"`
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, unreadable("load endpoint", err)
	}
	return asterisk.DecodeEndpoint(found.Endpoint, found.AORs, found.Auths), nil
}

// LoadSite reads ps_globals, ps_domain_aliases and ps_endpoint_id_ips.
func (s *reader) LoadSite(ctx context.Context) (*asterisk.Site, error) {
	text, err := s.load(ctx, "load the site", loadSite)
	if err != nil {
		return nil, err
	}
	var found struct {
		Globals []asterisk.GlobalRow `json:"globals"`
		Aliases []asterisk.AliasRow  `json:"aliases"`
		Matches []asterisk.MatchRow  `json:"matches"`
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, unreadable("load the site", err)
	}
	return asterisk.DecodeSite(found.Globals, found.Aliases, found.Matches), nil
}

// unreadable leaves the text out: it may hold a secret, and encoding/json's
// errors quote what they could not read.
func unreadable(doing string, err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("%s: %w: column %s has a type that registrard can't read (%s)", doing, ErrUnavailable, kind.Field, kind.Value)
	}
	return fmt.Errorf("%s: %w: the server's answer can't be read", doing, ErrUnavailable)
}
