package packed

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
)

func TestWordsAreReadAsTheyWereWritten(t *testing.T) {
	pieces := append(append(longWords[:len(longWords):len(longWords)], shortWords[:]...), "\n", "m1", "60.001s", "z")
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "pieces"), "")
		data, is := worded(text)
		if !is || data[0] != inWords || len(data) > len(text)+1 {
			t.Fatalf("%q is written as %q", text, data)
		}
		if got, is := unworded(data[1:]); !is || got != text {
			t.Fatalf("%q is read as %q", text, got)
		}
	})
	if _, is := worded("Zoë"); is {
		t.Error("a letter beyond ASCII is written in words")
	}
	for _, damaged := range []string{"\xe0", "\xff\xff"} {
		if got, is := unworded([]byte(damaged)); is {
			t.Errorf("%q is read as %q", damaged, got)
		}
	}
}

// A draw of the test in ui/token was 122 letters long while it was deflated.
func TestFourEditsAndAllElseChangedAreShortInWords(t *testing.T) {
	c := Content{Meaning: []byte("abc"), Numbers: [3]uint64{0x200000, 34359738367}, Text: "redis-down-and-lost-ack\nconsumers ack-first,naive,broker-window\nbusiness mail\nprofile sqs-fifo\nwith store-down:1m0.001s,for=21s\nwith pause:m2/2/after-has,for=1m10s\nwith lose-ack:m2/2\nwithout store-down:0s,for=20s\n"}
	if word := c.Token(); len(word) > 100 {
		t.Errorf("%d letters: %s", len(word), word)
	}
}

// What a token names is a word, or the token gets long.
func TestEveryNameIsAWord(t *testing.T) {
	names := slices.Concat(sim.StepNames(), consumers.Names(), scenarios.Names())
	for _, k := range sim.FaultKinds() {
		names = append(names, string(k))
	}
	for _, p := range broker.Presets() {
		names = append(names, p.Name)
	}
	for _, name := range names {
		if !slices.Contains(longWords, name) && !slices.Contains(shortWords[:], name) {
			t.Errorf("%q is none: add it at the end of longWords", name)
		}
	}
}
