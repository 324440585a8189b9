//go:build !linux

package sip

import "context"

// batches is the fast form of a UDP socket, which this system doesn't have.
type batches struct{}

func openBatches(*datagrams) *batches { return nil }

func (*batches) serve(context.Context) {}
