package sim

import "dejavu/broker"

// AppendFree appends to a slice those actions of the menu that cost no fault, in the
// order of the menu. It asks neither [World.Can] where one look rules out several nor
// [World.Cost] where it is known: a search spent an eighth of its time on that.
//
//go:norace
func (w *World) AppendFree(menu []Action) []Action {
	for n := range int32(w.queue.Len()) {
		switch w.queue.State(int(n)) {
		case broker.Unpublished:
			menu = w.offerAt(menu, Action{Kind: Publish, Msg: n}, 0)
		case broker.Ready:
			for i := range len(w.workers) - w.relays() {
				if w.workers[i].node == 0 {
					menu = w.offer(menu, Action{Kind: Deliver, Msg: n, Worker: int8(i)})
				}
			}
		case broker.InFlight:
			menu = w.offerAt(menu, Action{Kind: TimeOut, Msg: n}, 0)
		case broker.Delayed:
			menu = w.offer(menu, Action{Kind: Undelay, Msg: n})
		}
		if w.relay != broker.None {
			menu = w.offer(menu, Action{Kind: Deliver, Msg: n, Worker: int8(w.relay)})
			menu = w.offer(menu, Action{Kind: Retry, Msg: n})
		}
		if w.queue.Remembers(int(n)) {
			menu = w.offer(menu, Action{Kind: Forget, Msg: n})
		}
	}
	for i := range w.workers {
		if w.workers[i].node != 0 {
			menu = w.offer(menu, Action{Kind: Step, Worker: int8(i)})
		}
	}
	for i := range w.cache {
		menu = w.offerAt(menu, Action{Kind: Expire, Key: w.cache[i].key}, 0)
	}
	return w.offer(menu, Action{Kind: StoreUp})
}

// AppendFaults appends to a slice those actions of the menu that cost a fault, in the
// order of the menu.
//
//go:norace
func (w *World) AppendFaults(menu []Action) []Action {
	for n := range int32(w.queue.Len()) {
		for _, k := range [...]Kind{Publish, TimeOut} {
			menu = w.offerAt(menu, Action{Kind: k, Msg: n}, 1)
		}
		for _, k := range [...]Kind{Copy, Republish, RepublishAs, Redrive, RedriveAs, ForgetAck} {
			menu = w.offer(menu, Action{Kind: k, Msg: n})
		}
	}
	for i := range w.workers {
		if w.workers[i].node == 0 {
			continue
		}
		for _, k := range [...]Kind{Crash, LoseAck, LoseReply, Fail} {
			menu = w.offer(menu, Action{Kind: k, Worker: int8(i)})
		}
	}
	for i := range w.cache {
		menu = w.offerAt(menu, Action{Kind: Expire, Key: w.cache[i].key}, 1)
	}
	menu = w.appendForgetting(menu)
	for _, k := range [...]Kind{Restart, StoreDown, LoseWrites} {
		menu = w.offer(menu, Action{Kind: k})
	}
	return menu
}

// appendForgetting appends what stores may forget of what they were to keep for a
// time or up to a number: rows, and keys in memory. Each is a fault.
//
//go:norace
func (w *World) appendForgetting(menu []Action) []Action {
	for i := range w.rows {
		if r := &w.rows[i]; r.kept > 0 {
			menu = w.offer(menu, Action{Kind: Expire, Table: r.table, Key: r.key})
		}
	}
	for p := range w.memory {
		for _, key := range w.memory[p].recent {
			menu = w.offer(menu, Action{Kind: Evict, Worker: int8(p * w.threads), Key: key})
		}
	}
	return menu
}

//go:norace
func (w *World) offer(menu []Action, a Action) []Action {
	if w.Can(a) {
		menu = append(menu, a)
	}
	return menu
}

// offerAt offers what may be free or a fault only for the given cost.
//
//go:norace
func (w *World) offerAt(menu []Action, a Action, cost int) []Action {
	if w.Can(a) && w.Cost(a) == cost {
		menu = append(menu, a)
	}
	return menu
}
