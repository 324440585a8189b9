-- shares_aor: does, or may, the contact's AOR have other rows? A node that
-- refreshes contacts has to tell each phone of the AOR's others, and mostly there
-- are none: it looks in an index of the few rows that say true, and only then
-- for all rows of their AORs (PostgreSQL's CPU a refreshed row, batches of 112:
-- a sixth less).
--
-- Of several rows of an AOR at least one says true, as whoever adds one beside
-- others says so: a node writes false only under the AOR's lock, and when it
-- sees no other row; everybody else (Asterisk, a person, a registrard of before
-- this column) leaves it out, which is true. Nothing has to be undone when
-- others go: true is never wrong, only slower.

-- +goose Up

SET LOCAL lock_timeout = '15s';

-- +goose StatementBegin
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = format('%I.ps_contacts', current_schema())::regclass AND NOT attisdropped AND attname = 'shares_aor') THEN
    RAISE EXCEPTION 'ps_contacts has a column already that registrard would add: shares_aor'
      USING HINT = 'It is not Asterisk''s. Rename it, and run this again.';
  END IF;
END
$$;
-- +goose StatementEnd

-- Without the default first, so that the rows there are have NULL: no row is
-- written but those of AORs that have several, and those whose AOR isn't known.
ALTER TABLE ps_contacts ADD COLUMN shares_aor boolean;
UPDATE ps_contacts SET shares_aor = true WHERE aor IS NULL OR aor IN (SELECT aor FROM ps_contacts GROUP BY aor HAVING count(*) > 1);
ALTER TABLE ps_contacts ALTER COLUMN shares_aor SET DEFAULT true;

CREATE INDEX registrard_contacts_sharing ON ps_contacts (aor) WHERE shares_aor;

-- A row that is given another id comes to another AOR.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION registrard_follow_id() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('UPDATE %1$I.ps_contacts SET aor = %1$I.registrard_aor(id), shares_aor = true WHERE id = $1', TG_TABLE_SCHEMA) USING NEW.id;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose Down

SET LOCAL lock_timeout = '15s';

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION registrard_follow_id() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('UPDATE %1$I.ps_contacts SET aor = %1$I.registrard_aor(id) WHERE id = $1', TG_TABLE_SCHEMA) USING NEW.id;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

-- The index goes with its column.
ALTER TABLE ps_contacts DROP COLUMN shares_aor;
