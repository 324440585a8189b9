-- A change of registrard_bans and registrard_allowed names its rows, so that a
-- node with a million bans reads those alone.

-- +goose Up

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION registrard_notify_table() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  most constant integer := 100; -- of one statement; more are told as any row
  rows text[];
  payload text := format('{"t":%s}', to_json(TG_TABLE_NAME));
BEGIN
  CASE TG_OP
  WHEN 'INSERT' THEN rows := ARRAY(SELECT n.cidr::text FROM new_rows n LIMIT most + 1);
  WHEN 'UPDATE' THEN rows := ARRAY(SELECT n.cidr::text FROM new_rows n UNION SELECT o.cidr::text FROM old_rows o LIMIT most + 1);
  WHEN 'DELETE' THEN rows := ARRAY(SELECT o.cidr::text FROM old_rows o LIMIT most + 1);
  ELSE NULL; -- TRUNCATE
  END CASE;
  IF cardinality(rows) = 0 THEN
    RETURN NULL;
  ELSIF cardinality(rows) <= most THEN
    payload := format('{"t":%s,"ids":%s}', to_json(TG_TABLE_NAME), array_to_json(rows));
  END IF;
  IF current_setting('registrard.notify', true) IS DISTINCT FROM 'off' THEN
    PERFORM pg_notify('registrard_config', payload);
  END IF;
  EXECUTE format('INSERT INTO %I.registrard_config_log (payload) VALUES ($1)', TG_TABLE_SCHEMA) USING payload;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['registrard_bans', 'registrard_allowed'] LOOP
    EXECUTE format('DROP TRIGGER registrard_update ON %I', t);
    EXECUTE format('CREATE TRIGGER registrard_update AFTER UPDATE ON %I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
      FOR EACH STATEMENT EXECUTE FUNCTION registrard_notify_table()', t);
  END LOOP;
END
$$;
-- +goose StatementEnd

-- +goose Down

-- As 00010 made it. Its triggers have one table less; the function needs no other.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION registrard_notify_table() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  touched boolean;
  any_row constant text := format('{"t":%s}', to_json(TG_TABLE_NAME));
BEGIN
  CASE TG_OP
  WHEN 'INSERT' THEN touched := EXISTS (SELECT FROM new_rows);
  WHEN 'UPDATE' THEN touched := EXISTS (SELECT FROM new_rows);
  WHEN 'DELETE' THEN touched := EXISTS (SELECT FROM old_rows);
  ELSE touched := true; -- TRUNCATE
  END CASE;
  IF touched THEN
    IF current_setting('registrard.notify', true) IS DISTINCT FROM 'off' THEN
      PERFORM pg_notify('registrard_config', any_row);
    END IF;
    EXECUTE format('INSERT INTO %I.registrard_config_log (payload) VALUES ($1)', TG_TABLE_SCHEMA) USING any_row;
  END IF;
  RETURN NULL;
END
$$;
-- +goose StatementEnd
