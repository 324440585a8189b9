-- Tables of registrard's own.

-- +goose Up

-- Keys of the nonces: every node accepts what another one made. A node signs
-- with the newest key whose not_before has passed.
CREATE TABLE registrard_nonce_keys (
  id         integer PRIMARY KEY,
  secret     bytea NOT NULL,
  created_at timestamptz NOT NULL,
  not_before timestamptz NOT NULL
);

-- Who runs, and since when.
CREATE TABLE registrard_nodes (
  name         text PRIMARY KEY,
  boot_id      text NOT NULL, -- of this run; ps_contacts.boot_id names it
  version      text,
  addresses    text[],        -- the listeners: udp://192.0.2.1:5060
  started_at   timestamptz,
  heartbeat_at timestamptz,
  state        text           -- starting, ready, draining, stopped
);

-- +goose Down

DROP TABLE registrard_nodes;
DROP TABLE registrard_nonce_keys;
