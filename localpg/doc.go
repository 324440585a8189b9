// Package localpg runs a private PostgreSQL server for registrard dev and for tests.
package localpg
