package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"dejavu/sim"
)

// faultPlace is where the parts of a fault stand in the file: its kind, what it
// strikes, and its before, after or step. What it does not have is its kind's.
type faultPlace struct{ kind, message, point *node }

// readFaults reads the plan. Whether its messages exist is checked when all of
// the file is read.
func (r *reader) readFaults(v *node) error {
	if v.kind != list {
		return r.fail(v, "faults is %s: want a list, such as - lose-ack: m2", v.kind)
	}
	if len(v.items) > MaxFaults {
		return r.fail(v.items[MaxFaults], "%d faults: at most %d", len(v.items), MaxFaults)
	}
	for _, item := range v.items {
		if item.kind != mapping || len(item.pairs) != 1 {
			return r.notAFault(item)
		}
		if err := r.readFault(item.pairs[0].key, item.pairs[0].value); err != nil {
			return err
		}
	}
	return nil
}

// notAFault says how a fault is written, for what people write instead.
func (r *reader) notAFault(item *node) error {
	switch {
	case item.kind == mapping && len(item.pairs) > 1:
		return r.fail(item.pairs[1].key, "a fault has one key, its kind: put the rest in braces, as in - crash: {during: m3, before: ack}")
	case item.kind == scalar && strings.Contains(item.text, ":"):
		return r.fail(item, "want a fault such as - lose-ack: m2, with a space after the colon")
	}
	return r.fail(item, "a fault is %s: want - KIND: MESSAGE, such as - lose-ack: m2", item.kind)
}

// readFault reads one fault in its short form, a message, or its long one.
func (r *reader) readFault(kind, v *node) error {
	if err := r.checkKind(kind); err != nil {
		return err
	}
	f, at := sim.Fault{Kind: sim.FaultKind(kind.text)}, faultPlace{kind, kind, kind}
	switch {
	case v.kind == mapping:
		if err := r.object(v, kind.text, r.faultFields(&f, &at)); err != nil {
			return err
		}
	case v.kind != scalar:
		return r.fail(v, "%s is %s: want %s", kind.text, v.kind, usualForm(f.Kind))
	case f.Kind.ByWorld():
		return r.fail(v, "%s strikes no single message: say when, as in %s", f.Kind, usualForm(f.Kind))
	default:
		if err := r.readTarget(v, &f, &at); err != nil {
			return err
		}
	}
	if err := f.Check(); err != nil {
		return r.wrongField(err, &at)
	}
	r.s.Faults = append(r.s.Faults, f.Normal())
	r.faults = append(r.faults, at)
	return nil
}

// checkKind asks the simulator whether it knows a kind of fault.
func (r *reader) checkKind(kind *node) error {
	k := sim.FaultKind(kind.text)
	if slices.Contains(sim.FaultKinds(), k) {
		return nil
	}
	return r.fail(kind, "unknown fault %q%s", kind.text, suggest(kind.text, sim.FaultNames()))
}

// usualForm is how a fault of a kind is mostly written.
func usualForm(k sim.FaultKind) string {
	if k.ByWorld() {
		return string(k) + ": {at: 40s}"
	}
	return string(k) + ": m1"
}

// faultFields are the keys of the long form of a fault: what it strikes, and what
// the simulator says that such a fault has.
func (r *reader) faultFields(f *sim.Fault, at *faultPlace) []field {
	var fields []field
	target := func(v *node) error { return r.readTarget(v, f, at) }
	switch {
	case f.Kind.ByAttempt():
		fields = append(fields, field{name: "during", form: defined("target"), need: "the delivery that it strikes, such as during: m2 or during: m2/2", read: target}.says(faultAbout(f.Kind, "strikes")))
	case !f.Kind.ByWorld():
		fields = append(fields, field{name: "of", form: defined("id"), need: "the message, such as of: m1", read: target}.says(faultAbout(f.Kind, "strikes")))
	}
	for _, name := range f.Kind.Fields() {
		need := ""
		if name == "at" && f.Kind.ByWorld() {
			need = "when, such as at: 40s"
		}
		fields = append(fields, field{name: name, form: faultForm(f.Kind, name), about: faultAbout(f.Kind, name), need: need, read: func(v *node) error {
			text, err := r.word(v, name)
			if err != nil {
				return err
			}
			if name == "before" || name == "after" || name == "step" {
				at.point = v
			}
			if err := f.Set(name, text); err != nil {
				return r.fail(v, "%v", err)
			}
			if n := utf8.RuneCountInString(f.Body); n > maxBody {
				return r.fail(v, "body has %d characters: at most %d", n, maxBody)
			}
			if f.Worker > r.s.Workers {
				return r.fail(v, "worker %d: there are %d", f.Worker, r.s.Workers)
			}
			return nil
		}})
	}
	return fields
}

