package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/grid"
	"dejavu/ui/play"
	"dejavu/ui/story"
	"dejavu/ui/term"
	"dejavu/ui/whatif"
	"dejavu/ui/words"

	"github.com/spf13/cobra"
)

// playFlags are the flags of play.
type playFlags struct {
	sceneFlags
	at, theme, speed                                       string
	present, ascii, reducedMotion, noGuess, noMouse, plain bool
}

// screenDefaults are the flags of a screen of which nothing was said.
func screenDefaults() playFlags { return playFlags{theme: "auto", speed: "1"} }

func newPlay(s *streams, g *globals) *cobra.Command {
	f := screenDefaults()
	c := &cobra.Command{
		Use:     "play [NAME|FILE|TOKEN]",
		GroupID: "watch",
		Short:   "Watch a scenario on a screen, and change what happens",
		Long: "play shows a scenario on a screen: step by step, with all consumers side by side.\n" +
			"You can add and remove faults while it runs. ? lists the keys, q leaves.\n" +
			"Without a name it begins with a menu. Without a terminal it tells the scenario as text.",
		Example: "play  # a menu; its first entry is a tour of one minute\n" +
			"play " + flagship + " --at harm:1  # start at the first harm\n" +
			"play quiet-day --with lose-ack:m2  # u removes the fault again\n" +
			"play " + flagship + " --without crash:m3/before-ack --at 0:41.6  # the same moment without the crash\n" +
			"play twins --present --theme light  # for a room with a projector",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("play shows one scenario at a time, got %d; to tell them all: %s", len(args), command(s.start, append([]string{"run"}, args...)...))
			}
			return nil
		},
		ValidArgsFunction: alone(completeScenarios),
		RunE: func(c *cobra.Command, args []string) error {
			f.read(c)
			return playOrTell(s, g, &f, args)
		},
	}
	f.declare(s, c)
	flags := c.Flags()
	flags.StringVar(&f.at, "at", "", "start at a `MOMENT`: 0:41.6, 1m30s, or harm:N for the n-th harm")
	flags.BoolVar(&f.present, "present", false, "larger, with less detail, for a room")
	flags.StringVar(&f.speed, "speed", f.speed, "play `X` times as fast")
	flags.StringVar(&f.theme, "theme", f.theme, themeUsage)
	flags.BoolVar(&f.ascii, "ascii", false, "draw with ASCII only")
	flags.BoolVar(&f.reducedMotion, "reduced-motion", false, "jump from step to step, without motion")
	flags.BoolVar(&f.noGuess, "no-guess", false, "ask no questions")
	flags.BoolVar(&f.noMouse, "no-mouse", false, "leave the mouse to the terminal")
	flags.BoolVar(&f.plain, "plain", false, "no screen: "+plainUsage)
	s.complete(c, "theme", fixed(themes))
	s.complete(c, "speed", fixed([]string{"0.5", "1", "2"}))
	s.complete(c, "at", fixed([]string{"harm:1", "harm:2", "0:30"}))
	return c
}

// screening is what was asked for, when it has been found to make sense.
type screening struct {
	*ask   // nil for the menu
	flags  *playFlags
	moment moment
	theme  *grid.Theme
	speed  float64
}

// playOrTell shows the screen. Without one it tells the story, and says how to get the
// screen.
func playOrTell(s *streams, g *globals, f *playFlags, args []string) error {
	p, err := f.check(s, g, args)
	if err != nil {
		return err
	}
	if how := s.howToGetAScreen(p); how != "" {
		return s.tellAsText(g, p, how)
	}
	result, err := s.play(p.options(s), s.onTerminal(p.theme))
	return s.leave(p, result, err)
}

