package identify

import (
	"slices"

	"registrard/asterisk"
	"registrard/asterisk/by"
)

// identifiers is what each method does: its find notes what it looked up, and
// ends the search where it finds an endpoint or an error.
var identifiers = [...]struct {
	method by.Method
	find   func(*search)
}{
	{by.IP, (*search).byIP},
	{by.Username, (*search).byUsername},
	{by.AuthUsername, (*search).byAuthUsername},
	{by.Header, (*search).byHeader},
	{by.RequestURI, (*search).byRequestURI},
	{by.Anonymous, (*search).byAnonymous},
}

// unorderedOrder is by.Default and then what it doesn't name, as in Asterisk,
// where an identifier outside the order comes last
// (ast_sip_register_endpoint_identifier_with_name): a row with match_header
// works though nobody wrote an order. Whoever writes one is taken at his word.
var unorderedOrder = append(slices.Clone(by.Default), by.Header, by.RequestURI)

// Methods are what Find tries at a site, in order.
func (c *Chain) Methods(site *asterisk.Site) []by.Method {
	switch {
	case site.Global.EndpointIdentifierOrder != nil:
		return site.Global.EndpointIdentifierOrder
	case len(c.Order) == 0 || slices.Equal(c.Order, by.Default):
		return unorderedOrder
	}
	return c.Order
}

// try runs one identifier, none for a word that is no method; true ends the
// search.
func (s *search) try(m by.Method) bool {
	for i := range identifiers {
		if identifiers[i].method == m {
			identifiers[i].find(s)
			break
		}
	}
	return s.finding.Endpoint != nil || s.err != nil
}
