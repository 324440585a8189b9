package asterisk

import (
	"fmt"
	"strings"
)

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

// HexLen is the length of the algorithm's digest in hex digits: 32 or 64.
func (a Algorithm) HexLen() int {
	if a == MD5 {
		return 32
	}
	return 64
}

// parseAlgorithm reads an IANA name in any case.
func parseAlgorithm(name string) (Algorithm, bool) {
	for a := range NumAlgorithms {
		if strings.EqualFold(name, a.String()) {
			return a, true
		}
	}
	return 0, false
}

// ParseAlgorithms reads a list of algorithms (supported_algorithms_uas,
// default_auth_algorithms_uas) in its order without repetitions. What it does
// not know is in unknown.
func ParseAlgorithms(list string) (known []Algorithm, unknown []string) {
	var have [NumAlgorithms]bool
	for _, item := range SplitList(list) {
		a, ok := parseAlgorithm(item)
		switch {
		case !ok:
			unknown = append(unknown, item)
		case !have[a]:
			have[a] = true
			known = append(known, a)
		}
	}
	return known, unknown
}

// parseDigests reads ps_auths.password_digest: a list of ALGORITHM:hex. What
// can't be read is left out and told in problems, which never quote the value:
// a misplaced secret is a secret.
func parseDigests(list string) (digests [NumAlgorithms]Secret, problems []string) {
	for i, item := range SplitList(list) {
		name, hex, ok := strings.Cut(item, ":")
		a, known := parseAlgorithm(strip(name))
		switch {
		case !ok || !known:
			problems = append(problems, fmt.Sprintf("item %d does not begin with a known algorithm and a colon", i+1))
		case digests[a] != "":
			problems = append(problems, fmt.Sprintf("item %d repeats %s; the first counts", i+1, a))
		default:
			d, what := parseHex(strip(hex), a)
			if what != "" {
				problems = append(problems, fmt.Sprintf("item %d (%s) %s", i+1, a, what))
				continue
			}
			digests[a] = d
		}
	}
	return digests, problems
}

// parseHex reads one digest; what says what is wrong, empty for nothing.
func parseHex(hex string, a Algorithm) (d Secret, what string) {
	if len(hex) != a.HexLen() {
		return "", fmt.Sprintf("is %d characters long and should be %d hex digits", len(hex), a.HexLen())
	}
	for i := 0; i < len(hex); i++ {
		c := hex[i] | 0x20
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') || hex[i] < '0' {
			return "", "holds characters that are no hex digits"
		}
	}
	return Secret(strings.ToLower(hex)), ""
}
