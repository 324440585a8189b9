-- What a row remembers of the REGISTER that wrote it last. Both columns are
-- nodes' own; whoever else writes ps_contacts leaves them out.
--
-- refreshed_at: when that was. A request whose nonce was made later is newer,
-- whatever its CSeq says.
--
-- proof: 32 bits of its nonce, 16 of the nonce count, 16 of what it asked. The
-- same again soon after is a retransmission; the same nonce with a count that is
-- not higher, in another request, is refused, on whichever node.

-- +goose Up

-- +goose StatementBegin
DO $$
DECLARE
  taken text;
BEGIN
  SELECT string_agg(attname, ', ' ORDER BY attname) INTO taken
  FROM pg_attribute
  WHERE attrelid = format('%I.ps_contacts', current_schema())::regclass AND NOT attisdropped AND attname IN ('refreshed_at', 'proof');
  IF taken IS NOT NULL THEN
    RAISE EXCEPTION 'ps_contacts has columns already that registrard would add: %', taken
      USING HINT = 'They are not Asterisk''s. Rename them, and run this again.';
  END IF;
END
$$;
-- +goose StatementEnd

ALTER TABLE ps_contacts
  ADD COLUMN refreshed_at timestamptz,
  ADD COLUMN proof        bigint;

-- Where an AOR has several rows, now all of a node's say so, not one at least: a
-- refresh of any of them asks whether the others know its credentials.
UPDATE ps_contacts SET shares_aor = true, seal = NULL
WHERE shares_aor = false AND aor IN (SELECT aor FROM ps_contacts WHERE shares_aor);

-- +goose Down

ALTER TABLE ps_contacts
  DROP COLUMN refreshed_at,
  DROP COLUMN proof;
