-- Asterisk's tables, as its own migrations leave them at their newest revision
-- (alembic 2285f2ace275): same columns, types, lengths and enums, so that a
-- database made here serves a live Asterisk.
--
-- What is there already is left alone, whatever its revision: a table, or a
-- type, is made only when the schema that comes first in search_path lacks it.
-- The indexes are ours to choose:
--  - one unique index on id; Asterisk's second, plain one on the same column
--    only costs time;
--  - ps_contacts.id with varchar_pattern_ops: it serves =, ON CONFLICT and
--    Asterisk's own  id LIKE '6001^3B@%'  under every collation, where a plain
--    one serves LIKE under C alone and Asterisk would read the whole table;
--  - nothing that holds expiration_time: every refresh changes it, so that no
--    refresh could be a HOT update (measured: twice the WAL, 40 times the dead
--    rows);
--  - ps_contacts with fillfactor 70 (room for the next version of a row on its
--    page) and an autovacuum that comes early, as its rows change all the time.

-- +goose Up

-- +goose StatementBegin
DO $$
DECLARE
  elsewhere text;
  lacking text;
BEGIN
  IF current_schema() IS NULL THEN
    RAISE EXCEPTION 'search_path names no schema that exists; create it, or set another search_path';
  END IF;
  -- New, empty tables in front of those that Asterisk uses would hide them from
  -- it: every endpoint would be gone for whoever has this search_path.
  IF to_regclass(format('%I.ps_endpoints', current_schema())) IS NULL THEN
    SELECT n.nspname INTO elsewhere
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = to_regclass('ps_endpoints');
    IF elsewhere IS NOT NULL THEN
      RAISE EXCEPTION 'the tables of Asterisk are in schema "%", but "%" comes first in search_path and would get new, empty ones that hide them',
        elsewhere, current_schema()
        USING HINT = format('Put "%s" first in search_path, or leave it out of search_path to have tables of registrard''s own.', elsewhere);
    END IF;
  END IF;
  -- What registrard writes must have a place. All this is there since 2017.
  IF to_regclass(format('%I.ps_contacts', current_schema())) IS NOT NULL THEN
    SELECT string_agg(name, ', ') INTO lacking
    FROM unnest(ARRAY['id', 'uri', 'expiration_time', 'qualify_frequency', 'qualify_timeout', 'authenticate_qualify',
      'outbound_proxy', 'path', 'user_agent', 'reg_server', 'via_addr', 'via_port', 'call_id', 'endpoint', 'prune_on_boot']) name
    WHERE NOT EXISTS (SELECT FROM information_schema.columns c
      WHERE c.table_schema = current_schema() AND c.table_name = 'ps_contacts' AND c.column_name = name
        AND (name <> 'expiration_time' OR c.data_type = 'bigint'));
    IF lacking IS NOT NULL THEN
      RAISE EXCEPTION 'ps_contacts is of too old an Asterisk: it lacks these columns, or has them with an older type: %', lacking
        USING HINT = 'Bring Asterisk''s schema up to date first: alembic -c config.ini upgrade head';
    END IF;
  END IF;
END
$$;
-- +goose StatementEnd

-- A type is made only for a table that is missing: Asterisk's later migrations
-- create these types themselves.
-- +goose StatementBegin
DO $$
DECLARE
  t record;
