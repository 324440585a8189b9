package digest

import (
	"time"

	"registrard/asterisk"
)

// Proof is what credentials proved, or what the phone is asked for.
type Proof struct {
	// Auth is the one that held, nil when none did.
	Auth *asterisk.Auth
	// Algorithm and Username that held.
	Algorithm asterisk.Algorithm
	Username  string
	// NotAsked says that the endpoint has no auth and needed no proof.
	NotAsked bool
	// Challenges for the 401, one per realm and algorithm.
	Challenges []Challenge
	// Tried tells how each auth fared, for explain.
	Tried []Attempt
}

// Challenge is one WWW-Authenticate header.
type Challenge struct {
	Realm     string
	Nonce     string
	Algorithm asterisk.Algorithm
	Stale     bool
	// QOP is "auth", or empty to offer none.
	QOP string
}

// Attempt is one credential held against one auth.
type Attempt struct {
	Auth     string // ps_auths.id
	Username string // of the credential
	Realm    string // of the credential
	// Outcome is the name of a reason, or "match".
	Outcome string
}

// Key is a key for nonces, shared by all nodes.
type Key struct {
	ID     uint16
	Secret []byte // 32 bytes
	// NotBefore is when nodes may begin to make nonces with it.
	NotBefore time.Time
}
