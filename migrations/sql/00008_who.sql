-- Who: registration_counts, registration_history, and the channel
-- registration_events, told once a change and never for a refresh.
--
-- Who tells: triggers of ps_contacts on INSERT and DELETE, once a statement. So
-- Asterisk's writes and a person's DELETE are told as well as registrard's. A
-- refresh is an UPDATE, and no trigger function runs for it: there is one
-- trigger FOR EACH ROW for a contact that had expired and comes back before
-- the sweep (its row is updated), and its WHEN compares registered_at, which a
-- refresh leaves as it is. (PostgreSQL's CPU a refreshed row is the same with
-- and without: docs/events.md.)
--
-- Why a row was deleted is known to whoever does it, and told by a setting of
-- his transaction, registrard.why: unregistered, replaced, flow_lost,
-- node_restarted, or a word of one's own. Without it: expired when its time is
-- up, else removed by hand (or by Asterisk).
--
-- These triggers never raise a warning, as a node takes one in a COMMIT for a
-- sign that it isn't safe; what fails in them goes to the server's log.

-- +goose Up

SET LOCAL lock_timeout = '15s';

INSERT INTO registrard_settings (name, value, means) VALUES
  ('events', 'on', 'on, off: tell registrations on the channel registration_events'),
  ('history', 'off', 'on, off: keep registration_history'),
  ('history_days', '30', 'days that registration_history goes back')
ON CONFLICT (name) DO NOTHING;

-- at is the partition's key: a day (UTC) a partition. What is kept is plain
-- text, no row of ours depends on a column of Asterisk's.
CREATE TABLE registrard_history (
  at            timestamptz NOT NULL,
  event         text NOT NULL, -- registered, changed, expired, removed, replaced, flow_lost
  reason        text NOT NULL,
  aor           text,
  endpoint      text,
  contact       text,
  source        inet,
  source_port   integer,
  transport     text,
  user_agent    text,
  node          text,
  registered_at timestamptz,
  expires_at    timestamptz
) PARTITION BY RANGE (at);

CREATE INDEX registrard_history_aor ON registrard_history (aor, at);

-- For what comes when nobody has made the day's partition.
CREATE TABLE registrard_history_default PARTITION OF registrard_history DEFAULT;

CREATE VIEW registration_history AS
  SELECT at, event, reason, aor, endpoint, contact, source, source_port, transport, user_agent, node, registered_at, expires_at FROM registrard_history;

COMMENT ON VIEW registration_history IS 'registrard: what became of registrations; empty unless switched on: UPDATE registrard_settings SET value = ''on'' WHERE name = ''history''';

CREATE VIEW registration_counts AS
  SELECT node, transport, user_agent, count(*) AS contacts, max(registered_at) AS newest_at, min(expires_at) AS next_expires_at
  FROM registrard_registrations() GROUP BY node, transport, user_agent;

COMMENT ON VIEW registration_counts IS 'registrard: live contacts by node, transport and user agent';

-- One contact that something happened to.
CREATE TYPE registrard_change AS (
  at            timestamptz,
  aor           text,
  endpoint      text,
  contact       text,
  source        inet,
  source_port   integer,
  transport     text,
  user_agent    text,
  node          text,
  registered_at timestamptz,
  expires_at    timestamptz
);

-- The notification of one change. It may have 7,999 bytes; a stranger's
-- longest texts may need more, and are cut then.
-- +goose StatementBegin
CREATE FUNCTION registrard_event(event text, reason text, c registrard_change) RETURNS text
  LANGUAGE plpgsql STABLE AS $$
DECLARE
  e text;
BEGIN
  SELECT row_to_json(x)::text INTO e FROM (SELECT event, c.aor, c.endpoint, c.contact, host(c.source) AS source,
    c.user_agent, c.node, c.at, c.expires_at, reason, c.transport, c.source_port) x;
  IF octet_length(e) > 7900 THEN
    SELECT row_to_json(x)::text INTO e FROM (SELECT event, c.aor, c.endpoint, left(c.contact, 100) AS contact, host(c.source) AS source,
      left(c.user_agent, 20) AS user_agent, left(c.node, 20) AS node, c.at, c.expires_at, reason, c.transport, c.source_port, true AS cut) x;
  END IF;
  RETURN e;
