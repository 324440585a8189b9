package store

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"

	"registrard/asterisk"
)

// The statements of `registrard endpoint` and `registrard contact`.

const addAOR = `INSERT INTO ps_aors (id, max_contacts, remove_existing) VALUES ($1, $2, $3)`

const addAuthPlain = `INSERT INTO ps_auths (id, auth_type, username, realm, password) VALUES ($1, 'userpass', $2, $3, $4)`

const addAuthMD5 = `INSERT INTO ps_auths (id, auth_type, username, realm, md5_cred) VALUES ($1, 'md5', $2, $3, $4)`

const addAuthDigest = `INSERT INTO ps_auths (id, auth_type, username, realm, password_digest) VALUES ($1, 'userpass', $2, $3, $4)`

const addEndpoint = `INSERT INTO ps_endpoints (id, aors, auth, context, transport) VALUES ($1, $2, $3, $4, $5)`

// findEndpoint keeps the row until the transaction's end.
const findEndpoint = `SELECT /* registrard:find_endpoint */ coalesce(aors, ''), coalesce(auth, '') FROM ps_endpoints WHERE id = $1 FOR UPDATE`

// findShared gives those of $2 and $3 that the aors and the auth of other
// endpoints name.
const findShared = `SELECT /* registrard:find_shared */ DISTINCT 'aor', btrim(item) FROM ps_endpoints e, unnest(string_to_array(e.aors, ',')) item
WHERE e.id <> $1 AND btrim(item) = ANY ($2::text[])
UNION SELECT DISTINCT 'auth', btrim(item) FROM ps_endpoints e, unnest(string_to_array(e.auth, ',')) item
WHERE e.id <> $1 AND btrim(item) = ANY ($3::text[])`

const (
	removeEndpoint         = `DELETE FROM ps_endpoints WHERE id = $1`
	removeIdentify         = `DELETE FROM ps_endpoint_id_ips WHERE endpoint = $1`
	removeAuth             = `DELETE FROM ps_auths WHERE id = $1`
	removeAOR              = `DELETE FROM ps_aors WHERE id = $1`
	removeContactsEndpoint = `DELETE FROM ps_contacts WHERE endpoint = $1`
	removeContactsAOR      = `DELETE FROM ps_contacts WHERE aor = $1`
	removeContactURI       = `DELETE FROM ps_contacts WHERE aor = $1 AND uri = $2`
	removeContactID        = `DELETE FROM ps_contacts WHERE id = $1`
)

// findAuth reads how an auth proves now, never with what.
const findAuth = `SELECT /* registrard:find_auth */ coalesce(to_jsonb(a) ->> 'auth_type', ''), coalesce(a.username, ''), coalesce(to_jsonb(a) ->> 'realm', ''),
  coalesce(a.password, '') <> '', coalesce((SELECT string_agg(split_part(btrim(item), ':', 1), ',') FROM unnest(string_to_array(to_jsonb(a) ->> 'password_digest', ',')) item), '')
FROM ps_auths a WHERE a.id = $1 FOR UPDATE`

const (
	setPlain  = `UPDATE ps_auths SET auth_type = 'userpass', password = $2, md5_cred = NULL WHERE id = $1`
	setMD5    = `UPDATE ps_auths SET auth_type = 'md5', realm = $2, md5_cred = $3, password = NULL WHERE id = $1`
	setDigest = `UPDATE ps_auths SET auth_type = 'userpass', realm = $2, password_digest = $3, password = NULL, md5_cred = NULL WHERE id = $1`
	// dropDigest is for schemas that have the column.
	dropDigest = `UPDATE ps_auths SET password_digest = NULL WHERE id = $1 AND password_digest IS NOT NULL`
)

// findRealm is the realm of auths that name none, and whether ps_auths can
// hold digests other than MD5.
const findRealm = `SELECT /* registrard:find_realm */ coalesce((SELECT to_jsonb(g) ->> 'default_realm' FROM ps_globals g WHERE coalesce(to_jsonb(g) ->> 'default_realm', '') <> '' ORDER BY id LIMIT 1), ''),
  EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'ps_auths'::regclass AND attname = 'password_digest' AND NOT attisdropped)`

// NewEndpoint is what AddEndpoint inserts: an AOR, an auth and an endpoint of
// one id.
type NewEndpoint struct {
	ID             string
	MaxContacts    int
	RemoveExisting bool
	// AuthUser is the user name in the phone's credentials; empty is ID.
	AuthUser string
	Password asterisk.Secret
	Storing  Storing
	// Context and Transport are for Asterisk; empty is NULL.
	Context, Transport string
}

// Storing is how a password is kept.
type Storing struct {
	// Hash are the algorithms whose digests are stored instead of the password;
	// nil is the password itself.
	Hash []asterisk.Algorithm
	// Realm is bound by a digest, and written into ps_auths.realm; empty is
	// ps_globals.default_realm, else Default.
	Realm, Default string
}

