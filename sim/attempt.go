package sim

import "slices"

// StepTaken is a step of an attempt, and what it was answered: what a picture of a
// handler is drawn from.
type StepTaken struct {
	Op         Op
	Table, Key string
	Value      string // what it writes or, at a return or panic, what the handler said
	InTx       bool
	// Answer is the answer in words, as [Run.Answer] gives it; "" for the step that
	// is pending. Refused says that it is an error.
	Answer  string
	Refused bool
	// Failed says that Op is a return with an error.
	Failed bool
}

// Attempt returns the steps that a worker has taken in its attempt, and last the
// one that it will take next. It is empty for a worker that is idle.
func (w *World) Attempt(worker int) []StepTaken {
	var steps []StepTaken
	p := w.prog
	at := w.workers[worker].node
	for answer, pending := int32(0), true; at != 0; pending = false {
		n := &p.nodes[at]
		t := StepTaken{Op: n.op, Table: n.table, Key: n.key, Value: n.value, InTx: n.tx, Failed: n.failed}
		if n.op == OpReturn || n.op == OpPanic {
			t.Value = n.say
		}
		if !pending {
			t.Answer, t.Refused = p.answered(n.op, answer), answerError(answer) != nil
		}
		steps = append(steps, t)
		at, answer = n.parent, n.answer
	}
	slices.Reverse(steps)
	return steps
}
