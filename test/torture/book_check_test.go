package torture

import (
	"fmt"
	"testing"
	"time"

	"registrard/test/rig"
)

// TestBook shows that the check finds what it is there to find.
func TestBook(t *testing.T) {
	t.Parallel()
	now := time.Now()
	const contact = "sip:6001@192.0.2.1"
	request := func(cseq, expires int) rig.Sent {
		return rig.Sent{Contact: contact, CSeq: cseq, Expires: expires, First: now, Credentials: true}
	}
	ok := func(expires int) rig.Answer {
		a := rig.Answer{Code: 200, Header: map[string][]string{}}
		if expires > 0 {
			a.Header.Add("Contact", fmt.Sprintf("<%s>;expires=%d", contact, expires))
		}
		return a
	}
	stored := func(cseq, expires int) map[string]row {
		return map[string]row{contact: {callID: "c", cseq: cseq, expires: now.Add(time.Duration(expires) * time.Second)}}
	}
	for _, c := range []struct {
		name  string
		acked [][2]int // CSeq, Expires
		open  [][2]int
		seen  map[string]row
		wrong bool
	}{
		{"an acknowledged contact is there", [][2]int{{2, 600}}, nil, stored(2, 600), false},
		{"an acknowledged contact is lost", [][2]int{{2, 600}}, nil, nil, true},
		{"the newest of two is there", [][2]int{{2, 600}, {3, 500}}, nil, stored(3, 500), false},
		{"an older one came back", [][2]int{{2, 600}, {3, 500}}, nil, stored(2, 600), true},
		{"it expires too soon", [][2]int{{2, 600}}, nil, stored(2, 590), true},
		{"it was removed and is gone", [][2]int{{2, 600}, {3, 0}}, nil, nil, false},
		{"it was removed and is there", [][2]int{{2, 600}, {3, 0}}, nil, stored(2, 600), true},
		{"a request without an answer was written", [][2]int{{2, 600}}, [][2]int{{3, 500}}, stored(3, 500), false},
		{"a request without an answer was not written", [][2]int{{2, 600}}, [][2]int{{3, 500}}, stored(2, 600), false},
		{"a removal without an answer was written", [][2]int{{2, 600}}, [][2]int{{3, 0}}, nil, false},
		{"a request without an answer doesn't excuse a loss", [][2]int{{2, 600}}, [][2]int{{3, 500}}, nil, true},
		{"nothing was acknowledged and nothing is there", nil, [][2]int{{3, 500}}, nil, false},
		{"somebody else's Call-ID is there", [][2]int{{2, 600}}, nil,
			map[string]row{contact: {callID: "x", cseq: 2, expires: now.Add(time.Hour)}}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBook()
			for _, e := range c.acked {
				b.sending("c", request(e[0], e[1]))
				if err := b.answered(request(e[0], e[1]), ok(e[1])); err != nil {
					t.Fatal(err)
				}
			}
			for _, e := range c.open {
				b.sending("c", request(e[0], e[1]))
			}
			v := b.compare(c.seen)
			if (len(v.wrong) > 0) != c.wrong {
				t.Errorf("got %v, want wrong = %v", v.wrong, c.wrong)
			}
			if c.wrong && v.acknowledged > 0 && v.found != 0 {
				t.Errorf("%d found of what is wrong", v.found)
			}
		})
	}
	t.Run("a 200 that doesn't list what it acknowledges is wrong", func(t *testing.T) {
		t.Parallel()
		b := newBook()
		b.sending("c", request(2, 600))
		if b.answered(request(2, 600), ok(0)) == nil {
			t.Error("accepted")
		}
	})
}
