// Package config answers one question: how shall this node run?
//
// It may not know any other room (but a list of words), and it starts nothing:
// Load takes flags, an environment and at most one file, and returns a Config
// or all mistakes.
//
// The Config struct is the documentation. The comment of a field becomes its
// line in docs/config.md and in registrard.sample.yaml; the tags give its key,
// its default and what it may hold:
//
//	key      the name in the file; after its section it makes the variable
//	default  as one would write it in the environment
//	range    "lowest..highest", both allowed
//	oneof    the words allowed, whatever their case; a type may bring its own (Words)
//	shown    what the documentation says instead of the default
//	flag     the flag of serve that sets it
//	secret   never printed, and may be read from a file (…_FILE)
//
// The hard idea: every value arrives as text, wherever it comes from, and is
// read by one rule for its type. So "5" is no duration in the file either, and
// 010 is ten everywhere.
package config

import (
	"net/netip"

	"registrard/asterisk/by"
)

//go:generate go test . -run TestGenerated -update

// Config is how a node runs. Nothing in it is a pointer, and it is never
// changed after Load.
type Config struct {
	Database Database `key:"database"`
	// Where SIP is spoken: addresses of the form udp://, tcp://, tls://, ws:// or
	// wss://. The host may be left out (all addresses, IPv4 and IPv6), and so may
	// the port (5060; tls 5061; ws 80; wss 443). An item may also be a map with
	// address, advertise (the host or host:port that others reach it by), domain
	// (users are looked up as user@domain first) and proxy_protocol (off, optional,
	// required); in a variable or flag these follow a question mark:
	// udp://:5060?advertise=203.0.113.5&domain=example.com.
	Listen []Listener `key:"listen" default:"udp://:5060,tcp://:5060" flag:"listen"`
	Node   Node       `key:"node"`
	Admin  Admin      `key:"admin"`
	// Networks whose PROXY header, X-Forwarded-For, and received of the Via below their
	// own and of Path are believed: your load balancers and SIP proxies. They are never
	// banned. An address stands for itself alone.
	TrustedProxies []netip.Prefix `key:"trusted_proxies"`
	Log            Log            `key:"log"`
	Auth           Auth           `key:"auth"`
	Identify       Identify       `key:"identify"`
	Registrar      Registrar      `key:"registrar"`
	SIP            SIP            `key:"sip"`
	TLS            TLS            `key:"tls"`
	Cache          Cache          `key:"cache"`
	Failures       Failures       `key:"failures"`
	Guard          Guard          `key:"guard"`
	Security       Security       `key:"security"`
	Shutdown       Shutdown       `key:"shutdown"`

	files map[string]string // of secrets, by key
}

// Database is how PostgreSQL is reached and how it is written to.
type Database struct {
	// A libpq URL (postgres://user@host/name) or key=value string; several hosts
	// and target_session_attrs are allowed. Empty: libpq's own variables (PGHOST,
	// PGUSER, PGDATABASE, PGPASSFILE, PGSERVICE, …). The file that it comes from and
	// those that it leads to (password, service, certificates, key) are read again for
	// each new connection, and on SIGHUP; another server needs a restart.
	URL string `key:"url" flag:"database-url" secret:"true" shown:"libpq's environment"`
	// A direct connection for LISTEN, when url goes through a transaction pooler.
	ListenURL string `key:"listen_url" secret:"true" shown:"database.url"`
	// How a node learns that configuration changed: listen hears it at once by
	// LISTEN; poll asks every poll_interval, for engines that have no LISTEN. A node
	// that listens, and finds that a pooler keeps notifications away, asks too. age
	// needs neither LISTEN nor triggers: everything is read anew each cache.max_age,
	// for engines that have none of them, and for views and foreign tables in the
	// place of ps_endpoints, ps_aors and ps_auths, which work with no other.
	Coherence string `key:"coherence" default:"listen" oneof:"listen,poll,age"`
	// How often changes are asked for. One is in force on every node at the latest
	// this and a second after its COMMIT; when the database doesn't answer for that
	// long, nothing is served from memory.
	PollInterval Duration `key:"poll_interval" default:"1s" range:"50ms..1m"`
	// How two nodes are kept from changing one AOR's contacts at the same time:
	// advisory locks, or locks of rows of ps_aors for engines without those (slower,
	// and whoever updates ps_aors for long keeps its phones waiting).
	Locks string `key:"locks" default:"advisory" oneof:"advisory,rows"`
	// How long a request may wait for the database; then the phone gets a 503 with
	// Retry-After.
	Deadline Duration `key:"deadline" default:"2s" range:"50ms..30s"`
	// Connections of this node, beside the one for LISTEN and, while somebody looks at
	// its page, two more: at least two for each of writers, and two to read. Keep the
	// sum over all nodes below PostgreSQL's max_connections.
	MaxConnections int `key:"max_connections" default:"10" range:"4..1000"`
	// How many batches of refreshes, and as many of other changes, are written at
	// the same time; each holds one connection while it writes.
	Writers int `key:"writers" default:"2" range:"1..64"`
	// Registrations written in one transaction at most.
	Batch int `key:"batch" default:"256" range:"1..10000"`
	// Registrations that may wait for a writer; when they are that many, the next
	// phone gets a 503 at once.
	Queue int `key:"queue" default:"4096" range:"1..1000000"`
	// How often contacts that have expired are looked for and deleted.
	SweepInterval Duration `key:"sweep_interval" default:"30s" range:"1s..1h"`
	// Write plain refreshes as one guarded statement. Off is slower and does the
	// same; it is there to rule the fast way out when looking for a fault.
	FastPath bool `key:"fast_path" default:"true"`
}

