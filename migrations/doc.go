// Package migrations brings a database to the schema that registrard needs:
// from an empty one, or from one that Asterisk's own tools made, of whatever
// revision.
//
// It may not know what registrard does with the rows; statements that depend on
// the kind of schema stand in store/.
//
// What Asterisk made is never changed: no type, no index, no default, no row;
// but its tables get a replica identity where they have none, and ps_contacts
// the columns of Asterisk's own that a very old or handmade one lacks.
// Ours are nullable columns of ps_contacts, tables and functions named
// registrard_*, triggers, and views; and all of them are built so that
// Asterisk's later ALTER TABLEs still work (docs/schema.md says how). Down
// removes ours alone: Asterisk's tables stay, with their rows, even those that
// registrard had made.
//
// goose's table of versions is not all that is believed: Up and Down look at what
// is there, and make again what registrard had on a table that was dropped and
// made anew. They wait for locks in short tries, so that phones never wait for
// them for long.
//
// Everything happens in the schema that comes first in search_path.
package migrations
