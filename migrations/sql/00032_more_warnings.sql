-- What 00030 and 00031 tell in provisioning_problems is also said, as the rest
-- is, to who writes the row: by its statement (a template in an id), or at COMMIT
-- (swapped aliases, AORs of other names, a match that covers a proxy).

-- +goose Up

-- +goose StatementBegin
CREATE FUNCTION registrard_check_template(id text) RETURNS registrard_problem[]
  LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN id !~ '^\[|\]|\([^()]*\)\s*$' THEN '{}'
    ELSE ARRAY[registrard_a_problem('id', 'has a template of pjsip.conf''s syntax in it; the database knows none, so the whole text is the id',
      'write ' || registrard_quote(btrim(regexp_replace(id, '\(.*$|[][]', '', 'g'))) || ' as id, and the template''s values into the row''s columns', 'warning', 'template_in_id')] END
$$;
-- +goose StatementEnd

-- More of registrard_check_together: of the rows with these ids, NULL for all.
-- Aliases are seldom written, and few: each time the names of all phones are read.
-- +goose StatementBegin
CREATE FUNCTION registrard_check_more(tbl text, ids text[])
  RETURNS TABLE (table_name text, id text, column_name text, problem text, remedy text, severity text, kind text)
  LANGUAGE plpgsql STABLE ROWS 100 AS $$
BEGIN
  CASE tbl
  WHEN 'ps_domain_aliases' THEN
    -- Which domains are in names: those that phones are provisioned with.
    RETURN QUERY
    WITH domains AS MATERIALIZED (
      SELECT DISTINCT lower(split_part(e.id::text, '@', 2)) AS domain FROM ps_endpoints e WHERE strpos(e.id::text, '@') > 0
      UNION SELECT lower(split_part(a.id::text, '@', 2)) FROM ps_aors a WHERE strpos(a.id::text, '@') > 0)
    SELECT 'ps_domain_aliases', registrard_unescape(d.id::text), 'id',
      'is the domain that endpoints and AORs are named with, while none is named with ' || registrard_quote(registrard_text(d.domain::text)) || ', its domain: the two look swapped',
      'id is the alias that phones send, domain is what it stands for: exchange the two', 'warning', 'alias_swapped'
    FROM ps_domain_aliases d
    WHERE (ids IS NULL OR d.id = ANY (ids)) AND lower(d.id::text) IN (SELECT n.domain FROM domains n) AND lower(registrard_text(d.domain::text)) NOT IN (SELECT n.domain FROM domains n)
      AND registrard_text(d.domain::text) <> '';

  WHEN 'ps_endpoints' THEN
    RETURN QUERY
    SELECT 'ps_endpoints', registrard_unescape(e.id::text), 'aors',
      'names ' || registrard_quote(registrard_unescape(e.aors::text)) || ' and nothing that is called as the endpoint: a phone that registers as ' ||
        registrard_quote(split_part(registrard_unescape(e.id::text), '@', 1)) || ' is refused (aor_not_listed)',
      'name an AOR as the endpoint, or configure the phone to register as one of these', 'notice', 'aors_named_otherwise'
    FROM ps_endpoints e
    CROSS JOIN LATERAL (
      SELECT array_agg(split_part(n, '@', 1)) AS users, array_agg(registrard_encode(n)) AS names FROM unnest(registrard_items(registrard_unescape(e.aors::text), false)) n) listed
    WHERE (ids IS NULL OR e.id = ANY (ids)) AND e.aors <> e.id AND listed.users IS NOT NULL AND split_part(registrard_unescape(e.id::text), '@', 1) <> ALL (listed.users)
      -- Who only is called, or is found by his address, registers nothing.
      AND EXISTS (SELECT FROM unnest(listed.names) n(id) JOIN ps_aors a ON a.id = n.id WHERE a.max_contacts > 0)
      -- The digest user finds the AOR where identify_by has auth_username.
      AND NOT (coalesce(to_jsonb(e) ->> 'identify_by', '') ~ 'auth_username' AND EXISTS (
        SELECT FROM unnest(registrard_items(e.auth::text, false)) n(id) JOIN ps_auths u ON u.id = n.id
        WHERE split_part(registrard_unescape(u.username::text), '@', 1) = ANY (listed.users)))
    LIMIT CASE WHEN ids IS NULL THEN NULL ELSE 1000 END; -- as many as registrard_check_at_commit looks at

  WHEN 'ps_endpoint_id_ips' THEN
    RETURN QUERY
    SELECT 'ps_endpoint_id_ips', registrard_unescape(i.id::text), 'match',
      'covers ' || string_agg(DISTINCT p.proxy::text, ', ') || ', which ' || string_agg(DISTINCT registrard_quote(n.name), ', ') ||
        ' trusts as a proxy (trusted_proxies): what the proxy doesn''t tell the phone''s address of is taken for ' || registrard_quote(registrard_unescape(i.endpoint::text)),
      'leave the proxy''s address out of match, or out of trusted_proxies', 'warning', 'match_covers_proxy'
    FROM ps_endpoint_id_ips i
    CROSS JOIN LATERAL unnest(registrard_items(registrard_text(i.match::text), false)) item
    CROSS JOIN LATERAL (SELECT regexp_replace(regexp_replace(item, '^([0-9.]+):[0-9]+$', '\1'), '^\[(.*)\](:[0-9]+)?$', '\1') AS address) w -- without its port
    CROSS JOIN LATERAL (SELECT CASE WHEN registrard_match_error(item) IS NULL AND w.address ~ '^([0-9.]+|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)(/[0-9]+)?$'
      THEN w.address::inet END AS network) m
    JOIN registrard_nodes n ON n.heartbeat_at > clock_timestamp() - interval '1 day'
    CROSS JOIN LATERAL unnest(n.trusted_proxies) p(proxy)
    WHERE (ids IS NULL OR i.id = ANY (ids)) AND m.network && p.proxy
    GROUP BY i.id, i.endpoint;
  ELSE
    NULL;
  END CASE;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $do$
