-- A node that is silent: its heartbeat stands still in the eyes of the others.
-- After some 6 s one of them writes state = 'silent'; some seconds later the
-- contacts that hung on its connections are deleted, and buried_at says when. A
-- node that beats again is 'ready', reads buried_at, closes its connections, so
-- that their phones register anew, and takes it back.

-- +goose Up

ALTER TABLE registrard_nodes ADD COLUMN buried_at timestamptz;

-- +goose Down

ALTER TABLE registrard_nodes DROP COLUMN IF EXISTS buried_at;
