-- More that provisioning_problems tells: ids pasted with the syntax of Asterisk's
-- files, aliases with id and domain swapped, endpoints whose AORs all have other
-- names. And registrard_settings takes known names and values only.

-- +goose Up

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

CREATE OR REPLACE VIEW provisioning_problems AS
  SELECT * FROM registrard_provisioning_problems() UNION ALL SELECT * FROM registrard_more_problems();

-- A later migration that brings a setting makes this function anew.
-- +goose StatementBegin
CREATE FUNCTION registrard_check_setting() RETURNS trigger
  LANGUAGE plpgsql AS $$
BEGIN
  CASE NEW.name
  WHEN 'checks', 'strict', 'events', 'history' THEN
    IF lower(NEW.value) NOT IN ('on', 'off', 'yes', 'no', 'true', 'false', '1', '0') THEN
      RAISE EXCEPTION 'registrard_settings: % is on or off, not "%"', NEW.name, NEW.value USING ERRCODE = 'check_violation';
    END IF;
  WHEN 'history_days' THEN
    IF NEW.value !~ '^[1-9][0-9]{0,4}$' THEN
      RAISE EXCEPTION 'registrard_settings: history_days is a number of days, 1 or more, not "%"', NEW.value USING ERRCODE = 'check_violation';
    END IF;
  ELSE
    RAISE EXCEPTION 'registrard_settings has no setting "%"', NEW.name
      USING HINT = 'There are checks, strict, events, history and history_days.', ERRCODE = 'check_violation';
  END CASE;
  RETURN NEW;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER registrard_check_setting BEFORE INSERT OR UPDATE ON registrard_settings
  FOR EACH ROW EXECUTE FUNCTION registrard_check_setting();

-- +goose Down

DROP TRIGGER registrard_check_setting ON registrard_settings;
DROP FUNCTION registrard_check_setting();
CREATE OR REPLACE VIEW provisioning_problems AS SELECT * FROM registrard_provisioning_problems();
DROP FUNCTION registrard_more_problems();
