-- registrard_quote for databases whose encoding has no ellipsis and no
-- replacement character (LATIN1, SQL_ASCII): three dots and a question mark.

-- +goose Up

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION registrard_quote(value text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  cut text := value;
  strange text := '?';
  more text := '...';
BEGIN
  IF pg_catalog.getdatabaseencoding() = 'UTF8' THEN
    strange := chr(65533);
    more := chr(8230);
  END IF;
  IF char_length(value) > 60 THEN
    cut := CASE
      WHEN substr(value, 59, 3) ~ '^\^[0-9A-F]{2}$' AND substr(value, 59, 3) <> '^00' THEN left(value, 58)
      WHEN substr(value, 60, 3) ~ '^\^[0-9A-F]{2}$' AND substr(value, 60, 3) <> '^00' THEN left(value, 59)
      ELSE left(value, 60) END;
  END IF;
  RETURN '"' || regexp_replace(cut, '[\x01-\x1f\x7f]', strange, 'g') || CASE WHEN cut <> value THEN more ELSE '' END || '"';
END
$$;
-- +goose StatementEnd

-- +goose Down

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION registrard_quote(value text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  cut text := value;
BEGIN
  IF char_length(value) > 60 THEN
    cut := CASE
      WHEN substr(value, 59, 3) ~ '^\^[0-9A-F]{2}$' AND substr(value, 59, 3) <> '^00' THEN left(value, 58)
      WHEN substr(value, 60, 3) ~ '^\^[0-9A-F]{2}$' AND substr(value, 60, 3) <> '^00' THEN left(value, 59)
      ELSE left(value, 60) END;
  END IF;
  RETURN '"' || regexp_replace(cut, '[\x01-\x1f\x7f]', '?', 'g') || CASE WHEN cut <> value THEN '...' ELSE '' END || '"';
END
$$;
-- +goose StatementEnd