BEGIN
  FOR t IN SELECT * FROM (VALUES
    ('ast_bool_values', $e$'0', '1', 'off', 'on', 'false', 'true', 'no', 'yes'$e$,
      '{ps_endpoints,ps_aors,ps_contacts,ps_endpoint_id_ips,ps_globals,ps_transports,ps_registrations}'::text[]),
    ('pjsip_100rel_values_v2', $e$'no', 'required', 'peer_supported', 'yes'$e$,
      '{ps_endpoints}'::text[]),
    ('pjsip_auth_type_values_v2', $e$'md5', 'userpass', 'google_oauth'$e$,
      '{ps_auths}'::text[]),
    ('pjsip_cid_privacy_values', $e$'allowed_not_screened', 'allowed_passed_screened', 'allowed_failed_screened', 'allowed', 'prohib_not_screened', 'prohib_passed_screened', 'prohib_failed_screened', 'prohib', 'unavailable'$e$,
      '{ps_endpoints}'::text[]),
    ('pjsip_connected_line_method_values', $e$'invite', 'reinvite', 'update'$e$,
      '{ps_endpoints}'::text[]),
    ('pjsip_direct_media_glare_mitigation_values', $e$'none', 'outgoing', 'incoming'$e$,
      '{ps_endpoints}'::text[]),
    ('pjsip_dtls_setup_values', $e$'active', 'passive', 'actpass'$e$,
      '{ps_endpoints}'::text[]),
    ('pjsip_dtmf_mode_values_v3', $e$'rfc4733', 'inband', 'info', 'auto', 'auto_info'$e$,
      '{ps_endpoints}'::text[]),
    ('pjsip_incoming_call_offer_pref_values', $e$'local', 'local_first', 'remote', 'remote_first'$e$,
      '{ps_endpoints}'::text[]),
    ('pjsip_media_encryption_values', $e$'no', 'sdes', 'dtls'$e$,
      '{ps_endpoints}'::text[]),
    ('pjsip_outgoing_call_offer_pref_values', $e$'local', 'local_merge', 'local_first', 'remote', 'remote_merge', 'remote_first'$e$,
      '{ps_endpoints}'::text[]),
    ('pjsip_redirect_method_values', $e$'user', 'uri_core', 'uri_pjsip'$e$,
      '{ps_endpoints}'::text[]),
    ('pjsip_t38udptl_ec_values', $e$'none', 'fec', 'redundancy'$e$,
      '{ps_endpoints}'::text[]),
    ('pjsip_taskprocessor_overload_trigger_values', $e$'none', 'global', 'pjsip_only'$e$,
      '{ps_globals}'::text[]),
    ('pjsip_timer_values', $e$'forced', 'no', 'required', 'yes'$e$,
      '{ps_endpoints}'::text[]),
    ('pjsip_transport_method_values_v2', $e$'default', 'unspecified', 'tlsv1', 'tlsv1_1', 'tlsv1_2', 'tlsv1_3', 'sslv2', 'sslv23', 'sslv3'$e$,
      '{ps_transports}'::text[]),
    ('pjsip_transport_protocol_values_v2', $e$'udp', 'tcp', 'tls', 'ws', 'wss', 'flow'$e$,
      '{ps_transports}'::text[]),
    ('security_negotiation_values', $e$'no', 'mediasec'$e$,
      '{ps_endpoints,ps_registrations}'::text[]),
    ('sha_hash_values', $e$'SHA-1', 'SHA-256'$e$,
      '{ps_endpoints}'::text[])
  ) AS v(name, labels, users) LOOP
    IF to_regtype(format('%I.%I', current_schema(), t.name)) IS NULL
      AND EXISTS (SELECT FROM unnest(t.users) u WHERE to_regclass(format('%I.%I', current_schema(), u)) IS NULL)
    THEN
      EXECUTE format('CREATE TYPE %I.%I AS ENUM (%s)', current_schema(), t.name, t.labels);
    END IF;
  END LOOP;
END
$$;
-- +goose StatementEnd

