-- An UPDATE that gives rows other ids names both ids of each, and so more than it
-- changed: then n says how many. Nodes compare what was announced with what
-- PostgreSQL counts, and a rename hid as many changes that nothing announced.

-- +goose Up

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
  changed bigint; -- rows that an UPDATE changed
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
    changed := count(*) FROM (SELECT FROM new_rows LIMIT most) n;
  ELSE -- TRUNCATE
    payload := any_row;
  END CASE;
  IF payload IS NULL THEN
    IF cardinality(ids) = 0 THEN
      RETURN NULL;
    END IF;
    IF told < often AND cardinality(ids) < most THEN
      SELECT format('{"t":%s,"ids":[%s]%s}', to_json(TG_TABLE_NAME), string_agg(to_json(i)::text, ',' ORDER BY i),
        CASE WHEN changed <> cardinality(ids) THEN ',"n":' || changed ELSE '' END)
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

-- +goose Down

-- As 00006 made it.
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
