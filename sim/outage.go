package sim

import "time"

// planWorld plans what befalls all processes, the broker or the stores.
func (t *Timeline) planWorld(f Fault, index int32) {
	d := due{at: int64(f.At), class: classWorld, fault: index}
	d.kind = f.Kind.Info().Actions[0]
	if d.kind == StoreDown {
		up := d
		up.kind, up.at, up.fault = StoreUp, d.at+int64(f.For), -1
		t.push(up)
	}
	for range max(f.Last, 1) {
		t.push(d)
	}
}

// Faults that strike the world are drawn at a publish, to strike up to half a
// minute later.
const (
	drawnWithin = 30 * time.Second
	drawnEvery  = 500 * time.Millisecond
)

// world draws whether a fault strikes the world, and how long after a publish.
func (l *luck) world(kind FaultKind, rate float64, id string) (after time.Duration, strikes bool) {
	strikes = l.alone(kind, rate, id)
	return time.Duration(l.pick(int(drawnWithin/drawnEvery))+1) * drawnEvery, strikes
}

// drawWorld draws what befalls the world after the publish of a message.
func (t *Timeline) drawWorld(id string) {
	for i := range faults {
		row := &faults[i]
		if row.Strikes != AtWorld || t.rates.of[i] == 0 {
			continue
		}
		after, strikes := t.luck.world(row.Kind, t.rates.of[i], id)
		f := Fault{Kind: row.Kind, At: time.Duration(t.now) + after, Drawn: true}.Normal()
		if strikes && !t.spared(f) {
			t.planWorld(f, t.tape.drawn(f))
		}
	}
}

// overlaps counts the outages under way, and reports whether what is due only begins
// or ends one while another goes on.
func (t *Timeline) overlaps(d *due) bool {
	switch d.kind {
	case StoreDown:
		t.outages++
		return t.outages > 1
	case StoreUp:
		t.outages--
		return t.outages > 0
	}
	return false
}

// outOfReach makes a step of what was to fail, or to lose its reply, and does not
// come to that: the store that it goes to is down.
func (t *Timeline) outOfReach(d *due) {
	if t.world.down && (d.kind == Fail || d.kind == LoseReply) && !t.world.Can(d.action()) {
		d.kind, d.fault = Step, -1
	}
}

// replaced reports whether what was to expire is not there, or no longer what was
// written then. Should a failover of the stores bring it back, its time is over.
func (t *Timeline) replaced(d *due) bool {
	w, write := t.world, int32(0)
	if d.table == AtBank { // a key is not written over, and no failover brings it back
		return !w.honoured.has(d.key)
	}
	if i, found := w.rows.retained(d.table, d.key); found && d.table != 0 {
		write = w.rows[i].kept
	}
	if i, found := w.cache.at(d.key); found && d.table == 0 {
		write = w.cache[i].write
	}
	if write == d.turn {
		return false
	}
	if w.journal.on {
		if t.lapsed == nil {
			t.lapsed = map[int32]bool{}
		}
		t.lapsed[d.turn] = true
	}
	return true
}

// lapse lets that expire at once which a failover has brought back after its time.
func (t *Timeline) lapse() {
	w := t.world
	for i := range w.rows {
		if r := &w.rows[i]; r.kept > 0 && t.lapsed[r.kept] {
			t.push(due{at: t.now, class: classDeadline, kind: Expire, table: r.table, key: r.key, turn: r.kept, fault: -1})
		}
	}
	for i := range w.cache {
		if e := &w.cache[i]; e.lasts > 0 && t.lapsed[e.write] {
			t.push(due{at: t.now, class: classDeadline, kind: Expire, key: e.key, turn: e.write, fault: -1})
		}
	}
}
