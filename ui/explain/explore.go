package explain

import (
	"regexp"
	"slices"

	"dejavu/broker"
	"dejavu/sim"
)

// The message that a picture is drawn with says of each of its identities which
// one it is, so that a step shows what it keys on.
var specimen = broker.Message{
	ID: "message-id", Key: "business-key", Body: "body", Seq: 1, Group: "group", Customer: "Ann", Amount: 4000,
}

func lane(c sim.Consumer, b sim.Business) *sim.Lane {
	return &sim.Lane{
		Consumer: c, Business: b, Queue: broker.Default(),
		Messages: []sim.Owed{{ID: "m1", Message: specimen}},
	}
}

// mostWorlds bounds an exploration. One message and two faults come to far fewer.
const mostWorlds = 20_000

// explore visits every world that can be come to from one, until visit returns
// false.
func explore(from *sim.World, can func(sim.Action) bool, visit func(*sim.World) bool) {
	met := map[string]bool{}
	var menu []sim.Action
	for queue := []*sim.World{from}; len(queue) > 0 && len(met) < mostWorlds; queue = queue[1:] {
		w := queue[0]
		if !visit(w) {
			return
		}
		menu = w.AppendFaults(w.AppendFree(menu[:0]))
		for _, a := range menu {
			if !can(a) {
				continue
			}
			next := w.Clone()
			next.Do(a)
			if key := string(next.AppendKey(nil)); !met[key] && next.Err() == nil {
				met[key] = true
				queue = append(queue, next)
			}
		}
	}
}

// usual reports whether an action is of the kinds that every queue and process
// knows: what a handler's branches are there for.
func usual(a sim.Action) bool {
	switch a.Kind {
	case sim.Publish, sim.Deliver, sim.Begin, sim.Step, sim.TimeOut, sim.Undelay, sim.Retry, sim.Forget, sim.Expire,
		sim.Crash, sim.LoseAck, sim.LoseReply, sim.Fail, sim.Copy:
		return true
	}
	return false
}

// place is a place in a handler's tree: a step, and the ways on from there.
type place struct {
	sim.StepTaken
	ways []way
}

// way is an answer to a step, and what the handler does then.
type way struct {
	answer  string
	refused bool
	to      *place
}

// attempt returns the steps of a worker's attempt. A fencing token is the next number,
// whichever that is, and a handler does the same with each: in a picture they are one.
func attempt(w *sim.World, worker int) []sim.StepTaken {
	steps := w.Attempt(worker)
	for i := range steps {
		s := &steps[i]
		if s.Op == sim.OpAdd && !s.Refused {
			s.Answer = "token"
		}
		s.Value, s.Answer = counted.ReplaceAllString(s.Value, "${1}token$2"), counted.ReplaceAllString(s.Answer, "${1}token$2")
	}
	return steps
}

// counted is a word with a number that was handed out behind it: busy 2.
var counted = regexp.MustCompile(`([a-z] )[0-9]{1,2}("?)$`)

// grow adds the steps of an attempt to the trees of a consumer's handlers, each
// known by its first step.
func grow(trees []*place, steps []sim.StepTaken) []*place {
	if len(steps) == 0 {
		return trees
	}
	i := slices.IndexFunc(trees, func(p *place) bool { return same(&p.StepTaken, &steps[0]) })
	if i < 0 {
		i = len(trees)
		trees = append(trees, &place{StepTaken: steps[0]})
	}
	at := trees[i]
	for k := range steps[1:] {
		at = at.after(&steps[k], &steps[k+1])
	}
	return trees
}

func same(a, b *sim.StepTaken) bool {
	return a.Op == b.Op && a.Table == b.Table && a.Key == b.Key && a.Value == b.Value
}

// after returns the place that follows an answer, which is new or known.
func (p *place) after(said, next *sim.StepTaken) *place {
	for i := range p.ways {
		if p.ways[i].answer == said.Answer {
			return p.ways[i].to
		}
	}
	to := &place{StepTaken: *next}
	p.ways = append(p.ways, way{said.Answer, said.Refused, to})
	return to
}

// unfold returns the trees of a consumer's handlers: all steps that one message
// can lead to, with up to two faults.
func unfold(c sim.Consumer, b sim.Business) []*place {
	const faults = 2
	start := sim.New(lane(c, b), faults)
	var trees []*place
	for {
		asked := start.CountsDeliveries()
		explore(start.Clone(), usual, func(w *sim.World) bool {
			for i := range w.Workers() {
				trees = grow(trees, attempt(w, i))
			}
			return true
		})
		if start.CountsDeliveries() == asked {
			return trees
		}
		// A handler asks how often a message came, so worlds differ in it: once more.
	}
}