// AddEndpoint inserts the three rows, or nothing.
func (p *Provision) AddEndpoint(ctx context.Context, e NewEndpoint) ([]Statement, error) {
	if e.AuthUser == "" {
		e.AuthUser = e.ID
	}
	if err := errors.Join(checkName("endpoint", e.ID), checkName("auth user", e.AuthUser), checkPassword(e.Password)); err != nil {
		return nil, firstBad(err)
	}
	id, user := asterisk.Escape(e.ID), asterisk.Escape(e.AuthUser)
	return p.change(ctx, "add endpoint "+e.ID, func(ctx context.Context, c *changing) error {
		realm, digests, err := e.Storing.resolve(ctx, c)
		if err != nil {
			return err
		}
		removeExisting := "no"
		if e.RemoveExisting {
			removeExisting = "yes"
		}
		if err := c.run(ctx, addAOR, id, e.MaxContacts, removeExisting); err != nil {
			return err
		}
		if len(e.Storing.Hash) == 0 {
			given := orNull(asterisk.Escape(e.Storing.Realm))
			err = c.run(ctx, addAuthPlain, id, user, given, asterisk.Secret(asterisk.Escape(e.Password.Reveal())))
		} else if value, isMD5 := hashed(e.Storing.Hash, digests, e.AuthUser, realm, e.Password); isMD5 {
			err = c.run(ctx, addAuthMD5, id, user, asterisk.Escape(realm), value)
		} else {
			err = c.run(ctx, addAuthDigest, id, user, asterisk.Escape(realm), value)
		}
		if err != nil {
			return err
		}
		return c.run(ctx, addEndpoint, id, id, id, orNull(e.Context), orNull(e.Transport))
	})
}

func checkPassword(p asterisk.Secret) error {
	if p == "" || strings.ContainsFunc(p.Reveal(), unicode.IsControl) {
		return &BadValue{"password", "", "want at least one letter, and no control characters"}
	}
	return nil
}

// firstBad is the first of several joined errors: one sentence at a time.
func firstBad(err error) error {
	var bad *BadValue
	if errors.As(err, &bad) {
		return bad
	}
	return err
}

// resolve finds the realm that a digest binds. digests says that ps_auths has
// password_digest.
func (s Storing) resolve(ctx context.Context, c *changing) (realm string, digests bool, err error) {
	var global string
	if err := c.QueryRow(ctx, findRealm).Scan(&global, &digests); err != nil {
		return "", false, err
	}
	realm = s.Realm
	if realm == "" {
		realm = asterisk.Unescape(global)
	}
	if realm == "" {
		realm = s.Default
	}
	if !digests && slices.ContainsFunc(s.Hash, func(a asterisk.Algorithm) bool { return a != asterisk.MD5 }) {
		return "", false, &BadValue{"hash", algorithmNames(s.Hash), "this schema has no ps_auths.password_digest; want MD5"}
	}
	return realm, digests, nil
}

func algorithmNames(list []asterisk.Algorithm) string {
	var names []string
	for _, a := range list {
		names = append(names, a.String())
	}
	return strings.Join(names, ",")
}

// hashed is the text of md5_cred, or of password_digest: what a digest proves
// with is as secret as the password, in this realm.
func hashed(hash []asterisk.Algorithm, digests bool, user, realm string, p asterisk.Secret) (value asterisk.Secret, isMD5 bool) {
	a1 := []byte(user + ":" + realm + ":" + p.Reveal())
	var items []string
	for _, a := range hash {
		var sum []byte
		switch a {
		case asterisk.MD5:
			s := md5.Sum(a1)
			sum = s[:]
		case asterisk.SHA256:
			s := sha256.Sum256(a1)
			sum = s[:]
		case asterisk.SHA512256:
			s := sha512.Sum512_256(a1)
			sum = s[:]
		}
		if !digests || len(hash) == 1 && a == asterisk.MD5 {
			return asterisk.Secret(hex.EncodeToString(sum)), true
		}
		items = append(items, a.String()+":"+hex.EncodeToString(sum))
	}
	return asterisk.Secret(strings.Join(items, ",")), false
}