END
$$;
-- +goose StatementEnd

-- Whether to tell: when listeners are so far behind that PostgreSQL's queue of
-- notifications is half full, no event is worth that a full one stops COMMITs.
-- +goose StatementBegin
CREATE FUNCTION registrard_tells() RETURNS boolean
  LANGUAGE sql STABLE AS $$ SELECT registrard_setting('events') IN ('on', 'yes', 'true', '1') AND pg_notification_queue_usage() < 0.5 $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION registrard_tell_rows() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  most constant integer := 1000; -- told one by one; more of one statement are told as a number
  why text := nullif(current_setting('registrard.why', true), '');
  n bigint;
  expired bigint;
  now_at timestamptz := clock_timestamp();
  now_s bigint := floor(extract(epoch FROM now_at))::bigint;
  tells boolean;
  keeps boolean;
BEGIN
  -- Mostly nothing: a sweep that finds nobody, an upsert that inserts no row.
  IF TG_OP = 'INSERT' THEN
    SELECT count(*) INTO n FROM new_rows;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT count(*), count(*) FILTER (WHERE o.expiration_time BETWEEN 1 AND now_s) INTO n, expired FROM old_rows o;
  ELSE
    n := most + 1; -- TRUNCATE
  END IF;
  IF n = 0 THEN
    RETURN NULL;
  END IF;
  tells := registrard_tells();
  keeps := registrard_setting('history') IN ('on', 'yes', 'true', '1');
  IF NOT tells AND NOT keeps THEN
    RETURN NULL;
  END IF;

  IF TG_OP = 'INSERT' THEN
    IF tells AND n <= most THEN
      PERFORM pg_notify('registration_events', registrard_event('registered', 'registered', ROW(coalesce(c.registered_at, now_at), c.aor, registrard_unescape(c.endpoint),
        registrard_unescape(c.uri), c.source_addr, c.source_port, c.transport, registrard_unescape(c.user_agent), registrard_unescape(c.reg_server), c.registered_at,
        to_timestamp(nullif(c.expiration_time, 0)))::registrard_change))
      FROM new_rows c;
    ELSIF tells THEN
      PERFORM pg_notify('registration_events', json_build_object('event', 'registered', 'count', n, 'at', now_at)::text);
    END IF;
    IF keeps THEN
      INSERT INTO registrard_history (at, event, reason, aor, endpoint, contact, source, source_port, transport, user_agent, node, registered_at, expires_at)
      SELECT coalesce(c.registered_at, now_at), 'registered', 'registered', c.aor, registrard_unescape(c.endpoint), registrard_unescape(c.uri), c.source_addr, c.source_port, c.transport,
        registrard_unescape(c.user_agent), registrard_unescape(c.reg_server), c.registered_at, to_timestamp(nullif(c.expiration_time, 0))
      FROM new_rows c;
    END IF;
    RETURN NULL;
  END IF;

  IF TG_OP = 'TRUNCATE' THEN
    IF tells THEN
      PERFORM pg_notify('registration_events', json_build_object('event', 'unregistered', 'all', true, 'at', now_at, 'reason', coalesce(why, 'by_hand'))::text);
    END IF;
    IF keeps THEN
      INSERT INTO registrard_history (at, event, reason) VALUES (now_at, 'removed', 'truncated');
    END IF;
    RETURN NULL;
  END IF;

  IF tells AND n <= most THEN
    PERFORM pg_notify('registration_events', registrard_event(
      CASE WHEN why = 'replaced' THEN 'replaced' WHEN why IS NULL AND c.expiration_time BETWEEN 1 AND now_s THEN 'expired' ELSE 'unregistered' END,
      coalesce(why, CASE WHEN c.expiration_time BETWEEN 1 AND now_s THEN 'expired' ELSE 'by_hand' END),
      ROW(now_at, c.aor, registrard_unescape(c.endpoint), registrard_unescape(c.uri), c.source_addr, c.source_port, c.transport, registrard_unescape(c.user_agent),
        registrard_unescape(c.reg_server), c.registered_at, to_timestamp(nullif(c.expiration_time, 0)))::registrard_change))
    FROM old_rows c;
  ELSIF tells THEN
    PERFORM pg_notify('registration_events', json_build_object(
      'event', CASE WHEN why = 'replaced' THEN 'replaced' WHEN why IS NULL AND expired = n THEN 'expired' ELSE 'unregistered' END,
      'count', n, 'at', now_at, 'reason', coalesce(why, CASE WHEN expired = n THEN 'expired' ELSE 'by_hand' END))::text);
  END IF;
  IF keeps THEN
    INSERT INTO registrard_history (at, event, reason, aor, endpoint, contact, source, source_port, transport, user_agent, node, registered_at, expires_at)
    SELECT now_at,
      CASE WHEN why = 'replaced' THEN 'replaced' WHEN why IN ('flow_lost', 'node_restarted') THEN 'flow_lost'
        WHEN why IS NULL AND c.expiration_time BETWEEN 1 AND now_s THEN 'expired' ELSE 'removed' END,
      coalesce(why, CASE WHEN c.expiration_time BETWEEN 1 AND now_s THEN 'expired' ELSE 'by_hand' END),
      c.aor, registrard_unescape(c.endpoint), registrard_unescape(c.uri), c.source_addr, c.source_port, c.transport, registrard_unescape(c.user_agent),
      registrard_unescape(c.reg_server), c.registered_at, to_timestamp(nullif(c.expiration_time, 0))
    FROM old_rows c;
  END IF;
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  RAISE LOG 'registrard: an event of ps_contacts was not told: %', SQLERRM;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

