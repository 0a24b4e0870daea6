package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Rates are probabilities of faults, from 0 to 1, by kind: per delivery for those
// that strike an attempt, per message for the others: what befalls all processes or
// the stores does so within half a minute of its publish. What strikes a
// delivery is drawn from (seed, message, delivery) alone, so it is the same in
// every lane. A nil map draws nothing.
type Rates map[FaultKind]float64

// RateKinds are the kinds that can be drawn, in the order in which they are.
func RateKinds() []FaultKind {
	return []FaultKind{
		LoseAckFault, CrashFault, PauseFault, FailFault, LoseReplyFault, SlowFault,
		CopyFault, RepublishFault, RedriveFault, DelayFault, RestartFault, ForgetAcksFault, LoseWritesFault, StoreDownFault,
	}
}

// Validate says which rate cannot be, and why.
func (r Rates) Validate() error {
	known := 0
	for _, k := range RateKinds() {
		rate, set := r[k]
		if set {
			known++
		}
		if !(rate >= 0 && rate <= 1) {
			return fmt.Errorf("rate of %s is %v: 0%% to 100%%", k, rate)
		}
	}
	if known != len(r) {
		return fmt.Errorf("rates draw %s, and nothing else", joinKinds(RateKinds()))
	}
	return nil
}

func joinKinds(kinds []FaultKind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// Any reports whether anything is left to chance.
func (r Rates) Any() bool {
	return slices.ContainsFunc(RateKinds(), func(k FaultKind) bool { return r[k] > 0 })
}

// String returns the rates as --rates takes them: lose-ack=5%,crash=3%.
func (r Rates) String() string {
	var parts []string
	for _, k := range RateKinds() {
		if rate := r[k]; rate > 0 {
			parts = append(parts, string(k)+"="+strconv.FormatFloat(rate*100, 'g', 10, 64)+"%")
		}
	}
	return strings.Join(parts, ",")
}

// ParseRates reads rates as String writes them.
func ParseRates(text string) (Rates, error) {
	rates := Rates{}
	for part := range strings.SplitSeq(text, ",") {
		name, value, found := strings.Cut(part, "=")
		if !found {
			return nil, fmt.Errorf("rate %q: want KIND=RATE, such as lose-ack=5%%", part)
		}
		kind := FaultKind(name)
		if err := kind.check(); err != nil {
			return nil, err
		}
		if _, twice := rates[kind]; twice {
			return nil, fmt.Errorf("two rates of %s: give one", kind)
		}
		rate, err := ParseRate(value)
		if err != nil {
			return nil, err
		}
		rates[kind] = rate
	}
	return rates, nil
}

// ParseRate reads a probability: 5% or 0.05.
func ParseRate(text string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	rate, err := strconv.ParseFloat(number, 64)
	if percent {
		rate /= 100
	}
	if err != nil || !(rate >= 0 && rate <= 1) {
		return 0, fmt.Errorf("want a rate from 0%% to 100%%, such as 5%%, got %q", text)
	}
	return rate, nil
}

// draw is what chance does to one attempt. The stream is read in one order, all
// of it every time, so that a change of one rate changes the luck of no other. New
// kinds are drawn last: that leaves the seeds that people have written down as
// they were.
type draw struct {
	loseAck, crash, pause, fail, loseReply, slow bool
	crashAt, pauseAt                             int8 // index into drawnPoints
}

// drawnPoints are where a drawn crash or pause strikes. Every consumer has them.
var drawnPoints = [...]struct{ before, after string }{
	{before: PointEffect}, {after: PointEffect}, {before: PointAck},
}

// rateTable is Rates without the map, for the inner loop.
type rateTable struct {
	loseAck, crash, pause, fail, loseReply, slow float64
	copy, republish, redrive, delay              float64
	attempts, messages                           bool // whether any of that sort is set
	world                                        [len(worldKinds)]float64
}

func (r Rates) table() rateTable {
	t := rateTable{
		loseAck: r[LoseAckFault], crash: r[CrashFault], pause: r[PauseFault], fail: r[FailFault],
		loseReply: r[LoseReplyFault], slow: r[SlowFault], copy: r[CopyFault], republish: r[RepublishFault],
		redrive: r[RedriveFault], delay: r[DelayFault],
	}
	t.attempts = t.loseAck+t.crash+t.pause+t.fail+t.loseReply+t.slow > 0
	t.messages = t.copy+t.republish+t.redrive > 0
	for i, k := range worldKinds {
		t.world[i] = r[k]
	}
	return t
}

// attempt draws for one delivery of a broker message.
func (l *luck) attempt(t *rateTable, id string, letter int8, delivery int) draw {
	l.about(id, letter, delivery)
	var d draw
	d.loseAck = l.chance(t.loseAck)
	d.crash, d.crashAt = l.chance(t.crash), int8(l.pick(len(drawnPoints)))
	d.pause, d.pauseAt = l.chance(t.pause), int8(l.pick(len(drawnPoints)))
	d.fail = l.chance(t.fail)
	d.loseReply = l.chance(t.loseReply)
	d.slow = l.chance(t.slow)
	return d
}

// messageDraw is what chance does to a message itself.
type messageDraw struct {
	copied, again, againAs, redriven, redrivenAs bool
}

// message draws for a message itself: whether it is copied, published again, and
// redriven, and whether the latter two are under a new message ID.
func (l *luck) message(t *rateTable, id string) messageDraw {
	l.about(id, 0, 0)
	var d messageDraw
	d.copied = l.chance(t.copy)
	d.again = l.chance(t.republish)
	d.againAs = l.pick(2) == 1
	d.redriven = l.chance(t.redrive)
	d.redrivenAs = l.pick(2) == 1
	return d
}

// delayed draws whether a message is delayed. It has a stream of its own, for it is
// asked for before the message is there.
func (l *luck) delayed(t *rateTable, id string) bool {
	l.about("delay "+id, 0, 0)
	return l.chance(t.delay)
}