// RemoveEndpoint deletes an endpoint with its contacts and identifications, and
// those of its AORs and auths that no other endpoint names. ErrNoSuchRow when
// it isn't there.
func (p *Provision) RemoveEndpoint(ctx context.Context, endpoint string) ([]Statement, error) {
	id := asterisk.Escape(endpoint)
	return p.change(ctx, "remove endpoint "+endpoint, func(ctx context.Context, c *changing) error {
		aors, auths, err := namedBy(ctx, c, id)
		if err != nil {
			return err
		}
		rows, err := c.Query(ctx, findShared, id, aors, auths)
		if err != nil {
			return err
		}
		shared := map[string]bool{}
		var kind, name string
		if _, err := pgx.ForEachRow(rows, []any{&kind, &name}, func() error { shared[kind+name] = true; return nil }); err != nil {
			return err
		}
		for _, sql := range []string{removeEndpoint, removeIdentify, removeContactsEndpoint} {
			if err := c.run(ctx, sql, id); err != nil {
				return err
			}
		}
		for _, a := range aors {
			if shared["aor"+a] {
				continue
			}
			if err := c.run(ctx, removeContactsAOR, asterisk.Unescape(a)); err != nil {
				return err
			}
			if err := c.run(ctx, removeAOR, asterisk.Escape(asterisk.Unescape(a))); err != nil {
				return err
			}
		}
		for _, a := range auths {
			if !shared["auth"+a] {
				if err := c.run(ctx, removeAuth, asterisk.Escape(asterisk.Unescape(a))); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// namedBy locks an endpoint and gives the items of its lists, as they stand there.
func namedBy(ctx context.Context, c *changing, id string) (aors, auths []string, err error) {
	var aorList, authList string
	err = c.QueryRow(ctx, findEndpoint, id).Scan(&aorList, &authList)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, fmt.Errorf("%w in ps_endpoints", ErrNoSuchRow)
	}
	return asterisk.SplitList(aorList), asterisk.SplitList(authList), err
}

// NewPassword is what SetPassword changes.
type NewPassword struct {
	Endpoint string
	// Auth is the id in ps_auths, when the endpoint names several.
	Auth     string
	Password asterisk.Secret
	// Storing with no Hash keeps the form that the row has, unless Plain.
	Storing Storing
	Plain   bool
}

// SetPassword changes the password of an endpoint's auth. A row that holds
// digests gets digests of the same algorithms. ErrNoSuchRow when the endpoint
// or its auth isn't there.
func (p *Provision) SetPassword(ctx context.Context, n NewPassword) ([]Statement, error) {
	if err := checkPassword(n.Password); err != nil {
		return nil, err
	}
	return p.change(ctx, "change the password of endpoint "+n.Endpoint, func(ctx context.Context, c *changing) error {
		_, auths, err := namedBy(ctx, c, asterisk.Escape(n.Endpoint))
		if err != nil {
			return err
		}
		named := n.Auth
		switch {
		case len(auths) == 0:
			return &BadValue{"endpoint", n.Endpoint, "ps_endpoints.auth is empty: it registers without a password; insert a row into ps_auths and name it there"}
		case named == "" && len(auths) > 1:
			return &BadValue{"endpoint", n.Endpoint, "has several auths; say which, with --auth: " + strings.Join(auths, ", ")}
		case named == "":
			named = asterisk.Unescape(auths[0])
		case !slices.ContainsFunc(auths, func(a string) bool { return asterisk.Unescape(a) == named }):
			return &BadValue{"auth", named, "is not in ps_endpoints.auth, which is " + strings.Join(auths, ", ")}
		}
		return setPassword(ctx, c, asterisk.Escape(named), n)
	})
}

func setPassword(ctx context.Context, c *changing, id string, n NewPassword) error {
	var authType, user, realm, have string
	var plain bool
	err := c.QueryRow(ctx, findAuth, id).Scan(&authType, &user, &realm, &plain, &have)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%w in ps_auths with id %s, which ps_endpoints.auth names", ErrNoSuchRow, id)
	}
	if err != nil {
		return err
	}
	s := n.Storing
	if len(s.Hash) == 0 && !n.Plain {
		switch {
		case strings.EqualFold(authType, "md5"):
			s.Hash = []asterisk.Algorithm{asterisk.MD5}
		case have != "" && !plain:
			s.Hash, _ = asterisk.ParseAlgorithms(have)
		}
	}
	if s.Realm == "" {
		s.Realm = asterisk.Unescape(realm)
	}
	bound, digests, err := s.resolve(ctx, c)
	if err != nil {
		return err
	}
	value, isMD5 := hashed(s.Hash, digests, asterisk.Unescape(user), bound, n.Password)
	switch {
	case len(s.Hash) == 0:
		err = c.run(ctx, setPlain, id, asterisk.Secret(asterisk.Escape(n.Password.Reveal())))
	case isMD5:
		err = c.run(ctx, setMD5, id, asterisk.Escape(bound), value)
	default:
		return c.run(ctx, setDigest, id, asterisk.Escape(bound), value)
	}
	if err == nil && have != "" {
		err = c.run(ctx, dropDigest, id) // it would go before the password
	}
	return err
}

// Contacts is which contacts RemoveContacts deletes: those of an AOR, one URI
// of it, those of an endpoint, or the one of an id.
type Contacts struct{ AOR, URI, Endpoint, ID string }

// RemoveContacts unregisters. ErrNoSuchRow when there is none.
func (p *Provision) RemoveContacts(ctx context.Context, which Contacts) ([]Statement, error) {
	return p.change(ctx, "remove contacts", func(ctx context.Context, c *changing) error {
		var err error
		switch {
		case which.ID != "":
			err = c.run(ctx, removeContactID, which.ID)
		case which.Endpoint != "":
			err = c.run(ctx, removeContactsEndpoint, asterisk.Escape(which.Endpoint))
		case which.URI != "":
			err = c.run(ctx, removeContactURI, which.AOR, asterisk.Escape(which.URI))
		default:
			err = c.run(ctx, removeContactsAOR, which.AOR)
		}
		if err == nil && c.done[0].Rows == 0 {
			return fmt.Errorf("%w in ps_contacts", ErrNoSuchRow)
		}
		return err
	})
}
