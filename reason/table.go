package reason

import "slices"

// The table. Names and codes are fixed: scripts, alerts and people depend on
// them. An authentication failure, an unknown endpoint and an address that is
// not allowed all look alike from outside: 401 Unauthorized.
var (
	Challenge = row(Reason{Name: "challenge", Code: 401, Phrase: "Unauthorized", Stage: "auth", Routine: true,
		Hint:   "The request had no credentials and was challenged; this is how every registration begins.",
		Source: "RFC 3261 22.1"})
	UnknownEndpoint = row(Reason{Name: "unknown_endpoint", Code: 401, Phrase: "Unauthorized", Stage: "identify", Event: "unknown_endpoint", Attack: true,
		Hint:   "No identifier found an endpoint. Is there a row in ps_endpoints with this id, without stray blanks, in the same case?",
		Source: "Asterisk res_pjsip_distributor"})
	IdentifyMethodNotAllowed = row(Reason{Name: "identify_method_not_allowed", Code: 401, Phrase: "Unauthorized", Stage: "identify", Event: "unknown_endpoint", Attack: true,
		Hint:   "The endpoint exists, but its identify_by does not list the method that found it. Add username or auth_username to ps_endpoints.identify_by.",
		Source: "Asterisk ps_endpoints.identify_by"})
	SourceDenied = row(Reason{Name: "source_denied", Code: 401, Phrase: "Unauthorized", Stage: "acl", Event: "acl_denied", Attack: true,
		Hint:   "ps_endpoints.deny and permit do not allow this source address.",
		Source: "Asterisk ps_endpoints.deny, permit"})
	ContactDenied = row(Reason{Name: "contact_denied", Code: 401, Phrase: "Unauthorized", Stage: "acl", Event: "acl_denied", Attack: true,
		Hint:   "ps_endpoints.contact_deny and contact_permit do not allow the address in the Contact header.",
		Source: "Asterisk ps_endpoints.contact_deny, contact_permit"})
	AuthMissing = row(Reason{Name: "auth_missing", Code: 401, Phrase: "Unauthorized", Stage: "auth",
		Hint:   "ps_endpoints.auth names no usable ps_auths row (or is empty where configuration demands one). Add the row, or correct the list.",
		Source: "Asterisk ps_endpoints.auth"})
	WrongPassword = row(Reason{Name: "wrong_password", Code: 401, Phrase: "Unauthorized", Stage: "auth", Event: "auth_failed", Attack: true,
		Hint:   "The digest does not fit the secret in ps_auths. Compare the password in the phone; an md5_cred or password_digest binds the realm too.",
		Source: "RFC 7616 3.4"})
	WrongRealm = row(Reason{Name: "wrong_realm", Code: 401, Phrase: "Unauthorized", Stage: "auth",
		Hint:   "The credentials were made for another realm than ps_auths.realm (or the default realm). Leave the phone's realm setting empty.",
		Source: "RFC 3261 22.4"})
	UnknownAuthUser = row(Reason{Name: "unknown_auth_user", Code: 401, Phrase: "Unauthorized", Stage: "auth", Event: "auth_failed", Attack: true,
		Hint:   "No ps_auths row of this endpoint has the user name in the credentials. Compare ps_auths.username with the phone's authentication user.",
		Source: "RFC 7616 3.4"})
	UnsupportedAlgorithm = row(Reason{Name: "unsupported_algorithm", Code: 401, Phrase: "Unauthorized", Stage: "auth",
		Hint:   "The credentials use a digest algorithm, or a form without qop, that this auth does not offer.",
		Source: "RFC 8760 2.4"})
	StaleNonce = row(Reason{Name: "stale_nonce", Code: 401, Phrase: "Unauthorized", Stage: "auth", Routine: true,
		Hint:   "The credentials were right but their nonce was too old, or already used, here or on another node; the phone was challenged anew with stale=true.",
		Source: "RFC 7616 3.3"})
	BadAuthorization = row(Reason{Name: "bad_authorization", Code: 401, Phrase: "Unauthorized", Stage: "auth",
		Hint:   "The Authorization header can't be read (the detail says where), so the phone was asked again. It gets in when it answers the challenge in a header that can.",
		Source: "RFC 7616 3.4, RFC 3261 8.2.2"})
	Banned = row(Reason{Name: "banned", Code: 0, Phrase: "", Stage: "listener", Event: "banned", Attack: true,
		Hint:   "The source address is banned; see registrard_bans.",
		Source: "registrard"})
	RateLimited = row(Reason{Name: "rate_limited", Code: 0, Phrase: "", Stage: "auth", Event: "rate_limited", Attack: true,
		Hint:   "The source has sent too many guesses, of this user (guard.user_failures) or as a whole (guard.source_failures); they get no answer until they have drained. Correct the phone: after guard.window / guard.user_failures (a minute by default) it is heard again, and the right password ends it. Or never count its network: INSERT INTO registrard_allowed (cidr) VALUES ('…');",
		Source: "registrard"})

	NoAORs = row(Reason{Name: "no_aors", Code: 403, Phrase: "Forbidden", Stage: "aor",
		Hint:   "ps_endpoints.aors is empty, so this endpoint may not register.",
		Source: "Asterisk res_pjsip_registrar"})
	RegistrationDisabled = row(Reason{Name: "registration_disabled", Code: 403, Phrase: "Forbidden", Stage: "policy",
		Hint:   "ps_aors.max_contacts is 0 or NULL, which means that nobody may register. Set it to 1 or more.",
		Source: "Asterisk ps_aors.max_contacts"})
	TooManyContacts = row(Reason{Name: "too_many_contacts", Code: 403, Phrase: "Forbidden", Stage: "policy",
		Hint:   "The AOR would hold more contacts than ps_aors.max_contacts. Raise it, or set remove_existing to yes so that a new phone replaces an old one.",
		Source: "Asterisk ps_aors.max_contacts"})
	AORNotListed = row(Reason{Name: "aor_not_listed", Code: 404, Phrase: "Not Found", Stage: "aor",
		Hint:   "The user in the To header is none of the names in ps_endpoints.aors of the endpoint that was identified.",
		Source: "RFC 3261 10.3 step 5"})
	AORMissing = row(Reason{Name: "aor_missing", Code: 404, Phrase: "Not Found", Stage: "aor",
		Hint:   "ps_endpoints.aors names this AOR, but ps_aors has no such row. Insert it.",
		Source: "RFC 3261 10.3 step 5"})

	BadRequest = row(Reason{Name: "bad_request", Code: 400, Phrase: "Bad Request", Stage: "listener",
		Hint:   "The message breaks the grammar or misses a header; the detail says where.",
		Source: "RFC 3261 8.2, 21.4.1"})
	ContactTooLong = row(Reason{Name: "contact_too_long", Code: 400, Phrase: "Contact URI Too Long", Stage: "policy",
		Hint:   "The Contact URI does not fit ps_contacts.uri and would be stored cut off.",
		Source: "Asterisk res_pjsip_registrar"})
	BadWildcard = row(Reason{Name: "bad_wildcard", Code: 400, Phrase: "Bad Request", Stage: "policy",
		Hint:   "Contact: * must stand alone and needs Expires: 0.",
		Source: "RFC 3261 10.3 step 6"})
	NotFound = row(Reason{Name: "not_found", Code: 404, Phrase: "Not Found", Stage: "listener",
		Hint:   "The request is for something that this registrar does not serve.",
		Source: "RFC 3261 8.2.2.1"})
	MethodNotAllowed = row(Reason{Name: "method_not_allowed", Code: 405, Phrase: "Method Not Allowed", Stage: "listener",
		Hint:   "This is a registrar: REGISTER and OPTIONS are served, other methods go to a proxy or to Asterisk.",
		Source: "RFC 3261 8.2.1"})
	UnsupportedURIScheme = row(Reason{Name: "unsupported_uri_scheme", Code: 416, Phrase: "Unsupported URI Scheme", Stage: "listener",
		Hint:   "The To header has neither a sip nor a sips URI.",
		Source: "RFC 3261 8.2.2.1"})
	PathNotSupported = row(Reason{Name: "path_not_supported", Code: 420, Phrase: "Bad Extension", Stage: "policy",
		Hint:   "The request has a Path but its phone does not say Supported: path, or the AOR has support_path off and the request requires path.",
		Source: "RFC 3327 5.3"})
	UnsupportedExtension = row(Reason{Name: "unsupported_extension", Code: 420, Phrase: "Bad Extension", Stage: "policy",
		Hint:   "The Require header names an extension that registrard does not have.",
		Source: "RFC 3261 8.2.2.3"})
	IntervalTooBrief = row(Reason{Name: "interval_too_brief", Code: 423, Phrase: "Interval Too Brief", Stage: "policy",
		Hint:   "The phone asked for less than ps_aors.minimum_expiration; it will ask again with Min-Expires.",
		Source: "RFC 3261 10.3 step 7"})
	TooManyHops = row(Reason{Name: "too_many_hops", Code: 483, Phrase: "Too Many Hops", Stage: "listener",
		Hint:   "Max-Forwards reached 0; is there a loop between proxies?",
		Source: "RFC 3261 16.3"})
	OutOfOrder = row(Reason{Name: "out_of_order", Code: 500, Phrase: "Server Internal Error", Stage: "policy",
		Hint:   "A REGISTER with the same Call-ID and this or a newer CSeq has already been served, it asked something else, and the nonce of this one is not of a later second; nothing was changed. The phone has to count CSeq up, or to answer a new challenge.",
		Source: "RFC 3261 10.3 steps 6, 7"})
	VersionNotSupported = row(Reason{Name: "version_not_supported", Code: 505, Phrase: "Version Not Supported", Stage: "listener",
		Hint:   "The message is not SIP/2.0.",
		Source: "RFC 3261 21.5.6"})
	MessageTooLarge = row(Reason{Name: "message_too_large", Code: 513, Phrase: "Message Too Large", Stage: "listener",
		Hint:   "The message is longer, or holds more headers or Contacts, than configuration allows.",
		Source: "RFC 3261 21.5.7"})

	NotSIP = row(Reason{Name: "not_sip", Code: 0, Phrase: "", Stage: "listener",
		Hint:   "What came is no SIP (the detail says how it begins): another protocol or transport than the listener's, a port scan, or a NAT helper that changed it. Compare transport and port in the phone.",
		Source: "registrard"})
	Unanswerable = row(Reason{Name: "unanswerable", Code: 0, Phrase: "", Stage: "listener",
		Hint:   "Its Via doesn't say where an answer goes (the detail says why), so it got none.",
		Source: "RFC 3261 18.2.2"})
	ConnectionFailed = row(Reason{Name: "connection_failed", Code: 0, Phrase: "", Stage: "listener",
		Hint:   "A connection ended before a request was read: the detail says why. With TLS, does the phone trust the certificate, and does it have one where one is asked for?",
		Source: "registrard"})
	FlowLost = row(Reason{Name: "flow_lost", Code: 0, Phrase: "", Stage: "listener",
		Hint:   "The connection over which it was registered ended, and its contact with it: it registers again when it notices. Where that happens often, look for idle timeouts of NATs and proxies that are shorter than the phone's keep-alives.",
		Source: "RFC 5626 4.2"})

	Overloaded = row(Reason{Name: "overloaded", Code: 503, Phrase: "Service Unavailable", Stage: "write",
		Hint:   "The queue of registrations was full. Add nodes, or a faster disk for PostgreSQL.",
		Source: "RFC 3261 21.5.4"})
	DatabaseUnavailable = row(Reason{Name: "database_unavailable", Code: 503, Phrase: "Service Unavailable", Stage: "write",
		Hint:   "PostgreSQL did not answer, refused, or did not confirm the commit in time.",
		Source: "RFC 3261 21.5.4"})
	Draining = row(Reason{Name: "draining", Code: 503, Phrase: "Service Unavailable", Stage: "write",
		Hint:   "This node is shutting down; another will answer.",
		Source: "RFC 3261 21.5.4"})
)

// table is filled as the rows above are made.
var table []*Reason

func row(r Reason) *Reason {
	table = append(table, &r)
	return &r
}

// All lists every reason, in the order of docs/reasons.md.
func All() []*Reason { return slices.Clone(table) }

// ByName finds a reason by its Name, nil when there is none.
func ByName(name string) *Reason {
	for _, r := range table {
		if r.Name == name {
			return r
		}
	}
	return nil
}