// check reads the flags. A mistake in one of them is one without a terminal, too.
func (f *playFlags) check(s *streams, g *globals, args []string) (*screening, error) {
	p := &screening{flags: f, moment: beginning}
	var err error
	if p.theme, err = theme(f.theme, g.color, s.getenv); err != nil {
		return nil, fmt.Errorf("--theme: %w", err)
	}
	if p.speed, err = parseSpeed(f.speed); err != nil {
		return nil, fmt.Errorf("--speed: %w", err)
	}
	if f.plain && (f.present || f.given["at"]) {
		return nil, fmt.Errorf("%s needs the screen, and --plain has none: leave one of them out", words.Either(f.present, "--present", "--at"))
	}
	if len(args) == 0 {
		return p, f.checkMenu()
	}
	return p, p.open(s, args[0])
}

// open opens a scenario at a moment: that of --at, or of a token.
func (p *screening) open(s *streams, arg string) (err error) {
	p.moment = beginning
	if p.flags.given["at"] {
		if p.moment, err = parseMoment(p.flags.at); err != nil {
			return fmt.Errorf("--at: %w", err)
		}
	}
	if p.ask, err = newAsk(s, arg, &p.flags.sceneFlags); err != nil {
		return err
	}
	if p.token != nil && !p.flags.given["at"] {
		p.moment = moment{at: p.token.At, nth: p.token.Nth}
	}
	return p.checkHarm()
}

// checkMenu refuses what only makes sense for a scenario.
func (f *playFlags) checkMenu() error {
	for _, name := range []string{"consumers", "business", "with", "without", "rates", "seed", "profile", "max-events", "at"} {
		if f.given[name] {
			return fmt.Errorf("--%s needs a scenario: name one, such as %s", name, flagship)
		}
	}
	return nil
}

// checkHarm refuses the number of a harm that does not happen.
func (p *screening) checkHarm() error {
	if p.moment.harm == 0 {
		return nil
	}
	st, err := story.Tell(p.told)
	if err != nil {
		return fmt.Errorf("%s: %w", p.arg, err)
	}
	harms := 0
	for _, stop := range st.Stops() {
		if stop.Kind == story.AtHarm {
			harms++
		}
	}
	switch {
	case p.moment.harm <= harms:
		return nil
	case harms == 0:
		return fmt.Errorf("--at: no harm is done in %s: give a time, such as 0:30", p.arg)
	}
	return fmt.Errorf("--at: there is no harm:%d in %s: the last is harm:%d", p.moment.harm, p.arg, harms)
}

// howToGetAScreen says what stands in the way of the screen and how to come by it,
// or "" if nothing does.
func (s *streams) howToGetAScreen(p *screening) string {
	screen := p.reopens(s.start, p.now())
	switch {
	case p.ask != nil && p.arg == fromStdin:
		return "for the screen, put the scenario into a file: standard input is needed for the keys"
	case p.flags.plain:
		return "for the screen, leave out --plain: " + screen
	case !s.inTerminal || !s.outTerminal:
		return "for the screen, run it on a terminal: " + screen
	case dumb(s.getenv):
		return words.Either(s.getenv("TERM") == "", "for the screen, set TERM to the type of your terminal: ", "for the screen, run it on a terminal that is not dumb: ") + screen
	}
	return ""
}

// tellAsText tells the scenario as text. Instead of the menu it tells the flagship.
func (s *streams) tellAsText(g *globals, p *screening, how string) error {
	f := &runFlags{sceneFlags: p.flags.sceneFlags, plain: p.flags.plain}
	a := p.ask
	if a == nil {
		var err error
		if a, err = newAsk(s, flagship, &f.sceneFlags); err != nil {
			return err
		}
	}
	err := tellAll(s, g, f, []*ask{a})
	if err == nil || errors.Is(err, errFailed) {
		fmt.Fprintln(s.err, how)
	}
	return err
}

// options are what the screen needs to know.
func (p *screening) options(s *streams) play.Start {
	f := p.flags
	o := play.Start{
		At: p.moment.at, Nth: p.moment.nth, Harm: p.moment.harm,
		Present: f.present, NoGuess: f.noGuess, NoMouse: f.noMouse, ReducedMotion: f.reducedMotion,
		ASCII: f.ascii || !f.given["ascii"] && asciiOnly(s.getenv),
		Speed: p.speed, Theme: p.theme, Clipboard: copies(s.getenv),
		Line: func(now play.Now) string { return p.reopens(s.start, now) },
		Next: func(shown *scenarios.Scenario) string { return nextScenario(s.start, "play", shown.Name).line },
		Menu: scenarios.Headings(), Led: flagship, Lessons: s.command("learn"), Attack: s.command("break"),
	}
	if p.ask != nil {
		o.Scenario, o.Edits = p.base, p.edits
	}
	return o
}

