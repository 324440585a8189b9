-- What a node reads that asks for changes instead of listening to them
-- (database.coherence: poll): one row for each notification of registrard_config,
-- written by the same triggers in the same transaction, with the same text.
--
-- No row of it is ever updated, so writers don't wait for one another. The order
-- of ids is that of writing, not of COMMIT: a reader keeps the snapshot of its
-- last look, and asks for what was not visible in it (xid is that of the whole
-- transaction). Nodes delete what they have all had ten minutes to see.
--
-- A transaction that changes a table by one statement a row names its rows in the
-- first 100 statements and then says once that any row may have changed: a bulk
-- load of 100,000 INSERTs is 101 notifications and 101 rows here.
--
-- Where every node asks, or the engine has no NOTIFY, nothing need be notified:
--   ALTER DATABASE … SET registrard.notify = 'off';

-- +goose Up

SET LOCAL lock_timeout = '15s';

CREATE TABLE registrard_config_log (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid     xid8 NOT NULL DEFAULT pg_current_xact_id(),
  payload text NOT NULL -- as registrard_config tells it: {"t":"ps_auths","ids":["6001"]}
);

CREATE INDEX registrard_config_log_xid ON registrard_config_log (xid);

-- It writes with its owner's rights: who may provision need not be granted
-- anything on the log. So nobody else may hang it on a table of his own.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION registrard_notify() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- pg_notify takes up to 7,999 bytes; and 7,000 bytes hold no more ids than
  -- this, so no more are looked at. (An id costs three bytes besides itself.)
  room constant integer := 7000;
  most constant integer := 1800;
  -- How often a transaction names rows of a table. The count is a setting of the
  -- transaction: it ends with it, and goes back with a savepoint like the rows.
  often constant integer := 100;
  counter constant text := 'registrard.told_' || TG_RELID;
  told constant integer := coalesce(nullif(current_setting(counter, true), ''), '0')::integer;
  any_row constant text := format('{"t":%s}', to_json(TG_TABLE_NAME));
  ids text[];
  payload text;
BEGIN
  IF told > often THEN
    RETURN NULL; -- any row, it was said
  END IF;
  CASE TG_OP
  WHEN 'INSERT' THEN
    ids := ARRAY(SELECT n.id FROM new_rows n LIMIT most);
  WHEN 'DELETE' THEN
    ids := ARRAY(SELECT o.id FROM old_rows o LIMIT most);
  WHEN 'UPDATE' THEN
    -- UNION: a row's id once, unless it was renamed.
    ids := ARRAY(SELECT n.id FROM new_rows n UNION SELECT o.id FROM old_rows o LIMIT most);
  ELSE -- TRUNCATE
    payload := any_row;
  END CASE;
  IF payload IS NULL THEN
    IF cardinality(ids) = 0 THEN
      RETURN NULL;
    END IF;
    IF told < often AND cardinality(ids) < most THEN
      SELECT format('{"t":%s,"ids":[%s]}', to_json(TG_TABLE_NAME), string_agg(to_json(i)::text, ',' ORDER BY i))
      INTO payload FROM unnest(ids) i;
    END IF;
    IF payload IS NULL OR octet_length(payload) > room THEN
      payload := any_row;
    END IF;
  END IF;
  PERFORM set_config(counter, (CASE WHEN payload = any_row THEN often ELSE told END + 1)::text, true);
  IF current_setting('registrard.notify', true) IS DISTINCT FROM 'off' THEN
    PERFORM pg_notify('registrard_config', payload);
  END IF;
  EXECUTE format('INSERT INTO %I.registrard_config_log (payload) VALUES ($1)', TG_TABLE_SCHEMA) USING payload;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

REVOKE ALL ON FUNCTION registrard_notify() FROM PUBLIC;

-- +goose Down

SET LOCAL lock_timeout = '15s';

-- As 00004 made it.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION registrard_notify() RETURNS trigger
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

GRANT EXECUTE ON FUNCTION registrard_notify() TO PUBLIC;

DROP TABLE registrard_config_log;
