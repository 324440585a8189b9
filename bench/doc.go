// Command bench measures registrard beside Kamailio: the same generator, the
// same users, the same PostgreSQL at default durability, in turn on one machine,
// several times. It prints medians, and writes docs/benchmarks.md with charts.
//
// It is a tool of the shop, started by `make bench`; nothing else imports it.
// It needs Debian's kamailio and kamailio-postgres-modules, and installs them
// when they are missing and it may. Everything stays on loopback, in folders
// that are removed afterwards.
//
// A run is: each system is started alone on freshly vacuumed tables, and loaded
// with each number outstanding, first by refreshes, then by challenges, some
// seconds each, after every user has registered once. Ratios are taken within a
// run, so that a machine that is slower for a while harms them least.
//
// `make scale` (-scale) measures registrard alone instead, with a million
// endpoints and contacts: its start, its rate beside that with 10,000 users,
// and its memory. It prints what it finds.
package main
