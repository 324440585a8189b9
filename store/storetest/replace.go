package storetest

import (
	"fmt"
	"strings"
	"testing"
)

// Replacements are what a site may have in the place of a table.
var Replacements = []string{"VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE"}

// Replace puts one in the place of a table, which is called theirs_… from then
// on; columns is what it shows of it, as "*".
func (db *DB) Replace(t testing.TB, replacement, table, columns string) {
	t.Helper()
	sql := `ALTER TABLE <table> RENAME TO theirs_<table>;`
	if replacement == "FOREIGN TABLE" {
		sql += `CREATE EXTENSION IF NOT EXISTS postgres_fdw;
CREATE SERVER IF NOT EXISTS theirs FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '<host>', port '<port>', dbname '<database>');
CREATE USER MAPPING IF NOT EXISTS FOR CURRENT_USER SERVER theirs OPTIONS (user '<user>', password '<password>');
CREATE SCHEMA IF NOT EXISTS theirs;
CREATE OR REPLACE VIEW theirs.<table> AS SELECT <columns> FROM theirs_<table>;
IMPORT FOREIGN SCHEMA theirs LIMIT TO (<table>) FROM SERVER theirs INTO public`
	} else {
		sql += `CREATE ` + replacement + ` <table> AS SELECT <columns> FROM theirs_<table>`
	}
	c := db.Pool.Config().ConnConfig
	sql = strings.NewReplacer("<table>", table, "<columns>", columns, "<host>", c.Host, "<port>", fmt.Sprint(c.Port),
		"<database>", c.Database, "<user>", c.User, "<password>", c.Password).Replace(sql)
	for _, statement := range strings.Split(sql, ";") { // another session must see what each made
		if _, err := db.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}
