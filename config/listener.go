package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Listener is one address where SIP is spoken.
type Listener struct {
	// Transport is udp, tcp, tls, ws or wss.
	Transport string
	// Address is host:port as net.Listen takes it; an empty host is all
	// addresses.
	Address string
	// Advertise is the host, or host:port, by which others reach this listener;
	// empty: as it is.
	Advertise string
	// Domain names whose users come in here; empty for none.
	Domain string
	// ProxyProtocol is off, optional or required.
	ProxyProtocol string
}

// transports gives each transport's port where none is written (RFC 3261 19.1.2,
// RFC 7118 section 4).
var transports = []struct{ name, port string }{
	{"udp", "5060"}, {"tcp", "5060"}, {"tls", "5061"}, {"ws", "80"}, {"wss", "443"},
}

// listenerKeys are the keys of a listener that is written as a map.
var listenerKeys = []string{"address", "advertise", "domain", "proxy_protocol"}

var errListener = errors.New("want udp://, tcp://, tls://, ws:// or wss:// and an address, such as udp://0.0.0.0:5060 or tcp://[::]:5060")

// UnmarshalText reads udp://0.0.0.0:5060, with the map's other keys as a query
// behind it: udp://:5060?advertise=203.0.113.5&domain=example.com.
func (l *Listener) UnmarshalText(text []byte) error {
	scheme, rest, ok := strings.Cut(string(text), "://")
	if !ok {
		return errListener
	}
	*l = Listener{Transport: strings.ToLower(scheme), ProxyProtocol: "off"}
	port := ""
	for _, t := range transports {
		if t.name == l.Transport {
			port = t.port
		}
	}
	if port == "" {
		return errListener
	}
	address, query, _ := strings.Cut(rest, "?")
	if err := l.options(query); err != nil {
		return err
	}
	var err error
	l.Address, err = hostPort(strings.TrimSuffix(address, "/"), port)
	return err
}

func (l *Listener) options(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return fmt.Errorf("want advertise=…&domain=…&proxy_protocol=… after the question mark")
	}
	for name, list := range values {
		if len(list) > 1 {
			return fmt.Errorf("has %s twice; want it once", name)
		}
		value := list[0]
		switch name {
		case "advertise":
			if err := checkAdvertise(value); err != nil {
				return err
			}
			l.Advertise = value
		case "domain":
			if value == "" || !plainHost(value) {
				return fmt.Errorf("has domain %q; want a host name, such as example.com", value)
			}
			l.Domain = strings.ToLower(value)
		case "proxy_protocol":
			l.ProxyProtocol = strings.ToLower(value)
			if !slices.Contains([]string{"off", "optional", "required"}, l.ProxyProtocol) {
				return fmt.Errorf("has proxy_protocol %q; want off, optional or required", value)
			}
		default:
			return fmt.Errorf("has the option %q; want one of advertise, domain, proxy_protocol", name)
		}
	}
	return nil
}

// String is the text that UnmarshalText reads.
func (l Listener) String() string {
	s := l.Transport + "://" + l.Address
	query := url.Values{}
	if l.Advertise != "" {
		query.Set("advertise", l.Advertise)
	}
	if l.Domain != "" {
		query.Set("domain", l.Domain)
	}
	if l.ProxyProtocol != "off" && l.ProxyProtocol != "" {
		query.Set("proxy_protocol", l.ProxyProtocol)
	}
	if len(query) > 0 {
		s += "?" + query.Encode()
	}
	return s
}

// Secure says whether the listener needs a certificate.
func (l Listener) Secure() bool { return l.Transport == "tls" || l.Transport == "wss" }

// socket tells apart what can be bound side by side.
func (l Listener) socket() string {
	if l.Transport == "udp" {
		return "udp " + l.Address
	}
	return "tcp " + l.Address
}

// hostPort checks an address to listen on and adds the port that is missing.
func hostPort(s, port string) (string, error) {
	host := s
	if h, p, err := net.SplitHostPort(s); err == nil {
		host, port = h, p
	} else {
		host = strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", fmt.Errorf("has port %q; want a number from 0 to 65535", port)
	} else {
		port = strconv.FormatUint(n, 10)
	}
	if host != "" && strings.Trim(host, "0123456789") == "" {
		return "", fmt.Errorf("has no colon before its port; want :%s", host)
	}
	if host != "" && !plainHost(host) {
		return "", fmt.Errorf("has host %q; want an address of this machine, such as 0.0.0.0 or [::1], or none", host)
	}
	return net.JoinHostPort(host, port), nil
}

func checkAdvertise(s string) error {
	host := s
	if h, p, err := net.SplitHostPort(s); err == nil {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("has advertise %q; want a port from 1 to 65535 behind the colon", s)
		}
		host = h
	} else {
		host = strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	}
	a, err := netip.ParseAddr(host)
	if host == "" || !plainHost(host) || (err == nil && a.IsUnspecified()) {
		return fmt.Errorf("has advertise %q; want the host or host:port by which others reach it, such as 203.0.113.5", s)
	}
	return nil
}

// plainHost says whether s can be a host name or an address.
func plainHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return len(s) <= 253
}
