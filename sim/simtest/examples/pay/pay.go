// Package pay is a payment service of the kind that handles messages: five versions of
// one handler, from naive to right, over any database/sql driver and any gateway.
package pay

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Schema is what a Service needs.
const Schema = `
CREATE TABLE IF NOT EXISTS payments (order_id text PRIMARY KEY, cents int NOT NULL);
CREATE TABLE IF NOT EXISTS orders (id text PRIMARY KEY, state text NOT NULL);`

// Service charges for orders.
type Service struct {
	DB      *sql.DB
	Client  *http.Client
	Gateway string // where the gateway is
}

// Naive charges, then writes down that it has.
func (s *Service) Naive(ctx context.Context, order string) error {
	if err := s.charge(ctx, order, ""); err != nil {
		return err
	}
	_, err := s.record(ctx, s.DB, order)
	return err
}

// LookThenInsert looks first whether the order was paid.
func (s *Service) LookThenInsert(ctx context.Context, order string) error {
	var cents int
	err := s.DB.QueryRowContext(ctx, "SELECT cents FROM payments WHERE order_id = $1", order).Scan(&cents)
	if err == nil {
		return nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return s.Naive(ctx, order)
}

// InsertFirst writes down that the order is paid, then charges.
func (s *Service) InsertFirst(ctx context.Context, order string) error {
	first, err := s.record(ctx, s.DB, order)
	if err != nil || !first {
		return err
	}
	return s.charge(ctx, order, "")
}

// OneTransaction does both in one transaction.
func (s *Service) OneTransaction(ctx context.Context, order string) error {
	return s.inTransaction(ctx, order, "")
}

// OneTransactionAndKey does the same, and hands the gateway an idempotency key.
func (s *Service) OneTransactionAndKey(ctx context.Context, order string) error {
	return s.inTransaction(ctx, order, order)
}

func (s *Service) inTransaction(ctx context.Context, order, key string) error {
	tx, err := s.DB.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	first, err := s.record(ctx, tx, order)
	if err != nil || !first {
		return err
	}
	if err := s.charge(ctx, order, key); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE orders SET state = 'paid' WHERE id = $1", order); err != nil {
		return err
	}
	return tx.Commit()
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// record writes down that an order is paid. It reports whether it is the first to do so.
func (s *Service) record(ctx context.Context, db execer, order string) (first bool, err error) {
	r, err := db.ExecContext(ctx, "INSERT INTO payments (order_id, cents) VALUES ($1, 4000) ON CONFLICT DO NOTHING", order)
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n == 1, err
}

// charge asks the gateway for the money.
func (s *Service) charge(ctx context.Context, order, key string) error {
	body := url.Values{"order": {order}, "cents": {"4000"}}.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Gateway+"/v1/charges", strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	resp, err := s.Client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("gateway: %s", resp.Status)
	}
	return nil
}
