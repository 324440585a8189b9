package digest

import (
	"strings"
	"sync/atomic"

	"registrard/asterisk"
)

// ha2Memo remembers H(method:uri) of the URIs that phones authenticate for: a
// site's phones all write the same few. It is the fast form of hasher.ha2 and
// can be deleted.
//
// It has nothing of any secret, and who has no password can't change it: only a
// right response puts a URI in. Whether a URI is there is the same for every
// name, so it doesn't tell which names exist.
type ha2Memo struct {
	places [64]atomic.Pointer[ha2Entry]
}

type ha2Entry struct {
	algorithm   asterisk.Algorithm
	method, uri string
	sum         hexSum
}

// longestMemo bounds what a place keeps.
const longestMemo = 128

// place is where a URI is kept; the last one that came stays.
func (m *ha2Memo) place(uri string) *atomic.Pointer[ha2Entry] {
	h := uint32(len(uri))
	for i := max(0, len(uri)-8); i < len(uri); i++ {
		h = h*31 + uint32(uri[i])
	}
	return &m.places[(h^h>>6)%uint32(len(m.places))]
}

// known is the entry of c's URI, nil when there is none.
func (m *ha2Memo) known(method string, c *Credential) *ha2Entry {
	if m == nil {
		return nil
	}
	e := m.place(c.URI).Load()
	if e == nil || e.uri != c.URI || e.method != method || e.algorithm != c.Algorithm {
		return nil
	}
	return e
}

// keep remembers the URI of credentials that were right, for c's place the first
// or one in sixteen: where phones write more URIs than there are places, most
// of them cost a look and nothing more.
func (m *ha2Memo) keep(h *hasher, method string, c *Credential) {
	if len(c.URI) > longestMemo || m.known(method, c) != nil {
		return
	}
	if at := m.place(c.URI); at.Load() != nil && hexValue[c.Response[len(c.Response)-1]] != 0 {
		return
	}
	// The texts are parts of a message, which would stay with them.
	m.place(c.URI).Store(&ha2Entry{algorithm: c.Algorithm, method: strings.Clone(method), uri: strings.Clone(c.URI),
		sum: h.ha2(c.Algorithm, method, c.URI)})
}
