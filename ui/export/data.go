package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"reflect"
	"strings"

	"dejavu/ui/report"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// writeLines writes the events as run --events does.
func writeLines(w *printer, x *Work) error { return report.WriteEvents(x.Story, w) }

// writeTable writes the same as a table: a column for each field.
func writeTable(w *printer, x *Work) error {
	table := csv.NewWriter(w)
	fields := reflect.TypeFor[report.EventLine]()
	var head []string
	for i := range fields.NumField() {
		name, _, _ := strings.Cut(fields.Field(i).Tag.Get("json"), ",")
		head = append(head, name)
	}
	_ = table.Write(head) // the writer keeps its error
	for line := range report.Events(x.Story) {
		var row []string
		for i := range fields.NumField() {
			v := reflect.ValueOf(line).Field(i)
			row = append(row, words.Either(v.IsZero() && strings.Contains(fields.Field(i).Tag.Get("json"), "omitempty"), "", fmt.Sprint(v)))
		}
		_ = table.Write(row)
	}
	table.Flush()
	return table.Error()
}

// suite is a run as JUnit has it: a scenario is a suite, a consumer in it a case.
type suite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []suiteCase `xml:"testcase"`
}

type suiteCase struct {
	Name    string       `xml:"name,attr"`
	Class   string       `xml:"classname,attr"`
	Time    string       `xml:"time,attr"`
	Failure *caseFailure `xml:"failure,omitempty"`
}

type caseFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// Wrong says in a sentence each what is wrong in a lane: how it differs from what the
// scenario expects of it or, where nothing is expected, whom it harmed.
func Wrong(st *story.Story, l *story.LaneStory) []string {
	if e, stated := st.Scenario.Expectation(l.Consumer.Name); stated {
		return e.Differences(l.Outcome)
	}
	var all []string
	for _, h := range l.Harms() {
		all = append(all, h.Headline())
	}
	return all
}

// suiteOf judges a story. Times are virtual, so none is given.
func suiteOf(st *story.Story) suite {
	s := suite{Name: st.Scenario.Name, Tests: len(st.Lanes), Time: "0"}
	for _, l := range st.Lanes {
		c := suiteCase{Name: l.Consumer.Name, Class: st.Scenario.Name, Time: "0"}
		if wrong := Wrong(st, l); len(wrong) > 0 {
			var b strings.Builder
			for _, h := range l.Harms() {
				chain := h.Chain()
				fmt.Fprintf(&b, "%s: %s\n", h.Headline(), chain.Plain())
			}
			c.Failure = &caseFailure{strings.Join(wrong, "; "), "expectation", b.String()}
			s.Failures++
		}
		s.Cases = append(s.Cases, c)
	}
	return s
}

// writeJUnit writes what a build server shows of tests.
func writeJUnit(w *printer, x *Work) error { return JUnit(w, x.Story) }

// JUnit writes stories as one report: a suite for each.
func JUnit(w interface{ Write([]byte) (int, error) }, all ...*story.Story) error {
	report := struct {
		XMLName  xml.Name `xml:"testsuites"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Suites   []suite
	}{}
	for _, st := range all {
		s := suiteOf(st)
		report.Suites = append(report.Suites, s)
		report.Tests, report.Failures = report.Tests+s.Tests, report.Failures+s.Failures
	}
	text, err := xml.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}

// traced is one event of Chrome's trace format, which Perfetto opens: times are in
// microseconds.
type traced struct {
	Name  string         `json:"name"`
	Phase string         `json:"ph"`
	Time  float64        `json:"ts"`
	Long  *float64       `json:"dur,omitempty"` // of a slice, 0 included
	Lane  int            `json:"pid"`
	Who   int            `json:"tid"`
	Scope string         `json:"s,omitempty"`
	Args  map[string]any `json:"args,omitempty"`
}

// writeTrace writes a process for each lane, a thread for each worker, a slice for each
// attempt, and an instant for each fault and harm.
func writeTrace(w *printer, x *Work) error {
	var all []traced
	st := x.Story
	micros := func(ns int64) float64 { return float64(ns) / 1000 }
	for k, l := range st.Lanes {
		all = append(all, traced{Name: "process_name", Phase: "M", Lane: k + 1, Args: map[string]any{"name": strings.ToUpper(l.Consumer.Name)}})
		for worker := range l.Run.World().Workers() {
			all = append(all, traced{Name: "thread_name", Phase: "M", Lane: k + 1, Who: worker + 1, Args: map[string]any{"name": l.WorkerName(worker)}})
		}
		for i := range l.Attempts {
			a := &l.Attempts[i]
			long := 0.0
			if n := len(a.Events); n > 0 {
				long = micros(int64(l.Event(a.Events[n-1]).At - a.At))
			}
			name := a.Name
			if n := int(a.Receipt.Delivery); n > 1 {
				name += ", " + words.Nth(n) + " delivery"
			}
			all = append(all, traced{Name: name, Phase: "X", Time: micros(int64(a.At)), Long: &long, Lane: k + 1, Who: a.Worker + 1,
				Args: map[string]any{"told": l.Sentences(a.Name)}})
		}
		for i := range l.Run.Events() {
			if e := l.Event(i); e.Fault >= 0 {
				all = append(all, traced{Name: l.FaultOf(e).String(), Phase: "i", Time: micros(int64(e.At)), Lane: k + 1, Who: max(int(e.Worker), 0) + 1, Scope: "p"})
			}
		}
		for i := range l.Marks() {
			if m := &l.Marks()[i]; m.Kind != story.Done {
				all = append(all, traced{Name: l.Run.Lane.Messages[m.Owed].ID + " " + l.Heading(m), Phase: "i", Time: micros(int64(l.Event(m.Event).At)), Lane: k + 1, Who: 1, Scope: "g"})
			}
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(map[string]any{"displayTimeUnit": "ms", "traceEvents": all})
	w.WriteString(b.String())
	return err
}
