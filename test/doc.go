// Package test holds what must be true of the whole tree, and the end-to-end
// tests with real phones.
package test
