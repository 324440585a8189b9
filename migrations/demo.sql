-- Demo extensions, for registrard dev and for trying things: 6001 and 6002 with
-- a plain password, 6003 with a hashed one, and a trunk that is known by its
-- address. They go in once: not when there is any endpoint already.

INSERT INTO ps_aors (id, max_contacts, remove_existing)
SELECT v.id, v.max_contacts, 'yes'
FROM (VALUES ('6001', 1), ('6002', 2), ('6003', 1), ('trunk', 1)) v (id, max_contacts)
WHERE NOT EXISTS (SELECT FROM ps_endpoints);

INSERT INTO ps_auths (id, auth_type, username, password)
SELECT v.id, 'userpass', v.id, v.password
FROM (VALUES ('6001', 'secret6001'), ('6002', 'secret6002')) v (id, password)
WHERE NOT EXISTS (SELECT FROM ps_endpoints);

-- A hashed password: md5 of username:realm:password. It holds for that realm only.
INSERT INTO ps_auths (id, auth_type, username, realm, md5_cred)
SELECT '6003', 'md5', '6003', 'asterisk', md5('6003:asterisk:secret6003')
WHERE NOT EXISTS (SELECT FROM ps_endpoints);

-- 203.0.113.10 is an address that only documentation has: put in the trunk's own.
INSERT INTO ps_endpoint_id_ips (id, endpoint, match)
SELECT 'trunk', 'trunk', '203.0.113.10'
WHERE NOT EXISTS (SELECT FROM ps_endpoints);

INSERT INTO ps_endpoints (id, aors, auth, context, identify_by)
SELECT v.id, v.id, v.auth, 'demo', v.identify_by
FROM (VALUES
  ('6001', '6001', 'username'),
  ('6002', '6002', 'username'),
  ('6003', '6003', 'username'),
  ('trunk', NULL, 'ip')) v (id, auth, identify_by)
WHERE NOT EXISTS (SELECT FROM ps_endpoints);