-- A contact that had expired and came back before it was swept away.
-- +goose StatementBegin
CREATE FUNCTION registrard_tell_return() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  gone registrard_change := ROW(NEW.registered_at, OLD.aor, registrard_unescape(OLD.endpoint), registrard_unescape(OLD.uri), OLD.source_addr, OLD.source_port,
    OLD.transport, registrard_unescape(OLD.user_agent), registrard_unescape(OLD.reg_server), OLD.registered_at, to_timestamp(nullif(OLD.expiration_time, 0)));
  back registrard_change := ROW(NEW.registered_at, NEW.aor, registrard_unescape(NEW.endpoint), registrard_unescape(NEW.uri), NEW.source_addr, NEW.source_port,
    NEW.transport, registrard_unescape(NEW.user_agent), registrard_unescape(NEW.reg_server), NEW.registered_at, to_timestamp(nullif(NEW.expiration_time, 0)));
BEGIN
  -- Its time was up when it came back, and not before: else somebody corrects a row.
  IF NOT (OLD.expiration_time > 0 AND to_timestamp(OLD.expiration_time) <= NEW.registered_at) THEN
    RETURN NULL;
  END IF;
  IF registrard_tells() THEN
    PERFORM pg_notify('registration_events', registrard_event('expired', 'expired', gone));
    PERFORM pg_notify('registration_events', registrard_event('registered', 'registered', back));
  END IF;
  IF registrard_setting('history') IN ('on', 'yes', 'true', '1') THEN
    INSERT INTO registrard_history (at, event, reason, aor, endpoint, contact, source, source_port, transport, user_agent, node, registered_at, expires_at)
    VALUES (gone.at, 'expired', 'expired', gone.aor, gone.endpoint, gone.contact, gone.source, gone.source_port, gone.transport, gone.user_agent, gone.node, gone.registered_at, gone.expires_at),
      (back.at, 'registered', 'registered', back.aor, back.endpoint, back.contact, back.source, back.source_port, back.transport, back.user_agent, back.node, back.registered_at, back.expires_at);
  END IF;
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  RAISE LOG 'registrard: an event of ps_contacts was not told: %', SQLERRM;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER registrard_tell_insert AFTER INSERT ON ps_contacts
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION registrard_tell_rows();
CREATE TRIGGER registrard_tell_delete AFTER DELETE ON ps_contacts
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION registrard_tell_rows();
CREATE TRIGGER registrard_tell_truncate AFTER TRUNCATE ON ps_contacts
  FOR EACH STATEMENT EXECUTE FUNCTION registrard_tell_rows();
