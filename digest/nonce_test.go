package digest

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func (v *Verifier) isGenuine(nonce string) bool {
	_, _, ok := v.ring.Load().genuine(nonce)
	return ok
}

func TestNonce(t *testing.T) {
	t.Parallel()
	v := newVerifier(Options{})
	now := noon.Add(123 * time.Millisecond)
	nonce, ok := v.newNonce(now)
	if !ok || len(nonce) != nonceChars {
		t.Fatalf("newNonce = %q, %v", nonce, ok)
	}
	id, made, ok := v.ring.Load().genuine(nonce)
	if !ok || !made.Equal(now) {
		t.Errorf("made %v, %v; want %v", made, ok, now)
	}
	second, _ := v.newNonce(now)
	id2, _, ok := v.ring.Load().genuine(second)
	if !ok || id == id2 || second == nonce {
		t.Errorf("two nonces of one millisecond are alike: %s %s", nonce, second)
	}
	for _, forged := range []string{"", nonce[1:], nonce + "A", nonce[:20] + "\n" + nonce[21:], nonce[:20] + "\r\n" + nonce[22:],
		strings.Repeat("\n", nonceChars), strings.Repeat("A", nonceChars), nonce[:43] + "=", strings.Replace(nonce, nonce[:1], "!", 1)} {
		if v.isGenuine(forged) {
			t.Errorf("%q is genuine", forged)
		}
	}
}

// base64 decoders skip line breaks: where the last byte is 0 anyway, one may
// not stand for it.
func TestNonceWithLineBreak(t *testing.T) {
	t.Parallel()
	v := newVerifier(Options{})
	for range 100000 {
		nonce, _ := v.newNonce(noon)
		if raw, _ := base64.RawURLEncoding.DecodeString(nonce); raw[nonceBytes-1] == 0 {
			if v.isGenuine(nonce[:nonceChars-1] + "\n") {
				t.Error("a nonce that ends in a line break is genuine")
			}
			return
		}
	}
	t.Fatal("no nonce ends in 0")
}

// What a later release signs under the same key has another version.
func TestNonceOfAnotherVersion(t *testing.T) {
	t.Parallel()
	v := newVerifier(Options{})
	k := v.ring.Load().maker(noon)
	for version, want := range map[byte]bool{nonceVersion: true, nonceVersion + 1: false} {
		s := k.signers.Get().(*signer)
		clear(s.raw[:])
		s.raw[0], s.raw[8] = version, byte(k.id)
		copy(s.raw[nonceSigned:], s.sign())
		if got := v.isGenuine(base64.RawURLEncoding.EncodeToString(s.raw[:])); got != want {
			t.Errorf("version %d: genuine is %v", version, got)
		}
	}
}

// Each bit of a nonce counts.
func TestNonceForged(t *testing.T) {
	t.Parallel()
	v := newVerifier(Options{})
	rapid.Check(t, func(t *rapid.T) {
		nonce, _ := v.newNonce(noon.Add(time.Duration(rapid.Int64Range(0, 1e9).Draw(t, "ms")) * time.Millisecond))
		raw, err := base64.RawURLEncoding.DecodeString(nonce)
		if err != nil || !v.isGenuine(nonce) {
			t.Fatalf("%q: %v", nonce, err)
		}
		bit := rapid.IntRange(0, 8*len(raw)-1).Draw(t, "bit")
		raw[bit/8] ^= 1 << (bit % 8)
		if v.isGenuine(base64.RawURLEncoding.EncodeToString(raw)) {
			t.Fatalf("%q with bit %d turned is genuine", nonce, bit)
		}
	})
}

