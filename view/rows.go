package view

import "time"

// Contact is a row of the view registrations.
type Contact struct {
	AOR      string `json:"aor"`
	Endpoint string `json:"endpoint"`
	// Contact is the URI at which the phone is reached.
	Contact string `json:"contact"`
	// Source is the address that the REGISTER came from; empty when Asterisk or a
	// person wrote the row.
	Source     string `json:"source"`
	SourcePort int    `json:"source_port"`
	Transport  string `json:"transport"`
	UserAgent  string `json:"user_agent"`
	Node       string `json:"node"`
	// RegisteredAt is when the binding was made; refreshes leave it.
	RegisteredAt *time.Time `json:"registered_at"`
	// ExpiresAt is nil for a permanent contact, and so is ExpiresIn, seconds.
	ExpiresAt *time.Time `json:"expires_at"`
	ExpiresIn *int64     `json:"expires_in"`
	Path      string     `json:"path"`
	Instance  string     `json:"instance_id"`
	CallID    string     `json:"call_id"`
	Listener  string     `json:"listener"`
	// Reachable is the last answer to OPTIONS; nil: never asked.
	Reachable *bool  `json:"reachable"`
	ID        string `json:"id"`
	// Permanent is a contact that nobody registered: of ps_aors.contact, or a row
	// without expiry.
	Permanent bool `json:"permanent"`
}

// Endpoint is a row of ps_endpoints, without what only calls need.
type Endpoint struct {
	ID         string `json:"id"`
	AORs       string `json:"aors"`
	Auth       string `json:"auth"`
	IdentifyBy string `json:"identify_by"`
	Transport  string `json:"transport"`
	Context    string `json:"context"`
	// Contacts is how many are registered at the endpoint's AORs.
	Contacts int64 `json:"contacts"`
}

// AOR is a row of ps_aors; nil is NULL, which is Asterisk's default.
type AOR struct {
	ID                string `json:"id"`
	Contacts          int64  `json:"contacts"`
	MaxContacts       *int64 `json:"max_contacts"`
	RemoveExisting    string `json:"remove_existing"`
	MinimumExpiration *int64 `json:"minimum_expiration"`
	DefaultExpiration *int64 `json:"default_expiration"`
	MaximumExpiration *int64 `json:"maximum_expiration"`
	QualifyFrequency  *int64 `json:"qualify_frequency"`
	SupportPath       string `json:"support_path"`
	// Contact is the permanent one of the row.
	Contact string `json:"contact"`
}

// Node is a row of registrard_nodes.
type Node struct {
	Name string `json:"name"`
	// State is the node's own word (starting, ready, draining, stopped), or silent
	// when its heartbeat is overdue.
	State     string     `json:"state"`
	Version   string     `json:"version"`
	Addresses []string   `json:"addresses"`
	StartedAt *time.Time `json:"started_at"`
	// HeartbeatAge is in seconds, by the database's clock.
	HeartbeatAt  *time.Time `json:"heartbeat_at"`
	HeartbeatAge float64    `json:"heartbeat_age"`
}

// Failure is a row of the view registration_failures.
type Failure struct {
	Source    string     `json:"source"`
	Username  string     `json:"username"`
	AOR       string     `json:"aor"`
	Reason    string     `json:"reason"`
	Detail    string     `json:"detail"` // of the last one
	Hint      string     `json:"hint"`
	Count     int64      `json:"count"`
	FirstSeen *time.Time `json:"first_seen"`
	LastSeen  *time.Time `json:"last_seen"`
	Node      string     `json:"node"`
}

// Ban is a row of registrard_bans that is in force.
type Ban struct {
	CIDR   string `json:"cidr"`
	Reason string `json:"reason"`
	// Until is nil for a ban without end.
	Until     *time.Time `json:"until"`
	CreatedAt *time.Time `json:"created_at"`
	// CreatedBy is a node's name, or the role of whoever inserted the row.
	CreatedBy string `json:"created_by"`
}

// Problem is a row of the view provisioning_problems.
type Problem struct {
	Table   string `json:"table_name"`
	ID      string `json:"id"`
	Column  string `json:"column_name"`
	Problem string `json:"problem"`
	Remedy  string `json:"remedy"`
}

// Count is how many contacts a node has registered over a transport.
type Count struct {
	Node      string `json:"node"`
	Transport string `json:"transport"`
	Contacts  int64  `json:"contacts"`
}

// Page is a part of a list. Next is empty at the end, else what Filter.After
// must be for the part that follows. Cut says that the search for Filter.Text
// took too long and ended before it was through: there may be more, and no Next
// leads to it.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
	Cut   bool   `json:"cut"`
}

// Absent says that a table or view of registrard's own isn't in the database:
// its migration hasn't run.
type Absent struct{ Relation string }

func (e *Absent) Error() string {
	return "this database has no " + e.Relation + " (or search_path hides it); run 'registrard migrate up' of this version"
}
