// Package storetest gives each test a database of its own, cloned from a
// migrated template, on one private PostgreSQL for the whole test run.
//
// A database, not a schema: LISTEN channels and advisory locks are per
// database. The server is the one of REGISTRARD_TEST_DATABASE_URL (a
// superuser's URL; storetest/withpg starts one for a whole `go test ./...`),
// else one that this test binary starts with the first database asked for and
// that ends with it: fsync is off there, a clone takes some 30 ms.
//
// A package that uses it says so once:
//
//	func TestMain(m *testing.M) { storetest.Main(m) }
package storetest
