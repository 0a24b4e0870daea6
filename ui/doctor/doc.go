// Package doctor refutes misconceptions: for each it has the shortest run that shows the
// opposite.
//
// Most refutations are computed: the search finds the fewest faults that break a
// consumer, and shows them at the lines of its source. The others name a scenario and a
// claim about its run, in the language of the lessons. The tests hold that each of them
// still refutes.
package doctor
