package asterisk

// Problem is one thing that a row has wrong.
type Problem struct {
	Table  string // "ps_endpoints"
	ID     string // the row's id
	Column string // "aors"
	// What is wrong, with the value when it is no secret.
	What string
	// Remedy says what would be right.
	Remedy string
}