DECLARE
  m record;
BEGIN
  FOR m IN VALUES
    ('registrard_check_id(text)', 'SELECT CASE WHEN id',
      'SELECT registrard_check_template(id) || CASE WHEN id'),
    ('registrard_suspicious(text)', 'OR {?force_rport} OR {?rewrite_contact} $c$',
      'OR {?force_rport} OR {?rewrite_contact} OR {id} ~ ''^\[|\]|\([^()]*\)\s*$'' $c$'),
    ('registrard_suspicious(text)', 'OR {?authenticate_qualify} OR {?qualify_2xx_only} $c$',
      'OR {?authenticate_qualify} OR {?qualify_2xx_only} OR {id} ~ ''^\[|\]|\([^()]*\)\s*$'' $c$'),
    ('registrard_suspicious(text)', 'ELSE true END $c$',
      'ELSE true END OR {id} ~ ''^\[|\]|\([^()]*\)\s*$'' $c$'),
    ('registrard_unsettled(text)', 'OR {aors} <> {id} AND EXISTS (SELECT FROM ps_endpoints other WHERE other.id = {aors}))',
      'OR {aors} <> {id})'),
    ('registrard_check_at_commit()', 'FROM registrard_check_together(changed.tbl, changed.ids) t LIMIT most',
      'FROM (SELECT * FROM registrard_check_together(changed.tbl, changed.ids) UNION ALL SELECT * FROM registrard_check_more(changed.tbl, changed.ids)) t LIMIT most')
  LOOP
    IF strpos(pg_get_functiondef(m.column1::regprocedure), m.column2) = 0 THEN
      RAISE EXCEPTION '% has no %', m.column1, m.column2;
    END IF;
    EXECUTE replace(pg_get_functiondef(m.column1::regprocedure), m.column2, m.column3);
  END LOOP;
END
$do$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION %1$I.registrard_check_more(text, text[]) SET search_path = pg_catalog, %1$I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION %1$I.registrard_check_more(text, text[]) SET jit = off', current_schema());
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE VIEW provisioning_problems AS
  SELECT * FROM registrard_provisioning_problems()
  UNION ALL SELECT p.* FROM unnest(ARRAY['ps_endpoints', 'ps_domain_aliases', 'ps_endpoint_id_ips']) t(name) CROSS JOIN LATERAL registrard_check_more(t.name, NULL) p;

