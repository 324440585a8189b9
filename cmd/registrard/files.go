package main

import (
	"log/slog"
	"syscall"

	"registrard/config"
)

// filesBeside are open files beside connections of phones and of the database:
// listeners, the admin server's, LISTEN, the page, logs and certificates.
const filesBeside = 100

// boundByFiles lowers sip.max_connections to what the limit of open files
// leaves: at that limit nothing could be accepted, and the database not be
// reached either. (Go has raised the soft limit to the hard one.)
func boundByFiles(c *config.Config, log *slog.Logger) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		log.Warn("the limit of open files can't be read", "error", err)
		return
	}
	if most := connectionsWithin(limit.Cur, c.Database.MaxConnections); most < uint64(c.SIP.MaxConnections) {
		log.Warn("the limit of open files doesn't allow sip.max_connections: fewer connections are taken; raise LimitNOFILE in the systemd unit, or ulimit -n",
			"limit", limit.Cur, "max_connections", c.SIP.MaxConnections, "taken", most)
		c.SIP.MaxConnections = int(most)
	}
}

// connectionsWithin is how many connections of phones so many files allow, one
// at least.
func connectionsWithin(files uint64, database int) uint64 {
	beside := uint64(database) + filesBeside
	return max(files, beside+1) - beside
}
