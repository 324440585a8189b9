-- What a node trusts is its own configuration. It says so in registrard_nodes, so
-- that provisioning_problems can name a row that takes all phones behind a proxy
-- for one endpoint.

-- +goose Up

ALTER TABLE registrard_nodes ADD COLUMN trusted_proxies cidr[];

-- +goose StatementBegin
CREATE FUNCTION registrard_proxy_problems()
  RETURNS TABLE (table_name text, id text, column_name text, problem text, remedy text, severity text, kind text)
  LANGUAGE sql STABLE ROWS 10 AS $$
  SELECT 'ps_endpoint_id_ips', registrard_unescape(i.id::text), 'match',
    'covers ' || string_agg(DISTINCT p.proxy::text, ', ') || ', which ' || string_agg(DISTINCT registrard_quote(n.name), ', ') ||
      ' trusts as a proxy (trusted_proxies): what the proxy doesn''t tell the phone''s address of is taken for ' || registrard_quote(registrard_unescape(i.endpoint::text)),
    'leave the proxy''s address out of match, or out of trusted_proxies', 'warning', 'match_covers_proxy'
  FROM ps_endpoint_id_ips i
  CROSS JOIN LATERAL unnest(registrard_items(registrard_text(i.match::text), false)) item
  CROSS JOIN LATERAL (SELECT regexp_replace(regexp_replace(item, '^([0-9.]+):[0-9]+$', '\1'), '^\[(.*)\](:[0-9]+)?$', '\1') AS address) w -- without its port
  CROSS JOIN LATERAL (SELECT CASE WHEN registrard_match_error(item) IS NULL AND w.address ~ '^([0-9.]+|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)(/[0-9]+)?$'
    THEN w.address::inet END AS network) m
  JOIN registrard_nodes n ON n.heartbeat_at > clock_timestamp() - interval '1 day'
  CROSS JOIN LATERAL unnest(n.trusted_proxies) p(proxy)
  WHERE m.network && p.proxy
  GROUP BY i.id, i.endpoint
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION %1$I.registrard_proxy_problems() SET search_path = pg_catalog, %1$I, pg_temp', current_schema());
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE VIEW provisioning_problems AS
  SELECT * FROM registrard_provisioning_problems() UNION ALL SELECT * FROM registrard_more_problems() UNION ALL SELECT * FROM registrard_proxy_problems();

-- +goose Down

CREATE OR REPLACE VIEW provisioning_problems AS
  SELECT * FROM registrard_provisioning_problems() UNION ALL SELECT * FROM registrard_more_problems();
DROP FUNCTION registrard_proxy_problems();
ALTER TABLE registrard_nodes DROP COLUMN trusted_proxies;
