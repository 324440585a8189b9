-- seal: a node's mark on a row that it wrote: a hash over what is in the row and
-- doesn't change when the same phone refreshes (endpoint, Call-ID, user agent,
-- Via, path, instance, transport, …), XOR the row's cseq. A node that is to
-- refresh the row compares and writes this one number instead of 19 columns.
--
-- It holds only as long as nobody else changes the row: whatever UPDATE leaves
-- the seal as it was (a person's, Asterisk's, an older registrard's) loses it,
-- and the next refresh writes all columns, as without a seal.

-- +goose Up

SET LOCAL lock_timeout = '15s';

-- +goose StatementBegin
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = format('%I.ps_contacts', current_schema())::regclass AND NOT attisdropped AND attname = 'seal') THEN
    RAISE EXCEPTION 'ps_contacts has a column already that registrard would add: seal'
      USING HINT = 'It is not Asterisk''s. Rename it, and run this again.';
  END IF;
END
$$;
-- +goose StatementEnd

ALTER TABLE ps_contacts ADD COLUMN seal bigint;

-- +goose StatementBegin
CREATE FUNCTION registrard_break_seal() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- The row's own table: that may be a partition.
  EXECUTE format('UPDATE %s SET seal = NULL WHERE id = $1 AND seal IS NOT NULL', TG_RELID::regclass) USING NEW.id;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

-- Who may update some columns only may break the seal all the same; but nobody
-- else may use the function, in a trigger of his own.
REVOKE ALL ON FUNCTION registrard_break_seal() FROM PUBLIC;

-- It names no column of Asterisk's, see 00002_contact_columns.sql. A refresh
-- pays a comparison: its cseq is another, and so is its seal.
CREATE TRIGGER registrard_seal AFTER UPDATE ON ps_contacts
  FOR EACH ROW WHEN (OLD.seal = NEW.seal) EXECUTE FUNCTION registrard_break_seal();

-- +goose Down

SET LOCAL lock_timeout = '15s';

DROP TRIGGER registrard_seal ON ps_contacts;
DROP FUNCTION registrard_break_seal();
ALTER TABLE ps_contacts DROP COLUMN seal;
