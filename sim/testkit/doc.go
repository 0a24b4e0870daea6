// Package testkit is what the tests of this repository share: golden files, and two
// tiers of tests.
//
// # Golden files
//
// Golden holds a text to a file. One variable rewrites every golden file, the scripts
// of the commands and the outputs in README.md:
//
//	DEJAVU_UPDATE=1 go test ./...
//
// Name fewer packages, or add -run, to rewrite fewer files. Then read what changed, as
// a diff. It is a variable, not a flag: go test ./... hands a flag to every package, and
// a package without golden files would refuse it.
//
// # Two tiers
//
// The short tier is what go test ./... runs. It takes about a minute on two cores.
// The long tier tries everything, takes several minutes, and is part of .ci/run:
//
//	DEJAVU_LONG=1 go test ./...
//
// A test that tries many cases asks Sample or Few for its cases. A test that cannot be
// sampled begins with Long. Let the short tier keep a part of each claim. A package that
// takes seconds calls CollectLess.
//
// Only tests, scenarios/scenariotest and sim/simtest import this package.
package testkit

// T is what a helper needs of a test: *testing.T and *rapid.T have it.
type T interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}