-- registered_at is ours: no later ALTER of Asterisk's is in its way.
CREATE TRIGGER registrard_tell_return AFTER UPDATE ON ps_contacts
  FOR EACH ROW WHEN (OLD.registered_at IS DISTINCT FROM NEW.registered_at) EXECUTE FUNCTION registrard_tell_return();

-- For the history alone, and there only while that is on: what a refresh has
-- changed beside the time. The node and the port are left out, as they may
-- change with each refresh (a load balancer, a NAT).
CREATE FUNCTION registrard_changed(before ps_contacts, after ps_contacts) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT before.registered_at IS NOT DISTINCT FROM after.registered_at
    AND (before.source_addr IS DISTINCT FROM after.source_addr OR before.user_agent IS DISTINCT FROM after.user_agent OR before.uri IS DISTINCT FROM after.uri
    OR before.path IS DISTINCT FROM after.path OR before.transport IS DISTINCT FROM after.transport OR before.endpoint IS DISTINCT FROM after.endpoint)';

-- +goose StatementBegin
CREATE FUNCTION registrard_tell_changed() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO registrard_history (at, event, reason, aor, endpoint, contact, source, source_port, transport, user_agent, node, registered_at, expires_at)
  VALUES (clock_timestamp(), 'changed',
    concat_ws(', ', CASE WHEN OLD.uri IS DISTINCT FROM NEW.uri THEN 'contact' END, CASE WHEN OLD.source_addr IS DISTINCT FROM NEW.source_addr THEN 'source' END,
      CASE WHEN OLD.transport IS DISTINCT FROM NEW.transport THEN 'transport' END, CASE WHEN OLD.user_agent IS DISTINCT FROM NEW.user_agent THEN 'user_agent' END,
      CASE WHEN OLD.path IS DISTINCT FROM NEW.path THEN 'path' END, CASE WHEN OLD.endpoint IS DISTINCT FROM NEW.endpoint THEN 'endpoint' END),
    NEW.aor, registrard_unescape(NEW.endpoint), registrard_unescape(NEW.uri), NEW.source_addr, NEW.source_port, NEW.transport, registrard_unescape(NEW.user_agent),
    registrard_unescape(NEW.reg_server), NEW.registered_at, to_timestamp(nullif(NEW.expiration_time, 0)));
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  RAISE LOG 'registrard: a change of ps_contacts was not kept: %', SQLERRM;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

-- Makes the partitions of the coming week and drops those that are too old.
-- Nodes call it with each sweep; mostly there is nothing to do. It never waits
-- long for anybody who reads or writes the history: it tries again.
-- +goose StatementBegin
CREATE FUNCTION registrard_keep_history() RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  keeps constant boolean := registrard_setting('history') IN ('on', 'yes', 'true', '1');
  days constant integer := CASE WHEN registrard_setting('history_days') ~ '^[0-9]{1,5}$' THEN registrard_setting('history_days')::integer ELSE 30 END;
  today constant date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
  home constant text := (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = 'registrard_history'::regclass);
  day date;
  name text;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('registrard_history', 0)) THEN
    RETURN; -- another node is at it
  END IF;
  IF keeps THEN
    FOR i IN 0 .. 7 LOOP
      day := today + i;
      name := 'registrard_history_' || to_char(day, 'YYYYMMDD');
      IF to_regclass(format('%I.%I', home, name)) IS NULL THEN
        EXECUTE format('CREATE TABLE %I.%I (LIKE registrard_history INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', home, name);
        EXECUTE format('ALTER TABLE registrard_history ATTACH PARTITION %I.%I FOR VALUES FROM (%L) TO (%L)',
          home, name, day || ' 00:00:00+00', day + 1 || ' 00:00:00+00');
      END IF;
    END LOOP;
  END IF;
  FOR name IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'registrard_history'::regclass AND c.relname ~ '^registrard_history_[0-9]{8}$'
      AND to_date(right(c.relname, 8), 'YYYYMMDD') < today - days
  LOOP
    EXECUTE format('DROP TABLE %I.%I', home, name);
  END LOOP;
  DELETE FROM registrard_history_default d WHERE d.at < today - days;
