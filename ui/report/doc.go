// Package report writes what a story came to for those who compute with it: a lane in
// numbers, the strategies side by side, and every event as a line of JSON.
//
// Its field names are a promise to other people's programs. A field that changes its
// meaning changes the schema that a report names. How a run is told to a person is not
// here.
package report
