package config

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Duration is a time.Duration that is written with its unit: 500ms, 2s, 1h30m;
// also whole days: 1d. A bare number is refused, for nobody knows its unit.
type Duration struct{ time.Duration }

var errDuration = errors.New("want a duration with its unit, such as 500ms, 2s or 1h")

// UnmarshalText reads what a person wrote.
func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 15)
		if err != nil {
			return errDuration
		}
		d.Duration = time.Duration(n) * 24 * time.Hour
		return nil
	}
	if s != "" && strings.Trim(s, "0123456789.+-") == "" {
		// time.ParseDuration would let a bare 0 pass.
		return fmt.Errorf("has no unit; %w", errDuration)
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return errDuration
	}
	d.Duration = v
	return nil
}

// String leaves out the zeroes that time.Duration prints: 3h, not 3h0m0s.
func (d Duration) String() string {
	s := d.Duration.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Size is a number of bytes: 512, 64KiB, 1MB. KiB is 1024 bytes, kB is 1000.
type Size int64

// size is a number, and what it is of: 65536, 1,000, 64KiB, 64 KB, 1.5m.
var size = regexp.MustCompile(`(?i)^\s*([0-9,]*\.?[0-9]+|[0-9,]+\.)\s*(?:([kmgtpe])(i)?)?b?\s*$`)

var errNoSize = errors.New("want a size in bytes, such as 65536 or 64KiB")

// UnmarshalText reads what a person wrote.
func (s *Size) UnmarshalText(text []byte) error {
	m := size.FindStringSubmatch(string(text))
	if m == nil {
		return errNoSize
	}
	number, prefix, binary := strings.ReplaceAll(m[1], ",", ""), strings.ToLower(m[2]), m[3] != ""
	base := 1000.0
	if binary {
		base = 1024
	}
	n, err := strconv.ParseFloat(number, 64)
	if prefix != "" {
		n *= math.Pow(base, float64(1+strings.Index("kmgtpe", prefix)))
	}
	if err != nil || n >= math.MaxInt64 {
		return errNoSize
	}
	*s = Size(n)
	return nil
}

// String is the size in the largest unit that divides it.
func (s Size) String() string {
	for _, u := range []struct {
		bytes Size
		name  string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if s >= u.bytes && s%u.bytes == 0 {
			return strconv.FormatInt(int64(s/u.bytes), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// parseNetwork reads a network, or an address that stands for itself alone.
func parseNetwork(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Addr().Is4In6() {
		return netip.Prefix{}, errors.New("want an address or a network, such as 10.0.0.7 or 10.0.0.0/8")
	}
	if p != p.Masked() {
		return netip.Prefix{}, fmt.Errorf("has bits set after its mask; want %s", p.Masked())
	}
	return p, nil
}
