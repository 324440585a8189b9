-- registrations: who is registered, for people. One row a contact; what has
-- expired is left out. Asterisk's escapes (^3B, ^5E) are undone.
--
-- The view reads through a function whose body is text: PostgreSQL notes no
-- dependency of a view on ps_contacts' columns then, and Asterisk's migrations
-- can change their types (a view that names a column forbids it). The planner
-- inlines the function, so  WHERE aor = '6001'  uses the index. It reads with
-- the rights of whoever asks: SELECT on ps_contacts is needed beside SELECT on
-- the view.

-- +goose Up

CREATE FUNCTION registrard_unescape(value text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN replace(replace(value, '^3B', ';'), '^5E', '^');

-- +goose StatementBegin
DO $create$
BEGIN
  EXECUTE format($sql$
CREATE FUNCTION %1$I.registrard_registrations() RETURNS TABLE (
  aor text, endpoint text, contact text, source inet, transport text, user_agent text, node text,
  registered_at timestamptz, expires_at timestamptz, expires_in interval,
  source_port integer, original_contact text, path text, q text, instance_id text, reg_id integer,
  call_id text, cseq bigint, listener text, reachable boolean, id text
) LANGUAGE sql STABLE ROWS 1000 AS $body$
SELECT
  c.aor::text,
  %1$I.registrard_unescape(c.endpoint::text),
  %1$I.registrard_unescape(c.uri::text),
  c.source_addr,
  -- Asterisk doesn't say over what the phone came; a request to the URI goes
  -- over this (RFC 3261 19.1.1, 26.2.2).
  coalesce(c.transport,
    lower(substring(%1$I.registrard_unescape(c.uri::text) from '(?i);transport=([a-z0-9]+)')),
    CASE WHEN c.uri::text ~* '^sips:' THEN 'tls' WHEN c.uri::text ~* '^sip:' THEN 'udp' END),
  %1$I.registrard_unescape(c.user_agent::text),
  %1$I.registrard_unescape(c.reg_server::text),
  c.registered_at,
  to_timestamp(nullif(c.expiration_time, 0)),
  make_interval(secs => round(nullif(c.expiration_time, 0) - extract(epoch FROM statement_timestamp()))::double precision),
  c.source_port,
  c.original_uri,
  %1$I.registrard_unescape(c.path::text),
  c.q,
  c.instance_id,
  c.reg_id,
  %1$I.registrard_unescape(c.call_id::text),
  c.cseq,
  c.listener,
  c.reachable,
  c.id::text
FROM %1$I.ps_contacts c
-- 0 and NULL: a permanent contact
WHERE coalesce(c.expiration_time, 0) = 0
   OR c.expiration_time > floor(extract(epoch FROM statement_timestamp()))::bigint
$body$
  $sql$, current_schema());
END
$create$;
-- +goose StatementEnd

CREATE VIEW registrations AS SELECT * FROM registrard_registrations();

COMMENT ON VIEW registrations IS 'registrard: who is registered; expires_at is NULL for a permanent contact';

-- +goose Down

DROP VIEW registrations;
DROP FUNCTION registrard_registrations();
DROP FUNCTION registrard_unescape(text);