// onTerminal is where the screen is shown.
func (s *streams) onTerminal(theme *grid.Theme) term.Terminal {
	return term.Terminal{In: s.in, Out: s.screen, Depth: shades(theme, s.getenv)}
}

// now is what the screen begins with.
func (p *screening) now() play.Now {
	if p.ask == nil {
		return play.Now{At: p.moment.at, Nth: p.moment.nth, Present: p.flags.present, Theme: p.theme}
	}
	return play.Now{
		From: p.base, Scenario: p.told, Edits: p.edits, At: p.moment.at, Nth: p.moment.nth,
		Present: p.flags.present, Theme: p.theme,
	}
}

// reopens is the command that opens the moment on the screen again, with the changes made
// by hand and the flags of this command line.
func (p *screening) reopens(start string, now play.Now) string {
	f := p.flags
	var how []string
	for _, flag := range []struct {
		name string
		set  bool
	}{{"present", now.Present}, {"ascii", f.ascii}, {"no-guess", f.noGuess}} {
		if flag.set {
			how = append(how, "--"+flag.name)
		}
	}
	switch {
	case now.Theme != nil && now.Theme != p.theme:
		how = append(how, "--theme", now.Theme.Name)
	case f.theme != "auto":
		how = append(how, "--theme", f.theme)
	}
	switch {
	case now.At > 0 || now.Nth > 0:
		how = append(how, "--at", moment{at: now.At, nth: now.Nth}.String())
	case p.moment.harm > 0 && now.At < 0:
		how = append(how, "--at", p.moment.String())
	}
	a := p.ask
	switch {
	case now.From == nil || now.Scenario == nil:
		return command(start, append([]string{"play"}, how...)...)
	case a == nil || !bytes.Equal(now.From.Source, a.own.Source): // chosen in the menu, or come to from another
		a = &ask{arg: now.From.Name, own: now.From}
	}
	return a.line(start+" play", now.Scenario, now.Edits, how...)
}

// moment is where the screen begins: at an instant, or at the n-th harm.
type moment struct {
	at   time.Duration // negative for the beginning
	nth  int           // of the steps at that instant, from 1; 0 for the last
	harm int           // from 1; 0 for none
}

// beginning is where it begins if nothing is said.
var beginning = moment{at: -1}

// parseMoment reads a moment as --at takes it: an instant, or harm:N. Where several
// steps fall on an instant, /N is the n-th of them, as it is with deliveries.
func parseMoment(text string) (moment, error) {
	nth, harm := strings.CutPrefix(text, "harm:")
	if !harm {
		instant, step, several := strings.Cut(text, "/")
		m := moment{}
		var err error
		if m.at, err = parseClock(instant); err != nil || !several {
			return m, err
		}
		if m.nth, err = strconv.Atoi(step); err != nil || m.nth < 1 || step[0] == '+' {
			return moment{}, fmt.Errorf("steps at one instant are counted from 1, as in 0:41.6/1, got %q", text)
		}
		return m, nil
	}
	n, err := strconv.Atoi(nth)
	if err != nil || n < 1 || nth[0] == '+' {
		return moment{}, fmt.Errorf("harms are counted from 1, as in harm:1, got %q", text)
	}
	return moment{at: -1, harm: n}, nil
}

// latest is far behind the end of any run.
const latest = 10 * sim.MaxTime

// clocked matches an instant as story.Clock writes it: days, hours, minutes,
// seconds, and a fraction of them.
var clocked = regexp.MustCompile(`^(?:(?:([0-9]{1,5})d ?)?([0-9]{1,6}):)?([0-9]{1,7}):([0-9]{2})([.][0-9]{1,9})?$`)

