package sip

import (
	"errors"
	"fmt"
	"io"
	"net/netip"

	"registrard/identify"
	"registrard/reason"
)

// Failures is told of what the Handler never saw: what was refused as a message,
// and what was dropped without an answer. It must not block, nor keep a text.
type Failures interface{ Note(f Failure) }

// Failure is a message that was refused or dropped, or a connection. What can't
// be read of it is empty. The texts are as they came from the wire.
type Failure struct {
	Source    netip.AddrPort
	Transport string
	// Username and Domain are From's; AOR is To's user.
	Username, Domain, AOR, UserAgent string
	Refusal                          *reason.Refusal // of Code 0: no answer
}

// note tells of a message. What an overload costs is no failure of the phone.
func (s *Server) note(m *message, refusal *reason.Refusal) {
	if s.opts.Failures == nil || refusal.Code == 503 {
		return
	}
	f := Failure{Source: m.in.way.Source, Transport: m.in.way.Transport, Refusal: refusal}
	var from, to identify.Facts
	if value, ok := m.head.value("from"); ok {
		_ = readFrom(value, &from) // what can't be read is told of by the rest
	}
	if value, ok := m.head.value("to"); ok {
		_ = readFrom(value, &to)
	}
	f.Username, f.Domain, f.AOR = from.FromUser, from.FromHost, to.FromUser
	if f.Username == "" {
		f.Username, f.Domain = to.FromUser, to.FromHost
	}
	f.UserAgent, _ = m.head.value("user-agent")
	s.opts.Failures.Note(f)
}

// dropped counts what gets no answer under label, and tells of it.
func (s *Server) dropped(from netip.AddrPort, transport, label string, why *reason.Reason, detail string) {
	s.metrics.drop(transport, label)
	if s.opts.Failures != nil {
		s.opts.Failures.Note(Failure{Source: from, Transport: transport, Refusal: reason.Because(why, detail)})
	}
}

// handshakeFailed tells of a TLS handshake that failed.
func (s *Server) handshakeFailed(from netip.AddrPort, transport string, err error) {
	if errors.Is(err, io.EOF) { // who looks whether the port is open
		s.metrics.drop(transport, "handshake")
		return
	}
	s.dropped(from, transport, "handshake", reason.ConnectionFailed, "TLS handshake: "+short(err.Error()))
}

// dropMessage is dropped for what judge found to be no request. Keep-alives and
// responses belong to the ordinary course.
func (s *Server) dropMessage(raw []byte, in *arrival, v verdict) {
	switch v {
	case tooShort, notSIP:
		s.dropped(in.way.Source, in.way.Transport, dropReasons[v], reason.NotSIP, fmt.Sprintf("it begins with %.40q", raw[:min(len(raw), 40)]))
	case tooLarge:
		s.dropped(in.way.Source, in.way.Transport, dropReasons[v], reason.MessageTooLarge, fmt.Sprintf("%d bytes, which get no answer", len(raw)))
	default:
		s.metrics.drop(in.way.Transport, dropReasons[v])
	}
}

// unanswerable counts a message whose Via doesn't say where an answer goes.
func (s *Server) unanswerable(m *message, refusal *reason.Refusal) {
	s.metrics.drop(m.in.way.Transport, "unanswerable")
	detail := "no answer can be sent"
	if refusal != nil {
		detail = refusal.Detail
	}
	s.note(m, reason.Because(reason.Unanswerable, detail))
}

// dropFrame is for a connection that was closed because the next message can't
// be found in it. One that was only silent had its time.
func (s *Server) dropFrame(in *arrival, label string) {
	switch label {
	case dropReasons[notSIP]:
		s.dropped(in.way.Source, in.way.Transport, label, reason.NotSIP, "the connection was closed")
	case dropReasons[tooLarge]:
		s.dropped(in.way.Source, in.way.Transport, label, reason.MessageTooLarge, "the connection was closed")
	case "slow":
		s.dropped(in.way.Source, in.way.Transport, label, reason.ConnectionFailed, "a message that had begun did not go on within sip.read_timeout")
	default:
		s.metrics.drop(in.way.Transport, label)
	}
}
