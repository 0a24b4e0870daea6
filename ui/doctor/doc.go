// Package doctor refutes misconceptions: for each of them it has the shortest run that
// shows that it is not so.
//
// Nothing of a refutation is written down but what to look for. Most are a question
// for the search, which finds the fewest faults that break what somebody believes in,
// and tells them over the source of a consumer. The others name a scenario, and claim
// of its run, in the language of the lessons, what refutes the belief. The tests hold
// that every one of them still refutes.
package doctor
