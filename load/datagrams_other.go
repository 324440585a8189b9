//go:build !linux

package load

import "context"

func openDatagrams(ctx context.Context, targets []target) (transport, error) {
	return openPlain(ctx, targets)
}
