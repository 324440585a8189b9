package store

// Watchers tells several, in order.
type Watchers []Watcher

// Listening implements Watcher.
func (ws Watchers) Listening() {
	for _, w := range ws {
		w.Listening()
	}
}

// Lost implements Watcher.
func (ws Watchers) Lost() {
	for _, w := range ws {
		w.Lost()
	}
}

// Changed implements Watcher.
func (ws Watchers) Changed(table string, ids []string) {
	for _, w := range ws {
		w.Changed(table, ids)
	}
}
