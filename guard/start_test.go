package guard

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"registrard/registrar"
)

// fakeStarter is a fakeRegistrar with a fast form.
type fakeStarter struct{ fakeRegistrar }

func (f *fakeStarter) Start(c *registrar.Call) bool {
	c.Outcome = f.Register(context.Background(), &c.Request)
	return true
}
func (f *fakeStarter) Finish(*registrar.Call) {}

// TestStart: the fast form counts as the plain one does, and leaves whom it
// would pass over in silence to it.
func TestStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := stand(t, newShared(), func(o *Options) { o.Handler = &fakeStarter{} })
		asks := func(from, user, response string) bool {
			c := &registrar.Call{Request: *ask(from, user, response)}
			if !p.Start(c) {
				return false
			}
			p.Finish(c)
			return true
		}
		for i := range 10 {
			if !asks("192.0.2.7", "6002", "wrong") {
				t.Fatalf("failure %d was not started", i)
			}
		}
		if asks("192.0.2.7", "6002", "right") {
			t.Error("a user on hold was started")
		}
		p.want("rate_limited", "192.0.2.7", "6002", "right")
		if !asks("192.0.2.7", "6001", "right") {
			t.Error("another user at that source was not started")
		}
		for i := range 6 {
			asks("192.0.2.8", fmt.Sprint("x", i), "")
		}
		if asks("192.0.2.8", "6001", "") {
			t.Error("a source that is silent was started")
		}
		p.want("rate_limited", "192.0.2.8", "6001", "")
	})
}
