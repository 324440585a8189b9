// Package admin is HTTP for those who look after a node: may it live, is it
// ready, what has it counted.
//
// It may not know any other room: whether the node is ready is a function it is
// given. It asks nobody for a password, and so listens on loopback unless
// configured otherwise.
package admin
