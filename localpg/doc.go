// Package localpg runs a private PostgreSQL server: for registrard dev, and for tests.
//
// It may not know what is kept in the server: no schema, no test. It only finds
// PostgreSQL's programs, makes a cluster in a folder, runs the server as a
// child, and ends it.
//
// Who may connect: over the socket whoever may enter its folder (0700: the user
// that runs the server, and root); over TCP whoever knows the password, which
// is generated and kept in Options.Dir/password (0600). PostgreSQL refuses to
// run as root, so under root it runs as the user postgres, else nobody.
//
// Who ends it: Stop. It has a process group of its own, so that Ctrl-C on the
// terminal doesn't reach it before its owner has finished with it; and on Linux
// the kernel shuts it down when its owner dies without calling Stop.
package localpg
