-- Where provisioning_problems said something else than nodes do; a test over
-- random rows found it.

-- +goose Up

-- +goose StatementBegin
DO $$
DECLARE
  m record;
BEGIN
  FOR m IN VALUES
    -- A list of blanks is empty, tabs too.
    ('registrard_check_together(text, text[])', 'WHERE btrim(e.auth) <> ''''',
      'WHERE registrard_text(e.auth) <> '''''),
    ('registrard_check_together(text, text[])', 'coalesce(btrim(e.auth), '''') = ''''',
      'registrard_text(e.auth) = '''''),
    -- inet takes ::192.0.2 for an address.
    ('registrard_is_address(text)', 'IF value !~ ''^[0-9A-Fa-f:.]+$'' OR strpos(value, '':'') = 0',
      'IF value !~ ''^[0-9A-Fa-f:]+(:(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3})?$'' OR strpos(value, '':'') = 0')
  LOOP
    IF strpos(pg_get_functiondef(m.column1::regprocedure), m.column2) = 0 THEN
      RAISE EXCEPTION '% has no %', m.column1, m.column2;
    END IF;
    EXECUTE replace(pg_get_functiondef(m.column1::regprocedure), m.column2, m.column3);
  END LOOP;
END
$$;
-- +goose StatementEnd

-- +goose Down

-- +goose StatementBegin
DO $$
DECLARE
  m record;
BEGIN
  FOR m IN VALUES
    ('registrard_check_together(text, text[])', 'WHERE registrard_text(e.auth) <> ''''',
      'WHERE btrim(e.auth) <> '''''),
    ('registrard_check_together(text, text[])', 'registrard_text(e.auth) = ''''',
      'coalesce(btrim(e.auth), '''') = '''''),
    ('registrard_is_address(text)', 'IF value !~ ''^[0-9A-Fa-f:]+(:(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3})?$'' OR strpos(value, '':'') = 0',
      'IF value !~ ''^[0-9A-Fa-f:.]+$'' OR strpos(value, '':'') = 0')
  LOOP
    IF strpos(pg_get_functiondef(m.column1::regprocedure), m.column2) = 0 THEN
      RAISE EXCEPTION '% has no %', m.column1, m.column2;
    END IF;
    EXECUTE replace(pg_get_functiondef(m.column1::regprocedure), m.column2, m.column3);
  END LOOP;
END
$$;
-- +goose StatementEnd