// readTarget reads MESSAGE or MESSAGE/DELIVERY.
func (r *reader) readTarget(v *node, f *sim.Fault, at *faultPlace) error {
	text, err := r.word(v, "what "+string(f.Kind)+" strikes")
	if err != nil {
		return err
	}
	at.message = v
	id, delivery, second := strings.Cut(text, "/")
	if _, err := parseID(id); err != nil || second && !digits(delivery) {
		return r.fail(v, "want a message such as m2, or m2/2 for its second delivery, got %q; %s", text, theRest(f.Kind))
	}
	f.Message = id
	if !second {
		return nil
	}
	if !f.Kind.ByAttempt() {
		return r.fail(v, "%s strikes a message, not a delivery: leave out /%s", f.Kind, delivery)
	}
	if f.Delivery, err = number(1, sim.MaxDeliveries).parse(delivery); err != nil {
		return r.fail(v, "the delivery of %s: %v", id, err)
	}
	return nil
}

// theRest says where the other parts of a fault go.
func theRest(k sim.FaultKind) string {
	example, has := "{of: m2, for: 5s}", func(field string) bool { return slices.Contains(k.Fields(), field) }
	switch {
	case has("later"):
		example = "{of: m2, later: 20s}"
	case has("before"):
		example = "{during: m2, before: ack}"
	case has("times"):
		example = "{during: m2, times: 2}"
	case k.ByAttempt():
		example = "{during: m2, for: 70s}"
	}
	return "all else goes in braces, as in " + string(k) + ": " + example
}

// wrongField gives what the simulator says of a fault by itself a place.
func (r *reader) wrongField(err error, at *faultPlace) error {
	if unknownStep := (*sim.UnknownStep)(nil); errors.As(err, &unknownStep) {
		points := append([]string{sim.PointEffect}, sim.StepNames()...) // ack is a step as well
		return r.fail(at.point, "unknown step %q%s", unknownStep.Name, suggest(unknownStep.Name, points))
	}
	return r.fail(at.point, "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
}

// checkFaults lets the simulator check the plan against the messages, and gives
// what it says a place.
func (r *reader) checkFaults() error {
	i, err := sim.CheckPlan(r.s.Faults, r.s.Messages, r.s.Rates, r.s.Workers)
	if err == nil || i < 0 {
		return err
	}
	if unknown := (*sim.UnknownMessage)(nil); errors.As(err, &unknown) {
		return r.fail(r.faults[i].message, "no message is called %q%s", unknown.Name, suggest(unknown.Name, r.ids))
	}
	return r.fail(r.faults[i].message, "%v", err)
}

// readRates reads how often chance strikes.
func (r *reader) readRates(v *node) error {
	r.s.Rates = sim.Rates{}
	return r.object(v, "rates", r.rateFields())
}

// rateFields are the kinds of fault that can be drawn.
func (r *reader) rateFields() []field {
	var fields []field
	for _, k := range sim.FaultKinds() {
		rate := r.s.Rates[k]
		f := parsed(r.source, string(k), &rate, format[float64]{parse: sim.ParseRate})
		fields = append(fields, field{name: f.name, form: defined("rate"), about: faultTexts[k].rate, read: func(v *node) error {
			err := f.read(v)
			r.s.Rates[k] = rate
			return err
		}, text: func() string {
			if rate, set := r.s.Rates[k]; set {
				return Rate(rate)
			}
			return ""
		}})
	}
	return fields
}

// FaultLine returns the line that adds a fault to the faults of a file:
// "- crash: {during: m3, before: ack}". What is as it would be by default is left
// out, but for the point.
func FaultLine(f sim.Fault) string {
	body := f.Body
	f.Body = ""
	target, fields, _ := strings.Cut(f.String(), ",")
	target = strings.TrimPrefix(strings.TrimPrefix(target, string(f.Kind)), ":")
	var keys []string
	parts := strings.Split(target, "/")
	for len(parts) > 1 {
		last := parts[len(parts)-1]
		when, point, _ := strings.Cut(last, "-")
		if when != "before" && when != "after" {
			break
		}
		keys, parts = append(keys, when+": "+point), parts[:len(parts)-1]
	}
	if fields != "" {
		keys = append(keys, strings.ReplaceAll(strings.ReplaceAll(fields, ",", ", "), "=", ": "))
	}
	if body != "" {
		keys = append(keys, "body: "+flowText(body))
	}
	target = strings.Join(parts, "/")
	if strings.HasPrefix(target, "-") || strings.EqualFold(target, "null") {
		target = strconv.Quote(target) // bare, it would not be a text to YAML
	}
	switch {
	case len(keys) == 0:
		return fmt.Sprintf("- %s: %s", f.Kind, target)
	case f.Kind.ByAttempt():
		keys = append([]string{"during: " + target}, keys...)
	case !f.Kind.ByWorld():
		keys = append([]string{"of: " + target}, keys...)
	}
	return fmt.Sprintf("- %s: {%s}", f.Kind, strings.Join(keys, ", "))
}
