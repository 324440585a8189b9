//go:build !profile

package main

// profiled runs registrard; see profile.go.
func profiled(_ []string, run func() int) int { return run() }
