// Package admin is HTTP for those who look after a node: may it live, is it
// ready, what has it counted; and the page at / and the API under /api/v1/,
// which list who is registered, what was refused, and so on.
//
// It may know no room but view, whose rows it prints: whether the node is ready
// is a function it is given, and the lists come from the interface Views.
// Nothing can be changed through it. Health and metrics are open to whoever
// reaches the address; the page and the API ask for credentials unless the
// address is a loopback one.
//
// The page works without scripts, by links and a form. With them, htmx puts in
// what is searched, and hub (live.go) sends what changes.
package admin
