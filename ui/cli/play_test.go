package cli

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/grid"
	"dejavu/ui/play"
	"dejavu/ui/report"
	"dejavu/ui/story"
	"dejavu/ui/term"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// seat is a place before a terminal, on which a screen is left as it is told.
type seat struct {
	*streams
	out, err *bytes.Buffer
	shown    *shown // what the screen was asked to show, or nil
	leaves   func(play.Start) (term.Exit, error)
}

// shown is what is shown, and where.
type shown struct {
	play.Start
	term.Terminal
}

func sit(env ...string) *seat {
	s, out, err := desk("")
	at := &seat{streams: s, out: out, err: err, leaves: func(play.Start) (term.Exit, error) { return term.Exit{}, nil }}
	s.inTerminal, s.outTerminal, s.getenv = true, true, lookup(append(env, "TERM=xterm")...)
	s.play = func(o play.Start, on term.Terminal) (term.Exit, error) {
		at.shown = &shown{o, on}
		return at.leaves(o)
	}
	return at
}

// screen returns what the screen is asked to show for a command line.
func screen(t interface {
	Helper()
	Fatalf(string, ...any)
}, line string, env ...string) *shown {
	t.Helper()
	at := sit(env...)
	if code := execute(at.streams, strings.Fields(line)); code != exitOK || at.shown == nil {
		t.Fatalf("%s: exit status %d, screen %v: %s", line, code, at.shown != nil, at.err)
	}
	return at.shown
}

func TestTheMenuIsShownToWhoeverNamesNothing(t *testing.T) {
	for _, line := range []string{"", "play", "play --present"} {
		o := screen(t, line)
		var names []string
		for _, s := range o.Menu {
			names = append(names, s.Name)
		}
		if o.Scenario != nil || !slices.Equal(names, scenarios.Names()) || o.Led != flagship || o.At >= 0 {
			t.Errorf("%q: %v, led by %v, at %v", line, names, o.Led, o.At)
		}
	}
}

func TestTheScreenIsToldAllThatWasTyped(t *testing.T) {
	o := screen(t, "play lost-ack-then-crash --consumers inbox,naive --business mail --profile sqs-fifo --rates crash=3% --seed 9 "+
		"--with copy:m1 --without crash:m3/before-ack --at 0:41.63 --present --speed 2 --theme light --ascii --reduced-motion --no-guess --no-mouse", "COLORTERM=truecolor")
	s := o.Scenario
	if !slices.Equal(s.Consumers, []string{"inbox", "naive"}) || s.Business != sim.Mail || s.Queue.Name != "sqs-fifo" || s.Rates.String() != "crash=3%" || s.Seed != 9 {
		t.Errorf("got %+v", s)
	}
	own, _ := scenarios.Get("lost-ack-then-crash")
	if !slices.Equal(s.Faults, own.Faults) || s.Spared != nil {
		t.Errorf("the faults are %v: they belong to the file, what was added is an edit", s.Faults)
	}
	edits := whatif.Edits{With: []sim.Fault{{Kind: sim.CopyFault, Message: "m1"}}, Without: []sim.Fault{{Kind: sim.CrashFault, Message: "m3"}}}
	if !o.Edits.Equal(edits) {
		t.Errorf("edits are %v, want %v", o.Edits, edits)
	}
	if o.At != 41630*time.Millisecond || o.Harm != 0 || o.Speed != 2 || o.Theme != &grid.Light || o.Depth != grid.TrueColor ||
		!o.Present || !o.ASCII || !o.ReducedMotion || !o.NoGuess || !o.NoMouse {
		t.Errorf("got %+v", o)
	}
	if line := o.Next(s); line != "dejavu play crash-after-effect" {
		t.Errorf("next is %q", line)
	}
	o = screen(t, "play lost-ack --at harm:1", "LANG=C", "NO_COLOR=1")
	if o.Harm != 1 || o.At >= 0 || !o.ASCII || o.Theme != &grid.Mono || o.Depth != grid.NoColor || o.Speed != 1 || o.Present || o.NoGuess || o.NoMouse || o.ReducedMotion {
		t.Errorf("got %+v", o)
	}
	if o := screen(t, "play lost-ack --ascii=false", "LANG=C"); o.ASCII {
		t.Error("a flag should beat the locale")
	}
}

