// Package redis is a handler that deduplicates with a key in Redis, as many do: it takes
// the key with SET NX and an expiry, charges, and remembers that it has.
package redis

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrTaken is the answer to a message that another worker has.
var ErrTaken = errors.New("another worker has it")

// Service charges for orders.
type Service struct {
	Redis  *redis.Client
	Charge func(ctx context.Context, order string) error
}

// Handle charges for an order unless somebody has, or is about to.
func (s *Service) Handle(ctx context.Context, order string) error {
	done, err := s.Redis.Exists(ctx, "done:"+order).Result()
	if err != nil || done == 1 {
		return err
	}
	first, err := s.Redis.SetNX(ctx, "lease:"+order, "me", 30*time.Second).Result()
	if err != nil {
		return err
	}
	if !first {
		return ErrTaken
	}
	if err := s.Charge(ctx, order); err != nil {
		s.Redis.Del(ctx, "lease:"+order)
		return err
	}
	_, err = s.Redis.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, "done:"+order, "1", 24*time.Hour)
		p.Del(ctx, "lease:"+order)
		return nil
	})
	return err
}
