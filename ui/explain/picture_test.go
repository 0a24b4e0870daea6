package explain

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/words"
)

var errBusy = errors.New("somebody else is at work")

// leased asks for a lease, and tells apart who has it.
var leased = sim.Consumer{Name: "leased", Handle: func(p *sim.Proc, m broker.Message) error {
	mine, err := p.Cache.PutIfAbsent(m.ID, "working", 20*time.Second)
	if err != nil {
		return err
	}
	if !mine {
		if state, _, err := p.Cache.Get(m.ID); err == nil && state == "finished" {
			return nil
		}
		return errBusy
	}
	if err := p.Perform(m); err != nil {
		_ = p.Cache.Delete(m.ID)
		return err
	}
	return p.Cache.Set(m.ID, "finished", 0)
}}

// open performs whether or not its store answers.
var open = sim.Consumer{Name: "open", Handle: func(p *sim.Proc, m broker.Message) error {
	if _, seen, err := p.Cache.Get(m.Key); err == nil && seen {
		return nil
	}
	if err := p.PerformOnce(m, p.NewID()); err != nil {
		return err
	}
	return p.Cache.Set(m.Key, "done", 0)
}}

func drawnAs(c sim.Consumer, b sim.Business) string {
	var lines []string
	for _, tr := range trunks(c, b) {
		p := picture(&tr, unfold(c, b), b)
		lines = append(lines, p.Lines(words.NoPaint)...)
	}
	return strings.Join(lines, "\n")
}

func TestAPictureHasTheBranchesThatMatterAndTheGaps(t *testing.T) {
	inbox, _ := consumers.Get("inbox")
	ackFirst, _ := consumers.Get("ack-first")
	fenced, _ := consumers.Get("lease-fenced")
	lru, _ := consumers.Get("memory-lru")
	for _, c := range []struct {
		consumer sim.Consumer
		business sim.Business
		want     string
	}{
		{inbox, sim.Card, `
  begin → insert inbox/message-id → charge ╌×2╌ commit → ack
          └ taken: rollback → ack`},
		{inbox, sim.Stock, `
  begin → insert inbox/message-id → take → commit → ack
          └ taken: rollback → ack`},
		{ackFirst, sim.Mail, `
  ack ╌×0╌ mail`},
		// What a handler does with an error is drawn where it is more than to hand it on,
		// and a branch of a branch below it.
		{leased, sim.Card, `
  cache-put-if-absent message-id=working → charge ╌×2╌ cache-set → ack
  └ taken: cache-get message-id
    └ working or not there: nack
    └ finished: ack
                               └ charge, error: cache-delete message-id → nack`},
		// A token is one number after another, and drawn once.
		{fenced, sim.Stock, `
  cache-get business-key → add tokens/business-key → cache-put-if-absent
  └ busy token: nack
  └ done: ack
                                                     └ taken: nack
    → take-fenced fence/business-key ╌×2╌ cache-set-if → ack
      └ error: cache-delete-if business-key → nack`},
		{lru, sim.Card, `
  remember-within message-id → charge ╌×2╌ ack
  └ there: ack
                               └ error: remove message-id → nack`},
		// Nor is it drawn that it goes on as if nothing had been: that is said.
		{open, sim.Card, `
  cache-get business-key → new-id → charge-once fresh-id ╌×2╌ cache-set → ack
  └ error: go on
  └ there: ack`},
	} {
		if got := "\n" + drawnAs(c.consumer, c.business); got != c.want {
			t.Errorf("%s with %s is drawn as%s\nwant%s", c.consumer.Name, c.business, got, c.want)
		}
	}
}

func TestAPictureCanBeToldInSentences(t *testing.T) {
	inbox, _ := consumers.Get("inbox")
	tr := trunks(inbox, sim.Card)[0]
	p := picture(&tr, unfold(inbox, sim.Card), sim.Card)
	want := "Steps: begin, insert inbox/message-id, charge, commit, ack. A crash between charge and commit: twice. At insert inbox/message-id, if taken: rollback, ack."
	if got := strings.Join(p.Sentences(), " "); got != want {
		t.Errorf("inbox is told as\n%s\nwant\n%s", got, want)
	}
}

func TestEveryConsumerHasAPictureThatFits(t *testing.T) {
	for _, c := range testkit.Sample(8, consumers.All()) {
		for _, b := range sim.Businesses() {
			text := drawnAs(c, b)
			for line := range strings.Lines(text) {
				if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > widest {
					t.Errorf("%s with %s: %d cells, at most %d: %s", c.Name, b, n, widest, line)
				}
			}
			if strings.Count(text, "\n") > 11 || text == "" {
				t.Errorf("%s with %s is drawn as\n%s\nwant 1 to 12 lines", c.Name, b, text)
			}
		}
	}
}

func TestTheCommentOfAConsumerIsItsText(t *testing.T) {
	for _, c := range consumers.All() {
		text := comment(c.Name)
		if len(text) == 0 || !strings.HasPrefix(text[0], c.Name+" ") {
			t.Errorf("the comment of %s is read as %q: want paragraphs, the first beginning with its name", c.Name, text)
		}
		if strings.Contains(strings.Join(text, " "), "//") {
			t.Errorf("the comment of %s has slashes left in it: %q", c.Name, text)
		}
	}
}

func TestSentencesEndWhereTheyEnd(t *testing.T) {
	got := sentences("One, e.g. this. Two? \"Three\" is three. Four")
	want := []string{"One, e.g. this.", "Two?", "\"Three\" is three.", "Four"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNearAreTheWordsThatSomebodyMayHaveMeant(t *testing.T) {
	for word, want := range map[string]string{"inbx": "inbox", "stnx": "SETNX", "visiblity timeout": "visibility timeout", "lock": "row lock", "kafka streams": "kafka", "idempotencey": "idempotent consumer"} {
		near := Near(word, 5)
		leads := slices.ContainsFunc(near, func(n string) bool { s, _ := Find(n); return s.Name == want })
		if !leads || len(near) > 5 {
			t.Errorf("near %q is %q, want a word among them that leads to %s", word, near, want)
		}
	}
	if near := Near("xyzzyplugh", 5); len(near) > 0 {
		t.Errorf("near a word of nobody is %q", near)
	}
}
