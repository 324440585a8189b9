package asterisk

import (
	"errors"
	"fmt"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
)

// acl is an Asterisk address list: everything is allowed, then what Deny names
// is not, then what Permit names is again (the last rule that matches wins; an
// item with "!" in front has the opposite sense).
type acl struct {
	Rules []aclRule
	// Broken says that an item could not be read, or that the row names an ACL
	// of acl.conf, which registrard can't see: nothing is allowed, and Why
	// tells the operator.
	Broken bool
	Why    string
}

// aclRule is one item of deny or permit.
type aclRule struct {
	Prefix netip.Prefix
	Permit bool
}

// parseACL reads three columns of ps_endpoints: deny, permit, acl, or
// contact_deny, contact_permit, contact_acl; nil is NULL.
//
// An item is an address, a network as CIDR or with a dotted mask, of IPv4 or
// IPv6, with "!" in front for the opposite sense; blanks and empty items don't
// matter. It never fails: what can't be read makes the ACL Broken, which allows
// nothing (Asterisk doesn't load an endpoint whose ACL it can't read).
func parseACL(deny, permit, named *string) acl {
	var l acl
	l.add(deny, "deny", false)
	l.add(permit, "permit", true)
	if named != nil {
		if name := strip(*named); strings.Trim(name, ",") != "" {
			l.breaks(fmt.Sprintf("acl names %s, an ACL of Asterisk's acl.conf, which registrard can't see; "+
				"write its rules into deny and permit and set acl to NULL", quote(name)))
		}
	}
	return l
}

func (l *acl) add(list *string, column string, permit bool) {
	if list == nil {
		return
	}
	for item := range strings.SplitSeq(*list, ",") {
		item = strip(item)
		if item == "" {
			continue
		}
		sense := permit
		network := item
		for strings.HasPrefix(network, "!") {
			sense = !sense
			network = strip(network[1:])
		}
		p, err := parseNetwork(network)
		if err != nil {
			l.breaks(fmt.Sprintf("%s has the item %s: %v; write an address or a network, such as 192.0.2.0/24", column, quote(item), err))
			continue
		}
		l.Rules = append(l.Rules, aclRule{Prefix: p, Permit: sense})
	}
}

// breaks marks the list as unreadable; the first cause stays.
func (l *acl) breaks(why string) {
	l.Broken = true
	if l.Why == "" {
		l.Why = why
	} else {
		l.Why += "; " + why
	}
}

// Allows says whether a may pass; nil means that every address may.
//
// As in Asterisk, a rule for IPv4 says nothing about IPv6, nor the other way
// round: "deny 0.0.0.0/0" lets every IPv6 address through. An IPv4 address
// inside IPv6 counts as IPv4.
func (l *acl) Allows(a netip.Addr) bool {
	if l == nil {
		return true
	}
	if l.Broken {
		return false
	}
	if len(l.Rules) == 0 {
		return true
	}
	if a = bare(a); !a.IsValid() {
		return false
	}
	for i := len(l.Rules) - 1; i >= 0; i-- {
		if l.Rules[i].Prefix.Contains(a) {
			return l.Rules[i].Permit
		}
	}
	return true
}

// bare is a without the forms that netip.Prefix.Contains doesn't match: an
// IPv4 address inside IPv6, and a zone.
func bare(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

var (
	errNotAnAddress = errors.New("not an IP address")
	errMask         = errors.New("not a mask")
)

// parseNetwork reads an address, CIDR, or an address with a dotted mask. The
// result is unmapped, and its bits behind the mask are zero.
func parseNetwork(s string) (netip.Prefix, error) {
	host, mask, hasMask := strings.Cut(s, "/")
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("%q is %w", host, errNotAnAddress)
	}
	n := a.BitLen()
	if hasMask {
		if n, err = parseMask(mask, a); err != nil {
			return netip.Prefix{}, err
		}
	}
	if a.Is4In6() {
		// Wider than the IPv4 part of IPv6, such a network holds both kinds;
		// nobody means that.
		if n < 96 {
			return netip.Prefix{}, fmt.Errorf("%q reaches beyond ::ffff:0:0/96: %w", mask, errMask)
		}
		a, n = a.Unmap(), n-96
	}
	p, err := a.Prefix(n)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is %w", mask, errMask)
	}
	return p, nil
}

// parseMask gives the number of bits of "24", "255.255.255.0" or "ffff::".
func parseMask(mask string, of netip.Addr) (int, error) {
	m, err := netip.ParseAddr(mask)
	if err != nil {
		if mask == "" || len(mask) > 3 || strings.Trim(mask, "0123456789") != "" {
			return 0, fmt.Errorf("%q is %w", mask, errMask)
		}
		n, err := strconv.Atoi(mask)
		if err != nil || n > of.BitLen() {
			return 0, fmt.Errorf("%q is %w of 0 to %d bits", mask, errMask, of.BitLen())
		}
		return n, nil
	}
	if m.BitLen() != of.BitLen() || m.Zone() != "" {
		return 0, fmt.Errorf("%q is %w for %s", mask, errMask, of)
	}
	n := 0
	octets := m.AsSlice()
	for i, b := range octets {
		ones := bits.LeadingZeros8(^b)
		n += ones
		if ones == 8 {
			continue
		}
		if b<<ones != 0 || !allZero(octets[i+1:]) {
			return 0, fmt.Errorf("%q is %w: its ones are not all in front", mask, errMask)
		}
		break
	}
	return n, nil
}

func allZero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}
