package cli

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim/check"
	"dejavu/sim/testkit"
)

// shortLines are the commands whose lines are tried, with what keeps each short: given last,
// it counts. matrix, design and page take seconds whatever they are told, and what opens a
// screen says that there is no terminal.
var shortLines = map[string]string{
	"run": "--max-events 300", "sweep": "--json --seeds 1..4 --max-events 300", "check": "--max-states 50 --max-memory 100",
	"new": "--stdout", "list": "", "explain": "", "export": "", "play": "", "learn": "", "break": "", "build": "", "interview": "", "version": "", "completion": "", "help": "",
}

// lineWords are what a line is made of: every flag of every command, and what may be its value.
func lineWords() []string {
	var flags []string
	for _, c := range newRoot(&streams{getenv: lookup()}).Commands() {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "watch" { // it runs until somebody ends it
				flags = append(flags, "--"+f.Name, "--"+f.Name+"=")
			}
		})
	}
	slices.Sort(flags)
	words := slices.Concat(slices.Compact(flags), scenarios.Names(), consumers.Names())
	for _, p := range broker.Presets() {
		words = append(words, p.Name)
	}
	for _, k := range check.Kinds() {
		words = append(words, string(k))
	}
	return append(words, "", "-", "--", "-h", "-1", "0", "1", "2", "3", "99999999999999999999", "1..3", "3..1", "1/2", "all", "card", "order", "json", "html", "svg", "bash",
		"crash:m1", "fail:m1,step=charge", "lose-ack:m9/2", "fail=0.1", "lose-ack=100%", "never-twice", "10s", "m1/after-effect", "harm:1", "\x00", "\x1b[2J", "é\u202e")
}

// FuzzCommandLines gives the program whatever can be typed. It answers with a status that
// it documents, and what it says of a mistake can be shown on a terminal. Let it search
// for more with
//
//	go test ./ui/cli -run '^$' -fuzz FuzzCommandLines -fuzztime 15m -parallel 1
func FuzzCommandLines(f *testing.F) {
	all := lineWords()
	for i := 0; i < len(all); i += testkit.Few(16, 1) {
		f.Add(uint8(i), []byte{uint8(i), uint8(i / 256), uint8(i * 7), uint8(i % 2)}, "quiet-day")
	}
	verbs := make([]string, 0, len(shortLines))
	for verb := range shortLines {
		verbs = append(verbs, verb)
	}
	slices.Sort(verbs)
	f.Fuzz(func(t *testing.T, verb uint8, picks []byte, typed string) {
		if len(picks) > 24 || len(typed) > 200 {
			t.Skip("longer lines are more of the same")
		}
		t.Chdir(t.TempDir()) // for what a line saves
		args := []string{verbs[int(verb)%len(verbs)]}
		for at := 0; at+1 < len(picks); at += 2 {
			n := int(picks[at]) | int(picks[at+1])<<8
			word := typed
			if n %= len(all) + 8; n < len(all) {
				word = all[n]
			}
			if last := args[len(args)-1]; len(args) > 1 && strings.HasPrefix(last, "--") && strings.HasSuffix(last, "=") {
				args[len(args)-1] += word
				continue
			}
			args = append(args, word)
		}
		if slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "--watch") }) {
			t.Skip("it runs until somebody ends it")
		}
		if args[0] == "explain" && slices.ContainsFunc(args, func(a string) bool { return slices.Contains(consumers.Names(), a) }) {
			t.Skip("the page of a consumer searches, for longer than an input has on busy cores; all pages have tests")
		}
		line := slices.Concat(args, strings.Fields(shortLines[args[0]]))
		s, out, msg := desk("")
		code := execute(s, line)
		if code != exitOK && code != exitFailed && code != exitUsage {
			t.Fatalf("%q: exit status %d: %s", line, code, msg)
		}
		if code == exitUsage && msg.Len() == 0 {
			t.Errorf("%q: refused without a word", line)
		}
		if said := msg.String(); strings.ContainsAny(said, "\x00\x1b\u009b\u202e") || !utf8.ValidString(said) {
			t.Errorf("%q: says what a terminal obeys: %q", line, said)
		}
		if strings.Contains(out.String()+msg.String(), "mistake of dejavu") {
			t.Errorf("%q: %s", line, msg)
		}
	})
}
