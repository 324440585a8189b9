package asterisk

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// MatchRow is a ps_endpoint_id_ips row as the columns hold it; nil is NULL.
type MatchRow struct {
	ID              string  `json:"id"`
	Endpoint        *string `json:"endpoint"`
	Match           *string `json:"match"`
	SRVLookups      *string `json:"srv_lookups"`
	MatchHeader     *string `json:"match_header"`
	MatchRequestURI *string `json:"match_request_uri"`
}

// Match is a row of ps_endpoint_id_ips. Any one of its rules is enough.
type Match struct {
	ID string
	// Endpoint is the id of the endpoint; a row without one matches nothing.
	Endpoint string
	// Prefixes are the addresses and networks of match; Port 0 is any.
	Prefixes []matchPrefix
	// Hosts are the host names of match, resolved elsewhere.
	Hosts []MatchHost
	// Header is match_header, nil for none and for one that can't be read.
	Header *headerRule
	// RequestURI is match_request_uri, nil likewise.
	RequestURI *textRule
	Problems   []Problem
}

// matchPrefix is an address or network of a match list.
type matchPrefix struct {
	Prefix netip.Prefix // unmapped: never 4-in-6
	Port   uint16
	// Not is "!" in front: what an earlier item of the row holds, this takes
	// out again.
	Not bool
}

// Holds says whether the item names addr, whatever Not says.
func (p matchPrefix) Holds(addr netip.AddrPort) bool {
	return (p.Port == 0 || p.Port == addr.Port()) && p.Prefix.Contains(bare(addr.Addr()))
}

// MatchHost is a host name of a match list.
type MatchHost struct {
	Name string // lower case, without a dot at its end
	Port uint16
	// SRV says that _sips._tcp, _sip._tcp and _sip._udp are looked up too.
	SRV bool
}

func decodeMatch(mr *MatchRow) Match {
	r := &row{table: "ps_endpoint_id_ips", id: Unescape(mr.ID)}
	m := Match{ID: r.id, Endpoint: text(mr.Endpoint)}
	if m.Endpoint == "" {
		r.problem("endpoint", "is empty; the row matches nothing", "name a ps_endpoints row, or delete the row")
	}
	srv := r.boolean("srv_lookups", mr.SRVLookups, true)
	for _, item := range SplitList(text(mr.Match)) {
		if err := m.add(item, srv); err != nil {
			r.problem("match", fmt.Sprintf("has the item %s, which is skipped: %v", quote(item), err),
				"write an address, a network such as 192.0.2.0/24, address:port, [v6]:port, or a host name, separated by commas")
		}
	}
	if line := text(mr.MatchHeader); line != "" {
		rule, err := parseHeaderRule(line)
		if err != nil {
			r.problem("match_header", fmt.Sprintf("is %s, which never matches: %v", quote(line), err),
				"write Name: value, or Name: /regular expression/")
		}
		m.Header = rule
		r.escapes("match_header", *mr.MatchHeader)
	}
	if line := text(mr.MatchRequestURI); line != "" {
		rule, err := parseTextRule(line)
		if err == nil && rule.Pattern == nil && rule.Exact == "" {
			rule, err = nil, errEmptyURI
		}
		if err != nil {
			r.problem("match_request_uri", fmt.Sprintf("is %s, which never matches: %v", quote(line), err),
				"write the whole URI, or /regular expression/")
		}
		m.RequestURI = rule
		r.escapes("match_request_uri", *mr.MatchRequestURI)
	}
	if r.problems == nil && len(m.Prefixes)+len(m.Hosts) == 0 && m.Header == nil && m.RequestURI == nil {
		r.problem("match", "is empty, and so are match_header and match_request_uri; the row matches nothing",
			"set one of them, or delete the row")
	}
	m.Problems = r.problems
	return m
}

var (
	errHost = errors.New("neither an address nor a host name")
	errPort = errors.New("not a port")

	errEmptyURI = errors.New("no request has an empty URI")
)

// add reads one item of a match list. A port stands before the mask, as in
// Asterisk: 192.0.2.0:5061/24.
func (m *Match) add(item string, srv bool) error {
	address, not := strings.CutPrefix(item, "!")
	address = strip(address)
	address, mask, hasMask := strings.Cut(address, "/")

	host, port, err := splitPort(address)
	if err != nil {
		return err
	}
	if _, err := netip.ParseAddr(host); err != nil && !hasMask && !not {
		name, ok := hostName(host)
		if !ok {
			return fmt.Errorf("%q is %w", host, errHost)
		}
		// With a port there is nothing to ask SRV for.
		h := MatchHost{Name: name, Port: port, SRV: srv && port == 0}
		if !slices.Contains(m.Hosts, h) {
			m.Hosts = append(m.Hosts, h)
		}
		return nil
	}
	network := host
	if hasMask {
		network += "/" + mask
	}
	p, err := parseNetwork(network)
	if err != nil {
		return err
	}
	m.Prefixes = append(m.Prefixes, matchPrefix{Prefix: p, Port: port, Not: not})
	return nil
}

// splitPort cuts a port off a.b.c.d:port, [v6]:port or name:port; 0 is none.
func splitPort(s string) (host string, port uint16, err error) {
	rest, ok := strings.CutPrefix(s, "[")
	if ok {
		host, rest, ok = strings.Cut(rest, "]")
		if !ok {
			return "", 0, fmt.Errorf("%q lacks its ]: %w", s, errNotAnAddress)
		}
		if a, err := netip.ParseAddr(host); err != nil || !a.Is6() {
			return "", 0, fmt.Errorf("%q is %w", host, errNotAnAddress)
		}
		if rest == "" {
			return host, 0, nil
		}
		if rest, ok = strings.CutPrefix(rest, ":"); !ok {
			return "", 0, fmt.Errorf("%q is %w", rest, errPort)
		}
	} else {
		if strings.Count(s, ":") != 1 { // more of them: IPv6 without brackets
			return s, 0, nil
		}
		host, rest, _ = strings.Cut(s, ":")
	}
	n, err := strconv.ParseUint(rest, 10, 16)
	if err != nil || n == 0 || rest[0] == '+' {
		return "", 0, fmt.Errorf("%q is %w", rest, errPort)
	}
	return host, uint16(n), nil
}

// hostName gives a host name in lower case; ok is false for what DNS can't
// hold, and for a name that ends in a number: that is a mistyped address.
func hostName(s string) (name string, ok bool) {
	name = strings.ToLower(strings.TrimSuffix(s, "."))
	if name == "" || len(name) > 253 {
		return "", false
	}
	last := ""
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return "", false
		}
		last = label
	}
	return name, strings.Trim(last, "0123456789") != ""
}
