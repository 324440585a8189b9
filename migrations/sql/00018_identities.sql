-- Later partitions of the history get a replica identity too: else nothing can
-- be deleted from them by hand once the history is published. (The other tables
-- get theirs from `registrard migrate up`, which looks at what is there.)

-- +goose Up

-- +goose StatementBegin
DO $$
BEGIN
  EXECUTE replace(pg_get_functiondef('registrard_keep_history()'::regprocedure),
    'INCLUDING CONSTRAINTS)'', home, name);',
    'INCLUDING CONSTRAINTS)'', home, name);
        EXECUTE format(''ALTER TABLE %I.%I REPLICA IDENTITY FULL'', home, name);');
END
$$;
-- +goose StatementEnd

-- +goose Down

-- +goose StatementBegin
DO $$
BEGIN
  IF to_regprocedure('registrard_keep_history()') IS NOT NULL THEN
    EXECUTE replace(pg_get_functiondef('registrard_keep_history()'::regprocedure), '
        EXECUTE format(''ALTER TABLE %I.%I REPLICA IDENTITY FULL'', home, name);', '');
  END IF;
END
$$;
-- +goose StatementEnd
