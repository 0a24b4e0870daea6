package sim

import "dejavu/broker"

// crash kills the process of a worker.
func (w *World) crash(out *Outcome) {
	wk := &w.workers[out.Worker]
	out.Node, out.Receipt, out.Finished = wk.node, wk.receipt, true
	w.prog.numberNames(&w.prog.nodes[wk.node])
	out.Undone = w.kill(w.process(int(out.Worker)))
}

// kill ends a process: its memory is gone, its open transactions are rolled back
// and their row locks freed, its connections closed. Leases stay: nobody is left
// to give them up. It returns whether anything was rolled back.
func (w *World) kill(process int) bool {
	undone := false
	w.memory[process] = memory{}
	for i := process * w.threads; i < min((process+1)*w.threads, len(w.workers)); i++ {
		wk := &w.workers[i]
		if i == w.relay {
			w.putBack(broker.Ready)
		}
		undone = w.endTx(i, false) || undone
		*wk = worker{}
		w.disconnect(i)
	}
	return undone
}
