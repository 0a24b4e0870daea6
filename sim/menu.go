package sim

// AppendFree appends to a slice those actions of the menu that cost no fault, in the
// order of the menu.
func (w *World) AppendFree(menu []Action) []Action {
	for n := range int32(w.queue.Len()) {
		menu = w.offer(menu, Action{Kind: Publish, Msg: n}, 0)
		for i := range w.workers {
			if w.workers[i].node == 0 {
				menu = w.offer(menu, Action{Kind: Deliver, Msg: n, Worker: int8(i)}, 0)
			}
		}
		for _, k := range [...]Kind{TimeOut, Undelay, Forget} {
			menu = w.offer(menu, Action{Kind: k, Msg: n}, 0)
		}
	}
	for i := range w.workers {
		if w.workers[i].node != 0 {
			menu = w.offer(menu, Action{Kind: Step, Worker: int8(i)}, 0)
		}
	}
	for i := range w.cache {
		menu = w.offer(menu, Action{Kind: Expire, Key: w.cache[i].key}, 0)
	}
	return menu
}

// AppendFaults appends to a slice those actions of the menu that cost a fault, in the
// order of the menu.
func (w *World) AppendFaults(menu []Action) []Action {
	for n := range int32(w.queue.Len()) {
		for _, k := range [...]Kind{TimeOut, Copy, Republish, RepublishAs} {
			menu = w.offer(menu, Action{Kind: k, Msg: n}, 1)
		}
	}
	for i := range w.workers {
		if w.workers[i].node == 0 {
			continue
		}
		for _, k := range [...]Kind{Crash, LoseAck, LoseReply, Fail} {
			menu = w.offer(menu, Action{Kind: k, Worker: int8(i)}, 1)
		}
	}
	for i := range w.cache {
		menu = w.offer(menu, Action{Kind: Expire, Key: w.cache[i].key}, 1)
	}
	return w.offer(menu, Action{Kind: Restart}, 1)
}

func (w *World) offer(menu []Action, a Action, cost int) []Action {
	if w.Can(a) && w.Cost(a) == cost {
		menu = append(menu, a)
	}
	return menu
}
