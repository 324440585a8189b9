package guard

import "registrard/registrar"

// Starter is a Handler that need not be waited for, see registrar.Registrar.Start.
type Starter interface {
	Handler
	Start(c *registrar.Call) bool
	Finish(c *registrar.Call)
}

// Start implements sip.Starter, the fast form of Register: who is passed over
// in silence is left to the plain one. It can be deleted.
func (g *Guard) Start(c *registrar.Call) bool {
	next, ok := g.o.Handler.(Starter)
	if !ok {
		return false
	}
	if !g.users.none() || !g.counts.none() {
		var v view
		g.look(&c.Request, &v)
		if v.held || !v.off && g.silent(&v) {
			return false
		}
	}
	return next.Start(c)
}

// Finish implements sip.Starter: what was answered is counted.
func (g *Guard) Finish(c *registrar.Call) {
	if next, ok := g.o.Handler.(Starter); ok {
		next.Finish(c)
	}
	why := c.Outcome.Refusal
	if why == nil && g.users.none() {
		return // nothing to forgive
	}
	if why == nil || why.Attack || unidentified(why) { // note passes over all others
		var v view
		g.look(&c.Request, &v)
		g.note(&c.Request, &c.Outcome, &v)
	}
	g.tell(&c.Request, &c.Outcome)
}
