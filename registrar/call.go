package registrar

import (
	"context"
	"time"

	"registrard/rules"
)

// Call is one REGISTER on its way that nobody waits for: the fast form of
// Register. It may be used again once Finish has been called, with Request and
// Outcome empty; until then nothing in it may be changed.
type Call struct {
	Request Request
	// Outcome is empty for Start, and complete when Done is called.
	Outcome Outcome
	// Timeout is how long the store may take.
	Timeout time.Duration
	// Done is called once, by whatever goroutine knows the outcome, perhaps
	// within Start. It must not block: it may be the database's writer.
	Done func()
	// Hold is how long after Done the answer may not leave yet, see
	// Options.EvenTime.
	Hold time.Duration

	registrar *Registrar
	watch     stopwatch
	tried     tried      // by Outcome
	room      rules.Room // of Outcome.Change and Outcome.Result
	// written is wrote, made once.
	written func(rules.Result, error)
}

// Start begins to answer c.Request, and doesn't block: c.Done is called when
// c.Outcome is known. False means that it would have to wait for the database
// to tell who this is; nothing was done, and Register is to be called instead.
//
// It can be deleted: without it every request has a goroutine, which waits for
// its COMMIT.
func (r *Registrar) Start(c *Call) bool {
	c.Hold, c.registrar = 0, r
	c.watch = stopwatch{started: time.Now()}
	// Memory answers at once: there is nothing to end.
	commit, err := r.prove(context.Background(), false, &c.Request, &c.Outcome, &c.watch, &c.tried, &c.room)
	switch {
	case err != nil:
		return false
	case !commit:
		c.end()
		return true
	}
	if c.written == nil {
		c.written = c.wrote
	}
	r.store.CommitAsync(&c.Outcome.Change, &c.room, c.watch.started.Add(c.Timeout), c.written)
	return true
}

// wrote takes the store's answer.
func (c *Call) wrote(result rules.Result, err error) {
	c.registrar.wrote(&c.Outcome, result, err)
	c.watch.lap(&c.Outcome.Store)
	c.end()
}

func (c *Call) end() {
	c.Hold = c.registrar.holdBack(&c.Outcome, &c.watch)
	c.Outcome.Total = c.watch.last + c.Hold
	c.Done()
}

// Finish says what became of a call. It is called once after Done and outside of
// it: the database's writer is not to wait for it.
func (r *Registrar) Finish(c *Call) { r.tell(&c.Request, &c.Outcome) }