DROP FUNCTION registrard_more_problems(), registrard_proxy_problems();

-- +goose Down

SET LOCAL check_function_bodies = off; -- a table of ours may be gone

-- +goose StatementBegin
CREATE FUNCTION registrard_more_problems()
  RETURNS TABLE (table_name text, id text, column_name text, problem text, remedy text, severity text, kind text)
  LANGUAGE plpgsql STABLE ROWS 100 AS $$
DECLARE
  tbl text;
BEGIN
  FOREACH tbl IN ARRAY ARRAY['ps_endpoints', 'ps_aors', 'ps_auths'] LOOP
    RETURN QUERY EXECUTE format($q$
      SELECT %1$L, registrard_unescape(x.id::text), 'id', 'has a template of pjsip.conf''s syntax in it; the database knows none, so the whole text is the id',
        'write ' || registrard_quote(btrim(regexp_replace(x.id::text, '\(.*$|[][]', '', 'g'))) || ' as id, and the template''s values into the row''s columns', 'warning', 'template_in_id'
      FROM %1$I x WHERE x.id::text ~ '^\[|\]|\([^()]*\)\s*$'$q$, tbl);
  END LOOP;

  -- Which domains are in names: those that phones are provisioned with.
  RETURN QUERY
  WITH domains AS MATERIALIZED (
    SELECT DISTINCT lower(split_part(e.id::text, '@', 2)) AS domain FROM ps_endpoints e WHERE strpos(e.id::text, '@') > 0
    UNION SELECT lower(split_part(a.id::text, '@', 2)) FROM ps_aors a WHERE strpos(a.id::text, '@') > 0)
  SELECT 'ps_domain_aliases', registrard_unescape(d.id::text), 'id',
    'is the domain that endpoints and AORs are named with, while none is named with ' || registrard_quote(registrard_text(d.domain::text)) || ', its domain: the two look swapped',
    'id is the alias that phones send, domain is what it stands for: exchange the two', 'warning', 'alias_swapped'
  FROM ps_domain_aliases d
  WHERE lower(d.id::text) IN (SELECT n.domain FROM domains n) AND lower(registrard_text(d.domain::text)) NOT IN (SELECT n.domain FROM domains n)
    AND registrard_text(d.domain::text) <> '';

  RETURN QUERY
  SELECT 'ps_endpoints', registrard_unescape(e.id::text), 'aors',
    'names ' || registrard_quote(registrard_unescape(e.aors::text)) || ' and nothing that is called as the endpoint: a phone that registers as ' ||
      registrard_quote(split_part(registrard_unescape(e.id::text), '@', 1)) || ' is refused (aor_not_listed)',
    'name an AOR as the endpoint, or configure the phone to register as one of these', 'notice', 'aors_named_otherwise'
  FROM ps_endpoints e
  CROSS JOIN LATERAL (
    SELECT array_agg(split_part(btrim(item, E' \t\n\r\f\x0B'), '@', 1)) AS users FROM unnest(string_to_array(registrard_unescape(e.aors::text), ',')) item
    WHERE btrim(item, E' \t\n\r\f\x0B') <> '') listed
  WHERE listed.users IS NOT NULL AND split_part(registrard_unescape(e.id::text), '@', 1) <> ALL (listed.users)
    -- Who only is called, or is found by his address, registers nothing.
    AND EXISTS (SELECT FROM ps_aors a WHERE a.max_contacts > 0
      AND a.id = ANY (SELECT replace(replace(btrim(item, E' \t\n\r\f\x0B'), '^', '^5E'), ';', '^3B') FROM unnest(string_to_array(registrard_unescape(e.aors::text), ',')) item))
    -- The digest user finds the AOR where identify_by has auth_username.
    AND NOT (coalesce(to_jsonb(e) ->> 'identify_by', '') ~ 'auth_username' AND EXISTS (SELECT FROM ps_auths u
      WHERE u.id = ANY (SELECT btrim(item, E' \t\n\r\f\x0B') FROM unnest(string_to_array(e.auth::text, ',')) item)
        AND split_part(registrard_unescape(u.username::text), '@', 1) = ANY (listed.users)));
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION %1$I.registrard_more_problems() SET search_path = pg_catalog, %1$I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION %1$I.registrard_more_problems() SET jit = off', current_schema());
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION registrard_proxy_problems()
  RETURNS TABLE (table_name text, id text, column_name text, problem text, remedy text, severity text, kind text)
  LANGUAGE sql STABLE ROWS 10 AS $$
  SELECT 'ps_endpoint_id_ips', registrard_unescape(i.id::text), 'match',
    'covers ' || string_agg(DISTINCT p.proxy::text, ', ') || ', which ' || string_agg(DISTINCT registrard_quote(n.name), ', ') ||
      ' trusts as a proxy (trusted_proxies): what the proxy doesn''t tell the phone''s address of is taken for ' || registrard_quote(registrard_unescape(i.endpoint::text)),
    'leave the proxy''s address out of match, or out of trusted_proxies', 'warning', 'match_covers_proxy'
  FROM ps_endpoint_id_ips i
  CROSS JOIN LATERAL unnest(registrard_items(registrard_text(i.match::text), false)) item
  CROSS JOIN LATERAL (SELECT regexp_replace(regexp_replace(item, '^([0-9.]+):[0-9]+$', '\1'), '^\[(.*)\](:[0-9]+)?$', '\1') AS address) w -- without its port
  CROSS JOIN LATERAL (SELECT CASE WHEN registrard_match_error(item) IS NULL AND w.address ~ '^([0-9.]+|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)(/[0-9]+)?$'
    THEN w.address::inet END AS network) m
  JOIN registrard_nodes n ON n.heartbeat_at > clock_timestamp() - interval '1 day'
  CROSS JOIN LATERAL unnest(n.trusted_proxies) p(proxy)
  WHERE m.network && p.proxy
  GROUP BY i.id, i.endpoint
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION %1$I.registrard_proxy_problems() SET search_path = pg_catalog, %1$I, pg_temp', current_schema());
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE VIEW provisioning_problems AS
  SELECT * FROM registrard_provisioning_problems() UNION ALL SELECT * FROM registrard_more_problems() UNION ALL SELECT * FROM registrard_proxy_problems();

