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
--
-- Each refresh pays for what PostgreSQL must do to see whether a trigger is meant
-- (three triggers: 7% of a batch of 180, 14% of one of 20), so the one that breaks
-- seals also does what registrard_renamed of 00002 did: of that, each statement
-- had to inline the function.

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

DROP TRIGGER registrard_renamed ON ps_contacts;
DROP FUNCTION registrard_follow_id();
DROP FUNCTION registrard_renamed(ps_contacts, ps_contacts);

-- Somebody else's UPDATE breaks the seal. A row whose id was changed gets the AOR
-- of that; one that came to another AOR, by its id or by aor itself, came to others.
-- +goose StatementBegin
CREATE FUNCTION registrard_touched() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  renamed constant boolean := OLD.id IS DISTINCT FROM NEW.id;
  moved constant boolean := renamed OR OLD.aor IS DISTINCT FROM NEW.aor;
  -- registrard_aor(NEW.id), written out: it can't be named without its schema.
  name constant text := CASE WHEN NOT renamed THEN NEW.aor WHEN strpos(NEW.id, '^3B@') > 0
    THEN replace(replace(split_part(NEW.id, '^3B@', 1), '^3B', ';'), '^5E', '^') END;
BEGIN
  IF moved OR NEW.seal IS NOT NULL THEN
    -- The row's own table: that may be a partition.
    EXECUTE format('UPDATE %s SET seal = NULL, aor = $2, shares_aor = shares_aor OR $3
      WHERE id = $1 AND (seal IS NOT NULL OR aor IS DISTINCT FROM $2 OR $3 AND shares_aor IS NOT TRUE)', TG_RELID::regclass) USING NEW.id, name, moved;
  END IF;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

-- Who may update some columns only touches these all the same; but nobody else
-- may use the function, in a trigger of his own.
REVOKE ALL ON FUNCTION registrard_touched() FROM PUBLIC;

-- It names no column of Asterisk's, whose migrations could not change that
-- column's type then. A refresh that gives a seal pays three comparisons: its cseq
-- is another, and so is its seal.
CREATE TRIGGER registrard_touched AFTER UPDATE ON ps_contacts
  FOR EACH ROW WHEN (NEW.seal IS NULL OR OLD.seal = NEW.seal OR OLD.aor IS DISTINCT FROM NEW.aor) EXECUTE FUNCTION registrard_touched();

-- +goose Down

SET LOCAL lock_timeout = '15s';

DROP TRIGGER registrard_touched ON ps_contacts;
DROP FUNCTION registrard_touched();

-- The index goes with its column.
ALTER TABLE ps_contacts
  DROP COLUMN shares_aor,
  DROP COLUMN seal;

-- As in 00002_contact_columns.sql.
CREATE FUNCTION registrard_renamed(before ps_contacts, after ps_contacts) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT before.id IS DISTINCT FROM after.id';

-- +goose StatementBegin
CREATE FUNCTION registrard_follow_id() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('UPDATE %1$I.ps_contacts SET aor = %1$I.registrard_aor(id) WHERE id = $1', TG_TABLE_SCHEMA) USING NEW.id;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER registrard_renamed AFTER UPDATE ON ps_contacts
  FOR EACH ROW WHEN (registrard_renamed(OLD, NEW)) EXECUTE FUNCTION registrard_follow_id();
