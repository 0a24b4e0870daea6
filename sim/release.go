package sim

// release gives back the steps of messages after an action, if they are settled and
// nobody handles them any more. Only those who go one way through a run may do
// that: a search comes back.
func (w *World) release(out *Outcome) {
	if out.Finished {
		w.releaseSteps(int(out.Receipt.Msg))
	}
	for _, n := range w.moved {
		w.releaseSteps(int(n))
	}
}

func (w *World) releaseSteps(n int) {
	kind := w.kind(n)
	if !w.prog.begun(kind) || !w.queue.State(n).Settled() || len(w.outbox) > 0 && w.posted(kind) {
		return
	}
	for i := range w.workers {
		if wk := &w.workers[i]; wk.node != 0 && w.kind(int(wk.receipt.Msg)) == kind {
			return
		}
	}
	w.prog.release(kind)
}