CREATE TABLE IF NOT EXISTS ps_endpoints (
  id varchar(255) NOT NULL,
  transport varchar(40),
  aors varchar(2048),
  auth varchar(255),
  context varchar(40),
  disallow varchar(200),
  allow varchar(200),
  direct_media ast_bool_values,
  connected_line_method pjsip_connected_line_method_values,
  direct_media_method pjsip_connected_line_method_values,
  direct_media_glare_mitigation pjsip_direct_media_glare_mitigation_values,
  disable_direct_media_on_nat ast_bool_values,
  dtmf_mode pjsip_dtmf_mode_values_v3,
  external_media_address varchar(40),
  force_rport ast_bool_values,
  ice_support ast_bool_values,
  identify_by varchar(80),
  mailboxes varchar(40),
  moh_suggest varchar(40),
  outbound_auth varchar(255),
  outbound_proxy varchar(255),
  rewrite_contact ast_bool_values,
  rtp_ipv6 ast_bool_values,
  rtp_symmetric ast_bool_values,
  send_diversion ast_bool_values,
  send_pai ast_bool_values,
  send_rpid ast_bool_values,
  timers_min_se integer,
  timers pjsip_timer_values,
  timers_sess_expires integer,
  callerid varchar(40),
  callerid_privacy pjsip_cid_privacy_values,
  callerid_tag varchar(40),
  "100rel" pjsip_100rel_values_v2,
  aggregate_mwi ast_bool_values,
  trust_id_inbound ast_bool_values,
  trust_id_outbound ast_bool_values,
  use_ptime ast_bool_values,
  use_avpf ast_bool_values,
  media_encryption pjsip_media_encryption_values,
  inband_progress ast_bool_values,
  call_group varchar(40),
  pickup_group varchar(40),
  named_call_group varchar(40),
  named_pickup_group varchar(40),
  device_state_busy_at integer,
  fax_detect ast_bool_values,
  t38_udptl ast_bool_values,
  t38_udptl_ec pjsip_t38udptl_ec_values,
  t38_udptl_maxdatagram integer,
  t38_udptl_nat ast_bool_values,
  t38_udptl_ipv6 ast_bool_values,
  tone_zone varchar(40),
  language varchar(40),
  one_touch_recording ast_bool_values,
  record_on_feature varchar(40),
  record_off_feature varchar(40),
  rtp_engine varchar(40),
  allow_transfer ast_bool_values,
  allow_subscribe ast_bool_values,
  sdp_owner varchar(40),
  sdp_session varchar(40),
  tos_audio varchar(10),
  tos_video varchar(10),
  sub_min_expiry integer,
  from_domain varchar(40),
  from_user varchar(40),
  mwi_from_user varchar(40),
  dtls_verify varchar(40),
  dtls_rekey varchar(40),
  dtls_cert_file varchar(200),
  dtls_private_key varchar(200),
  dtls_cipher varchar(200),
  dtls_ca_file varchar(200),
  dtls_ca_path varchar(200),
  dtls_setup pjsip_dtls_setup_values,
  srtp_tag_32 ast_bool_values,
  media_address varchar(40),
  redirect_method pjsip_redirect_method_values,
  set_var text,
  cos_audio integer,
  cos_video integer,
  message_context varchar(40),
  force_avp ast_bool_values,
  media_use_received_transport ast_bool_values,
  accountcode varchar(80),
  user_eq_phone ast_bool_values,
  moh_passthrough ast_bool_values,
  media_encryption_optimistic ast_bool_values,
  rpid_immediate ast_bool_values,
  g726_non_standard ast_bool_values,
  rtp_keepalive integer,
  rtp_timeout integer,
  rtp_timeout_hold integer,
  bind_rtp_to_media_address ast_bool_values,
  voicemail_extension varchar(40),
  mwi_subscribe_replaces_unsolicited ast_bool_values,
  deny varchar(95),
  permit varchar(95),
  acl varchar(40),
  contact_deny varchar(95),
  contact_permit varchar(95),
  contact_acl varchar(40),
  subscribe_context varchar(40),
  fax_detect_timeout integer,
  contact_user varchar(80),
  preferred_codec_only ast_bool_values,
  asymmetric_rtp_codec ast_bool_values,
  rtcp_mux ast_bool_values,
  allow_overlap ast_bool_values,
  refer_blind_progress ast_bool_values,
  notify_early_inuse_ringing ast_bool_values,
  max_audio_streams integer,
  max_video_streams integer,
  webrtc ast_bool_values,
  dtls_fingerprint sha_hash_values,
  incoming_mwi_mailbox varchar(40),
  bundle ast_bool_values,
  dtls_auto_generate_cert ast_bool_values,
  follow_early_media_fork ast_bool_values,
  accept_multiple_sdp_answers ast_bool_values,
  suppress_q850_reason_headers ast_bool_values,
  trust_connected_line ast_bool_values,
  send_connected_line ast_bool_values,
  ignore_183_without_sdp ast_bool_values,
  codec_prefs_incoming_offer varchar(128),
  codec_prefs_outgoing_offer varchar(128),
  codec_prefs_incoming_answer varchar(128),
  codec_prefs_outgoing_answer varchar(128),
  stir_shaken ast_bool_values,
  send_history_info ast_bool_values,
  allow_unauthenticated_options ast_bool_values,
  t38_bind_udptl_to_media_address ast_bool_values,
  geoloc_incoming_call_profile varchar(80),
  geoloc_outgoing_call_profile varchar(80),
  incoming_call_offer_pref pjsip_incoming_call_offer_pref_values,
  outgoing_call_offer_pref pjsip_outgoing_call_offer_pref_values,
  stir_shaken_profile varchar(80),
  security_negotiation security_negotiation_values,
  security_mechanisms varchar(512),
  send_aoc ast_bool_values,
  overlap_context varchar(80),
  tenantid varchar(80),
  suppress_moh_on_sendonly ast_bool_values,
  follow_redirect_methods varchar(95),
  rtp_port_start integer,
  rtp_port_end integer,
  CONSTRAINT ps_endpoints_id_key UNIQUE (id)
);