// Node is who this node is among the nodes of one database.
type Node struct {
	// This node's name in ps_contacts.reg_server and in registrard_nodes. It must
	// differ between nodes and stay the same over a restart.
	Name string `key:"name" flag:"node-name" shown:"the host's name"`
	// Stay ready (GET /readyz and OPTIONS are 200) when the database goes away. All
	// nodes lose it in the same moment, and without any node a load balancer leaves
	// phones without an answer, where a node tells them when to come back. A node that
	// was never ready isn't, in any case. false suits a fleet of which one node alone
	// may lose its way to the database.
	StayReady bool `key:"stay_ready" default:"true"`
}

// Admin is the HTTP server for people and machines that look after the node.
type Admin struct {
	// Address and port of HTTP: /livez, /readyz, /metrics, the page at / and
	// /api/v1/. Health and metrics ask for no password: keep it where only you can
	// reach it.
	Listen string `key:"listen" default:"127.0.0.1:8060" flag:"admin-listen"`
	// Serve the page and /api/v1/: who is registered, what was refused, nodes, bans.
	// Nothing can be changed by them. Where listen isn't a loopback address, token
	// or password is needed.
	Page bool `key:"page" default:"true"`
	// Who shows this may see the page and the API, as "Authorization: Bearer …" or
	// as the password of any user; 16 characters at least. It crosses the network
	// as it is: put a proxy with TLS in front.
	Token string `key:"token" secret:"true"`
	// Names, beside localhost and loopback addresses, under which a loopback address
	// is served: those that a proxy on this machine passes on in Host.
	Hosts []string `key:"hosts"`
	// The user that goes with password.
	User string `key:"user" default:"admin"`
	// What a browser asks for, beside token or instead of it; 8 characters at least.
	Password string `key:"password" secret:"true"`
}

// Log is what is written to standard error. Nothing waits for it: when it stalls,
// lines over 1 MiB are dropped and counted, and /readyz says so.
type Log struct {
	// The least important line that is written. Read again on SIGHUP.
	Level string `key:"level" default:"info" oneof:"debug,info,warn,error" flag:"log-level"`
	// text for people, json for machines.
	Format string `key:"format" oneof:"text,json" flag:"log-format" shown:"text on a terminal, else json"`
}

