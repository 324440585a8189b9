// Package storetest gives each test a database of its own, cloned from a
// migrated template, on one private PostgreSQL for the whole test run.
package storetest
