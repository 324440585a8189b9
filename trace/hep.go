package trace

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// The chunks of HEP3 that are written (the HEP/EEP specification, generic types
// of vendor 0).
const (
	hepFamily    = 0x0001 // 2: IPv4, 10: IPv6
	hepProtocol  = 0x0002 // of IP: 6 TCP, 17 UDP
	hepSource4   = 0x0003
	hepTarget4   = 0x0004
	hepSource6   = 0x0005
	hepTarget6   = 0x0006
	hepSrcPort   = 0x0007
	hepDstPort   = 0x0008
	hepSeconds   = 0x0009
	hepMicros    = 0x000a
	hepType      = 0x000b // 1: SIP
	hepAgent     = 0x000c
	hepPayload   = 0x000f
	hepCorrelate = 0x0011
	hepNodeName  = 0x0013
)

// hepRoom is the longest payload: a datagram holds 65,507 bytes.
const hepRoom = 65_000

// encodeHEP is one message as a HEP3 datagram.
func encodeHEP(payload []byte, from, to netip.AddrPort, at time.Time, protocol byte, agent uint32, node, callID string) []byte {
	b := make([]byte, 6, 160+len(payload)+len(node)+len(callID))
	copy(b, "HEP3")
	chunk := func(kind uint16, data ...byte) {
		b = binary.BigEndian.AppendUint16(b, 0)
		b = binary.BigEndian.AppendUint16(b, kind)
		b = binary.BigEndian.AppendUint16(b, uint16(6+len(data)))
		b = append(b, data...)
	}
	two := func(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }
	four := func(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

	source, target := from.Addr().Unmap(), to.Addr().Unmap()
	if source.Is4() && (target.Is4() || target.IsUnspecified()) || target.Is4() && source.IsUnspecified() {
		chunk(hepFamily, 2)
		chunk(hepSource4, as4(source)...)
		chunk(hepTarget4, as4(target)...)
	} else {
		chunk(hepFamily, 10)
		s, d := source.As16(), target.As16()
		chunk(hepSource6, s[:]...)
		chunk(hepTarget6, d[:]...)
	}
	chunk(hepProtocol, protocol)
	chunk(hepSrcPort, two(from.Port())...)
	chunk(hepDstPort, two(to.Port())...)
	chunk(hepSeconds, four(uint32(at.Unix()))...)
	chunk(hepMicros, four(uint32(at.Nanosecond()/1000))...)
	chunk(hepType, 1)
	chunk(hepAgent, four(agent)...)
	if node != "" {
		chunk(hepNodeName, []byte(node[:min(len(node), 255)])...)
	}
	if callID != "" {
		chunk(hepCorrelate, []byte(callID[:min(len(callID), 255)])...)
	}
	chunk(hepPayload, payload[:min(len(payload), hepRoom-len(b))]...)
	binary.BigEndian.PutUint16(b[4:], uint16(len(b)))
	return b
}

// as4 is an IPv4 address; 0.0.0.0 for one that is unspecified.
func as4(a netip.Addr) []byte {
	if !a.Is4() {
		return make([]byte, 4)
	}
	b := a.As4()
	return b[:]
}