// Auth is how phones prove who they are.
type Auth struct {
	// The realm where neither ps_auths.realm nor ps_globals.default_realm names one.
	// A stored digest holds for one realm only: changing this voids it.
	Realm string `key:"realm" default:"asterisk"`
	// Digest algorithms offered, in this order, where the auth's own
	// supported_algorithms_uas is empty. Many phones fail when SHA-256 comes first.
	Algorithms []string `key:"algorithms" default:"MD5" oneof:"MD5,SHA-256,SHA-512-256"`
	// Refuse answers without qop, as phones older than RFC 2617 send them. They can
	// be replayed while their nonce lives.
	RequireQop bool `key:"require_qop" default:"false"`
	// Let an endpoint whose row names no auth register without a password, as
	// Asterisk does.
	AllowNoAuth bool `key:"allow_no_auth" default:"true"`
	// Each 401 leaves at the next multiple of this after its request came, and by chance
	// up to as much later, so that the time of an answer doesn't tell which names exist:
	// an endpoint that is not in memory is looked up first. Make it longer than a trip to
	// the database takes under load. It delays challenges alone, by 15 ms on average;
	// refreshes of phones that keep their nonce have none. 0s is off.
	EvenTime Duration `key:"even_time" default:"10ms" range:"0s..100ms"`
	// How long a key that signs nonces is used before the next one. Keys are in the
	// database, and good on every node.
	KeyRotation Duration `key:"key_rotation" default:"24h" range:"10m..720h"`
	// Nonces whose use this node remembers, so that an answer can't be replayed; the
	// oldest are forgotten first. About 100 bytes each.
	ReplayEntries int `key:"replay_entries" default:"200000" range:"1000..50000000"`
}

// Identify is how a request is matched to an endpoint.
type Identify struct {
	// The order in which endpoints are looked for, where no row of ps_globals has an
	// endpoint_identifier_order. After the default order header and request_uri are
	// tried too; of any other, only what it names.
	Order []by.Method `key:"order" default:"ip,username,auth_username,anonymous"`
}

// Registrar is what the rules leave open.
type Registrar struct {
	// When a phone asks for less than ps_aors.minimum_expiration: raise gives it the
	// minimum, as Asterisk does; refuse answers 423 with Min-Expires.
	BriefExpires string `key:"brief_expires" default:"raise" oneof:"raise,refuse"`
	// Shorten each granted time by up to this part (0.1 is a tenth), so that phones
	// that came together don't come back together. Never more than the phone asked.
	ExpiresJitter float64 `key:"expires_jitter" default:"0" range:"0..0.5"`
	// When an endpoint's row is deleted, or all auths that it names, delete its
	// contacts too, within a second. Off, they stay until they expire. Replace rows in
	// one transaction: a table that is emptied and filled in two has all phones
	// register anew.
	DropDeleted bool `key:"drop_deleted" default:"false"`
}

// SIP is the bounds of what strangers may make this node do.
type SIP struct {
	// Requests being answered at the same time, a quarter of them at most from one
	// address (IPv6: one /64) that is no trusted proxy; the next one gets a 503.
	MaxInFlight int `key:"max_in_flight" default:"4096" range:"1..1000000"`
	// A message over this size is refused: 513, or no answer when it can't be read.
	MaxMessageSize Size `key:"max_message_size" default:"64KiB" range:"1KiB..1MiB"`
	// Contacts in one REGISTER.
	MaxContacts int `key:"max_contacts" default:"32" range:"1..1000"`
	// Header lines in one message.
	MaxHeaders int `key:"max_headers" default:"128" range:"16..10000"`
	// TCP, TLS and WebSocket connections open at the same time, over all listeners. When
	// there is no room, one over which nobody has proven a password makes it: the oldest
	// of the address that has most of them. Such a one lives 3 minutes in any case.
	MaxConnections int `key:"max_connections" default:"20000" range:"1..10000000"`
	// The same from one address (IPv6: one /64). What comes through trusted_proxies
	// counts for the address that the proxy names.
	MaxConnectionsPerSource int `key:"max_connections_per_source" default:"1000" range:"1..10000000"`
	// A connection is closed this long after somebody last proved a password over it,
	// and its registrations have expired. Keep-alives and refused requests don't renew
	// its time.
	IdleTimeout Duration `key:"idle_timeout" default:"10m" range:"1s..240h"`
	// How long the rest of a message, a TLS handshake or a WebSocket's opening may
	// take to come.
	ReadTimeout Duration `key:"read_timeout" default:"10s" range:"1s..5m"`
	// How long one request may take in all. Not below database.deadline, and below
	// the 32 s after which a phone gives up.
	RequestTimeout Duration `key:"request_timeout" default:"4s" range:"100ms..30s"`
	// The wait asked for by Retry-After in a 503, in the middle: each phone is given
	// its own, between half and one and a half of it.
	RetryAfter Duration `key:"retry_after" default:"5s" range:"1s..1h"`
	// The Server header of answers.
	ServerHeader string `key:"server_header" default:"registrard"`
	// Read the plain REGISTERs over UDP with a scanner of their own, many by one
	// system call (Linux). Off is slower and does the same; it is there to rule
	// the fast way out when looking for a fault.
	FastPath bool `key:"fast_path" default:"true"`
}

