// Command registrard is a SIP registrar whose state is PostgreSQL.
package main

func main() {}
