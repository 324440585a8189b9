// Package migrations brings a database to the schema that registrard needs, from an empty one or from one made by Asterisk's tools.
package migrations
