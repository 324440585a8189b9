package sip

import "testing"

// The same message, sent again once its answer leaves, is a new request, though
// the first has not ended yet: a sender may be slow to leave, and nobody would
// answer. The end waits for both.
func TestWorkTakesARepetitionOfWhatIsAnswered(t *testing.T) {
	t.Parallel()
	w := newWork(2)
	if got := w.enter(7, 0, &turn{}); got != entered {
		t.Fatalf("the first: %v", got)
	}
	if got := w.enter(7, 0, &turn{}); got != repeated {
		t.Errorf("while it is under way: %v", got)
	}
	w.answering(7)
	if got := w.enter(7, 0, &turn{}); got != entered {
		t.Errorf("while its answer is sent: %v", got)
	}
	if got := w.enter(8, 0, &turn{}); got != full {
		t.Errorf("both count until they leave, yet: %v", got)
	}
	w.leave(0)
	if got := w.enter(7, 0, &turn{}); got != repeated {
		t.Errorf("the first left, the second is under way: %v", got)
	}
	idle := w.close()
	w.answering(7)
	select {
	case <-idle:
		t.Error("idle before the second left")
	default:
	}
	w.leave(0)
	<-idle
}

// What waits for a peer to read it holds no place, but the end waits for it;
// one source has a bound of its own.
func TestWorkPlaces(t *testing.T) {
	t.Parallel()
	w := newWork(100)
	for range 25 {
		if got := w.enter(0, 1, &turn{}); got != entered {
			t.Fatalf("a quarter is a source's: %v", got)
		}
	}
	if got := w.enter(0, 1, &turn{}); got != full {
		t.Errorf("beyond its quarter: %v", got)
	}
	if got := w.enter(0, 2, &turn{}); got != entered {
		t.Errorf("another source: %v", got)
	}
	w.answered(1)
	if got := w.enter(0, 1, &turn{}); got != entered {
		t.Errorf("a place was given back before its answer was sent: %v", got)
	}
	for range 25 {
		w.leave(1)
	}
	w.leave(2)
	if n := w.inFlight(); n != 0 || len(w.sources) != 0 {
		t.Errorf("%v places and %v are held, want none", n, w.sources)
	}
	idle := w.close()
	select {
	case <-idle:
		t.Error("idle while an answer is unsent")
	default:
	}
	w.sent(1)
	<-idle
}
