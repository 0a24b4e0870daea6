package pay_test

import (
	"testing"
)

func BenchmarkSQLite(b *testing.B) { benchmark(b, sqlite) }
