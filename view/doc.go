// Package view is what people are shown and how they ask for it: the rows of
// `registrard show`, of the node's page and of /api/v1/, one Go type a list,
// with the names that scripts see; filters, and the place where a page ends.
//
// It may not know any other room: store fills these types, admin and
// cmd/registrard print them. None of them has a field for a secret, so that
// none can be shown.
package view
