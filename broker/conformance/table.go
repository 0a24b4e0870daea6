package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"

	"dejavu/broker"
)

// system is where a preset can be measured.
type system struct {
	// is says what is measured: a server, a fake, or nothing.
	is string
	// start starts it in an empty folder. Its error is errNotHere if this machine has none.
	start func(dir string) (server, error)
	// probes measure fields of the profile, by their names.
	probes map[string]probe
	// left are the fields that are not measured, and why.
	left map[string]string
	// facts are what a comment of the preset says that no field expresses.
	facts []fact
}

// fact is something that a broker does.
type fact struct {
	says  string
	holds func(server) (bool, error)
}

// judge measures a fact.
func (f *fact) judge(r *row, srv server) {
	holds, err := f.holds(srv)
	r.field, r.claimed, r.measured, r.note = "besides", "true", strconv.FormatBool(holds), f.says
	switch {
	case err != nil:
		r.verdict, r.note = failed, f.says+": "+err.Error()
	case holds:
		r.verdict = same
	default:
		r.verdict = differs
	}
}

// errNotHere is the error of a server that is not installed.
var errNotHere = errors.New("not installed here")

// probe measures one field.
type probe struct {
	// measure returns what the server does, as the profile would print it.
	measure func(server) (string, error)
	// scaled says how, where it is not plain: what stands for a long time or a large number.
	scaled string
	// otherwise is what a fake does instead of the broker, or an older version instead of
	// a newer one, and why the preset is right all the same.
	otherwise, why string
}

// row is what is said of one field of one preset.
type row struct {
	preset, field, claimed, measured, on string
	verdict                              verdict
	note                                 string
}

// verdict is what a measurement means for a claim.
type verdict string

// The verdicts.
const (
	same     verdict = "same"     // as claimed
	known    verdict = "known"    // not as claimed, and the probe says why
	differs  verdict = "DIFFERS"  // not as claimed
	failed   verdict = "FAILED"   // the probe came to no result
	unprobed verdict = "-"        // not measured, and the note says why
	missing  verdict = "NO PROBE" // neither measured, nor does anything say why
)

func (r row) bad() bool { return r.verdict == differs || r.verdict == failed || r.verdict == missing }

func (r row) good() bool { return !r.bad() }

// fields returns the names of what a profile claims, in their order. What it is called and
// how far it was measured is no claim about the broker.
func fields() []string {
	var names []string
	t := reflect.TypeFor[broker.Profile]()
	for i := range t.NumField() {
		if name := t.Field(i).Name; name != "Name" && name != "Summary" && name != "Measured" {
			names = append(names, name)
		}
	}
	return names
}

// claim returns what a profile claims in a field.
func claim(p *broker.Profile, field string) string {
	return fmt.Sprint(reflect.ValueOf(p).Elem().FieldByName(field).Interface())
}

// hold measures every field of a preset. s is nil if there is nothing to measure it on.
func hold(p *broker.Profile, s *system) []row {
	if s == nil {
		return []row{{preset: p.Name, field: "all", verdict: unprobed, note: "no server of it, and no fake, can be run here"}}
	}
	if s.start == nil {
		note := p.Measured.String()
		if p.Measured.By != broker.OnPaper {
			note = "by hand: " + note
		}
		return []row{{preset: p.Name, field: "all", on: s.is, verdict: unprobed, note: note}}
	}
	dir, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return []row{{preset: p.Name, field: "all", on: s.is, verdict: failed, note: err.Error()}}
	}
	defer os.RemoveAll(dir)
	srv, err := s.start(dir)
	switch {
	case errors.Is(err, errNotHere):
		return []row{{preset: p.Name, field: "all", on: s.is, verdict: unprobed, note: err.Error()}}
	case err != nil:
		return []row{{preset: p.Name, field: "all", on: s.is, verdict: failed, note: err.Error()}}
	}
	defer srv.stop()
	rows := make([]row, len(fields())+len(s.facts))
	var wait sync.WaitGroup
	for i := range s.facts {
		r := &rows[len(fields())+i]
		r.preset, r.on = p.Name, s.is+" "+srv.version()
		wait.Go(func() { s.facts[i].judge(r, srv) })
	}
	for i, field := range fields() {
		wait.Go(func() { rows[i] = s.measure(p, field, srv) })
	}
	wait.Wait()
	return rows
}

// measure measures one field. Each has queues of its own, so they can be measured at once.
func (s *system) measure(p *broker.Profile, field string, srv server) row {
	r := row{preset: p.Name, field: field, claimed: claim(p, field), on: s.is + " " + srv.version()}
	if pr, there := s.probes[field]; there {
		pr.judge(&r, srv)
	} else if why, there := s.left[field]; there {
		r.verdict, r.note = unprobed, why
	} else if reflect.ValueOf(p).Elem().FieldByName(field).IsZero() {
		r.verdict, r.note = unprobed, "claims nothing"
	} else {
		r.verdict, r.note = missing, "give it a probe, or say why it cannot have one"
	}
	return r
}

// judge measures, and compares with the claim.
func (pr *probe) judge(r *row, srv server) {
	is, err := pr.measure(srv)
	r.measured, r.note = is, pr.scaled
	switch {
	case err != nil:
		r.verdict, r.note = failed, err.Error()
	case is == r.claimed && pr.otherwise != "":
		r.verdict, r.note = differs, "is as claimed by now: the probe expects "+pr.otherwise+", so drop that"
	case is == r.claimed:
		r.verdict = same
	case pr.otherwise != "" && is == pr.otherwise:
		r.verdict, r.note = known, pr.why
	default:
		r.verdict = differs
	}
}

// table writes rows in columns, with a heading for each preset.
func table(rows []row) string {
	var b strings.Builder
	widths := make([]int, 4)
	for i := range rows {
		for at, cell := range rows[i].cells() {
			widths[at] = max(widths[at], len(cell))
		}
	}
	last := ""
	for i := range rows {
		r := &rows[i]
		if r.preset != last {
			fmt.Fprintf(&b, "%s: %s\n", r.preset, r.on)
			last = r.preset
		}
		line := "  "
		for at, cell := range r.cells() {
			line += fmt.Sprintf("%-*s  ", widths[at], cell)
		}
		b.WriteString(strings.TrimRight(line+r.note, " ") + "\n")
	}
	return b.String()
}

func (r *row) cells() []string { return []string{r.field, r.claimed, r.measured, string(r.verdict)} }

// moduleVersion is the version of a module that is part of this program.
func moduleVersion(path string) string {
	info, _ := debug.ReadBuildInfo()
	for _, m := range info.Deps {
		if m.Path == path {
			return m.Version
		}
	}
	return ""
}
