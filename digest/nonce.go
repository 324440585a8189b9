package digest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"
)

// A nonce is 44 characters of base64url, of these 33 bytes:
//
//	 0      version, 1
//	 1..6   when it was made, milliseconds since 1970
//	 7..8   id of the key
//	 9..16  random
//	17..32  HMAC-SHA-256 of bytes 0 to 16, its first 16 bytes
//
// No node remembers that it made one. Nothing in it comes from the packet's
// source: behind NAT or a load balancer the second request of a phone may come
// from another port or another address, or reach another node, and a nonce
// that is bound to these makes such a phone loop on 401 for ever. What a
// binding would hinder, somebody else's use of a nonce that he saw, needs the
// password anyway, and a replay of the whole request is the replay memory's.
const (
	nonceVersion  = 1
	nonceSigned   = 17
	nonceBytes    = 33
	nonceChars    = 44
	nonceRandomAt = 9

	// maxSkew is how far in the future another node's clock may be.
	maxSkew = 90 * time.Second
	// minSecret is the least length of a key's secret, in bytes; a shorter one
	// could be guessed from a nonce.
	minSecret = 16
)

// Key is a key for nonces, shared by all nodes. It prints without its secret.
type Key struct {
	ID     uint16
	Secret []byte // 32 bytes
	// NotBefore is when nodes may begin to make nonces with it.
	NotBefore time.Time
}

// String is the id alone.
func (k Key) String() string { return "nonce key " + strconv.Itoa(int(k.ID)) }

// Format implements fmt.Formatter: String for every verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// LogValue implements slog.LogValuer.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText implements encoding.TextMarshaler.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// ring is the keys in use, the newest NotBefore first. It is never changed.
type ring []*ringKey

type ringKey struct {
	id        uint16
	notBefore time.Time
	signers   sync.Pool // of *signer
}

// signer is an HMAC with the room that it needs, kept because starting one
// costs more than using it.
type signer struct {
	mac hash.Hash
	raw [nonceBytes]byte
	sum [sha256.Size]byte
}

// SetKeys replaces the ring. Keys with a secret under 16 bytes are left out.
// The newest key whose NotBefore has come makes nonces (the oldest, while none
// has); every key checks them. Without keys nobody can be challenged, and
// Verify and Decoy refuse with reason.DatabaseUnavailable. It may be called at
// any time, from any goroutine.
func (v *Verifier) SetKeys(keys []Key) {
	r := make(ring, 0, len(keys))
	for _, k := range keys {
		if len(k.Secret) < minSecret {
			continue
		}
		secret := slices.Clone(k.Secret)
		rk := &ringKey{id: k.ID, notBefore: k.NotBefore}
		rk.signers.New = func() any { return &signer{mac: hmac.New(sha256.New, secret)} }
		r = append(r, rk)
	}
	slices.SortStableFunc(r, func(a, b *ringKey) int { return b.notBefore.Compare(a.notBefore) })
	v.ring.Store(&r)
}

// maker is the key that makes nonces now, nil when there is none.
func (r ring) maker(now time.Time) *ringKey {
	for _, k := range r {
		if !k.notBefore.After(now) {
			return k
		}
	}
	if len(r) == 0 {
		return nil
	}
	return r[len(r)-1]
}

// sign fills in the HMAC of s.raw.
func (s *signer) sign() []byte {
	s.mac.Reset()
	s.mac.Write(s.raw[:nonceSigned])
	return s.mac.Sum(s.sum[:0])[:nonceBytes-nonceSigned]
}

// newNonce is false when there are no keys.
func (v *Verifier) newNonce(now time.Time) (string, bool) {
	k := v.ring.Load().maker(now)
	if k == nil {
		return "", false
	}
	s := k.signers.Get().(*signer)
	defer k.signers.Put(s)
	ms := uint64(now.UnixMilli())
	s.raw[0] = nonceVersion
	binary.BigEndian.PutUint16(s.raw[1:], uint16(ms>>32))
	binary.BigEndian.PutUint32(s.raw[3:], uint32(ms))
	binary.BigEndian.PutUint16(s.raw[7:], k.id)
	if _, err := io.ReadFull(v.options.Random, s.raw[nonceRandomAt:nonceSigned]); err != nil {
		// A source that ran dry must not make nonces alike. crypto/rand
		// can't fail: it ends the process instead.
		_, _ = rand.Read(s.raw[nonceRandomAt:nonceSigned])
	}
	copy(s.raw[nonceSigned:], s.sign())
	var text [nonceChars]byte
	base64.RawURLEncoding.Encode(text[:], s.raw[:])
	return string(text[:]), true
}

// nonceID tells genuine nonces apart: time, key id and random bytes.
type nonceID [16]byte

// genuine says whether one of our keys made the nonce, and when.
func (r ring) genuine(nonce string) (id nonceID, made time.Time, ok bool) {
	if len(nonce) != nonceChars {
		return id, made, false
	}
	var text [nonceChars]byte
	var raw [nonceBytes]byte
	copy(text[:], nonce)
	// A line break inside is skipped by Decode, so the length is checked too.
	if n, err := base64.RawURLEncoding.Decode(raw[:], text[:]); err != nil || n != nonceBytes || raw[0] != nonceVersion {
		return id, made, false
	}
	keyID := binary.BigEndian.Uint16(raw[7:])
	for _, k := range r {
		if k.id != keyID {
			continue
		}
		s := k.signers.Get().(*signer)
		copy(s.raw[:], raw[:nonceSigned])
		same := subtle.ConstantTimeCompare(s.sign(), raw[nonceSigned:]) == 1
		k.signers.Put(s)
		if same {
			copy(id[:], raw[1:nonceSigned])
			ms := uint64(binary.BigEndian.Uint16(raw[1:]))<<32 | uint64(binary.BigEndian.Uint32(raw[3:]))
			return id, time.UnixMilli(int64(ms)), true
		}
	}
	return id, made, false
}
