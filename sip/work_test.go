package sip

import "testing"

// The same message, sent again once its answer leaves, is a new request, though
// the first has not ended yet: a sender may be slow to leave, and nobody would
// answer. The end waits for both.
func TestWorkTakesARepetitionOfWhatIsAnswered(t *testing.T) {
	t.Parallel()
	w := newWork(2)
	if got := w.enter(7); got != entered {
		t.Fatalf("the first: %v", got)
	}
	if got := w.enter(7); got != repeated {
		t.Errorf("while it is under way: %v", got)
	}
	w.answering(7)
	if got := w.enter(7); got != entered {
		t.Errorf("while its answer is sent: %v", got)
	}
	if got := w.enter(8); got != full {
		t.Errorf("both count until they leave, yet: %v", got)
	}
	w.leave(1)
	if got := w.enter(7); got != repeated {
		t.Errorf("the first left, the second is under way: %v", got)
	}
	idle := w.close()
	w.answering(7)
	select {
	case <-idle:
		t.Error("idle before the second left")
	default:
	}
	w.leave(1)
	<-idle
}
