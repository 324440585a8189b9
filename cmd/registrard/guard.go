package main

import (
	"io"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"registrard/guard"
)

// stderr is where lines go that must hold up nobody; nil for standard error itself.
func (n *node) stderr() io.Writer {
	if n.readiness.log == nil {
		return nil
	}
	return n.readiness.log
}

// openGuard makes the node's guard and its log of
// security events.
func (n *node) openGuard(registry prometheus.Registerer) error {
	c, err := n.config, error(nil)
	if c.Security.EventLog != "" {
		n.events, err = guard.OpenEvents(guard.EventOptions{
			Path: c.Security.EventLog, PerSecond: c.Security.EventsPerSecond, Node: c.Node.Name,
			Stderr: n.stderr(), Log: n.log, Registerer: registry,
		})
		if err != nil {
			return err
		}
	}
	// What a balancer says for itself has the balancer's address.
	bans := guard.NewBans(n.store, slices.Concat(c.Guard.Allow, c.TrustedProxies), n.log)
	n.guard, err = guard.New(guard.Options{
		Bans: bans, Shared: n.store, Events: n.events,
		Off: !c.Guard.Count, SourceFailures: c.Guard.SourceFailures, UserFailures: c.Guard.UserFailures,
		Window: c.Guard.Window.Duration, BanTime: c.Guard.BanTime.Duration,
		SpareNobody: !c.Guard.SpareRegistered, MaxSources: c.Guard.MaxSources,
		Log: n.log, Registerer: registry,
	})
	return err
}