// TLS is the certificate of tls:// and wss:// listeners.
type TLS struct {
	// File with the certificate, then those that signed it, as PEM. Read again on
	// SIGHUP and when it changes.
	Certificate string `key:"certificate"`
	// File with the certificate's private key, as PEM.
	Key string `key:"key"`
	// File with the authorities, as PEM, that must have signed a phone's certificate.
	// Empty: phones show none.
	ClientCA string `key:"client_ca"`
}

// Cache is how many rows this node keeps in memory. They are dropped the moment
// that they change in the database.
type Cache struct {
	// Endpoints kept, each with its auths and AORs; 1.5 KB each, up to 6 KB until
	// garbage is collected: room for all phones that come to this node. Of names that
	// are no endpoint an eighth as many are kept.
	MaxEndpoints int `key:"max_endpoints" default:"100000" range:"1..50000000"`
	// After this a change is in force whatever happened to its announcement: logical
	// replication, disabled triggers, a restore. Twice as often each node looks the
	// tables over, and reads those in which more was written than was announced.
	MaxAge Duration `key:"max_age" default:"60s" range:"1s..1h"`
}

// Failures is what is kept of refused registrations, in registration_failures.
type Failures struct {
	// Rows kept, over all nodes: one for a source, a user and a reason. The oldest go
	// first, and before them those of names that are no endpoint. 0 keeps none.
	MaxRows int `key:"max_rows" default:"10000" range:"0..1000000"`
	// How long after its last failure a row is kept.
	Keep Duration `key:"keep" default:"168h" range:"1m..8760h"`
}

// Guard is who gets no answer: who is in the table registrard_bans, and who fails
// too often.
type Guard struct {
	// Count failures, pass over in silence who fails all the time, and ban a source that
	// does. A guess counts that cost a nonce of ours, and a name that nobody has when the
	// database has said so; what anybody can send in another's name doesn't. Who has
	// proven a password over the same address and port within an hour is always
	// answered. Off: only the rows of registrard_bans keep anybody out.
	Count bool `key:"count" default:"true"`
	// Networks that are never banned and never counted, beside trusted_proxies and the
	// rows of registrard_allowed.
	Allow []netip.Prefix `key:"allow"`
	// Failures of one user at one source in window; then the pair gets no answer until
	// they have drained. Others at that source don't notice.
	UserFailures int `key:"user_failures" default:"10" range:"1..100000"`
	// Failures of one source (IPv6: one /64), of all users together and over all nodes,
	// in window; then the source is banned. A phone with a wrong password adds
	// user_failures and then as many each window; what is below drains.
	SourceFailures int `key:"source_failures" default:"60" range:"1..1000000"`
	// The time in which that many failures drain.
	Window Duration `key:"window" default:"10m" range:"1s..24h"`
	// How long the first ban of a source is; each further one within a day is twice as
	// long, up to a day.
	BanTime Duration `key:"ban_time" default:"10m" range:"1s..24h"`
	// Ban no source from which somebody is registered, or has proven a password to this
	// node within the last hour, or window if that is longer: the source of a UDP packet
	// can be forged, and many phones may share an address. Its guesses get no answer
	// while it is over source_failures.
	SpareRegistered bool `key:"spare_registered" default:"true"`
	// Sources, and users at sources, whose failures are remembered; about 300 bytes each.
	MaxSources int `key:"max_sources" default:"65536" range:"1024..10000000"`
}

// Security is what is told to other programs, such as fail2ban.
type Security struct {
	// File to which security events are added, one JSON object a line
	// (docs/security-events.md), or stderr. Opened anew on SIGHUP. Empty: none.
	EventLog string `key:"event_log"`
	// Lines of each kind of event that are written a second at most.
	EventsPerSecond int `key:"events_per_second" default:"100" range:"1..100000"`
}

// Shutdown is how the node stops on SIGTERM.
type Shutdown struct {
	// How long the node says that it is not ready, and still serves, before its
	// listeners close: the time that a load balancer needs to notice.
	Drain Duration `key:"drain" default:"0s" range:"0s..10m"`
	// How long what was accepted may take to finish after that.
	Timeout Duration `key:"timeout" default:"10s" range:"100ms..10m"`
}
