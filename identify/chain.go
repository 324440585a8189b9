package identify

// Chain tries identifiers in order. The zero Order is DefaultOrder.
type Chain struct {
	Directory Directory
	// Order of configuration; ps_globals.endpoint_identifier_order goes before it.
	Order []Method
}
