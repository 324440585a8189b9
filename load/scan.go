package load

import "bytes"

// answer is what is read of a response.
type answer struct {
	status int
	cseq   uint32
	callID []byte
}

// scan reads status line, Call-ID and CSeq of a response, and nothing else; it
// stops when it has them. ok is false for what is no response to a REGISTER,
// or lacks one of them.
func scan(msg []byte) (a answer, ok bool) {
	const version = "SIP/2.0 "
	line, rest, _ := bytes.Cut(msg, newline)
	if len(line) < len(version)+3 || string(line[:len(version)]) != version {
		return a, false
	}
	for _, c := range line[len(version) : len(version)+3] {
		if c < '0' || c > '9' {
			return a, false
		}
		a.status = a.status*10 + int(c-'0')
	}
	if after := line[len(version)+3:]; len(after) > 0 && after[0] != ' ' && after[0] != '\r' {
		return a, false
	}
	if a.status < 100 || a.status > 699 {
		return a, false
	}
	haveCSeq := false
	for len(rest) > 0 && (!haveCSeq || a.callID == nil) {
		line, rest, _ = bytes.Cut(rest, newline)
		if len(line) == 0 || line[0] == '\r' {
			break // the end of the headers
		}
		switch line[0] {
		case 'C', 'c', 'I', 'i':
		default:
			continue
		}
		if v, is := header(line, "call-id"); is && a.callID == nil {
			a.callID = v
		} else if v, is := header(line, "i"); is && a.callID == nil {
			a.callID = v
		} else if v, is := header(line, "cseq"); is && !haveCSeq {
			if a.cseq, haveCSeq = cseq(v); !haveCSeq {
				return a, false
			}
		}
	}
	return a, haveCSeq && len(a.callID) > 0
}

var newline = []byte{'\n'}

// header returns the value of a header line when it has this name, which is
// given in small letters.
func header(line []byte, name string) (value []byte, is bool) {
	if len(line) <= len(name) {
		return nil, false
	}
	for i := range len(name) {
		if lower(line[i]) != name[i] {
			return nil, false
		}
	}
	rest := bytes.TrimLeft(line[len(name):], " \t")
	if len(rest) == 0 || rest[0] != ':' {
		return nil, false
	}
	return bytes.Trim(rest[1:], " \t\r"), true
}

// lower is c in small letters, for what may stand in a header's name.
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// cseq reads "12 REGISTER".
func cseq(v []byte) (n uint32, ok bool) {
	i := 0
	var sum uint64
	for ; i < len(v) && '0' <= v[i] && v[i] <= '9'; i++ {
		if sum = sum*10 + uint64(v[i]-'0'); sum > 1<<32-1 {
			return 0, false
		}
	}
	if i == 0 || i == len(v) || (v[i] != ' ' && v[i] != '\t') {
		return 0, false
	}
	return uint32(sum), string(bytes.TrimLeft(v[i:], " \t")) == "REGISTER"
}

// retryAfter is the seconds of a Retry-After header, 0 when there is none.
func retryAfter(msg []byte) int {
	for rest := msg; len(rest) > 0; {
		var line []byte
		line, rest, _ = bytes.Cut(rest, newline)
		if len(line) == 0 || line[0] == '\r' {
			break
		}
		v, is := header(line, "retry-after")
		if !is {
			continue
		}
		seconds := 0
		for _, c := range v {
			if c < '0' || c > '9' {
				break
			}
			if seconds = seconds*10 + int(c-'0'); seconds > 86400 {
				return 86400
			}
		}
		return seconds
	}
	return 0
}