CREATE TABLE IF NOT EXISTS ps_aors (
  id varchar(255) NOT NULL,
  contact varchar(255),
  default_expiration integer,
  mailboxes varchar(80),
  max_contacts integer,
  minimum_expiration integer,
  remove_existing ast_bool_values,
  qualify_frequency integer,
  authenticate_qualify ast_bool_values,
  maximum_expiration integer,
  outbound_proxy varchar(255),
  support_path ast_bool_values,
  qualify_timeout double precision,
  voicemail_extension varchar(40),
  remove_unavailable ast_bool_values,
  qualify_2xx_only ast_bool_values,
  CONSTRAINT ps_aors_id_key UNIQUE (id)
);

CREATE TABLE IF NOT EXISTS ps_auths (
  id varchar(255) NOT NULL,
  auth_type pjsip_auth_type_values_v2,
  nonce_lifetime integer,
  md5_cred varchar(40),
  password varchar(80),
  realm varchar(255),
  username varchar(40),
  refresh_token varchar(255),
  oauth_clientid varchar(255),
  oauth_secret varchar(255),
  password_digest varchar(1024),
  supported_algorithms_uas varchar(1024),
  supported_algorithms_uac varchar(1024),
  CONSTRAINT ps_auths_id_key UNIQUE (id)
);

-- +goose StatementBegin
DO $$
BEGIN
  IF to_regclass(format('%I.ps_contacts', current_schema())) IS NOT NULL THEN
    RETURN;
  END IF;
  CREATE TABLE ps_contacts (
    id varchar(255) NOT NULL,
    uri varchar(511),
    expiration_time bigint,
    qualify_frequency integer,
    outbound_proxy varchar(255),
    path text,
    user_agent varchar(255),
    qualify_timeout double precision,
    reg_server varchar(255),
    authenticate_qualify ast_bool_values,
    via_addr varchar(40),
    via_port integer,
    call_id varchar(255),
    endpoint varchar(255),
    prune_on_boot ast_bool_values,
    qualify_2xx_only ast_bool_values
  ) WITH (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0.05
  );
  CREATE UNIQUE INDEX ps_contacts_id_key ON ps_contacts (id varchar_pattern_ops);
END
$$;
-- +goose StatementEnd

CREATE TABLE IF NOT EXISTS ps_endpoint_id_ips (
  id varchar(255) NOT NULL,
  endpoint varchar(255),
  match varchar(80),
  srv_lookups ast_bool_values,
  match_header varchar(255),
  match_request_uri varchar(255),
  CONSTRAINT ps_endpoint_id_ips_id_key UNIQUE (id)
);

