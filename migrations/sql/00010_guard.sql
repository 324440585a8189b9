-- Who may knock: bans, those who are never banned, failures as all nodes count
-- them together; and registrard_node, the role with the rights that serve needs.

-- +goose Up

SET LOCAL lock_timeout = '15s';

-- Editable by hand; every change is in force on all nodes at once:
--   INSERT INTO registrard_bans (cidr, reason) VALUES ('192.0.2.0/24', 'scans');
--   DELETE FROM registrard_bans WHERE cidr >>= '192.0.2.7';
CREATE TABLE registrard_bans (
  cidr       inet PRIMARY KEY, -- inet, so that one address prints without its /32
  reason     text NOT NULL DEFAULT 'by hand',
  until      timestamptz,      -- NULL: for ever
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by text NOT NULL DEFAULT current_user, -- a node's name, when it was counted
  counted    boolean NOT NULL DEFAULT false,     -- by a node, from failures
  CONSTRAINT "cidr is a network: no bits right of its mask" CHECK (cidr = network(cidr))
);

-- What is never banned, whatever registrard_bans says, and never counted.
CREATE TABLE registrard_allowed (
  cidr       inet PRIMARY KEY,
  note       text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "cidr is a network: no bits right of its mask" CHECK (cidr = network(cidr))
);

-- Failures per source, and per source and user, that all nodes have seen: each
-- adds what it counted every few seconds. level drains with time; a row that is
-- empty is deleted. Unlogged: it is worth nothing after a crash.
CREATE UNLOGGED TABLE registrard_guard (
  source     inet NOT NULL,
  username   text NOT NULL, -- '' is the source as a whole
  level      double precision NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (source, username)
);

-- The channel is that of 00004_notify.sql; the rows are few, so all are read
-- again. A statement that touches no row tells nothing. Who may write the rows
-- needs no rights on the log (00006).
-- +goose StatementBegin
CREATE FUNCTION registrard_notify_table() RETURNS trigger
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

REVOKE ALL ON FUNCTION registrard_notify_table() FROM PUBLIC;

-- +goose StatementBegin
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['registrard_bans', 'registrard_allowed'] LOOP
    EXECUTE format('CREATE TRIGGER registrard_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows
      FOR EACH STATEMENT EXECUTE FUNCTION registrard_notify_table()', t);
    EXECUTE format('CREATE TRIGGER registrard_update AFTER UPDATE ON %I REFERENCING NEW TABLE AS new_rows
      FOR EACH STATEMENT EXECUTE FUNCTION registrard_notify_table()', t);
    EXECUTE format('CREATE TRIGGER registrard_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS old_rows
      FOR EACH STATEMENT EXECUTE FUNCTION registrard_notify_table()', t);
    EXECUTE format('CREATE TRIGGER registrard_truncate AFTER TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION registrard_notify_table()', t);
  END LOOP;
END
$$;
-- +goose StatementEnd

COMMENT ON TABLE registrard_bans IS 'registrard: who gets no answer; INSERT bans, DELETE pardons, on all nodes at once';
COMMENT ON TABLE registrard_allowed IS 'registrard: who is never banned';

-- Gives a role the rights that serve needs on this schema, and no others. Run
-- it again after a migration (registrard migrate up does) or for a role of
-- another name; it is for the owner of the tables.
-- +goose StatementBegin
CREATE FUNCTION registrard_grant(node name DEFAULT 'registrard_node') RETURNS void
  LANGUAGE plpgsql AS $$
DECLARE
  home constant text := current_schema();
  t record;
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', home, node);
  FOR t IN
    SELECT c.relname, c.relkind, coalesce(r.rights,
      -- what later versions add
      CASE WHEN c.relkind IN ('v', 'm') THEN 'SELECT' WHEN c.relkind = 'S' THEN 'USAGE'
        ELSE 'SELECT, INSERT, UPDATE, DELETE' END) AS rights
    FROM pg_catalog.pg_class c
    LEFT JOIN (VALUES
      ('ps_endpoints', 'SELECT'), ('ps_aors', 'SELECT'), ('ps_auths', 'SELECT'), ('ps_globals', 'SELECT'),
      ('ps_domain_aliases', 'SELECT'), ('ps_endpoint_id_ips', 'SELECT'),
      ('ps_contacts', 'SELECT, INSERT, UPDATE, DELETE'),
      ('registrard_schema', 'SELECT'),
      ('registrard_nonce_keys', 'SELECT, INSERT, DELETE'),
      ('registrard_nodes', 'SELECT, INSERT, UPDATE, DELETE'),
      ('registrard_bans', 'SELECT, INSERT, UPDATE, DELETE'),
      ('registrard_allowed', 'SELECT'),
      ('registrard_guard', 'SELECT, INSERT, UPDATE, DELETE'),
      -- Rows are locked before they are deleted, which wants UPDATE.
      ('registrard_config_log', 'SELECT, UPDATE, DELETE'),
      -- What the owner decides, and what only definers' triggers write.
      ('registrard_settings', 'SELECT'), ('registrard_unchecked', 'SELECT'),
      ('registrard_history', 'SELECT'), ('registrard_history_default', 'SELECT')
    ) AS r(name, rights) ON r.name = c.relname
    WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = home) AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
      AND (r.name IS NOT NULL OR (c.relname <> 'registrard_schema_id_seq'
        AND c.relname ~ '^(registrard|registration|registrations|provisioning)(_|$)'))
  LOOP
    EXECUTE format('GRANT %s ON %s %I.%I TO %I', t.rights,
      CASE t.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, home, t.relname, node);
  END LOOP;
END
$$;
-- +goose StatementEnd

-- A role belongs to the whole server: another database may have made it. Who
-- may make none migrates all the same, and is told what to run.
-- +goose StatementBegin
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'registrard_node') THEN
    BEGIN
      CREATE ROLE registrard_node NOLOGIN;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL; -- another database's migration was faster
      WHEN insufficient_privilege THEN
        RAISE NOTICE 'the role registrard_node was not made: % may not make roles', current_user
          USING HINT = 'As a superuser: CREATE ROLE registrard_node NOLOGIN; then here, as the tables'' owner: SELECT registrard_grant();';
    END;
  END IF;
  IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'registrard_node') THEN
    PERFORM registrard_grant();
  END IF;
END
$$;
-- +goose StatementEnd

-- +goose Down

SET LOCAL lock_timeout = '15s';

-- The role stays, for other databases; what it may here is taken back.
-- +goose StatementBegin
DO $$
DECLARE
  t record;
BEGIN
  FOR t IN
    SELECT c.relname, c.relkind, r.rolname
    FROM pg_catalog.pg_class c, aclexplode(c.relacl) a JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
    WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema()) AND r.rolname = 'registrard_node'
    GROUP BY 1, 2, 3
  LOOP
    EXECUTE format('REVOKE ALL ON %s %I.%I FROM %I', CASE t.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
      current_schema(), t.relname, t.rolname);
  END LOOP;
  IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'registrard_node') THEN
    EXECUTE format('REVOKE ALL ON SCHEMA %I FROM registrard_node', current_schema());
  END IF;
END
$$;
-- +goose StatementEnd

DROP FUNCTION registrard_grant(name);
DROP TABLE registrard_guard;
DROP TABLE registrard_allowed;
DROP TABLE registrard_bans;
DROP FUNCTION registrard_notify_table();