-- +goose StatementBegin
DO $do$
DECLARE
  m record;
BEGIN
  FOR m IN VALUES
    ('registrard_check_id(text)', 'SELECT registrard_check_template(id) || CASE WHEN id',
      'SELECT CASE WHEN id'),
    ('registrard_suspicious(text)', 'OR {?force_rport} OR {?rewrite_contact} OR {id} ~ ''^\[|\]|\([^()]*\)\s*$'' $c$',
      'OR {?force_rport} OR {?rewrite_contact} $c$'),
    ('registrard_suspicious(text)', 'OR {?authenticate_qualify} OR {?qualify_2xx_only} OR {id} ~ ''^\[|\]|\([^()]*\)\s*$'' $c$',
      'OR {?authenticate_qualify} OR {?qualify_2xx_only} $c$'),
    ('registrard_suspicious(text)', 'ELSE true END OR {id} ~ ''^\[|\]|\([^()]*\)\s*$'' $c$',
      'ELSE true END $c$'),
    ('registrard_unsettled(text)', 'OR {aors} <> {id})',
      'OR {aors} <> {id} AND EXISTS (SELECT FROM ps_endpoints other WHERE other.id = {aors}))'),
    ('registrard_check_at_commit()', 'FROM (SELECT * FROM registrard_check_together(changed.tbl, changed.ids) UNION ALL SELECT * FROM registrard_check_more(changed.tbl, changed.ids)) t LIMIT most',
      'FROM registrard_check_together(changed.tbl, changed.ids) t LIMIT most')
  LOOP
    IF strpos(pg_get_functiondef(m.column1::regprocedure), m.column2) = 0 THEN
      RAISE EXCEPTION '% has no %', m.column1, m.column2;
    END IF;
    EXECUTE replace(pg_get_functiondef(m.column1::regprocedure), m.column2, m.column3);
  END LOOP;
END
$do$;
-- +goose StatementEnd

DROP FUNCTION registrard_check_more(text, text[]), registrard_check_template(text);
