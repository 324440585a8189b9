//go:build !linux

package store

import "syscall"

// setUserTimeout does nothing where TCP_USER_TIMEOUT is unknown: a silent
// drop is then noticed by each request's deadline alone.
func setUserTimeout(string, string, syscall.RawConn) error { return nil }
