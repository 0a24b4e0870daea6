package export

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/report"
	"dejavu/ui/story"
)

// some are shipped scenarios, of which each format must be able to tell.
func some(t *testing.T, check func(t *testing.T, st *story.Story)) {
	t.Helper()
	for _, s := range testkit.Sample(8, scenarios.Shipped()) {
		t.Run(s.Name, func(t *testing.T) { check(t, told(t, s.Name)) })
	}
}

func TestEveryFormatIsTheSameToTheByte(t *testing.T) {
	st := told(t, "lost-ack-then-crash")
	for _, f := range Formats() {
		if a, b := written(t, f.Name, st), written(t, f.Name, told(t, "lost-ack-then-crash")); a != b || a == "" {
			t.Errorf("%s: %d bytes, and then %d others", f.Name, len(a), len(b))
		}
	}
}

// What a parser of Mermaid is sure to read: arrows between participants, and notes.
var mermaidLine = regexp.MustCompile(`^(sequenceDiagram|    participant \w+ as [\w -]+|    \w+(->>|-->>|--x)\w+: [^;#<>]+|    Note over \w+(,\w+)?: [^;#<>]+)$`)

func TestMermaidIsASafeSubset(t *testing.T) {
	some(t, func(t *testing.T, st *story.Story) {
		lines := strings.Split(strings.TrimSpace(written(t, "mermaid", st)), "\n")
		for _, line := range lines {
			if !mermaidLine.MatchString(line) {
				t.Errorf("not sure to be read: %q", line)
			}
		}
		if len(lines) > 2*mostArrows {
			t.Errorf("%d lines", len(lines))
		}
	})
}

func TestADiagramTellsEveryFaultAndHarm(t *testing.T) {
	text := written(t, "mermaid", told(t, "lost-ack-then-crash"))
	for _, want := range []string{
		"lane1--xqueue: m2: [A] its ack is lost", "Note over lane1: [C] crashes before its ack", "22 s later, 0:35.0",
		"lane1->>receiver: charges Cy $120 AGAIN", "queue->>lane2: m3, 2nd time", "Note over lane1: NAIVE charged Cy $120 twice (m3)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %q:\n%s", want, text)
		}
	}
	if long := written(t, "mermaid", told(t, "bad-weather")); !strings.Contains(long, "more: the diagram ends here") {
		t.Error("a long diagram is not cut, or does not say so")
	}
}

func TestPlantUMLBeginsAndEnds(t *testing.T) {
	text := written(t, "plantuml", told(t, "lost-ack"))
	if !strings.HasPrefix(text, "@startuml\n") || !strings.HasSuffix(text, "@enduml\n") || !strings.Contains(text, "... 22 s later") && !strings.Contains(text, " later, ") {
		t.Error(text)
	}
}

func TestMarkdownHasATableAndADiagram(t *testing.T) {
	some(t, func(t *testing.T, st *story.Story) {
		text := written(t, "md", st)
		for _, l := range st.Lanes {
			if !strings.Contains(text, "\n| "+l.Consumer.Name+" | ") {
				t.Errorf("no row for %s", l.Consumer.Name)
			}
		}
		if strings.Count(text, "```") != 2 {
			t.Error("the diagram is not in one fence")
		}
	})
}

// Of a status, what is too many is stale.
func TestMarkdownSaysWhatIsTooManyOfABusiness(t *testing.T) {
	for scenario, want := range map[string]string{
		"lost-ack":               "| consumer | owed | taken | too much | too little | twice | never |\n",
		"updated-before-created": "| consumer | owed | done | too much | too little | stale | never | outdated |\n",
	} {
		if text := written(t, "md", told(t, scenario)); !strings.Contains(text, want) {
			t.Errorf("%s: want the heading %s:\n%s", scenario, want, text)
		}
	}
}

