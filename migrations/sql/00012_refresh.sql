-- What a node has to know of a contact to refresh it cheaply. Both columns are
-- nodes' own; whoever else writes ps_contacts leaves them out.
--
-- shares_aor: does, or may, the contact's AOR have other rows? A node that
-- refreshes contacts has to tell each phone of the AOR's others, and mostly there
-- are none: it looks in an index of the few rows that say true, and only then
-- for all rows of their AORs (PostgreSQL's CPU a refreshed row, batches of 112:
-- a sixth less). Of several rows of an AOR at least one says true, as whoever
-- adds one beside others says so: a node writes false only under the AOR's lock,
-- and when it sees no other row; for everybody else (Asterisk, a person, a
-- registrard of before this column) there is the default. Nothing has to be
-- undone when others go: true is never wrong, only slower.
--
-- seal: a node's mark on a row that it wrote: a hash over what is in the row and
-- doesn't change when the same phone refreshes (endpoint, Call-ID, user agent,
-- Via, path, instance, transport, …), XOR the row's cseq. A node that is to
-- refresh the row compares and writes this one number instead of 19 columns. It
-- holds only as long as nobody else changes the row: whatever UPDATE leaves the
-- seal as it was (a person's, Asterisk's, an older registrard's) loses it, and
-- the next refresh writes all columns, as without a seal.

-- +goose Up

SET LOCAL lock_timeout = '15s';

-- +goose StatementBegin
DO $$
DECLARE
  taken text;
BEGIN
  SELECT string_agg(attname, ', ' ORDER BY attname) INTO taken
  FROM pg_attribute
  WHERE attrelid = format('%I.ps_contacts', current_schema())::regclass AND NOT attisdropped AND attname IN ('shares_aor', 'seal');
  IF taken IS NOT NULL THEN
    RAISE EXCEPTION 'ps_contacts has columns already that registrard would add: %', taken
      USING HINT = 'They are not Asterisk''s. Rename them, and run this again.';
  END IF;
END
$$;
-- +goose StatementEnd

-- Without the default first, so that the rows there are have NULL: no row is
-- written but those of AORs that have several.
ALTER TABLE ps_contacts
  ADD COLUMN shares_aor boolean,
  ADD COLUMN seal       bigint;
UPDATE ps_contacts SET shares_aor = true WHERE aor IN (SELECT aor FROM ps_contacts GROUP BY aor HAVING count(*) > 1);
ALTER TABLE ps_contacts ALTER COLUMN shares_aor SET DEFAULT true;

CREATE INDEX registrard_contacts_sharing ON ps_contacts (aor) WHERE shares_aor;

-- Somebody else's UPDATE breaks the seal; one that brings the row to another AOR
-- (by its id, see registrard_follow_id, or by aor itself) brings it to others.
-- +goose StatementBegin
CREATE FUNCTION registrard_touched() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  moved constant boolean := OLD.aor IS DISTINCT FROM NEW.aor;
BEGIN
  -- The row's own table: that may be a partition.
  EXECUTE format('UPDATE %s SET seal = NULL, shares_aor = shares_aor OR $2 WHERE id = $1 AND (seal IS NOT NULL OR $2)', TG_RELID::regclass) USING NEW.id, moved;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

-- Who may update some columns only touches these all the same; but nobody else
-- may use the function, in a trigger of his own.
REVOKE ALL ON FUNCTION registrard_touched() FROM PUBLIC;

-- It names no column of Asterisk's, see 00002_contact_columns.sql. A refresh
-- pays two comparisons: its cseq is another, and so is its seal.
CREATE TRIGGER registrard_touched AFTER UPDATE ON ps_contacts
  FOR EACH ROW WHEN (OLD.seal = NEW.seal OR OLD.aor IS DISTINCT FROM NEW.aor) EXECUTE FUNCTION registrard_touched();

-- +goose Down

SET LOCAL lock_timeout = '15s';

DROP TRIGGER registrard_touched ON ps_contacts;
DROP FUNCTION registrard_touched();

-- The index goes with its column.
ALTER TABLE ps_contacts
  DROP COLUMN shares_aor,
  DROP COLUMN seal;
