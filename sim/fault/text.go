package fault

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"dejavu/sim/span"
)

// String returns the fault as --with takes it: crash:m3/2/before-ack. What is as
// it would be by default is left out, but for the point.
func (f Fault) String() string {
	f = f.Normal()
	var b strings.Builder
	b.WriteString(string(f.Kind))
	if f.Message != "" || !f.Kind.ByWorld() {
		b.WriteString(":" + f.Message) // the colon also where the name is missing, to be read again
	}
	if f.Delivery > 1 || f.Delivery == 1 && f.Every() {
		b.WriteString("/" + strconv.Itoa(f.Delivery))
	}
	if f.Before != "" {
		b.WriteString("/before-" + f.Before)
	}
	if f.After != "" {
		b.WriteString("/after-" + f.After)
	}
	option := func(name, value string, set bool) {
		if set {
			b.WriteString("," + name + "=" + value)
		}
	}
	usual := f.Kind.Info().Usual
	option("step", f.Step, f.Step != "")
	option("times", strconv.Itoa(f.Times), f.Times > 1)
	option("worker", strconv.Itoa(f.Worker), f.Worker != 0)
	option("at", span.String(f.At), f.Kind.ByWorld() || f.At > 0)
	option("drain", span.String(f.Drain), f.Drain != usual.Drain)
	option("for", span.String(f.For), f.For != usual.For)
	option("by", span.String(f.By), f.By != usual.By)
	option("which", f.Which, f.Which != "")
	option("later", span.String(f.Later), f.Later != usual.Later)
	option("new-id", "true", f.NewID)
	option("join", "true", f.Join)
	option("last", strconv.Itoa(f.Last), f.Last != usual.Last)
	option("body", f.Body, f.Body != "") // it may have commas in it, and so comes last
	return b.String()
}

// Parse reads a fault as String writes it:
// KIND:MESSAGE[/DELIVERY][/before-POINT|/after-POINT][,NAME=VALUE]...
// A body is the last of them, and goes on to the end of the text.
// It does not know the messages: see [CheckPlan].
func Parse(text string) (Fault, error) {
	text, body, says := strings.Cut(text, ",body=")
	if len(text) > 200 {
		return Fault{}, fmt.Errorf("a fault of %d characters: at most 200", len(text))
	}
	parts := strings.Split(text, ",")
	kind, target, _ := strings.Cut(parts[0], ":")
	f := Fault{Kind: Kind(kind)}
	if err := f.Kind.check(); err != nil {
		return Fault{}, err
	}
	if err := f.parseTarget(target); err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	if says {
		f.Body = body
		if body == "" || !slices.Contains(f.Kind.Fields(), "body") {
			return Fault{}, fmt.Errorf("fault %q: %w", text, f.Set("body", body))
		}
	}
	for _, part := range parts[1:] {
		name, value, _ := strings.Cut(part, "=")
		if err := f.Set(name, value); err != nil {
			return Fault{}, fmt.Errorf("fault %q: %w", text, err)
		}
	}
	if err := f.Check(); err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	return f.Normal(), nil
}

func (f *Fault) parseTarget(target string) error {
	words := strings.Split(target, "/")
	f.Message = words[0]
	words = words[1:]
	if len(words) > 0 && words[0] != "" && words[0][0] >= '0' && words[0][0] <= '9' {
		n, err := strconv.Atoi(words[0])
		if err != nil || n < 1 || n > MaxDeliveries {
			return fmt.Errorf("delivery %q: want 1 to %d", words[0], MaxDeliveries)
		}
		f.Delivery, words = n, words[1:]
	}
	for _, w := range words {
		when, point, _ := strings.Cut(w, "-")
		if when != "before" && when != "after" || point == "" {
			return fmt.Errorf("%q: want before-POINT or after-POINT, such as before-ack", w)
		}
		if err := f.Set(when, point); err != nil {
			return err
		}
	}
	return nil
}

// Set sets a field by the name that files give it. Names that are not fields of
// the fault's kind are refused.
func (f *Fault) Set(name, value string) error {
	var err error
	switch name {
	case "before", "after":
		if f.Before != "" || f.After != "" {
			return fmt.Errorf("two points: give one of before and after")
		}
		if name == "before" {
			f.Before = value
		} else {
			f.After = value
		}
	case "step":
		f.Step = value
	case "times":
		f.Times, err = parseCount(value, MaxDeliveries)
	case "worker":
		f.Worker, err = parseCount(value, MaxWorkers)
	case "for":
		f.For, err = parseLength(value)
	case "by":
		f.By, err = parseLength(value)
	case "later":
		f.Later, err = parseLength(value)
	case "at":
		f.At, err = span.Parse(value)
	case "drain":
		f.Drain, err = parseLength(value)
	case "last":
		f.Last, err = parseCount(value, MaxLast)
	case "which":
		if f.Which = value; value == whichBoth {
			f.Which = ""
		} else if value != WhichDB && value != WhichCache {
			err = fmt.Errorf("want %s, %s or %s, got %q", WhichDB, WhichCache, whichBoth, value)
		}
	case "body":
		if f.Body = value; value == "" {
			err = errors.New("it is empty: give it a value, or leave it out")
		}
	case "new-id":
		f.NewID, err = parseTruth(value)
	case "join":
		f.Join, err = parseTruth(value)
	default:
		return fmt.Errorf("unknown field %q of %s; it has %s", name, f.Kind, strings.Join(f.Kind.Fields(), ", "))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func parseTruth(text string) (bool, error) {
	if text != "true" && text != "false" {
		return false, fmt.Errorf("want true or false, got %q", text)
	}
	return text == "true", nil
}

func parseCount(text string, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("want a number from 1 to %d, got %q", most, text)
	}
	return n, nil
}

func parseLength(text string) (time.Duration, error) {
	d, err := span.Parse(text)
	if err == nil && d == 0 {
		return 0, fmt.Errorf("0s is no time at all: want more, such as 1ms")
	}
	if err == nil {
		err = span.TooShort(d)
	}
	return d, err
}