func TestPicturesAreWellFormedAndNeedNothing(t *testing.T) {
	some(t, func(t *testing.T, st *story.Story) {
		text := ""
		for _, name := range []string{"svg", "svg-animated"} {
			text = written(t, name, st)
			for d := xml.NewDecoder(strings.NewReader(text)); ; {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			if rest := strings.ReplaceAll(text, "http://www.w3.org/2000/svg", ""); strings.Contains(rest, "http") || strings.Contains(rest, "<script") {
				t.Errorf("%s asks for something", name)
			}
		}
		if n := strings.Count(text, `<g class="k`); n != len(st.Stops()) || strings.Count(text, "k still") != 1 || !strings.Contains(text, "prefers-reduced-motion") {
			t.Errorf("%d key frames for %d stops", n, len(st.Stops()))
		}
	})
}

func TestACastIsTimedAndMarked(t *testing.T) {
	st := told(t, "lost-ack-then-crash")
	f, _ := Find("cast")
	length := map[int]float64{}
	for _, version := range []int{2, 3} {
		var b strings.Builder
		if err := f.Write(&b, &Work{Story: st, Cast: version}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(b.String()), "\n")
		var head struct{ Version int }
		if err := json.Unmarshal([]byte(lines[0]), &head); err != nil || head.Version != version {
			t.Fatalf("version %d: %v", head.Version, err)
		}
		marks, last := 0, 0.0
		for _, line := range lines[1:] {
			var event []any
			if err := json.Unmarshal([]byte(line), &event); err != nil || len(event) != 3 {
				t.Fatalf("%s: %v", line, err)
			}
			at := event[0].(float64)
			if version == 3 {
				at += last
			}
			if at < last {
				t.Fatalf("time goes back from %v to %v", last, at)
			}
			last = at
			if event[1] == "m" {
				marks++
			}
		}
		if length[version] = last; marks != 4 || last < 20 {
			t.Errorf("version %d: %d markers in %.1f s", version, marks, last)
		}
	}
	if d := length[2] - length[3]; d > 0.5 || d < -0.5 {
		t.Errorf("version 3 takes %.1f s, version 2 %.1f s", length[3], length[2])
	}
}

func TestATableIsRectangularAndHasEveryEvent(t *testing.T) {
	some(t, func(t *testing.T, st *story.Story) {
		rows, err := csv.NewReader(strings.NewReader(written(t, "csv", st))).ReadAll() // which is strict
		if err != nil {
			t.Fatal(err)
		}
		n, lane, fault := 0, slices.Index(rows[0], "lane"), slices.Index(rows[0], "fault")
		for line := range report.Events(st) {
			n++
			if rows[n][lane] != line.Lane || rows[n][fault] != line.Fault {
				t.Fatalf("row %d is %q, the event %+v", n, rows[n], line)
			}
		}
		if len(rows) != n+1 || strings.Count(written(t, "jsonl", st), "\n") != n {
			t.Errorf("%d rows for %d events", len(rows)-1, n)
		}
	})
}

func TestJUnitFailsWhatIsNotAsExpected(t *testing.T) {
	s, _ := scenarios.Get("lost-ack")
	s.Expect = s.Expect[1:] // of naive nothing is expected, so its harm counts
	st, err := story.Tell(s)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Suites   []struct {
			Cases []struct {
				Name    string `xml:"name,attr"`
				Failure *struct {
					Message string `xml:"message,attr"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(written(t, "junit", st)), &got); err != nil {
		t.Fatal(err)
	}
	if got.Tests != 4 || got.Failures != 1 || got.Suites[0].Cases[0].Failure == nil || got.Suites[0].Cases[0].Failure.Message != "NAIVE charged Bob $15 twice (m2)" || got.Suites[0].Cases[1].Failure != nil {
		t.Errorf("%+v", got)
	}
}

// junitElements are the elements of a report: which element each is in, and its attributes.
var junitElements = map[string]struct{ in, attributes string }{
	"testsuites": {"", "tests failures"},
	"testsuite":  {"testsuites", "name tests failures errors skipped time"},
	"testcase":   {"testsuite", "name classname time"},
	"failure":    {"testcase", "message type"},
}

// What the schema in .ci/junit.xsd asks for, and that the numbers are those of the cases.
func TestJUnitHasNothingButWhatTheFormatNames(t *testing.T) {
	some(t, func(t *testing.T, st *story.Story) {
		harmed := *st.Scenario
		harmed.Expect = nil // so that harm fails
		other, err := story.Tell(&harmed)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := JUnit(&b, st, other); err != nil {
			t.Fatal(err)
		}
		count, claimed, open := map[string]int{}, map[string]int{}, []string{""}
		for d := xml.NewDecoder(strings.NewReader(b.String())); ; {
			token, err := d.Token()
			if err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			switch e := token.(type) {
			case xml.StartElement:
				name, in := e.Name.Local, open[len(open)-1]
				var attributes []string
				for _, a := range e.Attr {
					attributes = append(attributes, a.Name.Local)
					if n, err := strconv.Atoi(a.Value); name == "testsuite" && err == nil {
						claimed[a.Name.Local] += n
					}
					if a.Value == "" {
						t.Errorf("%s of a %s is empty", a.Name.Local, name)
					}
				}
				if want, known := junitElements[name]; !known || want.in != in || want.attributes != strings.Join(attributes, " ") {
					t.Errorf("a %s in a %s with %v", name, in, attributes)
				}
				open = append(open, name)
				count[name]++
			case xml.EndElement:
				open = open[:len(open)-1]
			case xml.CharData:
				if text := strings.TrimSpace(string(e)); text != "" && open[len(open)-1] != "failure" {
					t.Errorf("a text in a %s: %q", open[len(open)-1], text)
				}
			}
		}
		if count["testsuite"] != 2 || count["testcase"] != claimed["tests"] || count["failure"] != claimed["failures"] || count["testcase"] == 0 {
			t.Errorf("%v, and the suites say %v", count, claimed)
		}
	})
}

// traceFields are the fields of each kind of event, as the Trace Event Format documents
// them: those that it must have, and those that it may.
var traceFields = map[string]struct{ must, may []string }{
	"M": {[]string{"name", "ph", "pid", "tid", "ts", "args"}, nil},
	"X": {[]string{"name", "ph", "pid", "tid", "ts", "dur"}, []string{"args"}},
	"i": {[]string{"name", "ph", "pid", "tid", "ts", "s"}, []string{"args"}},
}

func TestATraceIsAsItsFormatIsDocumented(t *testing.T) {
	some(t, func(t *testing.T, st *story.Story) {
		var got map[string]any
		if err := json.Unmarshal([]byte(written(t, "trace", st)), &got); err != nil {
			t.Fatal(err)
		}
		if len(got) != 2 || got["displayTimeUnit"] != "ms" {
			t.Errorf("around the events: %v", got["displayTimeUnit"])
		}
		named := map[[2]any]bool{} // a thread, or with 0 a process, that has a name
		for _, one := range got["traceEvents"].([]any) {
			e := one.(map[string]any)
			fields, known := traceFields[e["ph"].(string)]
			if !known {
				t.Fatalf("no such phase: %v", e)
			}
			for _, name := range fields.must {
				if _, there := e[name]; !there {
					t.Errorf("%s is missing: %v", name, e)
				}
			}
			for name, v := range e {
				if !slices.Contains(append(fields.may, fields.must...), name) {
					t.Errorf("%s is not of it: %v", name, e)
				}
				if n, is := v.(float64); is != slices.Contains([]string{"pid", "tid", "ts", "dur"}, name) || n < 0 {
					t.Errorf("%s is %v", name, v)
				}
			}
			if s, is := e["s"]; is && !slices.Contains([]any{"g", "p", "t"}, s) {
				t.Errorf("the scope %v", s)
			}
			switch thread := [2]any{e["pid"], e["tid"]}; {
			case e["ph"] == "M":
				if name, is := e["args"].(map[string]any)["name"].(string); !is || name == "" || (e["name"] == "process_name") != (e["tid"] == 0.0) || e["name"] != "process_name" && e["name"] != "thread_name" {
					t.Errorf("it names nothing: %v", e)
				}
				named[thread] = true
			case !named[thread] || !named[[2]any{e["pid"], 0.0}]:
				t.Errorf("its process or thread has no name: %v", e)
			}
		}
	})
}

func TestATraceHasAProcessForEachLane(t *testing.T) {
	some(t, func(t *testing.T, st *story.Story) {
		var got struct{ TraceEvents []traced }
		if err := json.Unmarshal([]byte(written(t, "trace", st)), &got); err != nil {
			t.Fatal(err)
		}
		names, attempts, faults := 0, 0, 0
		for _, e := range got.TraceEvents {
			switch {
			case e.Phase == "M" && e.Name == "process_name":
				names++
			case e.Phase == "X":
				attempts++
			case e.Phase == "i" && e.Scope == "p":
				faults++
			}
			if e.Lane < 1 || e.Lane > len(st.Lanes) || e.Time < 0 || e.Long != nil && *e.Long < 0 {
				t.Errorf("%+v", e)
			}
		}
		want, struck := 0, 0
		for _, l := range st.Lanes {
			want += len(l.Attempts)
			for i := range l.Run.Events() {
				if l.Event(i).Fault >= 0 {
					struck++
				}
			}
		}
		if names != len(st.Lanes) || attempts != want || faults != struck {
			t.Errorf("%d processes, %d slices of %d attempts, %d of %d faults", names, attempts, want, faults, struck)
		}
	})
}

// The test is compiled and run: it fails for who harms somebody, and passes for the rest.
func TestAnExportedTestFailsForTheSameReason(t *testing.T) {
	testkit.Long(t) // it builds; the short tier formats it, which needs it to parse
	s, _ := scenarios.Get("bad-weather")
	s.Consumers = []string{"naive", "inbox-and-gateway-key"}
	s.Spared = []sim.Fault{{Kind: sim.CopyFault, Message: "m1"}}
	st, err := story.Tell(s)
	if err != nil {
		t.Fatal(err)
	}
	for name, st := range map[string]*story.Story{"lost-ack-then-crash": told(t, "lost-ack-then-crash"), "bad-weather": st} {
		dir := t.TempDir()
		root, err := filepath.Abs("../..")
		if err != nil {
			t.Fatal(err)
		}
		sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
		if err != nil {
			t.Fatal(err)
		}
		for file, text := range map[string]string{
			"go.mod": "module story\n\ngo 1.26\n\nrequire dejavu v0.0.0\n\nreplace dejavu => " + root + "\n", "go.sum": string(sums), "story_test.go": written(t, "gotest", st),
		} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command("go", "test", "-mod=mod", "-v", ".")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=", "GOWORK=off")
		out, _ := cmd.CombinedOutput()
		if text := string(out); !strings.Contains(text, "--- FAIL: TestNaive1") || !strings.Contains(text, "--- PASS: Test"+exportedName(st.Scenario.Consumers[1], 1)) || !strings.Contains(text, "naive: twice is m") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
}
