package asterisk

import (
	"log/slog"
	"time"
)

// Auth is a row of ps_auths: credentials.
type Auth struct {
	ID       string
	Username string
	// Realm is ps_auths.realm; empty means the default realm (ps_globals, else
	// configuration).
	Realm string
	// Type is ps_auths.auth_type: userpass, md5, google_oauth.
	Type string
	// Password is the plain secret; it serves every algorithm. Empty: none.
	Password Secret
	// Digests holds H(username:realm:password) as lower-case hex by algorithm,
	// from password_digest and md5_cred; empty: none. It goes before Password.
	Digests [NumAlgorithms]Secret
	// Algorithms is supported_algorithms_uas in its order; nil: the default of
	// ps_globals, else of configuration.
	Algorithms []Algorithm
	// NonceLifetime is ps_auths.nonce_lifetime; NULL is 32 s.
	NonceLifetime time.Duration
	Problems      []Problem
}

// AuthRow is a ps_auths row as the columns hold it; nil is NULL or a column
// that an older schema lacks.
type AuthRow struct {
	ID                                string
	AuthType, Username, Realm         *string
	Password, MD5Cred, PasswordDigest *string
	SupportedAlgorithmsUAS            *string
	NonceLifetime                     *int32
}

// Algorithm is a digest algorithm of RFC 7616, by its IANA name.
type Algorithm uint8

// The algorithms that registrard and Asterisk know.
const (
	MD5 Algorithm = iota
	SHA256
	SHA512256
	NumAlgorithms
)

// String is the IANA name: MD5, SHA-256, SHA-512-256.
func (a Algorithm) String() string {
	switch a {
	case MD5:
		return "MD5"
	case SHA256:
		return "SHA-256"
	case SHA512256:
		return "SHA-512-256"
	}
	return "unknown"
}

// Secret is a text that prints itself as nothing worth reading, in every form
// in which fmt, slog and encoding/json print.
type Secret string

// String implements fmt.Stringer.
func (Secret) String() string { return "(secret)" }

// GoString implements fmt.GoStringer.
func (Secret) GoString() string { return "(secret)" }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue("(secret)") }

// MarshalText implements encoding.TextMarshaler.
func (Secret) MarshalText() ([]byte, error) { return []byte("(secret)"), nil }

// Reveal is the secret itself.
func (s Secret) Reveal() string { return string(s) }
