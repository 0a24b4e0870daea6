package pay_test

import (
	"context"
	"net"
	"time"

	"dejavu/sim/simtest"
)

// dialer is an Env as lib/pq wants one to dial with.
type dialer struct{ env *simtest.Env }

func (d dialer) Dial(network, addr string) (net.Conn, error) {
	return d.env.DialPostgres(context.Background(), network, addr)
}

func (d dialer) DialTimeout(network, addr string, _ time.Duration) (net.Conn, error) {
	return d.Dial(network, addr)
}

func (d dialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return d.env.DialPostgres(ctx, network, addr)
}
