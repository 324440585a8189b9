package asterisk

import (
	"fmt"
	"log/slog"
	"strings"
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
	ID                     string  `json:"id"`
	AuthType               *string `json:"auth_type"`
	Username               *string `json:"username"`
	Realm                  *string `json:"realm"`
	Password               *string `json:"password"`
	MD5Cred                *string `json:"md5_cred"`
	PasswordDigest         *string `json:"password_digest"`
	SupportedAlgorithmsUAS *string `json:"supported_algorithms_uas"`
	NonceLifetime          *int32  `json:"nonce_lifetime"`
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

// defaultNonceLifetime is ps_auths.nonce_lifetime (Asterisk, config_auth.c).
const defaultNonceLifetime = 32 * time.Second

// The values of ps_auths.auth_type.
const (
	authUserPass = "userpass"
	authMD5      = "md5"
	authOAuth    = "google_oauth"
)

// DecodeAuth decodes a row of ps_auths. A row from which nobody can tell what
// proves right keeps no secret, so it never matches.
func DecodeAuth(ar AuthRow) Auth {
	r := &row{table: "ps_auths", id: Unescape(ar.ID)}
	a := Auth{
		ID:            r.id,
		Username:      text(ar.Username),
		Realm:         text(ar.Realm),
		Type:          strings.ToLower(text(ar.AuthType)),
		NonceLifetime: defaultNonceLifetime,
	}
	switch a.Type { // all share these texts
	case "", authUserPass:
		a.Type = authUserPass
	case authMD5:
		a.Type = authMD5
	}
	if n := ar.NonceLifetime; n != nil {
		if *n > 0 {
			a.NonceLifetime = time.Duration(*n) * time.Second
		} else {
			r.problem("nonce_lifetime", fmt.Sprintf("is %d; 32 is used", *n), "write seconds, 1 or more")
		}
	}
	r.secrets(&a, ar)
	usable := r.algorithms(&a, ar.SupportedAlgorithmsUAS)
	if a.Username == "" {
		r.problem("username", "is empty, so nobody can match it", "write the name that phones use in their credentials")
		usable = false
	}
	if !usable {
		a.Password, a.Digests = "", [NumAlgorithms]Secret{}
	}
	a.Problems = r.problems
	return a
}

// secrets reads what auth_type says is to be read.
func (r *row) secrets(a *Auth, ar AuthRow) {
	switch a.Type {
	case authUserPass:
		if ar.Password != nil && strings.Contains(*ar.Password, ";") {
			r.problem("password", "holds a plain semicolon, at which Asterisk cuts the text", "write ^3B instead")
		}
		a.Password = Secret(text(ar.Password))
		var wrong []string
		a.Digests, wrong = parseDigests(text(ar.PasswordDigest))
		for _, w := range wrong {
			r.problem("password_digest", w, "write a comma list such as MD5:<32 hex digits>,SHA-256:<64 hex digits>")
		}
		if a.Password == "" && a.Digests == [NumAlgorithms]Secret{} {
			what := "is empty, and so is password_digest: nobody can match"
			if text(ar.MD5Cred) != "" {
				what += " (md5_cred is read only when auth_type is md5)"
			}
			r.problem("password", what, "write a password, or a password_digest")
		}
	case authMD5:
		d, what := parseHex(text(ar.MD5Cred), MD5)
		if what != "" {
			r.problem("md5_cred", what, "write the MD5 of username:realm:password, 32 hex digits")
		}
		a.Digests[MD5] = d
	case authOAuth:
		r.problem("auth_type", "is google_oauth, which is for registering elsewhere: nobody can match", "use userpass in an endpoint's auth")
	default:
		r.problem("auth_type", "is "+quote(a.Type)+", which is no type: nobody can match", "use userpass or md5")
	}
}

// algorithms reads supported_algorithms_uas. False says that nothing in it can
// be understood: falling back to a default could be weaker than what was meant.
func (r *row) algorithms(a *Auth, s *string) bool {
	t := text(s)
	known, unknown := ParseAlgorithms(t)
	for _, u := range unknown {
		r.problem("supported_algorithms_uas", "has "+quote(u)+", which is no algorithm", "use MD5, SHA-256, SHA-512-256")
	}
	a.Algorithms = known
	return len(known) > 0 || len(unknown) == 0
}