// parseClock reads an instant as the screen shows it, 0:41.6, in seconds, 41.6, or
// as files write times, 1m30s.
func parseClock(text string) (time.Duration, error) {
	part := clocked.FindStringSubmatch(text)
	if part == nil {
		return parseLength(text)
	}
	number := func(i int) int64 {
		n, _ := strconv.ParseInt("0"+part[i], 10, 64) // few digits, or none
		return n
	}
	days, hours, minutes, seconds := number(1), number(2), number(3), number(4)
	if seconds > 59 || part[2] != "" && (minutes > 59 || len(part[3]) != 2) {
		return 0, fmt.Errorf("want two digits from 00 to 59 after a colon, got %q", text)
	}
	seconds += 60 * (minutes + 60*(hours+24*days))
	if seconds >= int64(latest/time.Second) {
		return 0, fmt.Errorf("%s is too late: every run ends before it", text)
	}
	fraction, _ := time.ParseDuration("0" + part[5] + "s")
	return time.Duration(seconds)*time.Second + fraction, nil
}

// parseLength reads an instant as a length of time, in seconds where no unit is
// given.
func parseLength(text string) (time.Duration, error) {
	if strings.Trim(text, "-0123456789.") == "" {
		text += "s"
	}
	at, err := sim.ParseSpan(strings.Replace(text, "d ", "d", 1))
	if err != nil && !strings.HasPrefix(err.Error(), "want ") {
		return 0, err // too long, or negative
	}
	if err != nil {
		return 0, fmt.Errorf("want an instant such as 41.6, 0:41.6, 1:00:00, 8d0:05:00 or 1m30s, or a harm such as harm:1, got %q", text)
	}
	return at, nil
}

// String writes the moment as --at takes it.
func (m moment) String() string {
	switch {
	case m.harm > 0:
		return fmt.Sprintf("harm:%d", m.harm)
	case m.nth > 0:
		return fmt.Sprintf("%s/%d", clock(m.at), m.nth)
	}
	return clock(m.at)
}

// clock writes an instant as the screen shows it, but to the nanosecond, so that
// --at comes back to it, and without a blank, so that it needs no quotes.
func clock(at time.Duration) string {
	text := strings.Replace(words.Clock(at), "d ", "d", 1)
	decimals := strings.TrimRight(fmt.Sprintf("%09d", at%time.Second), "0")
	if decimals == "" {
		return text
	}
	whole, _, _ := strings.Cut(text, ".")
	return whole + "." + decimals
}

// leave says what was watched and how to come back, when the terminal is as it was
// before the screen.
func (s *streams) leave(p *screening, r term.Exit, err error) error {
	if r.Now.From == nil && p.ask != nil {
		r.Now = p.now() // it ended before it began
	}
	back := p.reopens(s.start, r.Now)
	switch {
	case r.Panic != nil:
		what := fmt.Sprint(r.Panic)
		if r.Now.Scenario != nil {
			what += fmt.Sprintf(", with seed %d", r.Now.Scenario.Seed)
		}
		return s.mistake(what, r.Stack, back)
	case err != nil:
		return internal{fmt.Errorf("cannot show the screen: %w\nwithout it: %s", err, p.withoutScreen(s.start))}
	}
	if _, err := io.WriteString(s.out, s.leavingText(&r, back)); err != nil {
		return unwritten(err)
	}
	if r.Signal != 0 {
		return signalled(r.Signal)
	}
	return nil
}

// withoutScreen is the command that tells what the screen would have shown.
func (p *screening) withoutScreen(start string) string {
	if p.ask == nil {
		return command(start, "run", flagship)
	}
	return p.line(start+" run", p.base, p.edits)
}

// signalled is a signal that ended the screen, which put the terminal in order
// first.
type signalled int

// Error makes it an error. Nothing prints it.
func (n signalled) Error() string { return fmt.Sprintf("ended by signal %d", int(n)) }

// mostLeavingLines is the largest number of lines that play leaves on the terminal.
const mostLeavingLines = 15

