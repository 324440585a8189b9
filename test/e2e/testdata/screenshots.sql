-- What the screenshots of the README show.
INSERT INTO registrard_nodes (name, boot_id, version, addresses, started_at, heartbeat_at, state) VALUES
  ('sip-b', 'b', '1.0.0', '{udp://203.0.113.12:5060,tls://203.0.113.12:5061}', now() - interval '9 days', now() + interval '1 hour', 'ready'),
  ('sip-c', 'c', '1.0.0', '{udp://203.0.113.13:5060,tls://203.0.113.13:5061}', now() - interval '9 days', now() - interval '4 minutes', 'ready');
INSERT INTO ps_endpoints (id, aors, auth, context) SELECT i::text, i::text, i::text, 'internal' FROM generate_series(6001, 6012) i;
INSERT INTO ps_aors (id, max_contacts) SELECT i::text, 2 FROM generate_series(6001, 6012) i;
INSERT INTO ps_contacts (id, uri, endpoint, user_agent, reg_server, expiration_time, transport, source_addr, source_port, registered_at)
SELECT aor || '^3B@' || md5(uri), uri, aor, user_agent, node, extract(epoch FROM now())::bigint + expires, transport, source::inet, port, now() - since::interval
FROM (VALUES
  ('6001', 'sip:6001@10.20.1.17:5060', 'Yealink SIP-T46U 108.86.0.20', 'sip-a', 2950, 'udp', '10.20.1.17', 5060, '3 hours 11 minutes'),
  ('6002', 'sip:6002@10.20.1.18:5060^3Btransport=tls', 'snomD785/10.1.169.16', 'sip-b', 3420, 'tls', '10.20.1.18', 42110, '26 hours'),
  ('6003', 'sip:6003@198.51.100.23:61022^3Bob', 'Linphone-Android/5.2.5', 'sip-a', 410, 'tcp', '198.51.100.23', 61022, '4 minutes'),
  ('6004', 'sip:kq0t7f3d@h7s2k1a0.invalid^3Btransport=ws', 'JsSIP 3.13.8', 'sip-a', 250, 'wss', '198.51.100.40', 50122, '41 minutes'),
  ('6005', 'sip:6005@10.20.2.4:5062', 'Grandstream GXP2170 1.0.11.79', 'sip-b', 1810, 'udp', '10.20.2.4', 5062, '70 hours'),
  ('6006', 'sip:6006@10.20.2.9:5060', 'snomD735/10.1.169.16', 'sip-b', 3300, 'udp', '10.20.2.9', 5060, '5 hours'),
  ('6007', 'sip:6007@[2001:db8:20::77]:5060', 'baresip v3.16.0 (arm64/Linux)', 'sip-a', 3588, 'udp', '2001:db8:20::77', 5060, '20 seconds'),
  ('6008', 'sip:6008@10.20.3.1:5060', 'Cisco-CP8841-3PCC/12.0.5', 'sip-b', 2222, 'tls', '10.20.3.1', 40001, '12 hours'),
  ('6009', 'sip:6009@10.20.3.2:5060', 'PolycomVVX-VVX_450-UA/6.4.3', 'sip-a', 1234, 'udp', '10.20.3.2', 5060, '7 hours')
) v (aor, uri, user_agent, node, expires, transport, source, port, since);
DO $$
BEGIN
  IF to_regclass('registrard_failures') IS NOT NULL THEN
    INSERT INTO registrard_failures (source, username, reason, aor, hint, count, first_seen, last_seen, node, detail) VALUES
      ('10.20.1.31', '6011', 'wrong_password', '6011', 'The digest does not fit the secret in ps_auths. Compare the password in the phone; an md5_cred or password_digest binds the realm too.',
        42, now() - interval '3 hours', now() - interval '20 seconds', 'sip-a', 'the response fits no secret of auth 6011'),
      ('10.20.3.9', '6012 ', 'unknown_endpoint', NULL, 'No identifier found an endpoint. Is there a row in ps_endpoints with this id, without stray blanks, in the same case?',
        7, now() - interval '50 minutes', now() - interval '6 minutes', 'sip-b', 'no endpoint is called "6012 "'),
      ('198.51.100.23', '6003', 'too_many_contacts', '6003', 'The AOR would hold more contacts than ps_aors.max_contacts. Raise it, or set remove_existing to yes so that a new phone replaces an old one.',
        3, now() - interval '26 hours', now() - interval '25 hours', 'sip-a', '1 is registered, and max_contacts is 1');
  END IF;
END
$$;
