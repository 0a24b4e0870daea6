package scenarios

import (
	"slices"
	"strconv"
	"strings"

	"dejavu/sim"
	"dejavu/sim/spell"
)

// ClaimKind is what is claimed of a run.
type ClaimKind string

// The kinds of claim. Those of the first group are about what it came to, the others
// about the moment at which the answer is seen.
const (
	Harmed      ClaimKind = "harmed"  // harmed naive inbox: these lanes did not come through it, and no others
	EndsTwice   ClaimKind = "twice"   // naive twice m2 m3/mail: these, and no others
	EndsNever   ClaimKind = "never"   // naive never none
	EndsParked  ClaimKind = "parked"  // naive parked m2
	EndsPending ClaimKind = "pending" // naive pending m2
	HasTaken    ClaimKind = "taken"   // naive taken $335
	HasExcess   ClaimKind = "excess"  // naive excess $135
	HasMissing  ClaimKind = "missing" // naive missing $120

	Holds     ClaimKind = "holds"     // inbox holds m2: it has that written down, for others to see
	Queued    ClaimKind = "queue"     // naive queue m2 hidden: waiting, hidden, done or parked
	Delivered ClaimKind = "delivered" // naive delivered m2 2: so often, so far
	Did       ClaimKind = "did"       // naive did m2 2: it took effect so often, so far
	Performs  ClaimKind = "performs"  // inbox performs m2/2: that delivery takes effect, now or later
	Finds     ClaimKind = "finds"     // inbox finds m2/2: that delivery finds what an earlier one has written
	Waits     ClaimKind = "waits"     // inbox waits m3b: that delivery has to wait for a row lock
)

// claimKinds are the words that can follow the name of a lane.
var claimKinds = []ClaimKind{
	EndsTwice, EndsNever, EndsParked, EndsPending, HasTaken, HasExcess, HasMissing,
	Holds, Queued, Delivered, Did, Performs, Finds, Waits,
}

// Claim is one thing that is true of a run, or is not. Whether it is, is found in
// the run.
type Claim struct {
	Kind ClaimKind
	Not  bool
	// Lane is the lane that it is about; Harmed is about all lanes.
	Lane string
	// Names are the messages, lanes or the key that it names, in order; none, if it
	// says none.
	Names []string
	// Delivery is which delivery of Names[0].
	Delivery int
	// Count is a number of times, or an amount in the unit of the business.
	Count int64
	// State is where a message is: waiting, hidden, done, parked.
	State string
}

// queueStates are the places of a message, as people say them.
var queueStates = []string{"waiting", "hidden", "done", "parked"}

// claimForms are shown in the error about a wrong claim.
const claimForms = "such as naive twice m2 m3, inbox never none, harmed naive, naive excess $15, inbox holds m2, naive queue m2 hidden, inbox performs m2/2; join two with and"

// Claims reads claims about a run of the scenario, as a lesson writes them.
func (s *Scenario) Claims(text string) ([]Claim, error) {
	src, err := readText("claim", []byte(text))
	if err != nil {
		return nil, err
	}
	r := &lessonReader{source: src, run: s}
	for i := range s.Messages {
		r.ids = append(r.ids, s.Messages[i].ID)
	}
	w := &wording{r, &node{line: 1, col: 1, text: text}, strings.Fields(text)}
	return w.claims()
}

// claims reads claims that are joined by "and": all of them have to be true.
func (w *wording) claims() ([]Claim, error) {
	var all []Claim
	for part := range strings.SplitSeq(" "+strings.Join(w.left, " ")+" ", " and ") {
		one := &wording{w.lessonReader, w.at, strings.Fields(part)}
		c, err := one.claim()
		if err != nil {
			return nil, err
		}
		if err := one.done(); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// claim reads one.
func (w *wording) claim() (Claim, error) {
	c := Claim{Delivery: 1}
	word := w.next()
	if word == "not" {
		c.Not, word = true, w.next()
	}
	if word == string(Harmed) {
		c.Kind = Harmed
		return c, w.names(&c, w.checkLane)
	}
	if lanes := w.run.Consumers; !slices.Contains(lanes, word) {
		if near, ok := spell.Nearest(word, append([]string{"harmed", "not"}, lanes...)); ok {
			return c, w.fail(w.at, "a claim begins with a lane, and %q is none; did you mean %q?", word, near)
		}
		return c, w.fail(w.at, "a claim begins with a lane, one of %s: claim something %s", several(lanes), claimForms)
	}
	c.Lane = word
	c.Kind = ClaimKind(w.next())
	return c, w.claimSubject(&c)
}

// claimSubject reads what is claimed of a lane.
func (w *wording) claimSubject(c *Claim) (err error) {
	switch c.Kind {
	case EndsTwice, EndsNever, EndsParked, EndsPending:
		return w.names(c, func(name string) error {
			item := *w.at
			item.text = name
			return w.checkDebt(&item, w.ids, w.run.Business)
		})
	case HasTaken, HasExcess, HasMissing:
		c.Count, err = w.amount()
		return err
	case Holds:
		return w.names(c, func(string) error { return nil })
	case Performs, Finds, Waits:
		var message string
		message, c.Delivery, err = w.delivery()
		c.Names = []string{message}
		return err
	case Queued, Delivered, Did:
		message := w.next()
		if err := w.checkMessageName(message); err != nil {
			return err
		}
		c.Names = []string{message}
		return w.claimValue(c)
	}
	if c.Kind == "" {
		return w.fail(w.at, "what of %s? Claim something %s", c.Lane, claimForms)
	}
	known := make([]string, len(claimKinds))
	for i, k := range claimKinds {
		known[i] = string(k)
	}
	return w.fail(w.at, "unknown claim %q%s", string(c.Kind), suggest(string(c.Kind), known))
}

// claimValue reads where a message is, or how often something happened.
func (w *wording) claimValue(c *Claim) error {
	text := w.next()
	if c.Kind == Queued {
		if c.State = text; !slices.Contains(queueStates, text) {
			return w.fail(w.at, "where is %s? Unknown state %q%s", c.Names[0], text, suggest(text, queueStates))
		}
		return nil
	}
	n, err := number(0, sim.MaxDeliveries).parse(text)
	if err != nil {
		return w.fail(w.at, "how often? %v", err)
	}
	c.Count = int64(n)
	return nil
}

// names reads the rest as names, or as none.
func (w *wording) names(c *Claim, check func(string) error) error {
	if len(w.left) == 0 {
		return w.fail(w.at, "%s whom or what? Name it, or write none", c.Kind)
	}
	if len(w.left) == 1 && w.left[0] == "none" {
		w.next()
		return nil
	}
	for name := w.next(); name != ""; name = w.next() {
		if err := check(name); err != nil {
			return err
		}
		c.Names = append(c.Names, name)
	}
	return nil
}

// amount reads money where money is taken, and a number elsewhere.
func (w *wording) amount() (int64, error) {
	text := w.next()
	if w.run.Business.Info().Money {
		n, err := ParseMoney(text)
		if err != nil {
			return 0, w.fail(w.at, "how much? %v", err)
		}
		return n, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || !digits(text) {
		return 0, w.fail(w.at, "how many %s? Want a number such as 2, got %q", w.run.Business.Unit(), text)
	}
	return n, nil
}