// leavingText is what is left on the terminal: what was watched, what it comes to at
// its end, and how to come back.
func (s *streams) leavingText(r *term.Exit, back string) string {
	st := r.Story
	if st == nil {
		return fmt.Sprintf("Left at the menu. This one takes a minute: %s\n", command(s.start, "play", flagship))
	}
	head := []string{fmt.Sprintf("%s: watched up to %s of %s", st.Scenario.Title, words.Clock(max(r.Now.At, 0)), words.Clock(st.When(st.Steps())))}
	if r.Step >= st.Steps() {
		head[0] = st.Scenario.Title + ": watched to its end"
	}
	if st.Chance() {
		head = append(head, fmt.Sprintf("Chance: %s, drawn by seed %d", st.Scenario.Rates, st.Scenario.Seed))
	}
	if byHand := changes(r.Now.Edits); byHand != "" {
		head = append(head, "Changed by hand: "+byHand)
	}
	head = append(head, "The result:")
	next := nextScenario(s.start, "play", r.Now.From.Name)
	tail := []string{"Back to this moment:", "  " + back, "Next: " + next.why, "  " + next.line}
	lanes := s.laneLines(st, mostLeavingLines-s.rows(head...)-s.rows(tail...))
	return harmless(strings.Join(slices.Concat(head, lanes, tail), "\n")) + "\n"
}

// rows is how many lines of the terminal some lines take.
func (s *streams) rows(lines ...string) int {
	n := 0
	for _, line := range lines {
		n += max(utf8.RuneCountInString(line)-1, 0)/s.width + 1
	}
	return n
}

// laneLines say what it comes to, lane by lane: with names where there is room for
// them, else with numbers, and not of all if there is no room for that.
func (s *streams) laneLines(st *story.Story, room int) []string {
	lines := laneTable(st, fate)
	if s.rows(lines...) > room {
		lines = laneTable(st, counts)
	}
	for i := range lines {
		if left := len(lines) - i; s.rows(lines[:i+1]...)+min(left-1, 1) > room {
			return append(lines[:i], fmt.Sprintf("  and %d more", left))
		}
	}
	return lines
}

func laneTable(st *story.Story, verdict func(*scenarios.Balance) string) []string {
	names := 0
	for _, l := range st.Lanes {
		names = max(names, len(l.Consumer.Name))
	}
	lines := make([]string, len(st.Lanes))
	for i, l := range st.Lanes {
		o := &l.Outcome
		taken, owed := words.Amount(o.Business, o.Taken), words.Amount(o.Business, o.Owed)
		lines[i] = fmt.Sprintf("  %-*s  %s %s of %s owed: %s", names, l.Consumer.Name, taken, o.Business.Words().InAll, owed, verdict(o))
	}
	return lines
}

// counts is an outcome in fewer words than fate.
func counts(o *scenarios.Balance) string {
	if o.OK && len(o.Outdated) == 0 {
		return "all once"
	}
	var parts []string
	for _, p := range []struct {
		ids  []string
		word string
	}{{o.Twice, o.Business.Words().Often}, {o.Never, "never"}, {o.Parked, "parked"}, {o.Pending, "pending"}, {o.Outdated, "outdated"}} {
		if len(p.ids) > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", len(p.ids), p.word))
		}
	}
	if o.OK {
		parts = append(parts, "all else once")
	}
	return strings.Join(parts, ", ")
}

// changes says which faults were added, and which taken away. One that was both is
// neither.
func changes(e whatif.Edits) string {
	var added, away []string
	for _, f := range e.With {
		if !e.Off(f) {
			added = append(added, f.String())
		}
	}
	for _, f := range e.Without {
		if !f.Among(e.With) {
			away = append(away, f.String())
		}
	}
	var parts []string
	for _, p := range []struct {
		faults []string
		verb   string
	}{{added, "added"}, {away, "removed"}} {
		if len(p.faults) > 0 {
			parts = append(parts, words.Few(p.faults, 3, ", ")+" "+p.verb)
		}
	}
	return strings.Join(parts, "; ")
}
