-- Permanent contacts that the configuration names (ps_aors.contact, a list of
-- URIs) are in registrations too, beside what is registered; permanent tells.
--
-- They come from a function of plpgsql: it reads with the rights of whoever
-- asks, and gives nothing to who may not read ps_aors and ps_endpoints, as the
-- view was granted without them. It notes no dependency on their columns, which
-- Asterisk's migrations can go on changing. Of ps_aors it reads the rows that
-- have such a contact, by an index; what is registered is read as before.

-- +goose Up

SET LOCAL lock_timeout = '15s';

-- +goose StatementBegin
DO $create$
BEGIN
  EXECUTE format($sql$
CREATE FUNCTION %1$I.registrard_permanent_contacts() RETURNS TABLE (
  aor text, endpoint text, contact text, source inet, transport text, user_agent text, node text,
  registered_at timestamptz, expires_at timestamptz, expires_in interval,
  source_port integer, original_contact text, path text, q text, instance_id text, reg_id integer,
  call_id text, cseq bigint, listener text, reachable boolean, id text
) LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100 AS $body$
#variable_conflict use_column
BEGIN
  IF NOT coalesce(has_table_privilege('%1$I.ps_aors', 'SELECT') AND has_table_privilege('%1$I.ps_endpoints', 'SELECT'), false)
    OR NOT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = '%1$I.ps_aors'::regclass AND attname = 'contact' AND NOT attisdropped) THEN
    RETURN;
  END IF;
  RETURN QUERY
  SELECT %1$I.registrard_unescape(a.id::text),
    (SELECT %1$I.registrard_unescape(e.id::text) FROM %1$I.ps_endpoints e WHERE e.id = a.id),
    u.uri, NULL::inet,
    coalesce(lower(substring(u.uri from '(?i);transport=([a-z0-9]+)')), CASE WHEN u.uri ~* '^sips:' THEN 'tls' ELSE 'udp' END),
    NULL::text, NULL::text, NULL::timestamptz, NULL::timestamptz, NULL::interval,
    NULL::integer, NULL::text, NULL::text, NULL::text, NULL::text, NULL::integer, NULL::text, NULL::bigint, NULL::text, NULL::boolean,
    -- As Asterisk names them.
    a.id::text || '@@' || md5(u.uri)
  FROM %1$I.ps_aors a, LATERAL (
    SELECT DISTINCT btrim(item, E' \t\n\r\f\x0B') AS uri FROM unnest(string_to_array(%1$I.registrard_unescape(a.contact::text), ',')) item) u
  WHERE a.contact <> '' AND u.uri ~* '^sips?:.';
END
$body$
  $sql$, current_schema());
  -- Somebody else's table does without: it is read as a whole then.
  IF (SELECT relkind IN ('r', 'p') AND pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = format('%I.ps_aors', current_schema())::regclass)
    AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = format('%I.ps_aors', current_schema())::regclass AND attname = 'contact' AND NOT attisdropped) THEN
    EXECUTE format('CREATE INDEX registrard_aors_permanent ON %I.ps_aors (id) WHERE contact <> ''''', current_schema());
  END IF;
END
$create$;
-- +goose StatementEnd

CREATE OR REPLACE VIEW registrations AS
  SELECT r.*, r.expires_at IS NULL AS permanent FROM registrard_registrations() r
  UNION ALL
  SELECT p.*, true FROM registrard_permanent_contacts() p;

CREATE OR REPLACE VIEW registration_counts AS
  SELECT node, transport, user_agent, count(*) AS contacts, max(registered_at) AS newest_at, min(expires_at) AS next_expires_at
  FROM registrations GROUP BY node, transport, user_agent;

COMMENT ON VIEW registrations IS 'registrard: who is registered, and permanent contacts (ps_aors.contact), whose expires_at is NULL';

-- +goose Down

-- A column is taken from a view by making it anew: whoever was granted these
-- two is granted them again.
-- +goose StatementBegin
DO $$
DECLARE
  grants text[];
  g text;
BEGIN
  SELECT array_agg(format('GRANT %s ON %I TO %s%s', a.privilege_type, c.relname,
    CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
    CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)) INTO grants
  FROM pg_class c, aclexplode(c.relacl) a
  WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND c.relname IN ('registrations', 'registration_counts');
  DROP VIEW IF EXISTS registration_counts;
  DROP VIEW IF EXISTS registrations;
  CREATE VIEW registrations AS SELECT * FROM registrard_registrations();
  CREATE VIEW registration_counts AS
    SELECT node, transport, user_agent, count(*) AS contacts, max(registered_at) AS newest_at, min(expires_at) AS next_expires_at
    FROM registrard_registrations() GROUP BY node, transport, user_agent;
  COMMENT ON VIEW registrations IS 'registrard: who is registered; expires_at is NULL for a permanent contact';
  COMMENT ON VIEW registration_counts IS 'registrard: live contacts by node, transport and user agent';
  FOREACH g IN ARRAY coalesce(grants, '{}') LOOP
    EXECUTE g;
  END LOOP;
END
$$;
-- +goose StatementEnd

DROP FUNCTION registrard_permanent_contacts();
DROP INDEX IF EXISTS registrard_aors_permanent;
