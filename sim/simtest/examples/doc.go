// Package examples holds real handlers and their tests with simtest.Handler: package pay
// has five versions of a payment service on SQLite and PostgreSQL, package adapters
// takes handlers of six queue libraries, package redis one with a lock.
//
// It is a module of its own, so that what these need is no requirement of dejavu. The
// tests on PostgreSQL want a server: DEJAVU_POSTGRES names it, and they are skipped
// without. DEJAVU_LONG=1 tries all pairs of faults there, and not only single ones.
package examples
