package sip

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"registrard/reason"
)

// framer cuts a stream into messages by Content-Length, RFC 3261 18.3, and
// answers the keepalive of RFC 5626 3.5.1 between them.
type framer struct {
	conn net.Conn
	in   *bufio.Reader
	flow *flow
	opts Options
	// emptyLines since the last message or pong.
	emptyLines int
}

func newFramer(conn net.Conn, f *flow, o Options) *framer {
	return &framer{conn: conn, in: bufio.NewReaderSize(conn, 4096), flow: f, opts: o}
}

// next is the next whole message. A *frameError comes with what was read of
// it, for an answer.
func (f *framer) next() ([]byte, error) {
	if err := f.skipEmptyLines(); err != nil {
		return nil, err
	}
	// From here on a slow sender is cut: one deadline for the whole message.
	if err := f.conn.SetReadDeadline(time.Now().Add(f.opts.ReadTimeout)); err != nil {
		return nil, err
	}
	message, err := f.readHead()
	if err != nil {
		return message, f.late(err)
	}
	length, err := f.bodyLength(message)
	if err != nil {
		return message, err
	}
	message, err = f.readBody(message, length)
	return message, f.late(err)
}

// skipEmptyLines waits for the first byte of a message. Two empty lines are a
// ping, answered with one.
func (f *framer) skipEmptyLines() error {
	for {
		until := f.flow.idleUntil()
		if !time.Now().Before(until) { // what is buffered meets no deadline
			return &frameError{label: "idle"}
		}
		if err := f.conn.SetReadDeadline(until); err != nil {
			return err
		}
		next, err := f.in.Peek(1)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue // something may have been registered since the deadline was set
		}
		if err != nil {
			return err
		}
		switch next[0] {
		case '\r', 0:
		case '\n':
			if f.emptyLines++; f.emptyLines == 2 {
				f.emptyLines = 0
				f.flow.pong()
			}
		default:
			f.emptyLines = 0
			return nil
		}
		_, _ = f.in.Discard(1) // was peeked
	}
}

// readHead reads up to the empty line after the headers.
func (f *framer) readHead() ([]byte, error) {
	var head []byte
	lineStart, firstLine := 0, true
	for {
		part, err := f.in.ReadSlice('\n')
		head = append(head, part...)
		if len(head) > f.opts.MaxMessage {
			return nil, &frameError{label: "too_large"}
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
		line := head[lineStart:]
		if firstLine && (err == nil || len(line) >= firstLineMost) {
			if v := judgeLine(line); v == notSIP || err != nil {
				return nil, &frameError{label: dropReasons[notSIP]}
			}
			firstLine = false
		}
		if err != nil {
			continue // a long line goes on
		}
		if len(line) == 1 || len(line) == 2 && line[0] == '\r' {
			return head, nil
		}
		lineStart = len(head)
	}
}

// bodyLength reads Content-Length, without which a stream has no next message.
func (f *framer) bodyLength(message []byte) (int, error) {
	h := scan(string(message), f.opts.MaxHeaders)
	if h.tooMany {
		return 0, &frameError{"too_large", reason.Because(reason.MessageTooLarge, "there are more headers than allowed")}
	}
	length, ok, refusal := h.contentLength()
	switch {
	case refusal != nil:
		return 0, &frameError{"framing", refusal}
	case !ok:
		return 0, &frameError{"framing", reason.Because(reason.BadRequest, "there is no Content-Length on a stream")}
	case h.contradicts("content-length"):
		return 0, &frameError{"framing", reason.Because(reason.BadRequest, "there are two Content-Lengths")}
	case length > f.opts.MaxMessage-len(message):
		return 0, &frameError{"too_large", reason.Because(reason.MessageTooLarge, "the body is longer than allowed")}
	}
	return length, nil
}

// readBody appends the body as it arrives: a length that was only claimed
// takes no memory.
func (f *framer) readBody(message []byte, length int) ([]byte, error) {
	var part [2048]byte
	for length > 0 {
		n, err := f.in.Read(part[:min(length, len(part))])
		message = append(message, part[:n]...)
		length -= n
		if err != nil && length > 0 {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return message, nil
}

// late tells a sender that was too slow from a connection that broke.
func (f *framer) late(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &frameError{label: "slow"}
	}
	return err
}
