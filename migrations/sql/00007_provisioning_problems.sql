-- provisioning_problems: what rows of configuration have wrong, in a view; and
-- triggers that say so when such a row is written.
--
-- The words are those of registrard's own decoder (package asterisk), which a
-- test compares; and what no row can tell alone is added: names that lead
-- nowhere, an AOR of two endpoints, max_contacts 0.
--
-- How it stays quick. A row is looked at closely, by registrard_check_*, only
-- when a cheap condition (registrard_suspicious) finds something unusual in
-- it. What needs other tables is one join over all rows, or over those that a
-- transaction has changed.
--
-- How it goes along with Asterisk. No object here depends on a column of
-- Asterisk's: functions are text, rows reach them as jsonb, and conditions
-- name only the columns that exist at that moment. So older schemas work, and
-- a later ALTER TABLE does too.
--
-- Functions called from outside (the view's, the triggers') have a search_path
-- of their own; the others are called by these and have none.

-- +goose Up

SET LOCAL lock_timeout = '15s';

-- Switches that hold for the whole database. A setting of the session, the role
-- or the database goes before the row:  SET registrard.strict = 'on'.
CREATE TABLE registrard_settings (
  name  text PRIMARY KEY,
  value text NOT NULL,
  means text
);

INSERT INTO registrard_settings (name, value, means) VALUES
  ('checks', 'on', 'on, off: say what an INSERT or UPDATE of configuration has wrong'),
  ('strict', 'off', 'on, off: refuse it, with an error instead of a warning');

-- +goose StatementBegin
CREATE FUNCTION registrard_setting(setting text) RETURNS text
  LANGUAGE plpgsql STABLE AS $$
DECLARE
  v text := current_setting('registrard.' || setting, true);
BEGIN
  IF coalesce(v, '') = '' THEN
    SELECT s.value INTO v FROM registrard_settings s WHERE s.name = setting;
  END IF;
  RETURN lower(coalesce(v, ''));
END
$$;
-- +goose StatementEnd

-- One thing that a row has wrong. severity: error (nobody gets in by this row),
-- warning (a part of it is ignored or is not what it seems), notice (it works,
-- and may be meant). kind is one word, for scripts.
CREATE TYPE registrard_problem AS (
  column_name text,
  problem     text,
  remedy      text,
  severity    text,
  kind        text
);