CREATE TABLE IF NOT EXISTS ps_domain_aliases (
  id varchar(255) NOT NULL,
  domain varchar(255),
  CONSTRAINT ps_domain_aliases_id_key UNIQUE (id)
);

CREATE TABLE IF NOT EXISTS ps_globals (
  id varchar(40) NOT NULL,
  max_forwards integer,
  user_agent varchar(255),
  default_outbound_endpoint varchar(40),
  debug varchar(40),
  endpoint_identifier_order varchar(40),
  max_initial_qualify_time integer,
  default_from_user varchar(80),
  keep_alive_interval integer,
  regcontext varchar(80),
  contact_expiration_check_interval integer,
  default_voicemail_extension varchar(40),
  disable_multi_domain ast_bool_values,
  unidentified_request_count integer,
  unidentified_request_period integer,
  unidentified_request_prune_interval integer,
  default_realm varchar(40),
  mwi_tps_queue_high integer,
  mwi_tps_queue_low integer,
  mwi_disable_initial_unsolicited ast_bool_values,
  ignore_uri_user_options ast_bool_values,
  use_callerid_contact ast_bool_values,
  send_contact_status_on_update_registration ast_bool_values,
  taskprocessor_overload_trigger pjsip_taskprocessor_overload_trigger_values,
  norefersub ast_bool_values,
  allow_sending_180_after_183 ast_bool_values,
  all_codecs_on_empty_reinvite ast_bool_values,
  default_auth_algorithms_uas varchar(1024),
  default_auth_algorithms_uac varchar(1024),
  CONSTRAINT ps_globals_id_key UNIQUE (id)
);

CREATE TABLE IF NOT EXISTS ps_transports (
  id varchar(40) NOT NULL,
  async_operations integer,
  bind varchar(40),
  ca_list_file varchar(200),
  cert_file varchar(200),
  cipher varchar(200),
  domain varchar(40),
  external_media_address varchar(40),
  external_signaling_address varchar(40),
  external_signaling_port integer,
  method pjsip_transport_method_values_v2,
  local_net varchar(40),
  password varchar(40),
  priv_key_file varchar(200),
  protocol pjsip_transport_protocol_values_v2,
  require_client_cert ast_bool_values,
  verify_client ast_bool_values,
  verify_server ast_bool_values,
  tos varchar(10),
  cos integer,
  allow_reload ast_bool_values,
  symmetric_transport ast_bool_values,
  allow_wildcard_certs ast_bool_values,
  tcp_keepalive_enable boolean,
  tcp_keepalive_idle_time integer,
  tcp_keepalive_interval_time integer,
  tcp_keepalive_probe_count integer,
  external_signaling_hostname varchar(40),
  CONSTRAINT ps_transports_id_key UNIQUE (id)
);

CREATE TABLE IF NOT EXISTS ps_registrations (
  id varchar(255) NOT NULL,
  auth_rejection_permanent ast_bool_values,
  client_uri varchar(255),
  contact_user varchar(40),
  expiration integer,
  max_retries integer,
  outbound_auth varchar(255),
  outbound_proxy varchar(255),
  retry_interval integer,
  forbidden_retry_interval integer,
  server_uri varchar(255),
  transport varchar(40),
  support_path ast_bool_values,
  fatal_retry_interval integer,
  line ast_bool_values,
  endpoint varchar(255),
  support_outbound ast_bool_values,
  contact_header_params varchar(255),
  max_random_initial_delay integer,
  security_negotiation security_negotiation_values,
  security_mechanisms varchar(512),
  user_agent varchar(255),
  CONSTRAINT ps_registrations_id_key UNIQUE (id)
);

-- +goose Down

-- Nothing. The tables, their types and their rows stay, even when registrard
-- made them: whether somebody else (Asterisk, a provisioning script) relies on
-- them can't be known here, and no command named migrate may cost an extension.
-- Who wants them gone drops them by hand.
SELECT 1;