func TestKeys(t *testing.T) {
	t.Parallel()
	old, current, coming := testKey(1, noon.Add(-2*time.Hour)), testKey(2, noon.Add(-time.Hour)), testKey(3, noon.Add(time.Hour))
	with := func(keys ...Key) *Verifier {
		v := New(Options{})
		v.SetKeys(keys)
		return v
	}
	for _, c := range []struct {
		name   string
		maker  []Key
		at     time.Time
		id     uint16 // of the key that makes
		judges []Key
		good   bool
	}{
		{"the newest key whose time has come makes nonces", []Key{old, coming, current}, noon, 2, []Key{current}, true},
		{"a key whose time has not come checks them", []Key{coming}, noon.Add(2 * time.Hour), 3, []Key{old, current, coming}, true},
		{"an old key still checks them", []Key{old}, noon, 1, []Key{old, current, coming}, true},
		{"a key that is gone does not", []Key{old}, noon, 1, []Key{current, coming}, false},
		{"the oldest makes them while no time has come", []Key{coming, testKey(4, noon.Add(2*time.Hour))}, noon, 3, []Key{coming}, true},
		{"another secret under the same id does not check them", []Key{old}, noon, 1, []Key{{ID: 1, Secret: bytes.Repeat([]byte{9}, 32)}}, false},
		{"two keys of one id both check them", []Key{old}, noon, 1, []Key{{ID: 1, Secret: bytes.Repeat([]byte{9}, 32)}, old}, true},
		{"a key with a short secret is left out", []Key{old, {ID: 9, Secret: []byte("short"), NotBefore: noon}}, noon, 1, []Key{old}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			nonce, ok := with(c.maker...).newNonce(c.at)
			if !ok {
				t.Fatal("no nonce")
			}
			raw, _ := base64.RawURLEncoding.DecodeString(nonce)
			if id := uint16(raw[7])<<8 | uint16(raw[8]); id != c.id {
				t.Errorf("made by key %d, want %d", id, c.id)
			}
			if got := with(c.judges...).isGenuine(nonce); got != c.good {
				t.Errorf("genuine is %v, want %v", got, c.good)
			}
		})
	}
	for _, keys := range [][]Key{nil, {{ID: 1}}, {{ID: 1, Secret: []byte("short")}}} {
		if nonce, ok := with(keys...).newNonce(noon); ok {
			t.Errorf("%v makes %q", keys, nonce)
		}
	}
}

// A caller may use its slice again.
func TestSetKeysCopies(t *testing.T) {
	t.Parallel()
	v := New(Options{})
	k := testKey(1, noon)
	v.SetKeys([]Key{k})
	clear(k.Secret)
	nonce, _ := v.newNonce(noon)
	if w := newVerifier(Options{}); !w.isGenuine(nonce) {
		t.Error("clearing the caller's secret changed the key")
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("dry") }

func TestRandom(t *testing.T) {
	t.Parallel()
	v := newVerifier(Options{Random: brokenReader{}})
	a, _ := v.newNonce(noon)
	b, _ := v.newNonce(noon)
	if a == b || !v.isGenuine(a) {
		t.Error("a random source that fails makes nonces alike")
	}
}

// Keys may change while nonces are made and checked; -race watches.
func TestKeysChangeUnderWay(t *testing.T) {
	t.Parallel()
	v := newVerifier(Options{})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 200 {
				if g == 0 {
					v.SetKeys([]Key{testKey(1, noon.Add(-time.Hour)), testKey(uint16(2+i), noon.Add(time.Hour))})
				}
				if nonce, ok := v.newNonce(noon); !ok || !v.isGenuine(nonce) {
					t.Error("a nonce made while keys change is not genuine")
					return
				}
			}
		})
	}
	wg.Wait()
}

// FuzzNonce begins with genuine nonces of another key; none may be taken for
// one of a key that nobody knows.
func FuzzNonce(f *testing.F) {
	nonce, _ := newVerifier(Options{}).newNonce(noon)
	f.Add("")
	f.Add(strings.Repeat("A", nonceChars))
	f.Add(nonce)
	f.Add(nonce[:43] + "\n")
	k := testKey(1, noon.Add(-time.Hour))
	_, _ = rand.Read(k.Secret)
	v := New(Options{})
	v.SetKeys([]Key{k})
	f.Fuzz(func(t *testing.T, s string) {
		if v.isGenuine(s) {
			t.Fatalf("%q is genuine", s)
		}
	})
}
