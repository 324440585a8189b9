// Package load makes REGISTERs, as many as asked for, for any registrar, and
// says how they were answered.
//
// It knows no other room: what it sends and understands is SIP alone, so that
// another registrar is measured by the same means. It may read ps_contacts of
// a database afterwards, to see whether what was acknowledged is there.
//
// The one hard idea is that a generator must not be what is measured. So a
// worker is one goroutine with one socket that does everything for its users:
// it takes what has come (one system call), answers into buffers that it has,
// and sends them (one more). It allocates nothing for a request. Messages are
// appended from pieces that were made beforehand, of an answer only status,
// Call-ID and CSeq are read, and of a 401 the challenge. A retransmission is
// made anew from the user's state: it has the same bytes, since nothing in a
// message but that state changes.
//
// When a rate is offered, latency counts from when a registration was to begin
// and not from when the generator got round to it: what waits because the
// server stands still is part of the latency (it is often called the correction
// for coordinated omission).
package load