// Where there is no screen the story is told, and how to get one.
func TestWithoutAScreenTheStoryIsTold(t *testing.T) {
	for _, c := range []struct {
		line       string
		in, out    bool
		term, says string
	}{
		{"", false, false, "xterm", "for the screen, run it on a terminal: dejavu play\n"},
		{"play", true, false, "xterm", "for the screen, run it on a terminal: dejavu play\n"},
		{"play lost-ack-then-crash", false, true, "xterm", "for the screen, run it on a terminal: dejavu play lost-ack-then-crash\n"},
		{"play lost-ack-then-crash --at harm:1 --ascii", false, false, "", "for the screen, run it on a terminal: dejavu play lost-ack-then-crash --ascii --at harm:1\n"},
		{"play lost-ack-then-crash --theme mono --at 41.6", true, true, "dumb", "for the screen, run it on a terminal that is not dumb: dejavu play lost-ack-then-crash --theme mono --at 0:41.6\n"},
		{"play lost-ack-then-crash --plain", true, true, "xterm", "for the screen, leave out --plain: dejavu play lost-ack-then-crash\n"},
	} {
		at := sit()
		at.inTerminal, at.outTerminal, at.getenv = c.in, c.out, lookup("TERM="+c.term, "NO_COLOR=1")
		if code := execute(at.streams, strings.Fields(c.line)); code != exitOK || at.shown != nil || at.err.String() != c.says {
			t.Errorf("%q: exit status %d, screen %v, said %q, want %q", c.line, code, at.shown != nil, at.err, c.says)
		}
		same, want, _ := desk("")
		more := []string{}
		if strings.Contains(c.line, "--plain") {
			more = append(more, "--plain")
		}
		if execute(same, append([]string{"run", flagship}, more...)); at.out.String() != want.String() {
			t.Errorf("%q told\n%s", c.line, at.out)
		}
	}
}

// leaving returns how the screen is left after so many steps of what it was asked for.
func leaving(steps int, change func(*term.Exit)) func(play.Start) (term.Exit, error) {
	return func(o play.Start) (term.Exit, error) {
		s := o.Scenario
		if s == nil {
			s, _ = scenarios.Get(o.Menu[3].Name)
		}
		told := o.Edits.Apply(s)
		st, err := story.Tell(told)
		r := term.Exit{Now: play.Now{From: s, Scenario: told, Edits: o.Edits, Present: o.Present, Theme: o.Theme}, Story: st, Step: min(steps, st.Steps())}
		r.Now.At = st.When(r.Step)
		if change != nil {
			change(&r)
		}
		return r, err
	}
}

func TestWhatIsLeftOnTheTerminal(t *testing.T) {
	at := sit()
	at.leaves = leaving(30, nil)
	if code := execute(at.streams, []string{"play", flagship, "--without", "lose-ack:m2", "--with", "copy:m1", "--present"}); code != exitOK || at.err.Len() > 0 {
		t.Errorf("exit status %d: %s", code, at.err)
	}
	want := `Lost ack, then a crash: watched up to 0:13.0 of 0:56.0
Changed by hand: copy:m1 added; lose-ack:m2 removed
The result:
  naive  $360 taken of $200 owed: charges twice for m1, m3
  inbox  $200 taken of $200 owed: does everything once
Back to this moment:
  dejavu play lost-ack-then-crash --with copy:m1 --without lose-ack:m2 --present --at 0:13.03
Next: Pulled plug after the charge
  dejavu play crash-after-effect
`
	if at.out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", at.out, want)
	}
	at = sit()
	at.leaves = leaving(1e6, nil)
	if execute(at.streams, nil); !strings.Contains(at.out.String(), "Pulled plug after the charge: watched to its end\n") || !strings.Contains(at.out.String(), "\n  dejavu play crash-after-effect --at 0:") {
		t.Errorf("from the menu:\n%s", at.out)
	}
	at = sit()
	if code := execute(at.streams, nil); code != exitOK || at.out.String() != "Left at the menu. This one takes a minute: dejavu play lost-ack-then-crash\n" {
		t.Errorf("exit status %d, left %q", code, at.out)
	}
}

