-- Every change of configuration is told to all nodes: channel registrard_config,
-- one notification a statement and table, as JSON:
--   {"t":"ps_auths","ids":["6001","6002"]}   these rows were inserted, changed or deleted
--   {"t":"ps_auths"}                         any row may have: there were too many to name
-- A statement that touches no row tells nothing. PostgreSQL delivers at COMMIT,
-- and equal notifications of a transaction once.

-- +goose Up

SET LOCAL lock_timeout = '15s';

-- +goose StatementBegin
CREATE FUNCTION registrard_notify() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- pg_notify takes up to 7,999 bytes; and 7,000 bytes hold no more ids than
  -- this, so no more are looked at. (An id costs three bytes besides itself.)
  room constant integer := 7000;
  most constant integer := 1800;
  ids text[];
  payload text;
BEGIN
  CASE TG_OP
  WHEN 'INSERT' THEN
    ids := ARRAY(SELECT n.id FROM new_rows n LIMIT most);
  WHEN 'DELETE' THEN
    ids := ARRAY(SELECT o.id FROM old_rows o LIMIT most);
  WHEN 'UPDATE' THEN
    -- UNION: a row's id once, unless it was renamed.
    ids := ARRAY(SELECT n.id FROM new_rows n UNION SELECT o.id FROM old_rows o LIMIT most);
  ELSE -- TRUNCATE
    PERFORM pg_notify('registrard_config', format('{"t":%s}', to_json(TG_TABLE_NAME)));
    RETURN NULL;
  END CASE;
  IF cardinality(ids) = 0 THEN
    RETURN NULL;
  END IF;
  SELECT format('{"t":%s,"ids":[%s]}', to_json(TG_TABLE_NAME), string_agg(to_json(i)::text, ',' ORDER BY i))
  INTO payload FROM unnest(ids) i;
  IF cardinality(ids) = most OR octet_length(payload) > room THEN
    payload := format('{"t":%s}', to_json(TG_TABLE_NAME));
  END IF;
  PERFORM pg_notify('registrard_config', payload);
  RETURN NULL;
END
$$;
-- +goose StatementEnd

-- A trigger with a transition table serves one event only.
-- +goose StatementBegin
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['ps_endpoints', 'ps_aors', 'ps_auths', 'ps_globals', 'ps_domain_aliases', 'ps_endpoint_id_ips'] LOOP
    EXECUTE format('CREATE TRIGGER registrard_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows
      FOR EACH STATEMENT EXECUTE FUNCTION registrard_notify()', t);
    EXECUTE format('CREATE TRIGGER registrard_update AFTER UPDATE ON %I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
      FOR EACH STATEMENT EXECUTE FUNCTION registrard_notify()', t);
    EXECUTE format('CREATE TRIGGER registrard_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS old_rows
      FOR EACH STATEMENT EXECUTE FUNCTION registrard_notify()', t);
    EXECUTE format('CREATE TRIGGER registrard_truncate AFTER TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION registrard_notify()', t);
  END LOOP;
END
$$;
-- +goose StatementEnd

-- +goose Down

SET LOCAL lock_timeout = '15s';

-- +goose StatementBegin
DO $$
DECLARE
  t text;
  event text;
BEGIN
  FOREACH t IN ARRAY ARRAY['ps_endpoints', 'ps_aors', 'ps_auths', 'ps_globals', 'ps_domain_aliases', 'ps_endpoint_id_ips'] LOOP
    FOREACH event IN ARRAY ARRAY['insert', 'update', 'delete', 'truncate'] LOOP
      EXECUTE format('DROP TRIGGER IF EXISTS registrard_%s ON %I', event, t);
    END LOOP;
  END LOOP;
END
$$;
-- +goose StatementEnd

DROP FUNCTION registrard_notify();
