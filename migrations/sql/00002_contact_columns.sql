-- What registrard remembers of a contact beyond Asterisk's columns. All are
-- nullable and without default: adding them takes no time, and a row that
-- Asterisk or a person writes has NULL there. Asterisk drops columns that it
-- doesn't know when it reads.
--
-- aor, the AOR's name as people write it, is filled by a trigger, not GENERATED:
--  - Asterisk's own migrations have changed the types of ps_contacts' columns,
--    id among them; PostgreSQL refuses that for a column that a generated
--    column, a trigger's column list or WHEN clause, or a view depends on. The
--    triggers below name no column of Asterisk's: the first one's WHEN looks at
--    our aor, the second one's at the whole row.
--  - a generated column rewrites an adopted table under an exclusive lock.
--  - it costs nothing: registrard writes aor itself, so for it the first trigger
--    isn't called; and a refresh doesn't change id, so neither is the second
--    (PostgreSQL's CPU a refreshed row, batches of 256: 19.5 us with it, 19.7
--    without; a BEFORE UPDATE trigger, which locks each row first: 20.5).
-- Rows loaded with triggers off (session_replication_role = replica) have no
-- aor until:  UPDATE ps_contacts SET aor = registrard_aor(id) WHERE aor IS NULL;

-- +goose Up

-- Don't queue for ever, with everybody else behind, for a lock that some long
-- transaction holds.
SET LOCAL lock_timeout = '15s';

-- +goose StatementBegin
DO $$
DECLARE
  taken text;
BEGIN
  SELECT string_agg(attname, ', ' ORDER BY attnum) INTO taken
  FROM pg_attribute
  WHERE attrelid = format('%I.ps_contacts', current_schema())::regclass AND NOT attisdropped
    AND attname IN ('aor', 'cseq', 'q', 'instance_id', 'reg_id', 'original_uri', 'boot_id', 'listener',
      'transport', 'source_addr', 'source_port', 'flow', 'registered_at', 'reachable');
  IF taken IS NOT NULL THEN
    RAISE EXCEPTION 'ps_contacts has columns already that registrard would add: %', taken
      USING HINT = 'They are not Asterisk''s. Rename them, and run this again.';
  END IF;
END
$$;
-- +goose StatementEnd

ALTER TABLE ps_contacts
  ADD COLUMN aor           varchar(255), -- the AOR that the contact belongs to, unescaped
  ADD COLUMN cseq          bigint,       -- of the newest REGISTER with this call_id (RFC 3261 10.3 step 7)
  ADD COLUMN q             text,         -- the Contact's q parameter, as the phone wrote it
  ADD COLUMN instance_id   text,         -- +sip.instance, without < > (RFC 5626)
  ADD COLUMN reg_id        integer,      -- reg-id (RFC 5626)
  ADD COLUMN original_uri  text,         -- the Contact as the phone wrote it, when uri is another
  ADD COLUMN boot_id       text,         -- the run of the node that wrote this, see registrard_nodes
  ADD COLUMN listener      text,         -- where the REGISTER came in: udp://192.0.2.1:5060
  ADD COLUMN transport     text,         -- udp, tcp, tls, ws, wss
  ADD COLUMN source_addr   inet,         -- where it came from, as seen by the node
  ADD COLUMN source_port   integer,
  ADD COLUMN flow          text,         -- the connection it came over, known to that run of that node
  ADD COLUMN registered_at timestamptz,  -- when the binding was made; refreshes leave it
  ADD COLUMN reachable     boolean;      -- the last answer to OPTIONS; NULL: never asked

-- The AOR of a contact's id: what stands before the first ^3B@ (an escaped ;@),
-- with Asterisk's escapes undone: ^3B is ; and ^5E is ^. In this order: ^5E3B
-- is the text ^3B, not ; . NULL when the id has no ^3B@.
CREATE FUNCTION registrard_aor(id text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN strpos(id, '^3B@') > 0
    THEN replace(replace(split_part(id, '^3B@', 1), '^3B', ';'), '^5E', '^') END;

-- +goose StatementBegin
CREATE FUNCTION registrard_fill_aor() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- registrard_aor(NEW.id), written out: it can't be named without its schema.
  NEW.aor := CASE WHEN strpos(NEW.id, '^3B@') > 0
    THEN replace(replace(split_part(NEW.id, '^3B@', 1), '^3B', ';'), '^5E', '^') END;
  RETURN NEW;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER registrard_aor BEFORE INSERT ON ps_contacts
  FOR EACH ROW WHEN (NEW.aor IS NULL) EXECUTE FUNCTION registrard_fill_aor();

-- Inlined into the trigger's WHEN, so a refresh pays a comparison.
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

UPDATE ps_contacts SET aor = registrard_aor(id);

CREATE INDEX registrard_contacts_aor ON ps_contacts (aor);

-- +goose Down

SET LOCAL lock_timeout = '15s';

DROP TRIGGER registrard_renamed ON ps_contacts;
DROP TRIGGER registrard_aor ON ps_contacts;
DROP FUNCTION registrard_follow_id();
DROP FUNCTION registrard_renamed(ps_contacts, ps_contacts);
DROP FUNCTION registrard_fill_aor();
DROP FUNCTION registrard_aor(text);

-- The index goes with its column.
ALTER TABLE ps_contacts
  DROP COLUMN aor,
  DROP COLUMN cseq,
  DROP COLUMN q,
  DROP COLUMN instance_id,
  DROP COLUMN reg_id,
  DROP COLUMN original_uri,
  DROP COLUMN boot_id,
  DROP COLUMN listener,
  DROP COLUMN transport,
  DROP COLUMN source_addr,
  DROP COLUMN source_port,
  DROP COLUMN flow,
  DROP COLUMN registered_at,
  DROP COLUMN reachable;
