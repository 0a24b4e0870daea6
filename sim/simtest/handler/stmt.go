//lint:file-ignore SA1019 an old driver has nothing newer, and database/sql still asks it so

package handler

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"reflect"
)

// stmt is a prepared statement.
type stmt struct {
	c  *conn
	in driver.Stmt
	q  string
}

// convertingStmt is for drivers whose statements convert their arguments.
type convertingStmt struct {
	*stmt
	cc driver.ColumnConverter
}

// ColumnConverter returns the inner statement's converter.
func (s *convertingStmt) ColumnConverter(i int) driver.ValueConverter { return s.cc.ColumnConverter(i) }

// Close closes the statement.
func (s *stmt) Close() error {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	if s.c.severed {
		return nil
	}
	return s.in.Close()
}

// NumInput returns how many arguments the statement takes.
func (s *stmt) NumInput() int { return s.in.NumInput() }

// CheckNamedValue lets the inner statement convert an argument, or its connection.
func (s *stmt) CheckNamedValue(v *driver.NamedValue) error {
	if n, ok := s.in.(driver.NamedValueChecker); ok {
		return n.CheckNamedValue(v)
	}
	return s.c.CheckNamedValue(v)
}

// Exec executes the statement.
func (s *stmt) Exec(args []driver.Value) (driver.Result, error) {
	return s.ExecContext(context.Background(), named(args))
}

// Query executes the statement and reads.
func (s *stmt) Query(args []driver.Value) (driver.Rows, error) {
	return s.QueryContext(context.Background(), named(args))
}

// ExecContext executes the statement.
func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (r driver.Result, err error) {
	err = s.c.statement(ctx, asked{s.q, args, nil}, func(ctx context.Context) error {
		if x, ok := s.in.(driver.StmtExecContext); ok {
			r, err = x.ExecContext(ctx, args)
		} else {
			var old []driver.Value
			if old, err = positional(args); err == nil {
				r, err = s.in.Exec(old)
			}
		}
		s.c.affected(r, err)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// QueryContext executes the statement and reads.
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (r driver.Rows, err error) {
	err = s.c.statement(ctx, asked{s.q, args, func() { drainRows(r) }}, func(ctx context.Context) error {
		if x, ok := s.in.(driver.StmtQueryContext); ok {
			r, err = x.QueryContext(ctx, args)
		} else {
			var old []driver.Value
			if old, err = positional(args); err == nil {
				r, err = s.in.Query(old)
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.c.track(r), nil
}

// positional is what database/sql does for a driver that knows no names.
func positional(args []driver.NamedValue) ([]driver.Value, error) {
	values := make([]driver.Value, len(args))
	for i, a := range args {
		if a.Name != "" {
			return nil, errors.New("sql: driver does not support the use of Named Parameters")
		}
		values[i] = a.Value
	}
	return values, nil
}

func named(args []driver.Value) []driver.NamedValue {
	values := make([]driver.NamedValue, len(args))
	for i, a := range args {
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return values
}

// rows are an answer that is read later; a crash or a broken connection closes it.
type rows struct {
	c     *conn
	in    driver.Rows
	at    *place
	first bool
}

func (c *conn) track(in driver.Rows) driver.Rows {
	r := &rows{c: c, in: in, at: c.last, first: true}
	c.mu.Lock()
	c.rows[r] = struct{}{}
	c.mu.Unlock()
	return r
}

// drainRows reads an answer that nobody will read, so that it has happened.
func drainRows(r driver.Rows) {
	values := make([]driver.Value, len(r.Columns()))
	for r.Next(values) == nil {
		continue
	}
	r.Close()
}

// Columns returns the names of the columns.
func (r *rows) Columns() []string { return r.in.Columns() }

// Close ends the reading.
func (r *rows) Close() error {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	if _, open := r.c.rows[r]; !open {
		return nil
	}
	delete(r.c.rows, r)
	return r.in.Close()
}

// Next reads a row. It is no place: what is read was there when the query was made.
func (r *rows) Next(values []driver.Value) error {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	if _, open := r.c.rows[r]; !open {
		return lost("the connection")
	}
	err := r.in.Next(values)
	if r.first && r.at != nil {
		r.first = false
		if err == nil {
			r.at.came("found")
		} else if err == io.EOF {
			r.at.came("none")
		}
	}
	return err
}

// HasNextResultSet reports whether there is another answer.
func (r *rows) HasNextResultSet() bool {
	n, ok := r.in.(driver.RowsNextResultSet)
	return ok && n.HasNextResultSet()
}

// NextResultSet goes on to the next answer.
func (r *rows) NextResultSet() error {
	if n, ok := r.in.(driver.RowsNextResultSet); ok {
		return n.NextResultSet()
	}
	return io.EOF
}

// ColumnTypeScanType returns what database/sql takes where a driver does not say.
func (r *rows) ColumnTypeScanType(i int) reflect.Type {
	if n, ok := r.in.(driver.RowsColumnTypeScanType); ok {
		return n.ColumnTypeScanType(i)
	}
	return reflect.TypeFor[any]()
}

// ColumnTypeDatabaseTypeName returns the name of a column's type.
func (r *rows) ColumnTypeDatabaseTypeName(i int) string {
	if n, ok := r.in.(driver.RowsColumnTypeDatabaseTypeName); ok {
		return n.ColumnTypeDatabaseTypeName(i)
	}
	return ""
}

// ColumnTypeLength returns the length of a column's type.
func (r *rows) ColumnTypeLength(i int) (int64, bool) {
	if n, ok := r.in.(driver.RowsColumnTypeLength); ok {
		return n.ColumnTypeLength(i)
	}
	return 0, false
}

// ColumnTypeNullable reports whether a column may be null.
func (r *rows) ColumnTypeNullable(i int) (nullable, ok bool) {
	if n, has := r.in.(driver.RowsColumnTypeNullable); has {
		return n.ColumnTypeNullable(i)
	}
	return false, false
}

// ColumnTypePrecisionScale returns the precision of a decimal column.
func (r *rows) ColumnTypePrecisionScale(i int) (precision, scale int64, ok bool) {
	if n, has := r.in.(driver.RowsColumnTypePrecisionScale); has {
		return n.ColumnTypePrecisionScale(i)
	}
	return 0, 0, false
}
