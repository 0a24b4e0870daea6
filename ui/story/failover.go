package story

import "dejavu/sim"

// rootedInFailover finds out whether what was done was lost in a failover of the
// stores, and tells of it.
func (c *causes) rootedInFailover(m *Mark) bool {
	for i := range m.Event + 1 {
		e := c.event(i)
		if e.Kind != sim.LoseWrites || !e.Undone || c.Run.World().Owed(int(e.Receipt.Msg)) != m.Owed {
			continue
		}
		for k := range i {
			if d := c.event(k); d.Done && d.Op.Performs() && d.Receipt == e.Receipt {
				c.tell(k, doneBefore)
			}
		}
		c.tell(i, atRoot)
		if last := c.nextLook(m.Owed, i); last >= 0 {
			c.tell(last, telling)
		}
		c.weight[m.Event] = onTheWay
		for at := i; at >= 0 && c.struck < 0; at-- {
			if o := c.event(at); o.Kind == sim.LoseWrites && o.Fault >= 0 {
				c.struck = at
			}
		}
		return c.struck >= 0
	}
	return false
}

// nextLook returns the first event after another that found what is owed recorded, or
// -1.
func (l *Lane) nextLook(owed, after int) int {
	for i := after; i < l.Run.Len(); i++ {
		if l.owedOf(i) == owed && finds(l.event(i)) {
			return i
		}
	}
	return -1
}
