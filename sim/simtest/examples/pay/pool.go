package pay

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"
)

// PoolService charges for orders by pgx itself, without database/sql.
type PoolService struct {
	Pool    *pgxpool.Pool
	Client  *http.Client
	Gateway string
	// Keyed says that the gateway is handed an idempotency key.
	Keyed bool
}

// Charge notes the payment and charges in one transaction.
func (s *PoolService) Charge(ctx context.Context, order string) error {
	tx, err := s.Pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	tag, err := tx.Exec(ctx, "INSERT INTO payments (order_id, cents) VALUES ($1, 4000) ON CONFLICT DO NOTHING", order)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	key := ""
	if s.Keyed {
		key = order
	}
	bank := Service{Client: s.Client, Gateway: s.Gateway}
	if err := bank.charge(ctx, order, key); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE orders SET state = 'paid' WHERE id = $1", order); err != nil {
		return err
	}
	return tx.Commit(ctx)
}