EXCEPTION WHEN lock_not_available OR check_violation THEN
  RAISE LOG 'registrard: partitions of registration_history are left as they are for now: %', SQLERRM;
END
$$;
-- +goose StatementEnd

-- The switch: partitions and the trigger for changes, as soon as it is on.
-- +goose StatementBegin
CREATE FUNCTION registrard_switch_history() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  there constant boolean := EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = 'ps_contacts'::regclass AND t.tgname = 'registrard_tell_changed');
BEGIN
  IF registrard_setting('history') IN ('on', 'yes', 'true', '1') THEN
    IF NOT there THEN
      CREATE TRIGGER registrard_tell_changed AFTER UPDATE ON ps_contacts
        FOR EACH ROW WHEN (registrard_changed(OLD, NEW)) EXECUTE FUNCTION registrard_tell_changed();
    END IF;
    PERFORM registrard_keep_history();
  ELSIF there THEN
    DROP TRIGGER registrard_tell_changed ON ps_contacts;
  END IF;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER registrard_switch_history AFTER INSERT OR UPDATE OR DELETE ON registrard_settings
  FOR EACH STATEMENT EXECUTE FUNCTION registrard_switch_history();

-- +goose StatementBegin
DO $$
DECLARE
  f text;
BEGIN
  FOREACH f IN ARRAY ARRAY['registrard_tell_rows()', 'registrard_tell_return()', 'registrard_tell_changed()', 'registrard_keep_history()', 'registrard_switch_history()'] LOOP
    EXECUTE format('ALTER FUNCTION %1$I.%2$s SET search_path = pg_catalog, %1$I, pg_temp', current_schema(), f);
  END LOOP;
  FOREACH f IN ARRAY ARRAY['registrard_tell_rows()', 'registrard_tell_return()'] LOOP
    EXECUTE format('ALTER FUNCTION %1$I.%2$s SET timezone = ''UTC''', current_schema(), f);
  END LOOP;
  EXECUTE format('ALTER FUNCTION %I.registrard_keep_history() SET lock_timeout = ''1s''', current_schema());
END
$$;
-- +goose StatementEnd

-- +goose Down

SET LOCAL lock_timeout = '15s';

DROP TRIGGER registrard_switch_history ON registrard_settings;
DROP TRIGGER IF EXISTS registrard_tell_changed ON ps_contacts;
DROP TRIGGER registrard_tell_return ON ps_contacts;
DROP TRIGGER registrard_tell_truncate ON ps_contacts;
DROP TRIGGER registrard_tell_delete ON ps_contacts;
DROP TRIGGER registrard_tell_insert ON ps_contacts;
DROP FUNCTION registrard_switch_history(), registrard_keep_history(), registrard_tell_changed(), registrard_changed(ps_contacts, ps_contacts),
  registrard_tell_return(), registrard_tell_rows(), registrard_tells(), registrard_event(text, text, registrard_change);
DROP TYPE registrard_change;
DROP VIEW registration_counts;
DROP VIEW registration_history;
DROP TABLE registrard_history;
DELETE FROM registrard_settings WHERE name IN ('events', 'history', 'history_days');