// However many lanes there are, and whatever became of them, it is short, and its
// figures are those of run --json.
func TestTheFarewellIsShortAndTrue(t *testing.T) {
	all := strings.Join(consumers.Names(), ",")
	for _, name := range testkit.Sample(2, scenarios.Names()) {
		for _, more := range []string{"", " --business mail --rates lose-ack=30%,copy=20% --with pause:m1", " --consumers " + all} {
			for _, width := range []int{60, 80, 200} {
				at := sit()
				at.width, at.leaves = width, leaving(10, nil)
				execute(at.streams, strings.Fields("play "+name+more))
				if n := at.rows(strings.Split(strings.TrimSuffix(at.out.String(), "\n"), "\n")...); n > mostLeavingLines || strings.Contains(at.out.String(), "\n\n") {
					t.Errorf("%s%s: %d lines at %d columns:\n%s", name, more, n, width, at.out)
				}
				told := at.shown.Edits.Apply(at.shown.Scenario)
				st, err := story.Tell(told)
				if err != nil {
					t.Fatal(err)
				}
				for _, l := range report.Of(st).Lanes {
					done, owed := words.Amount(told.Business, l.Done), words.Amount(told.Business, l.Owed)
					if _, line, found := strings.Cut(at.out.String(), "\n  "+l.Consumer+" "); found && !strings.HasPrefix(strings.TrimLeft(line, " "), done+" ") || !strings.Contains(at.out.String(), owed+" owed") {
						t.Errorf("%s%s: %s is not said to have %s of %s:\n%s", name, more, l.Consumer, done, owed, at.out)
					}
				}
			}
		}
	}
}

func TestHowTheScreenEnds(t *testing.T) {
	for _, c := range []struct {
		change func(*term.Exit)
		code   int
	}{
		{func(r *term.Exit) { r.Signal = 2 }, 130}, {func(r *term.Exit) { r.Signal = 15 }, 143},
	} {
		at := sit()
		at.leaves = leaving(5, c.change)
		if code := execute(at.streams, []string{"play", "twins"}); code != c.code || at.err.Len() > 0 || !strings.Contains(at.out.String(), "\n  dejavu play twins --at 0:") {
			t.Errorf("exit status %d, want %d; said %s, left %s", code, c.code, at.err, at.out)
		}
	}
	at := sit()
	at.leaves = leaving(5, func(r *term.Exit) { r.Panic, r.Stack = "on fire", []byte("a stack\n") })
	code := execute(at.streams, []string{"play", flagship, "--with", "copy:m1"})
	want := "panic: on fire, with seed 7\nthis is a mistake of dejavu, not yours; please report it with what repeats it:\n  DEJAVU_DEBUG=1 dejavu play lost-ack-then-crash --with copy:m1 --at 0:01.01\n"
	if code != exitInternal || at.err.String() != want || at.out.Len() > 0 {
		t.Errorf("exit status %d, said %q, want %q", code, at.err, want)
	}
	at.err.Reset()
	at.getenv = lookup("TERM=xterm", "DEJAVU_DEBUG=1")
	if execute(at.streams, []string{"play", flagship}); !strings.HasPrefix(at.err.String(), "a stack\npanic: on fire") {
		t.Errorf("DEJAVU_DEBUG shows no stack: %q", at.err)
	}
	at = sit()
	at.leaves = func(play.Start) (term.Exit, error) {
		return term.Exit{}, errors.New("no terminal")
	}
	if code := execute(at.streams, []string{"play", "twins", "--with", "copy:m1"}); code != exitInternal || at.err.String() != "cannot show the screen: no terminal\nwithout it: dejavu run twins --with copy:m1\n" {
		t.Errorf("exit status %d, said %q", code, at.err)
	}
}