-- What Asterisk and registrard take away around a value: all up to the blank.
CREATE FUNCTION registrard_strip(value text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN btrim(value, E'\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x20');

-- A value with every ^XX decoded.
-- +goose StatementBegin
CREATE FUNCTION registrard_decode(value text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  parts text[];
  out bytea;
  part text;
BEGIN
  IF value IS NULL OR strpos(value, '^') = 0 THEN
    RETURN value;
  END IF;
  parts := string_to_array(value, '^');
  out := convert_to(parts[1], 'UTF8');
  FOREACH part IN ARRAY parts[2:] LOOP
    IF part ~ '^[0-9A-F]{2}' AND left(part, 2) <> '00' THEN
      out := out || decode(left(part, 2), 'hex') || convert_to(substr(part, 3), 'UTF8');
    ELSE
      out := out || convert_to('^' || part, 'UTF8');
    END IF;
  END LOOP;
  BEGIN
    RETURN convert_from(out, 'UTF8');
  EXCEPTION WHEN character_not_in_repertoire THEN
    RETURN value; -- bytes that are no text
  END;
END
$$;
-- +goose StatementEnd

CREATE FUNCTION registrard_encode(value text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN replace(replace(value, '^', '^5E'), ';', '^3B');

-- A text column as Asterisk reads it; NULL is empty.
CREATE FUNCTION registrard_text(value text) RETURNS text
  LANGUAGE sql IMMUTABLE
  RETURN coalesce(CASE WHEN strpos(value, '^') > 0 THEN registrard_decode(registrard_strip(value)) ELSE registrard_strip(value) END, '');

-- A value as it is shown in a problem: short, on one line.
-- +goose StatementBegin
CREATE FUNCTION registrard_quote(value text) RETURNS text
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
  RETURN '"' || regexp_replace(cut, '[\x01-\x1f\x7f]', U&'\FFFD', 'g') || CASE WHEN cut <> value THEN '…' ELSE '' END || '"';
END
$$;
-- +goose StatementEnd

-- An item of a list as an error quotes it.
CREATE FUNCTION registrard_quote_item(value text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN '"' || replace(replace(replace(replace(replace(value, '\', '\\'), '"', '\"'), E'\t', '\t'), E'\n', '\n'), E'\r', '\r') || '"';

-- A comma list: its items without blanks around them, none empty; with uniq
-- each once.
-- +goose StatementBegin
CREATE FUNCTION registrard_items(list text, uniq boolean) RETURNS text[]
  LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  items text[] := '{}';
  item text;
BEGIN
  FOREACH item IN ARRAY string_to_array(coalesce(list, ''), ',') LOOP
    item := registrard_strip(item);
    IF item <> '' AND NOT (uniq AND item = ANY (items)) THEN
      items := items || item;
    END IF;
  END LOOP;
  RETURN items;
END
$$;
-- +goose StatementEnd

-- Networks and addresses.

-- +goose StatementBegin
CREATE FUNCTION registrard_is_address(value text) RETURNS boolean
  LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF value ~ '^(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}$' THEN
    RETURN true;
  END IF;
  IF value !~ '^[0-9A-Fa-f:.]+$' OR strpos(value, ':') = 0 THEN
    RETURN false;
  END IF;
  PERFORM value::inet;
  RETURN true;
EXCEPTION WHEN invalid_text_representation THEN
  RETURN false;
END
$$;
-- +goose StatementEnd

-- What an address or network has wrong, NULL for nothing.
-- +goose StatementBegin
CREATE FUNCTION registrard_network_error(network text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  at integer := strpos(network, '/');
  host text := CASE WHEN at > 0 THEN left(network, at - 1) ELSE network END;
  mask text := CASE WHEN at > 0 THEN substr(network, at + 1) END;
  bare text := regexp_replace(regexp_replace(host, '^\[', ''), '\]$', '');
  address inet;
  most integer;
  n integer;
  bits text := '';
  b bytea;
BEGIN
  IF NOT registrard_is_address(bare) THEN
    RETURN registrard_quote_item(host) || ' is not an IP address';
  END IF;
  address := bare::inet;
  most := CASE family(address) WHEN 4 THEN 32 ELSE 128 END;
  IF mask IS NULL THEN
    RETURN NULL;
  END IF;
  IF registrard_is_address(mask) THEN
    IF family(mask::inet) <> family(address) THEN
      RETURN format('%s is not a mask for %s', registrard_quote_item(mask), host(address));
    END IF;
    b := substr(inet_send(mask::inet), 5);
    FOR i IN 0 .. octet_length(b) - 1 LOOP
      bits := bits || get_byte(b, i)::bit(8)::text;
    END LOOP;
    IF bits !~ '^1*0*$' THEN
      RETURN registrard_quote_item(mask) || ' is not a mask: its ones are not all in front';
    END IF;
    n := char_length(rtrim(bits, '0'));
  ELSIF mask !~ '^[0-9]{1,3}$' THEN
    RETURN registrard_quote_item(mask) || ' is not a mask';
  ELSE
    n := mask::integer;
    IF n > most THEN
      RETURN format('%s is not a mask of 0 to %s bits', registrard_quote_item(mask), most);
    END IF;
  END IF;
  IF most = 128 AND address << '::ffff:0:0/96' AND n < 96 THEN
    RETURN registrard_quote_item(mask) || ' reaches beyond ::ffff:0:0/96: not a mask';
  END IF;
  RETURN NULL;
END
$$;
-- +goose StatementEnd

-- Why the three columns of an ACL can't be read, NULL when they can.
-- +goose StatementBegin
CREATE FUNCTION registrard_acl_error(deny text, permit text, named text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  why text[] := '{}';
  item text;
  network text;
  wrong text;
BEGIN
  FOR i IN 1 .. 2 LOOP
    FOREACH item IN ARRAY registrard_items(CASE i WHEN 1 THEN deny ELSE permit END, false) LOOP
      network := item;
      WHILE network LIKE '!%' LOOP
        network := registrard_strip(substr(network, 2));
      END LOOP;
      wrong := registrard_network_error(network);
      IF wrong IS NOT NULL THEN
        why := why || format('%s has the item %s: %s; write an address or a network, such as 192.0.2.0/24',
          CASE i WHEN 1 THEN 'deny' ELSE 'permit' END, registrard_quote(item), wrong);
      END IF;
    END LOOP;
  END LOOP;
  named := registrard_strip(named);
  IF btrim(named, ',') <> '' THEN
    why := why || ('acl names ' || registrard_quote(named) || ', an ACL of Asterisk''s acl.conf, which registrard can''t see; '
      || 'write its rules into deny and permit and set acl to NULL');
  END IF;
  RETURN nullif(array_to_string(why, '; '), '');
END
$$;
-- +goose StatementEnd

-- What an item of ps_endpoint_id_ips.match has wrong, NULL for nothing.
-- +goose StatementBegin
CREATE FUNCTION registrard_match_error(item text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  negated boolean := item LIKE '!%';
  address text := registrard_strip(CASE WHEN item LIKE '!%' THEN substr(item, 2) ELSE item END);
  at integer := strpos(address, '/');
  mask text;
  host text;
  port text;
  name text;
BEGIN
  IF at > 0 THEN
    mask := substr(address, at + 1);
    address := left(address, at - 1);
  END IF;
  host := address;
  IF address LIKE '[%' THEN
    at := strpos(address, ']');
    IF at = 0 THEN
      RETURN registrard_quote_item(address) || ' lacks its ]: not an IP address';
    END IF;
    host := substr(address, 2, at - 2);
    IF NOT (registrard_is_address(regexp_replace(host, '%.+$', '')) AND strpos(host, ':') > 0) THEN
      RETURN registrard_quote_item(host) || ' is not an IP address';
    END IF;
    port := substr(address, at + 1);
    IF port = '' THEN
      port := NULL;
    ELSIF port NOT LIKE ':%' THEN
      RETURN registrard_quote_item(port) || ' is not a port';
    ELSE
      port := substr(port, 2);
    END IF;
  ELSIF char_length(address) - char_length(replace(address, ':', '')) = 1 THEN
    at := strpos(address, ':');
    host := left(address, at - 1);
    port := substr(address, at + 1);
  END IF;
  IF port IS NOT NULL AND (port !~ '^0*[0-9]{1,5}$' OR port::numeric NOT BETWEEN 1 AND 65535) THEN
    RETURN registrard_quote_item(port) || ' is not a port';
  END IF;
  IF mask IS NULL AND NOT negated AND NOT registrard_is_address(host)
    AND NOT (host ~ '%.' AND strpos(host, ':') > 0 AND registrard_is_address(regexp_replace(host, '%.+$', ''))) THEN
    name := regexp_replace(host, '\.$', '');
    IF char_length(name) > 253 OR name !~ '^[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*$' OR name ~ '(^|\.)[0-9]+$' THEN
      RETURN registrard_quote_item(host) || ' is neither an address nor a host name';
    END IF;
    RETURN NULL;
  END IF;
  RETURN registrard_network_error(host || coalesce('/' || mask, ''));
END
$$;
-- +goose StatementEnd

-- What a regular expression has wrong, NULL for nothing. registrard's are those
-- of RE2; PostgreSQL's own are others, so this reads them itself. (Only that
-- one repeats too much is known to nodes alone.)
-- +goose StatementBegin
CREATE FUNCTION registrard_pattern_error(pattern text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  says constant text := 'error parsing regexp: ';
  n constant integer := char_length(pattern);
  i integer := 1;
  depth integer := 0;
  before text := 'nothing'; -- what a repetition would repeat: nothing, an atom, a repetition, a lazy one
  c text;
  m text[];
  first boolean;
BEGIN
  IF octet_length(pattern) > 255 THEN
    RETURN 'the regular expression is longer than 255 bytes';
  END IF;
  IF strpos(pattern, '[[.') > 0 OR strpos(pattern, '[[=') > 0 OR pattern ~ '^([^\\]|\\[^<>])*\\[<>]' THEN
    RETURN '\< and \> and classes such as [[.x.]] are not supported';
  END IF;
  WHILE i <= n LOOP
    c := substr(pattern, i, 1);
    CASE
    WHEN c = '\' THEN
      m := regexp_match(substr(pattern, i), '^\\(Q.*?(\\E|$)|[pP]\{\^?[A-Za-z_]+\}|[pP][A-Za-z]|x\{[0-9A-Fa-f]{1,6}\}|x[0-9A-Fa-f]{2}|0[0-7]{0,2}|[1-7][0-7]{1,2}|[AbBzdDsSwWCafnrtv]|[^A-Za-z0-9])');
      IF m IS NULL THEN
        RETURN says || CASE WHEN i = n THEN 'trailing backslash at end of expression: ``'
          ELSE 'invalid escape sequence: `' || substr(pattern, i, 2) || '`' END;
      END IF;
      i := i + 1 + char_length(m[1]);
      before := 'atom';
    WHEN c = '[' THEN
      m := regexp_match(substr(pattern, i), '^(\[\^?\]?(\[:\^?[a-z]+:\]|\\.|[^\]\\])*\])');
      IF m IS NULL THEN
        RETURN says || 'missing closing ]: `' || substr(pattern, i) || '`';
      END IF;
      FOR m IN SELECT r FROM regexp_matches(regexp_replace(m[1], '\[:\^?[a-z]+:\]|\\.', '', 'g'), '([A-Za-z0-9])-([A-Za-z0-9])', 'g') r LOOP
        IF m[1] COLLATE "C" > m[2] COLLATE "C" THEN
          RETURN says || 'invalid character class range: `' || m[1] || '-' || m[2] || '`';
        END IF;
      END LOOP;
      m := regexp_match(substr(pattern, i), '^(\[\^?\]?(\[:\^?[a-z]+:\]|\\.|[^\]\\])*\])');
      i := i + char_length(m[1]);
      before := 'atom';
    WHEN c = '(' THEN
      depth := depth + 1;
      before := 'nothing';
      IF substr(pattern, i, 2) = '(?' THEN
        m := regexp_match(substr(pattern, i), '^(\(\?(P?<[A-Za-z0-9_]+>|[imsU]*(-[imsU]+)?[:)]))');
        IF m IS NULL OR m[1] = '(?)' THEN
          RETURN says || 'invalid or unsupported Perl syntax: `' || substr(pattern, i, 3) || '`';
        END IF;
        i := i + char_length(m[1]);
        IF m[1] LIKE '%)' THEN
          depth := depth - 1;
        END IF;
      ELSE
        i := i + 1;
      END IF;
    WHEN c = ')' THEN
      IF depth = 0 THEN
        RETURN says || 'unexpected ): `(?s)' || pattern || '`';
      END IF;
      depth := depth - 1;
      before := 'atom';
      i := i + 1;
    WHEN c = '|' THEN
      before := 'nothing';
      i := i + 1;
    WHEN c IN ('*', '+', '?') OR substr(pattern, i) ~ '^\{[0-9]+(,[0-9]*)?\}' THEN
      m := regexp_match(substr(pattern, i), '^([*+?]|\{([0-9]+)(,([0-9]*))?\})');
      IF m[2] IS NOT NULL AND (m[2]::numeric > 1000 OR coalesce(nullif(m[4], ''), '0')::numeric > 1000
          OR nullif(m[4], '')::numeric < m[2]::numeric) THEN
        RETURN says || 'invalid repeat count: `' || m[1] || '`';
      END IF;
      IF before = 'nothing' THEN
        RETURN says || 'missing argument to repetition operator: `' || m[1] || '`';
      ELSIF before = 'lazy' OR before = 'repetition' AND c <> '?' THEN
        RETURN says || 'invalid nested repetition operator';
      END IF;
      before := CASE WHEN before = 'repetition' THEN 'lazy' ELSE 'repetition' END;
      i := i + char_length(m[1]);
    ELSE
      before := 'atom';
      i := i + 1;
    END CASE;
  END LOOP;
  RETURN CASE WHEN depth > 0 THEN says || 'missing closing ): `(?s)' || pattern || '`' END;
END
$$;
-- +goose StatementEnd

-- What match_header or match_request_uri has wrong, NULL for nothing.
-- +goose StatementBegin
CREATE FUNCTION registrard_rule_error(col text, line text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  at integer;
  rule text := line;
BEGIN
  IF col = 'match_header' THEN
    at := strpos(line, ':');
    IF at = 0 THEN
      RETURN 'no ":" stands between name and value';
    ELSIF registrard_strip(left(line, at - 1)) = '' THEN
      RETURN 'no header name stands before ":"';
    END IF;
    rule := registrard_strip(substr(line, at + 1));
  ELSIF rule = '//' THEN
    RETURN 'no request has an empty URI';
  END IF;
  IF octet_length(rule) < 3 OR rule NOT LIKE '/%/' THEN
    RETURN NULL;
  END IF;
  RETURN registrard_pattern_error(substr(rule, 2, char_length(rule) - 2));
END
$$;
-- +goose StatementEnd

-- Columns.

CREATE FUNCTION registrard_a_problem(column_name text, problem text, remedy text, severity text, kind text) RETURNS registrard_problem
  LANGUAGE sql IMMUTABLE
  RETURN ROW(column_name, problem, remedy, severity, kind)::registrard_problem;

-- +goose StatementBegin
CREATE FUNCTION registrard_check_boolean(col text, value text, assumed text) RETURNS registrard_problem[]
  LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN registrard_text(value) = ''
      OR lower(registrard_strip(value)) IN ('yes', 'true', 'on', '1', 'y', 't', 'no', 'false', 'off', '0', 'n', 'f') THEN '{}'
    ELSE ARRAY[registrard_a_problem(col, 'is ' || registrard_quote(registrard_text(value)) || ', which is no boolean',
      'write yes or no; ' || assumed || ' is assumed', 'warning', 'not_boolean')] END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION registrard_check_number(col text, v bigint, lowest bigint, most bigint, assumed bigint) RETURNS registrard_problem[]
  LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN v < lowest THEN ARRAY[registrard_a_problem(col, format('is %s; %s is used', v, assumed), format('write %s or more', lowest), 'warning', 'out_of_range')]
    WHEN v > most THEN ARRAY[registrard_a_problem(col, format('is %s; %s is used', v, most), format('write %s or less', most), 'warning', 'out_of_range')]
    ELSE '{}' END
$$;
-- +goose StatementEnd

-- An id with blanks around it is told by nothing: names in lists are trimmed,
-- and no phone sends them.
-- +goose StatementBegin
CREATE FUNCTION registrard_check_id(id text) RETURNS registrard_problem[]
  LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN id = registrard_strip(id) THEN '{}'
    ELSE ARRAY[registrard_a_problem('id', 'is ' || registrard_quote(id) || ', with blanks around it, so nothing finds the row',
      'write ' || registrard_quote(registrard_strip(id)), 'error', 'id_blank')] END
$$;
-- +goose StatementEnd

-- Rows. Each function says what one row has wrong by itself.

-- +goose StatementBegin
CREATE FUNCTION registrard_check_endpoint(r jsonb) RETURNS registrard_problem[]
  LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  p registrard_problem[] := registrard_check_id(r ->> 'id');
  methods constant text[] := '{username,auth_username,ip,header,request_uri,transport}';
  col text;
  list text;
  items text[];
  wrong text;
BEGIN
  FOREACH col IN ARRAY ARRAY['aors', 'auth'] LOOP
    list := registrard_text(r ->> col);
    items := registrard_items(list, true);
    IF strpos(list, ';') > 0 THEN
      p := p || registrard_a_problem(col, 'holds a semicolon: ' || registrard_quote(list), 'separate the items by commas', 'warning', 'list_semicolon');
    END IF;
    IF list = '' THEN
      NULL;
    ELSIF cardinality(items) = 0 THEN
      p := p || registrard_a_problem(col, 'is ' || registrard_quote(list) || ', a list without a name',
        'write the ids, separated by commas, or NULL', 'error', 'list_empty');
    ELSIF '' = ANY (SELECT registrard_strip(i) FROM unnest(string_to_array(list, ',')) i) THEN
      p := p || registrard_a_problem(col, 'has an empty item: ' || registrard_quote(list),
        'write ' || registrard_quote(array_to_string(items, ',')), 'warning', 'stray_comma');
    ELSIF EXISTS (SELECT FROM unnest(string_to_array(r ->> col, ',')) i WHERE i <> registrard_strip(i)) THEN
      p := p || registrard_a_problem(col, 'has blanks around an item: ' || registrard_quote(r ->> col),
        'write ' || registrard_quote(array_to_string(items, ',')), 'warning', 'stray_blank');
    END IF;
  END LOOP;
  IF registrard_text(r ->> 'aors') = '' AND registrard_text(r ->> 'auth') <> '' THEN
    p := p || registrard_a_problem('aors', 'is empty, so the endpoint can''t register anything (403)',
      'name the rows of ps_aors that it may register', 'warning', 'no_aors');
  END IF;
  FOREACH wrong IN ARRAY registrard_items(lower(registrard_text(r ->> 'identify_by')), true) LOOP
    IF NOT wrong = ANY (methods) THEN
      p := p || registrard_a_problem('identify_by', 'has ' || registrard_quote(wrong) || ', which is no method',
        'use ' || array_to_string(methods, ', '), 'warning', 'identify_by_unknown');
    END IF;
  END LOOP;
  p := p || registrard_check_boolean('force_rport', r ->> 'force_rport', 'yes');
  p := p || registrard_check_boolean('rewrite_contact', r ->> 'rewrite_contact', 'no');
  FOREACH col IN ARRAY ARRAY['', 'contact_'] LOOP
    wrong := registrard_acl_error(r ->> (col || 'deny'), r ->> (col || 'permit'), r ->> (col || 'acl'));
    IF wrong IS NOT NULL THEN
      p := p || registrard_a_problem(col || 'deny',
        format('this or %spermit, %sacl can''t be read, so no address is allowed: %s', col, col, wrong),
        'write addresses and networks, such as 192.0.2.0/24, into deny and permit', 'error', 'acl_unreadable');
    END IF;
  END LOOP;
  RETURN p;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION registrard_check_aor(r jsonb) RETURNS registrard_problem[]
  LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  p registrard_problem[] := registrard_check_id(r ->> 'id');
  most constant bigint := 2147483647;
  id constant text := registrard_decode(r ->> 'id');
  contacts integer := 0;
  lowest bigint := coalesce((r ->> 'minimum_expiration')::bigint, 60);
  longest bigint := coalesce((r ->> 'maximum_expiration')::bigint, 7200);
  usual bigint := (r ->> 'default_expiration')::bigint;
  wait double precision := (r ->> 'qualify_timeout')::double precision;
  uri text;
BEGIN
  IF strpos(r ->> 'contact', ';') > 0 THEN
    p := p || registrard_a_problem('contact', 'holds a plain semicolon, at which Asterisk cuts the text', 'write ^3B instead', 'warning', 'semicolon');
  END IF;
  FOREACH uri IN ARRAY registrard_items(registrard_text(r ->> 'contact'), true) LOOP
    IF uri ~* '^sips?:.' THEN
      contacts := contacts + 1;
    ELSE
      p := p || registrard_a_problem('contact', 'has ' || registrard_quote(uri) || ', which is no SIP URI; it is left out',
        'write a URI such as sip:6001@192.0.2.1', 'warning', 'contact_unreadable');
    END IF;
  END LOOP;
  p := p || registrard_check_number('default_expiration', usual, 1, most, 3600)
    || registrard_check_number('minimum_expiration', lowest, 0, most, 60)
    || registrard_check_number('maximum_expiration', longest, 1, most, 7200)
    || registrard_check_number('max_contacts', (r ->> 'max_contacts')::bigint, 0, most, 0)
    || registrard_check_number('qualify_frequency', (r ->> 'qualify_frequency')::bigint, 0, 86400, 0)
    || registrard_check_boolean('remove_existing', r ->> 'remove_existing', 'no')
    || registrard_check_boolean('remove_unavailable', r ->> 'remove_unavailable', 'no')
    || registrard_check_boolean('support_path', r ->> 'support_path', 'no')
    || registrard_check_boolean('authenticate_qualify', r ->> 'authenticate_qualify', 'no')
    || registrard_check_boolean('qualify_2xx_only', r ->> 'qualify_2xx_only', 'no');
  IF NOT wait BETWEEN 0 AND 86400 THEN
    p := p || registrard_a_problem('qualify_timeout', format('is %s, which is no time to wait', wait), 'write seconds, such as 3.0', 'warning', 'out_of_range');
  END IF;
  lowest := CASE WHEN lowest < 0 THEN 60 ELSE lowest END;
  longest := CASE WHEN longest < 1 THEN 7200 ELSE longest END;
  IF lowest > longest THEN
    p := p || registrard_a_problem('minimum_expiration', format('is %s, above maximum_expiration, %s; %s is used for both', lowest, longest, longest),
      'make it less than the maximum', 'warning', 'expirations_contradict');
  ELSIF usual >= 1 AND usual NOT BETWEEN lowest AND longest THEN
    p := p || registrard_a_problem('default_expiration', format('is %s, outside minimum_expiration, %s, to maximum_expiration, %s; %s is used',
        usual, lowest, longest, CASE WHEN usual < lowest THEN lowest ELSE longest END),
      format('write %s to %s', lowest, longest), 'warning', 'default_outside');
  END IF;
  IF strpos(id, ';@') > 0 THEN
    p := p || registrard_a_problem('id', 'holds ";@", which ends the AOR in a contact''s id, so nobody can register', 'use another id', 'error', 'id_unusable');
  ELSIF char_length(registrard_encode(id)) > 219 THEN
    p := p || registrard_a_problem('id', 'is longer than 219 characters, so no contact''s id has room for it, and nobody can register', 'use a shorter id', 'error', 'id_unusable');
  END IF;
  IF contacts = 0 AND coalesce((r ->> 'max_contacts')::bigint, 0) = 0 THEN
    p := p || registrard_a_problem('max_contacts', CASE WHEN r ->> 'max_contacts' IS NULL THEN 'is NULL, which counts as 0' ELSE 'is 0' END
        || ', so registration is refused (403)', 'write 1, or as many phones as may register', 'error', 'registration_disabled');
  END IF;
  RETURN p;
END
$$;
-- +goose StatementEnd

-- What a hex digest has wrong, NULL for nothing.
-- +goose StatementBegin
CREATE FUNCTION registrard_hex_error(hex text, digits integer) RETURNS text
  LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN octet_length(hex) <> digits THEN format('is %s characters long and should be %s hex digits', octet_length(hex), digits)
    WHEN hex !~ '^[0-9A-Fa-f]*$' THEN 'holds characters that are no hex digits' END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION registrard_check_auth(r jsonb) RETURNS registrard_problem[]
  LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  p registrard_problem[] := registrard_check_id(r ->> 'id');
  kind constant text := lower(registrard_text(r ->> 'auth_type'));
  known constant text[] := '{MD5,SHA-256,SHA-512-256}';
  items text[];
  offered text[] := '{}';
  held text[] := '{}';
  at integer;
  name text;
  wrong text;
BEGIN
  IF (r ->> 'nonce_lifetime')::bigint <= 0 THEN
    p := p || registrard_a_problem('nonce_lifetime', format('is %s; 32 is used', r ->> 'nonce_lifetime'), 'write seconds, 1 or more', 'warning', 'out_of_range');
  END IF;
  CASE
  WHEN kind IN ('userpass', '') THEN
    IF strpos(r ->> 'password', ';') > 0 THEN
      p := p || registrard_a_problem('password', 'holds a plain semicolon, at which Asterisk cuts the text', 'write ^3B instead', 'warning', 'semicolon');
    END IF;
    items := registrard_items(registrard_text(r ->> 'password_digest'), false);
    FOR i IN 1 .. cardinality(items) LOOP
      at := strpos(items[i], ':');
      name := upper(registrard_strip(left(items[i], greatest(at - 1, 0))));
      wrong := CASE
        WHEN at = 0 OR NOT name = ANY (known) THEN format('item %s does not begin with a known algorithm and a colon', i)
        WHEN name = ANY (held) THEN format('item %s repeats %s; the first counts', i, name)
        ELSE format('item %s (%s) ', i, name) || registrard_hex_error(registrard_strip(substr(items[i], at + 1)), CASE name WHEN 'MD5' THEN 32 ELSE 64 END) END;
      IF wrong IS NOT NULL THEN
        p := p || registrard_a_problem('password_digest', wrong, 'write a comma list such as MD5:<32 hex digits>,SHA-256:<64 hex digits>', 'error', 'digest_unreadable');
      ELSE
        held := held || name;
      END IF;
    END LOOP;
    IF registrard_text(r ->> 'password') <> '' THEN
      held := known;
    ELSIF cardinality(held) = 0 THEN
      p := p || registrard_a_problem('password', 'is empty, and so is password_digest: nobody can match'
          || CASE WHEN registrard_text(r ->> 'md5_cred') <> '' THEN ' (md5_cred is read only when auth_type is md5)' ELSE '' END,
        'write a password, or a password_digest', 'error', 'no_secret');
    END IF;
  WHEN kind = 'md5' THEN
    wrong := registrard_hex_error(registrard_text(r ->> 'md5_cred'), 32);
    IF wrong IS NOT NULL THEN
      p := p || registrard_a_problem('md5_cred', wrong, 'write the MD5 of username:realm:password, 32 hex digits', 'error', 'digest_unreadable');
    ELSE
      held := '{MD5}';
    END IF;
  WHEN kind = 'google_oauth' THEN
    p := p || registrard_a_problem('auth_type', 'is google_oauth, which is for registering elsewhere: nobody can match', 'use userpass in an endpoint''s auth', 'error', 'auth_type');
  ELSE
    p := p || registrard_a_problem('auth_type', 'is ' || registrard_quote(kind) || ', which is no type: nobody can match', 'use userpass or md5', 'error', 'auth_type');
  END CASE;
  FOREACH name IN ARRAY registrard_items(registrard_text(r ->> 'supported_algorithms_uas'), false) LOOP
    IF upper(name) = ANY (known) THEN
      offered := offered || upper(name);
    ELSE
      p := p || registrard_a_problem('supported_algorithms_uas', 'has ' || registrard_quote(name) || ', which is no algorithm',
        'use MD5, SHA-256, SHA-512-256', 'warning', 'algorithm_unknown');
    END IF;
  END LOOP;
  IF cardinality(offered) > 0 AND cardinality(held) > 0 AND NOT offered && held THEN
    p := p || registrard_a_problem('supported_algorithms_uas', format('offers %s, but what is stored is for %s only: nobody can match',
        array_to_string(offered, ', '), array_to_string(held, ', ')), 'offer an algorithm that is stored, or store a digest for one that is offered', 'error', 'no_usable_algorithm');
  END IF;
  IF registrard_text(r ->> 'username') = '' THEN
    p := p || registrard_a_problem('username', 'is empty, so nobody can match it', 'write the name that phones use in their credentials', 'error', 'no_username');
  END IF;
  RETURN p;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION registrard_check_match(r jsonb) RETURNS registrard_problem[]
  LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  p registrard_problem[] := '{}';
  item text;
  col text;
  line text;
  wrong text;
  m text[];
  rules integer := 0;
BEGIN
  IF registrard_text(r ->> 'endpoint') = '' THEN
    p := p || registrard_a_problem('endpoint', 'is empty; the row matches nothing', 'name a ps_endpoints row, or delete the row', 'error', 'no_endpoint');
  END IF;
  p := p || registrard_check_boolean('srv_lookups', r ->> 'srv_lookups', 'yes');
  FOREACH item IN ARRAY registrard_items(registrard_text(r ->> 'match'), false) LOOP
    wrong := registrard_match_error(item);
    IF wrong IS NULL THEN
      rules := rules + 1;
    ELSE
      p := p || registrard_a_problem('match', format('has the item %s, which is skipped: %s', registrard_quote(item), wrong),
        'write an address, a network such as 192.0.2.0/24, address:port, [v6]:port, or a host name, separated by commas', 'warning', 'match_unreadable');
    END IF;
  END LOOP;
  FOREACH col IN ARRAY ARRAY['match_header', 'match_request_uri'] LOOP
    line := registrard_text(r ->> col);
    CONTINUE WHEN line = '';
    rules := rules + 1;
    wrong := registrard_rule_error(col, line);
    IF wrong IS NOT NULL THEN
      p := p || registrard_a_problem(col, format('is %s, which never matches: %s', registrard_quote(line), wrong),
        CASE col WHEN 'match_header' THEN 'write Name: value, or Name: /regular expression/' ELSE 'write the whole URI, or /regular expression/' END,
        'error', 'match_unreadable');
    END IF;
    IF strpos(r ->> col, ';') > 0 THEN
      p := p || registrard_a_problem(col, 'holds a ";", at which Asterisk cuts the value, though registrard doesn''t', 'write ^3B for a semicolon', 'warning', 'semicolon');
    END IF;
    m := regexp_match(r ->> col, '(\^(?!00|3B|5E)[0-9A-F]{2})');
    IF m IS NOT NULL THEN
      p := p || registrard_a_problem(col, format('has %s, which is read as the one character with that code', registrard_quote(m[1])),
        'write ^5E for a caret: ' || registrard_quote(overlay(r ->> col PLACING '^5E' FROM strpos(r ->> col, m[1]) FOR 1)), 'warning', 'escape');
    END IF;
  END LOOP;
  IF p = '{}' AND rules = 0 THEN
    p := p || registrard_a_problem('match', 'is empty, and so are match_header and match_request_uri; the row matches nothing',
      'set one of them, or delete the row', 'error', 'match_empty');
  END IF;
  RETURN p;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION registrard_check_global(r jsonb) RETURNS registrard_problem[]
  LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  p registrard_problem[] := '{}';
  words constant text[] := '{ip,username,auth_username,header,request_uri,anonymous}';
  word text;
BEGIN
  FOREACH word IN ARRAY registrard_items(lower(registrard_text(r ->> 'endpoint_identifier_order')), true) LOOP
    IF NOT word = ANY (words) THEN
      p := p || registrard_a_problem('endpoint_identifier_order', 'names ' || registrard_quote(word) || ', which is skipped',
        'use ' || array_to_string(words, ', '), 'warning', 'identifier_unknown');
    END IF;
  END LOOP;
  FOREACH word IN ARRAY registrard_items(registrard_text(r ->> 'default_auth_algorithms_uas'), false) LOOP
    IF NOT upper(word) IN ('MD5', 'SHA-256', 'SHA-512-256') THEN
      p := p || registrard_a_problem('default_auth_algorithms_uas', 'names ' || registrard_quote(word) || ', which is skipped',
        'use MD5, SHA-256, SHA-512-256', 'warning', 'algorithm_unknown');
    END IF;
  END LOOP;
  RETURN p || registrard_check_boolean('disable_multi_domain', r ->> 'disable_multi_domain', 'no')
    || registrard_check_boolean('ignore_uri_user_options', r ->> 'ignore_uri_user_options', 'no');
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION registrard_check_alias(r jsonb) RETURNS registrard_problem[]
  LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN registrard_text(r ->> 'domain') <> '' THEN '{}'
    ELSE ARRAY[registrard_a_problem('domain', 'is empty; the alias is ignored', 'write the domain that the alias stands for, or delete the row', 'warning', 'alias_empty')] END
$$;
-- +goose StatementEnd

-- A condition over the columns that a table x has: {name} is the column as
-- text, NULL when it is missing; {?name} a boolean that holds something else
-- (one that is an enum can't).
-- +goose StatementBegin
CREATE FUNCTION registrard_over_columns(tbl text, condition text) RETURNS text
  LANGUAGE plpgsql STABLE AS $$
DECLARE
  m text;
BEGIN
  FOR m IN SELECT DISTINCT r[1] FROM regexp_matches(condition, '\{(\??[a-z_][a-z0-9_]+)\}', 'g') r LOOP
    condition := replace(condition, '{' || m || '}', coalesce((
      SELECT CASE WHEN m NOT LIKE '?%' THEN format('x.%I::text', a.attname)
        WHEN t.typtype = 'e' THEN 'false'
        ELSE format('lower(x.%I::text) NOT IN (''yes'', ''no'', ''true'', ''false'', ''on'', ''off'', ''1'', ''0'')', a.attname) END
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
      WHERE a.attrelid = to_regclass(tbl) AND a.attname = ltrim(m, '?') AND a.attnum > 0 AND NOT a.attisdropped),
      CASE WHEN m LIKE '?%' THEN 'false' ELSE 'NULL::text' END));
  END LOOP;
  RETURN condition;
END
$$;
-- +goose StatementEnd

-- The condition under which a row x of a table is looked at closely.
-- +goose StatementBegin
CREATE FUNCTION registrard_suspicious(tbl text) RETURNS text
  LANGUAGE plpgsql STABLE AS $$
DECLARE
  octet constant text := '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
  network constant text := octet || '(?:\.' || octet || '){3}(?:/(?:3[0-2]|[12]?[0-9]))?';
  condition text;
BEGIN
  condition := CASE tbl
  WHEN 'ps_endpoints' THEN $c$
    {id} || ',' || coalesce(nullif({aors}, ''), '-') || ',' || coalesce(nullif({auth}, ''), '-') || ',' ~ E'[\x01-\x20;^]|,,'
    OR coalesce({aors}, '') = '' AND {auth} <> ''
    OR {identify_by} NOT IN ('username', 'username,ip', 'ip,username', 'ip', 'auth_username', 'username,auth_username', 'auth_username,username')
      AND {identify_by} !~ '^(?:username|auth_username|ip|header|request_uri|transport)(?:,(?:username|auth_username|ip|header|request_uri|transport))*$'
    OR coalesce({deny}, {permit}, {acl}, {contact_deny}, {contact_permit}, {contact_acl}) IS NOT NULL
    OR {?force_rport} OR {?rewrite_contact} $c$
  WHEN 'ps_aors' THEN $c$
    {id} ~ E'^[\x01-\x20]|[\x01-\x20]$|[;^]' OR char_length({id}) > 219
    OR {contact} !~ E'^sips?:[^,;^\x01-\x20]+$' OR x.max_contacts < 0 OR coalesce(x.max_contacts, 0) = 0 AND {contact} IS NULL
    OR x.default_expiration NOT BETWEEN coalesce(x.minimum_expiration, 60) AND coalesce(x.maximum_expiration, 7200)
    OR coalesce(x.minimum_expiration, 60) > coalesce(x.maximum_expiration, 7200)
    OR x.default_expiration < 1 OR x.minimum_expiration < 0 OR x.maximum_expiration < 1
    OR x.qualify_frequency NOT BETWEEN 0 AND 86400 OR NOT {qualify_timeout}::double precision BETWEEN 0 AND 86400
    OR {?remove_existing} OR {?remove_unavailable} OR {?support_path} OR {?authenticate_qualify} OR {?qualify_2xx_only} $c$
  WHEN 'ps_auths' THEN $c$
    {id} || coalesce({username}, '') ~ E'[\x01-\x20]' OR coalesce({username}, '') = '' OR x.nonce_lifetime <= 0
    OR CASE coalesce({auth_type}, 'userpass')
      WHEN 'md5' THEN coalesce({md5_cred}, '') !~ '^[0-9A-Fa-f]{32}$' OR {supported_algorithms_uas} <> 'MD5'
      WHEN 'userpass' THEN coalesce(btrim({password}), '') = '' AND coalesce({password_digest}, '') = ''
        OR {password} ~ E'[;\x01-\x1f]'
        OR {password_digest} !~ '^(?:MD5:[0-9A-Fa-f]{32}|SHA-256:[0-9A-Fa-f]{64}|SHA-512-256:[0-9A-Fa-f]{64})$'
        OR {supported_algorithms_uas} IS NOT NULL
          AND (coalesce(btrim({password}), '') = '' OR {supported_algorithms_uas} !~ '^(?:MD5|SHA-256|SHA-512-256)(?:,(?:MD5|SHA-256|SHA-512-256))*$')
      ELSE true END $c$
  WHEN 'ps_endpoint_id_ips' THEN $c$
    coalesce(btrim({endpoint}), '') = '' OR {endpoint} ~ E'[\x01-\x1f]' OR {match_header} IS NOT NULL OR {match_request_uri} IS NOT NULL
    OR coalesce({match}, '') !~ '^NETWORK(?:,NETWORK)*$' OR {?srv_lookups} $c$
  WHEN 'ps_globals' THEN $c$
    NOT EXISTS (SELECT FROM ps_globals g WHERE g.id COLLATE "C" < x.id COLLATE "C") $c$
  WHEN 'ps_domain_aliases' THEN $c$
    coalesce(btrim({domain}), '') = '' OR {domain} ~ E'[\x01-\x1f]' $c$
  END;
  condition := replace(condition, 'NETWORK', network);
  RETURN registrard_over_columns(tbl, condition);
END
$$;
-- +goose StatementEnd

-- The rows x that must be looked at together with others at the end of the
-- transaction; as source, a FROM clause and its condition. Most need not be:
-- what they name is there already.
-- +goose StatementBegin
CREATE FUNCTION registrard_unsettled(tbl text) RETURNS text
  LANGUAGE sql STABLE AS $$
  SELECT registrard_over_columns(tbl, CASE tbl
  WHEN 'ps_endpoints' THEN $c$ LEFT JOIN ps_aors a ON a.id = {aors} LEFT JOIN ps_auths u ON u.id = {auth}
    WHERE ({aors} <> '' AND (a.id IS NULL OR coalesce({auth}, '') = '') OR {auth} <> '' AND u.id IS NULL
      OR {identify_by} <> '' AND strpos(lower({identify_by}), 'username') = 0
      OR {aors} <> {id} AND EXISTS (SELECT FROM ps_endpoints other WHERE other.id = {aors})) $c$
  WHEN 'ps_auths' THEN $c$ WHERE {password} <> '' AND ({auth_type} = 'md5' OR {password_digest} <> '') $c$
  ELSE $c$ WHERE true $c$ END)
$$;
-- +goose StatementEnd

-- The function that looks at one row of a table.
CREATE FUNCTION registrard_checker(tbl text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE tbl WHEN 'ps_endpoints' THEN 'registrard_check_endpoint' WHEN 'ps_aors' THEN 'registrard_check_aor' WHEN 'ps_auths' THEN 'registrard_check_auth'
    WHEN 'ps_endpoint_id_ips' THEN 'registrard_check_match' WHEN 'ps_globals' THEN 'registrard_check_global' WHEN 'ps_domain_aliases' THEN 'registrard_check_alias' END;

-- What rows have wrong that needs other rows to be seen; of the rows with these
-- ids, NULL for all. With ids it looks up by indexes only: hints that would
-- need a whole table are left to the view.
-- +goose StatementBegin
CREATE FUNCTION registrard_check_together(tbl text, ids text[])
  RETURNS TABLE (table_name text, id text, column_name text, problem text, remedy text, severity text, kind text)
  LANGUAGE plpgsql STABLE AS $$
DECLARE
  chosen constant text := CASE WHEN ids IS NULL THEN '' ELSE ' AND x.id = ANY ($1)' END;
  sql text;
  realm text;
  words text[];
BEGIN
  CASE tbl
  WHEN 'ps_endpoints' THEN
    -- e: the endpoints. odd: lists that aren't simply the id of a row. claims:
    -- each endpoint with each of its AORs.
    sql := $q$
      WITH e AS MATERIALIZED (
        SELECT x.id::text, x.aors::text, x.auth::text, lower(x.identify_by::text) AS identify_by FROM ps_endpoints x WHERE true {chosen}),
      odd_aors AS MATERIALIZED (
        SELECT e.id, registrard_items(registrard_text(e.aors), true) AS names
        FROM e LEFT JOIN ps_aors a ON a.id = e.aors WHERE e.aors <> '' AND (a.id IS NULL OR strpos(e.aors, ',') > 0)),
      odd_auths AS MATERIALIZED (
        SELECT e.id, CASE WHEN btrim(registrard_text(e.auth), ', ') = '' THEN ARRAY[registrard_text(e.auth)] ELSE registrard_items(registrard_text(e.auth), true) END AS names
        FROM e LEFT JOIN ps_auths a ON a.id = e.auth WHERE btrim(e.auth) <> '' AND (a.id IS NULL OR strpos(e.auth, ',') > 0)),
      missing AS MATERIALIZED (
        SELECT 'aors' AS col, 'ps_aors' AS named, o.id, n.name FROM odd_aors o CROSS JOIN LATERAL unnest(o.names) n(name)
        WHERE NOT EXISTS (SELECT FROM ps_aors a WHERE a.id = registrard_encode(n.name))
        UNION ALL
        SELECT 'auth', 'ps_auths', o.id, n.name FROM odd_auths o CROSS JOIN LATERAL unnest(o.names) n(name)
        WHERE NOT EXISTS (SELECT FROM ps_auths a WHERE a.id = registrard_encode(n.name))),
      claims AS (
        SELECT e.id, e.aors AS name FROM e JOIN ps_aors a ON a.id = e.aors WHERE strpos(e.aors, ',') = 0
        UNION ALL
        SELECT o.id, n.name FROM odd_aors o CROSS JOIN LATERAL unnest(o.names) n(name)),
      {shared},
      found(id, column_name, problem, remedy, severity, kind) AS (
        SELECT m.id, m.col, 'names ' || registrard_quote(m.name) || ', but ' || m.named || ' has no such row',
          'insert the row into ' || m.named || ', or take the name out of the list' || {near}, 'error', CASE m.col WHEN 'aors' THEN 'aor_missing' ELSE 'auth_missing' END
        FROM missing m {near_rows}
        UNION ALL
        SELECT s.id, 'aors', s.problem, 'give each endpoint an AOR of its own, unless they are to share their contacts', 'warning', 'aor_shared' FROM shared s
        UNION ALL
        SELECT e.id, 'auth', 'is empty: whoever calls himself ' || registrard_quote(registrard_decode(e.id)) || ' registers without a password',
          'name a row of ps_auths', 'warning', 'no_auth'
        FROM e
        WHERE coalesce(btrim(e.auth), '') = '' AND e.aors <> '' AND (coalesce(e.identify_by, '') = '' OR strpos(e.identify_by, 'username') > 0)
          AND EXISTS (SELECT FROM ps_aors a WHERE a.max_contacts > 0 AND a.id = ANY (SELECT registrard_encode(n) FROM unnest(registrard_items(registrard_text(e.aors), true)) n))
        UNION ALL
        SELECT e.id, 'identify_by', 'is ' || registrard_quote(e.identify_by) || ', but no row of ps_endpoint_id_ips names this endpoint, so nothing identifies it',
          'insert a row into ps_endpoint_id_ips, or add username', 'warning', 'never_identified'
        FROM e
        WHERE btrim(e.identify_by) <> '' AND strpos(e.identify_by, 'username') = 0 AND e.id !~ '^anonymous(?:@|$)'
          AND NOT EXISTS (SELECT FROM ps_endpoint_id_ips i WHERE i.endpoint = e.id OR btrim(i.endpoint) = e.id)
        {alike})
      SELECT 'ps_endpoints', registrard_decode(f.id), f.column_name, f.problem, f.remedy, f.severity, f.kind FROM found f $q$;
    IF ids IS NULL THEN
      sql := replace(sql, '{near}', $q$coalesce('; it has the row ' || registrard_quote(near.id) || ', and ids must be equal in every character', '')$q$);
      sql := replace(sql, '{near_rows}', $q$LEFT JOIN (
          SELECT 'aors' AS col, lower(registrard_strip(a.id)) AS name, min(a.id) AS id FROM ps_aors a GROUP BY 2
          UNION ALL SELECT 'auth', lower(registrard_strip(a.id)), min(a.id) FROM ps_auths a GROUP BY 2) near
          ON near.col = m.col AND near.name = lower(registrard_encode(m.name))$q$);
      sql := replace(sql, '{shared}', $q$
      shared AS (
        SELECT o.owner AS id, format('names %s, which %s names too', registrard_quote(s.name),
            (SELECT string_agg(registrard_quote(other), ', ') FROM (SELECT other FROM unnest(s.owners) other WHERE other <> o.owner LIMIT 3) a)
            || CASE WHEN cardinality(s.owners) > 4 THEN format(' and %s more', cardinality(s.owners) - 4) ELSE '' END) AS problem
        FROM (SELECT min(c.name) AS name, array_agg(c.id ORDER BY c.id COLLATE "C") AS owners FROM claims c GROUP BY c.name COLLATE "C" HAVING count(*) > 1) s
        CROSS JOIN LATERAL unnest(s.owners) o(owner))$q$);
      sql := replace(sql, '{alike}', $q$
        UNION ALL
        SELECT unnest(a.ids), 'id', 'differs only in case or blanks from another: ' || array_to_string(ARRAY(SELECT registrard_quote(i) FROM unnest(a.ids[:4]) i), ', '),
          'phones and people will mix them up; use another id', 'notice', 'id_alike'
        FROM (SELECT array_agg(e.id ORDER BY e.id COLLATE "C") AS ids FROM e GROUP BY lower(btrim(e.id) COLLATE "C") HAVING count(*) > 1) a$q$);
    ELSE
      sql := replace(replace(replace(sql, '{near}', $q$''$q$), '{near_rows}', ''), '{alike}', '');
      -- Who is looked up by an index: the endpoint that has the AOR's name.
      sql := replace(sql, '{shared}', $q$
      shared AS (
        SELECT c.id, format('names %s, which %s names too', registrard_quote(c.name), registrard_quote(registrard_decode(x.id))) AS problem
        FROM claims c JOIN ps_endpoints x ON x.id = registrard_encode(c.name)
        WHERE x.id <> c.id AND (x.aors = c.name OR strpos(x.aors, ',') > 0 AND c.name = ANY (registrard_items(registrard_text(x.aors), true))))$q$);
    END IF;
    RETURN QUERY EXECUTE replace(sql, '{chosen}', chosen) USING ids;

  WHEN 'ps_auths' THEN
    SELECT registrard_text(g.default_realm) INTO realm FROM ps_globals g ORDER BY g.id COLLATE "C" LIMIT 1;
    realm := coalesce(nullif(realm, ''), 'asterisk');
    -- What is stored can be held against the password when that is there too.
    RETURN QUERY EXECUTE format($q$
      WITH a AS (
        SELECT x.id, registrard_text(x.username) AS username, coalesce(nullif(registrard_text(x.realm), ''), %2$L) AS realm, registrard_text(x.password) AS password,
          CASE WHEN lower(x.auth_type::text) = 'md5' THEN 'md5_cred' ELSE 'password_digest' END AS col,
          CASE WHEN lower(x.auth_type::text) = 'md5' THEN lower(registrard_text(x.md5_cred))
            ELSE lower((regexp_match(registrard_text(%3$s), '(?i)(?:^|,)\s*MD5\s*:\s*([0-9A-F]{32})\s*(?:,|$)'))[1]) END AS hash
        FROM ps_auths x
        WHERE x.password <> '' AND (lower(x.auth_type::text) = 'md5' OR %3$s IS NOT NULL) %1$s),
      wrong AS MATERIALIZED (SELECT * FROM a WHERE hash ~ '^[0-9a-f]{32}$' AND hash <> md5(username || ':' || realm || ':' || password)),
      made AS (SELECT w.*, (SELECT r.realm FROM (SELECT DISTINCT registrard_text(o.realm) AS realm FROM ps_auths o WHERE o.realm <> '' AND %4$s UNION VALUES ('asterisk'), ('')) r
        WHERE md5(w.username || ':' || r.realm || ':' || w.password) = w.hash LIMIT 1) AS made_for FROM wrong w)
      SELECT 'ps_auths', registrard_decode(m.id), m.col,
        CASE WHEN m.made_for IS NULL THEN 'is not the MD5 of username:realm:password with the realm ' || registrard_quote(m.realm) || ' and the password of this row'
          ELSE 'was made for the realm ' || registrard_quote(m.made_for) || ', but the realm is ' || registrard_quote(m.realm) END,
        CASE WHEN m.made_for IS NULL THEN 'compute it anew, or set password to NULL' ELSE 'compute it anew, or set realm to ' || registrard_quote(m.made_for) END,
        CASE WHEN m.made_for IS NULL THEN 'warning' ELSE 'error' END, 'digest_of_another_realm'
      FROM made m $q$, chosen, realm,
      CASE WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = to_regclass('ps_auths') AND a.attname = 'password_digest' AND NOT a.attisdropped)
        THEN 'x.password_digest' ELSE 'NULL::text' END,
      CASE WHEN ids IS NULL THEN 'true' ELSE 'o.id = ANY ($1)' END)
    USING ids;

  WHEN 'ps_endpoint_id_ips' THEN
    RETURN QUERY EXECUTE $q$
      SELECT 'ps_endpoint_id_ips', registrard_decode(x.id), 'endpoint', 'names ' || registrard_quote(registrard_text(x.endpoint)) || ', but ps_endpoints has no such row',
        'correct it, or insert that row into ps_endpoints', 'error', 'endpoint_missing'
      FROM ps_endpoint_id_ips x
      WHERE registrard_text(x.endpoint) <> '' AND NOT EXISTS (SELECT FROM ps_endpoints e WHERE e.id = registrard_encode(registrard_text(x.endpoint))) $q$
      || chosen USING ids;

    SELECT array_agg(word) INTO words
    FROM (SELECT g.endpoint_identifier_order AS list FROM ps_globals g ORDER BY g.id COLLATE "C" LIMIT 1) o
    CROSS JOIN LATERAL unnest(registrard_items(lower(registrard_text(o.list)), true)) word
    WHERE word IN ('ip', 'username', 'auth_username', 'header', 'request_uri', 'anonymous');
    IF words IS NOT NULL AND NOT words @> '{ip,header,request_uri}' THEN
      RETURN QUERY EXECUTE format($q$
        SELECT 'ps_endpoint_id_ips', registrard_decode(x.id), rule.col,
          'is never tried: ps_globals.endpoint_identifier_order does not name ' || rule.word,
          'add ' || rule.word || ' to ps_globals.endpoint_identifier_order, or set that to NULL and write the order into the configuration', 'warning', 'never_tried'
        FROM ps_endpoint_id_ips x
        CROSS JOIN LATERAL to_jsonb(x) r
        CROSS JOIN (VALUES ('match', 'ip'), ('match_header', 'header'), ('match_request_uri', 'request_uri')) rule(col, word)
        WHERE NOT rule.word = ANY (%L) AND registrard_text(r ->> rule.col) <> ''
          AND CASE rule.col WHEN 'match' THEN EXISTS (SELECT FROM unnest(registrard_items(registrard_text(r ->> 'match'), false)) i WHERE registrard_match_error(i) IS NULL)
            ELSE registrard_rule_error(rule.col, registrard_text(r ->> rule.col)) IS NULL END $q$, words)
        || chosen USING ids;
    END IF;

  WHEN 'ps_globals' THEN
    RETURN QUERY EXECUTE $q$
      SELECT 'ps_globals', registrard_decode(x.id), 'id', 'is ignored: the row ' || registrard_quote(registrard_decode(o.id)) || ' comes first', 'keep one row in ps_globals', 'warning', 'globals_ignored'
      FROM ps_globals x CROSS JOIN (SELECT g.id FROM ps_globals g ORDER BY g.id COLLATE "C" LIMIT 1) o WHERE o.id <> x.id $q$
      || chosen USING ids;

  WHEN 'ps_domain_aliases' THEN
    RETURN QUERY EXECUTE $q$
      SELECT 'ps_domain_aliases', registrard_decode(x.id), 'id', 'is ignored: another row has this name in another case, and stands for ' || registrard_quote(o.domain),
        'delete one of the two rows', 'warning', 'alias_twice'
      FROM ps_domain_aliases x
      JOIN LATERAL (SELECT f.id, registrard_text(f.domain) AS domain FROM ps_domain_aliases f
        WHERE lower(registrard_text(f.id)) = lower(registrard_text(x.id)) AND registrard_text(f.domain) <> ''
        ORDER BY f.id COLLATE "C" LIMIT 1) o ON o.id COLLATE "C" < x.id COLLATE "C"
      WHERE registrard_text(x.domain) <> '' $q$
      || chosen USING ids;
  ELSE
    NULL; -- ps_aors: nothing
  END CASE;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION registrard_provisioning_problems()
  RETURNS TABLE (table_name text, id text, column_name text, problem text, remedy text, severity text, kind text)
  LANGUAGE plpgsql STABLE ROWS 1000 AS $$
DECLARE
  tbl text;
BEGIN
  FOREACH tbl IN ARRAY ARRAY['ps_endpoints', 'ps_aors', 'ps_auths', 'ps_endpoint_id_ips', 'ps_domain_aliases', 'ps_globals'] LOOP
    RETURN QUERY EXECUTE format('SELECT %1$L, registrard_decode(x.id), p.* FROM %1$I x CROSS JOIN LATERAL unnest(%2$I(to_jsonb(x))) p WHERE %3$s',
      tbl, registrard_checker(tbl), registrard_suspicious(tbl));
    RETURN QUERY SELECT * FROM registrard_check_together(tbl, NULL);
  END LOOP;
END
$$;
-- +goose StatementEnd

-- The triggers.

-- Ids of rows that a transaction has changed and that are looked at together
-- with others when it ends. Nobody ever sees a row here: the transaction that
-- writes it deletes it.
CREATE UNLOGGED TABLE registrard_unchecked (
  tbl text NOT NULL,
  ids text[] NOT NULL
);

-- Says what is wrong: an error when strict mode is on, else as many warnings as
-- a person reads. more: there are others.
-- +goose StatementBegin
CREATE FUNCTION registrard_say(tbl text, id text, p registrard_problem, nth integer, refuse boolean) RETURNS void
  LANGUAGE plpgsql AS $$
DECLARE
  says constant text := format('%s %s: %s %s', tbl, registrard_quote(id), p.column_name, p.problem);
BEGIN
  IF refuse AND p.severity <> 'notice' THEN
    RAISE EXCEPTION '%', says USING HINT = p.remedy, ERRCODE = 'check_violation', TABLE = tbl, COLUMN = p.column_name,
      DETAIL = 'Strict mode is on (registrard.strict, or the row strict of registrard_settings).';
  ELSIF nth > 5 THEN
    NULL;
  ELSIF p.severity = 'notice' THEN
    RAISE NOTICE '%', says USING HINT = p.remedy, TABLE = tbl, COLUMN = p.column_name;
  ELSE
    RAISE WARNING '%', says USING HINT = p.remedy, TABLE = tbl, COLUMN = p.column_name;
  END IF;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION registrard_say_more(told integer, most integer) RETURNS void
  LANGUAGE plpgsql AS $$
BEGIN
  IF told > 5 THEN
    RAISE WARNING '% more such problems%', told - 5, CASE WHEN told >= most THEN ', or many more' ELSE '' END
      USING HINT = 'SELECT * FROM provisioning_problems; shows them all.';
  END IF;
END
$$;
-- +goose StatementEnd

-- After each statement: what the rows have wrong by themselves. Of an UPDATE,
-- only what they hadn't wrong before. Should the check itself fail (somebody
-- changed the type of a column), then nothing is refused for it.
-- +goose StatementBegin
CREATE FUNCTION registrard_check_rows() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  most constant integer := 1000; -- looked at; the view shows all
  tbl constant text := TG_TABLE_NAME;
  refuse boolean;
  told integer := 0;
  r record;
  ids text[];
BEGIN
  IF registrard_setting('checks') IN ('off', 'no', 'false', '0') THEN
    RETURN NULL;
  END IF;
  refuse := registrard_setting('strict') IN ('on', 'yes', 'true', '1');
  FOR r IN EXECUTE CASE TG_OP
    WHEN 'INSERT' THEN format('SELECT registrard_decode(x.id) AS id, p FROM new_rows x CROSS JOIN LATERAL unnest(%I(to_jsonb(x))) p WHERE %s LIMIT %s',
      registrard_checker(tbl), registrard_suspicious(tbl), most)
    ELSE format('SELECT registrard_decode(x.id) AS id, p FROM new_rows x LEFT JOIN old_rows o ON o.id = x.id
      CROSS JOIN LATERAL unnest(%1$I(to_jsonb(x))) p
      WHERE (%2$s) AND NOT p = ANY (CASE WHEN o.id IS NULL THEN ''{}'' ELSE %1$I(to_jsonb(o)) END) LIMIT %3$s',
      registrard_checker(tbl), registrard_suspicious(tbl), most) END
  LOOP
    told := told + 1;
    PERFORM registrard_say(tbl, r.id, r.p, told, refuse);
  END LOOP;
  PERFORM registrard_say_more(told, most);

  IF tbl = 'ps_aors' THEN
    RETURN NULL;
  END IF;
  EXECUTE 'SELECT array_agg(x.id) FROM new_rows x ' || CASE TG_OP WHEN 'INSERT' THEN registrard_unsettled(tbl)
      ELSE 'LEFT JOIN old_rows o ON o.id = x.id' || registrard_unsettled(tbl) || ' AND (o.id IS NULL OR ' || CASE tbl
        WHEN 'ps_endpoints' THEN '(x.aors, x.auth, x.identify_by::text) IS DISTINCT FROM (o.aors, o.auth, o.identify_by::text))'
        ELSE 'to_jsonb(x) <> to_jsonb(o))' END END
    INTO ids;
  IF cardinality(ids) > 0 THEN
    INSERT INTO registrard_unchecked (tbl, ids) VALUES (TG_TABLE_NAME, ids);
  END IF;
  RETURN NULL;
EXCEPTION
  WHEN check_violation THEN
    RAISE;
  WHEN OTHERS THEN
    RAISE WARNING 'registrard could not check the rows of %: %', tbl, SQLERRM USING HINT = 'They are written all the same. Is a column of another type than Asterisk''s?';
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- Before COMMIT: what needs other rows, in whatever order they came.
-- +goose StatementBegin
CREATE FUNCTION registrard_check_at_commit() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  most constant integer := 1000;
  refuse boolean;
  told integer := 0;
  changed record;
  r record;
BEGIN
  refuse := registrard_setting('strict') IN ('on', 'yes', 'true', '1');
  FOR changed IN
    WITH taken AS (DELETE FROM registrard_unchecked u RETURNING u.tbl, u.ids)
    SELECT t.tbl, CASE WHEN count(*) = 1 THEN min(t.ids) ELSE ARRAY(SELECT DISTINCT i FROM taken u CROSS JOIN LATERAL unnest(u.ids) i WHERE u.tbl = t.tbl) END AS ids
    FROM taken t GROUP BY t.tbl
  LOOP
    FOR r IN SELECT t.table_name, t.id, ROW(t.column_name, t.problem, t.remedy, t.severity, t.kind)::registrard_problem AS p
      FROM registrard_check_together(changed.tbl, changed.ids) t LIMIT most
    LOOP
      told := told + 1;
      PERFORM registrard_say(r.table_name, r.id, r.p, told, refuse);
    END LOOP;
  END LOOP;
  PERFORM registrard_say_more(told, most);
  RETURN NULL;
EXCEPTION
  WHEN check_violation THEN
    RAISE;
  WHEN OTHERS THEN
    RAISE WARNING 'registrard could not check the rows of this transaction: %', SQLERRM USING HINT = 'They are written all the same. Is a column of another type than Asterisk''s?';
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE CONSTRAINT TRIGGER registrard_check_at_commit AFTER INSERT ON registrard_unchecked
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION registrard_check_at_commit();

-- +goose StatementBegin
DO $$
DECLARE
  t text;
  f text;
BEGIN
  FOREACH f IN ARRAY ARRAY['registrard_provisioning_problems()', 'registrard_check_rows()', 'registrard_check_at_commit()'] LOOP
    EXECUTE format('ALTER FUNCTION %1$I.%2$s SET search_path = pg_catalog, %1$I, pg_temp', current_schema(), f);
    EXECUTE format('ALTER FUNCTION %1$I.%2$s SET jit = off', current_schema(), f); -- a second of compiling for nothing
  END LOOP;
  FOREACH t IN ARRAY ARRAY['ps_endpoints', 'ps_aors', 'ps_auths', 'ps_globals', 'ps_domain_aliases', 'ps_endpoint_id_ips'] LOOP
    EXECUTE format('CREATE TRIGGER registrard_warn_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows
      FOR EACH STATEMENT EXECUTE FUNCTION registrard_check_rows()', t);
    EXECUTE format('CREATE TRIGGER registrard_warn_update AFTER UPDATE ON %I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
      FOR EACH STATEMENT EXECUTE FUNCTION registrard_check_rows()', t);
  END LOOP;
END
$$;
-- +goose StatementEnd

CREATE VIEW provisioning_problems AS SELECT * FROM registrard_provisioning_problems();

COMMENT ON VIEW provisioning_problems IS 'registrard: what rows of configuration have wrong, and what would be right';

-- +goose Down

SET LOCAL lock_timeout = '15s';

DROP VIEW provisioning_problems;

-- +goose StatementBegin
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['ps_endpoints', 'ps_aors', 'ps_auths', 'ps_globals', 'ps_domain_aliases', 'ps_endpoint_id_ips'] LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS registrard_warn_insert ON %I', t);
    EXECUTE format('DROP TRIGGER IF EXISTS registrard_warn_update ON %I', t);
  END LOOP;
END
$$;
-- +goose StatementEnd

DROP TABLE registrard_unchecked;
DROP TABLE registrard_settings;

DROP FUNCTION registrard_check_at_commit(), registrard_check_rows(), registrard_say_more(integer, integer),
  registrard_say(text, text, registrard_problem, integer, boolean), registrard_provisioning_problems(),
  registrard_check_together(text, text[]), registrard_checker(text), registrard_unsettled(text), registrard_suspicious(text), registrard_over_columns(text, text),
  registrard_check_alias(jsonb), registrard_check_global(jsonb), registrard_check_match(jsonb), registrard_check_auth(jsonb),
  registrard_check_aor(jsonb), registrard_check_endpoint(jsonb), registrard_check_id(text),
  registrard_check_number(text, bigint, bigint, bigint, bigint), registrard_check_boolean(text, text, text),
  registrard_a_problem(text, text, text, text, text), registrard_hex_error(text, integer),
  registrard_rule_error(text, text), registrard_pattern_error(text), registrard_match_error(text),
  registrard_acl_error(text, text, text), registrard_network_error(text), registrard_is_address(text),
  registrard_items(text, boolean), registrard_quote_item(text), registrard_quote(text), registrard_text(text),
  registrard_encode(text), registrard_decode(text), registrard_strip(text), registrard_setting(text);

DROP TYPE registrard_problem;
