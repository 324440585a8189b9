package guard

import "slices"

// pardonAtOnce bounds the rows of one change for which counts are gone through:
// who loads thousands has not corrected a password.
const pardonAtOnce = 16

// Listening implements store.Watcher.
func (g *Guard) Listening() { g.o.Bans.Listening() }

// Lost implements store.Watcher.
func (g *Guard) Lost() { g.o.Bans.Lost() }

// Changed implements store.Watcher. A ps_auths row that was corrected lets in
// at once the users of its name: what they showed before was held against
// another password. The failures of their source stay counted.
func (g *Guard) Changed(table string, ids []string) {
	g.o.Bans.Changed(table, ids)
	if table != "ps_auths" || len(ids) > pardonAtOnce || g.users.none() {
		return
	}
	for w, n := range g.users.buckets.All() {
		if slices.Contains(ids, w.user) {
			n.clear()
		}
	}
}