// Whatever is on the screen, the line that reopens it does: the same scenario, the
// same edits, the same instant, the same looks.
func TestTheLineReopensTheVeryMoment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := screen(t, someCommand(t))
		now := someNow(t, &o.Start)
		line := o.Line(now)
		words, found := strings.CutPrefix(line, "dejavu ")
		if !found || strings.ContainsAny(line, `'"$\`) {
			t.Fatalf("%s: not a plain command line", line)
		}
		again := screen(t, words)
		if told, want := again.Edits.Apply(again.Scenario), now.Scenario; !reflect.DeepEqual(told, want) || !again.Edits.Equal(now.Edits) {
			t.Fatalf("%s\nreopens %+v with %v\nwant    %+v with %v", line, told, again.Edits, want, now.Edits)
		}
		if max(again.At, 0) != now.At || again.Nth != now.Nth {
			t.Fatalf("%s: at %v/%d, want %v/%d", line, again.At, again.Nth, now.At, now.Nth)
		}
		if again.Present != o.Present || again.ASCII != o.ASCII || again.NoGuess != o.NoGuess || again.Theme != o.Theme {
			t.Fatalf("%s: got %+v, want %+v", line, again, o)
		}
		if third := again.Line(now); third != line && len(now.Edits.Without) < 2 {
			t.Fatalf("written again it is\n%s, and was\n%s", third, line)
		}
	})
}

// someCommand draws a command line that opens the screen.
func someCommand(t *rapid.T) string {
	words := []string{"play"}
	if !rapid.Bool().Draw(t, "menu") {
		words = append(words, rapid.SampledFrom(scenarios.Names()).Draw(t, "scenario"))
		for _, more := range []string{
			"--consumers inbox,naive", "--business stock", "--profile jetstream", "--rates lose-ack=12.5%,crash=0.3333333333333333",
			"--with pause:m1/after-effect,for=1m", "--with crash:m2/2", "--with copy:m1 --with copy:m1 --with lose-ack:m1c", "--with restart,at=7s --without restart,at=7s", "--at 0:12",
		} {
			if rapid.IntRange(0, 2).Draw(t, more) == 0 {
				words = append(words, more)
			}
		}
	}
	for _, more := range []string{"--present", "--ascii", "--no-guess", "--theme light", "--no-mouse", "--speed 3"} {
		if rapid.IntRange(0, 2).Draw(t, more) == 0 {
			words = append(words, more)
		}
	}
	return strings.Join(words, " ")
}

// someNow draws what may have become of it on the screen.
func someNow(t *rapid.T, o *play.Start) play.Now {
	from := o.Scenario
	if from == nil {
		from, _ = scenarios.Get(rapid.SampledFrom(o.Menu).Draw(t, "chosen").Name)
	}
	s, e := *from, o.Edits
	if rapid.Bool().Draw(t, "l") {
		s.Consumers = rapid.SliceOfNDistinct(rapid.SampledFrom(consumers.Names()), 1, 4, rapid.ID).Draw(t, "watched")
	}
	if rapid.Bool().Draw(t, "b") {
		s.Business = rapid.SampledFrom(sim.Businesses()).Draw(t, "business")
	}
	for range rapid.IntRange(0, 3).Draw(t, "changes") {
		there := slices.Concat(s.Faults, e.With)
		if len(there) > 0 && rapid.Bool().Draw(t, "u") {
			e = e.Toggle(rapid.SampledFrom(there).Draw(t, "switched"))
			continue
		}
		id := s.Messages[rapid.IntRange(0, len(s.Messages)-1).Draw(t, "message")].ID
		kind := rapid.SampledFrom(sim.FaultKinds()).Draw(t, "kind")
		f := sim.Fault{Kind: kind, Message: id}
		if kind.ByWorld() {
			f = sim.Fault{Kind: kind, At: time.Millisecond * time.Duration(rapid.IntRange(1, 1e6).Draw(t, "restart"))}
		}
		e = e.Add(f)
	}
	if s.Rates[sim.LoseAckFault] > 0 && rapid.Bool().Draw(t, "spared") {
		e = e.Toggle(sim.Fault{Kind: sim.LoseAckFault, Message: s.Messages[0].ID, Delivery: 2})
	}
	return play.Now{From: from, Scenario: e.Apply(&s), Edits: e, At: time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "at")), Nth: rapid.IntRange(0, 3).Draw(t, "nth"), Present: o.Present, Theme: o.Theme}
}

// What is typed wrongly is wrong on a terminal and without one, and shows nothing.
func TestWrongFlagsOfPlayAreAnswered(t *testing.T) {
	for line, want := range map[string]string{
		"play lost-akc":                          `unknown scenario "lost-akc"; did you mean "lost-ack"?`,
		"play a b":                               "play shows one scenario at a time, got 2; to tell them all: dejavu run a b",
		"play twins --theme drak":                `--theme: unknown theme "drak"; did you mean "dark"?`,
		"play --theme sepia":                     `--theme: unknown theme "sepia": one of auto, dark, light, mono`,
		"play --speed 0":                         `--speed: want a number from 0.05 to 50, such as 0.5 for half as fast, got "0"`,
		"play --speed fast":                      `--speed: want a number from 0.05 to 50, such as 0.5 for half as fast, got "fast"`,
		"play twins --at soon":                   `--at: want an instant such as 41.6, 0:41.6, 1:00:00, 8d0:05:00 or 1m30s, or a harm such as harm:1, got "soon"`,
		"play twins --at 0:61":                   `--at: want two digits from 00 to 59 after a colon, got "0:61"`,
		"play twins --at harm:0":                 `--at: harms are counted from 1, as in harm:1, got "harm:0"`,
		"play twins --at harm:9":                 "--at: there is no harm:9 in twins: the last is harm:1",
		"play quiet-day --at harm:1":             "--at: no harm is done in quiet-day: give a time, such as 0:30",
		"play --at 0:30":                         "--at needs a scenario: name one, such as lost-ack-then-crash",
		"play --with copy:m1":                    "--with needs a scenario: name one, such as lost-ack-then-crash",
		"play twins --plain --at 0:30":           "--at needs the screen, and --plain has none: leave one of them out",
		"play twins --present --plain":           "--present needs the screen, and --plain has none: leave one of them out",
		"play twins --without lose-ack:m1":       "--without: lose-ack:m1 is not among the faults of twins: it has copy:m3",
		"play quiet-day --without lose-ack:m1":   "--without: lose-ack:m1 is not among the faults of quiet-day: it has none",
		"run lost-ack --without lose-ack:m1":     `--without: lose-ack:m1 is not among the faults of lost-ack; did you mean "lose-ack:m2"?`,
		"run bad-weather --without lose-ack:m9x": `--without: fault "lose-ack:m9x" in bad-weather: m9x is a copy, republish or redrive of m9, and there is none of that letter: add copy: m9, or strike m9`,
		"run bad-weather --without fail:m9":      "--without: fail:m9 is not among the faults of bad-weather: chance draws lose-ack=5%,crash=5%,pause=5%,copy=5%, and the plan has nothing",
		"run twins --without carsh:m1":           `--without: unknown fault "carsh"; did you mean "crash"?`,
	} {
		for _, terminal := range []bool{true, false} {
			at := sit()
			at.inTerminal = terminal
			code := execute(at.streams, strings.Fields(line))
			if said := at.err.String(); code != exitUsage || said != want+"\n" || at.out.Len() > 0 || at.shown != nil {
				t.Errorf("%s: exit status %d, said\n%s\nwant\n%s", line, code, said, want)
			}
		}
	}
}

// A scenario cannot come from where the keys do.
func TestTheScreenDoesNotReadAScenarioFromTheKeyboard(t *testing.T) {
	src, _ := scenarios.Get("twins")
	at := sit()
	at.in = bytes.NewReader(src.Source)
	if code := execute(at.streams, []string{"play", "-"}); code != exitOK || at.shown != nil || !strings.Contains(at.err.String(), "put the scenario into a file") {
		t.Errorf("exit status %d, screen %v: %s", code, at.shown != nil, at.err)
	}
}

// What was taken from chance in vain is said.
func TestTakingAwayWhatChanceDoesNotDrawIsSaid(t *testing.T) {
	for fault, vain := range map[string]bool{"crash:m22/after-effect": false, "copy:m16": false, "crash:m16b/2/before-ack": false, "crash:m22/before-ack": true, "copy:m1": true} {
		s, _, msg := desk("")
		if code := execute(s, []string{"run", "bad-weather", "--without", fault}); code != exitOK {
			t.Errorf("%s: exit status %d: %s", fault, code, msg)
		}
		want := ""
		if vain {
			want = fmt.Sprintf("note: chance does not draw %s in bad-weather, so --without changes nothing\n", fault)
		}
		if msg.String() != want {
			t.Errorf("%s: said %q, want %q", fault, msg, want)
		}
	}
}
