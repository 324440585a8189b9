-- registration_failures: who can't register, and why. One row for a source, a
-- user and a reason. The nodes write it in the background, and keep it small:
-- the oldest rows go, those of names that are no endpoint first.
-- DELETE FROM registration_failures takes rows away; nothing depends on them.

-- +goose Up

CREATE TABLE registrard_failures (
  source        inet NOT NULL,        -- without the port, which changes behind NAT
  username      text NOT NULL,        -- From's user; (other names) for more of one source than are kept
  reason        text NOT NULL,        -- docs/reasons.md
  aor           text,
  hint          text,                 -- what to look at
  count         bigint NOT NULL,
  first_seen    timestamptz NOT NULL,
  last_seen     timestamptz NOT NULL,
  node          text,                 -- that saw the last one
  code          integer,              -- that the phone was told; 0: no answer
  detail        text,                 -- of the last one
  domain        text,                 -- From's host
  auth_username text,                 -- in the credentials, when it is another than username
  endpoint      text,                 -- that was identified; NULL: none
  transport     text,
  user_agent    text,
  PRIMARY KEY (source, username, reason)
) WITH (fillfactor = 70);

CREATE VIEW registration_failures AS
  SELECT source, username, aor, reason, hint, count, first_seen, last_seen, node,
    code, detail, domain, auth_username, endpoint, transport, user_agent
  FROM registrard_failures;

COMMENT ON VIEW registration_failures IS 'registrard: who can''t register, and why; registrard why USER says more';

-- +goose Down

DROP VIEW registration_failures;
DROP TABLE registrard_failures;
