package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"dejavu/broker"
)

func TestEveryPresetIsMeasuredOrItIsSaidWhyNot(t *testing.T) {
	for _, p := range broker.Presets() {
		s, there := systems[p.Name]
		if !there || s.is == "" {
			t.Errorf("%s: say in systems.go where it can be measured, or why nowhere", p.Name)
			continue
		}
		for _, field := range fields() {
			_, probed := s.probes[field]
			why, left := s.left[field]
			if probed && left {
				t.Errorf("%s, %s: is measured, and left since %q", p.Name, field, why)
			}
			// as measure says where the server is installed
			if claims := !reflect.ValueOf(p).FieldByName(field).IsZero(); s.start != nil && claims && !probed && !left {
				t.Errorf("%s, %s: give %s a probe, or say why it cannot have one", p.Name, field, claim(&p, field))
			}
		}
	}
}

// What dejavu list says of a preset is what it is measured on here, where it is.
func TestAPresetSaysOnWhatItIsMeasured(t *testing.T) {
	for _, p := range broker.Presets() {
		s := systems[p.Name]
		if s.start == nil {
			continue
		}
		want := broker.OnServer
		if strings.Contains(s.is, "fake") {
			want = broker.OnFake
		}
		if p.Measured.By != want {
			t.Errorf("%s is measured on %s, and says %s", p.Name, s.is, p.Measured)
		}
	}
}

func TestEveryProbeIsOfAFieldThatAPresetHas(t *testing.T) {
	for name, s := range systems {
		for field := range s.probes {
			if _, preset := broker.Preset(name); preset && !slices.Contains(fields(), field) {
				t.Errorf("%s: %s is no field of a profile", name, field)
			}
		}
	}
}

// A preset that drifts from its server is found: here one claims that JetStream compares
// the IDs of plain publishes, which have none.
func TestADriftIsFound(t *testing.T) {
	srv, err := startNATS(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer srv.stop()
	p, _ := broker.Preset("jetstream")
	asItIs := func() []row { return []row{jetStream.measure(&p, "DedupBy", srv)} }
	if r := confirmed(asItIs(), asItIs)[0]; r.verdict != same {
		t.Errorf("the preset as it is: %+v", r)
	}
	p.DedupBy = broker.ByMessageID
	if r := jetStream.measure(&p, "DedupBy", srv); r.verdict != differs || !r.bad() || r.measured != broker.ByNothing.String() {
		t.Errorf("a wrong preset: %+v", r)
	}
}

// What a fake does otherwise is expected, and no excuse for anything else.
func TestAFakeMayDifferOnlyAsExpected(t *testing.T) {
	for _, c := range []struct {
		measured string
		want     verdict
	}{{"accepted", known}, {"rejected", differs}, {"ignored", differs}} {
		pr := probe{measure: func(server) (string, error) { return c.measured, nil }, otherwise: "accepted", why: "it is a fake"}
		r := row{claimed: "ignored"}
		if pr.judge(&r, nil); r.verdict != c.want {
			t.Errorf("measured %s: %+v, want %s", c.measured, r, c.want)
		}
	}
}

func TestAFactThatDoesNotHoldIsFound(t *testing.T) {
	for holds, want := range map[bool]verdict{true: same, false: differs} {
		f, r := fact{"it is so", func(server) (bool, error) { return holds, nil }}, row{}
		if f.judge(&r, nil); r.verdict != want || r.note != "it is so" {
			t.Errorf("%v: %+v", holds, r)
		}
	}
}

// A field that claims something, and that nobody measures or explains, is an error.
func TestAFieldWithoutAProbeIsNamed(t *testing.T) {
	p, _ := broker.Preset("jetstream")
	nothing := system{is: "nothing"}
	if r := nothing.measure(&p, "Visibility", silent{}); r.verdict != missing || !r.bad() {
		t.Errorf("30 s that nobody measures: %+v", r)
	}
	if r := nothing.measure(&p, "HeartbeatInterval", silent{}); r.verdict != unprobed || r.bad() {
		t.Errorf("no claim: %+v", r)
	}
}

type silent struct{ server }

func (silent) version() string { return "" }

func TestTheTableNamesTheServerOnceAndAlignsItsColumns(t *testing.T) {
	got := table([]row{
		{preset: "a", on: "server 1", field: "LateAck", claimed: "ignored", measured: "ignored", verdict: same},
		{preset: "a", on: "server 1", field: "Batch", claimed: "0", verdict: unprobed, note: "why"},
	})
	want := strings.TrimPrefix(`
a: server 1
  LateAck  ignored  ignored  same
  Batch    0                 -     why
`, "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAnUnknownPresetIsNamed(t *testing.T) {
	if _, err := measured([]string{"rabbit"}); err == nil || !strings.Contains(err.Error(), `unknown preset "rabbit": want some of sqs-standard`) {
		t.Errorf("says %v", err)
	}
}

// A preset holds on a fake that is part of this module, and a wrong one is found.
func TestAPresetHoldsOnItsFake(t *testing.T) {
	p, _ := broker.Preset("kafka")
	for _, r := range confirmed(hold(&p, &kafkaGroup), func() []row { return hold(&p, &kafkaGroup) }) {
		if r.bad() {
			t.Errorf("%+v", r)
		}
	}
	p.AckUnit = broker.AckEach
	wrong := func() []row {
		srv, err := startKafka(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer srv.stop()
		return []row{kafkaGroup.measure(&p, "AckUnit", srv)}
	}
	if r := confirmed(wrong(), wrong)[0]; r.verdict != differs {
		t.Errorf("a commit is for one record: %+v", r)
	}
}

// What is bad once may be bad luck; what is bad twice is bad.
func TestOnlyWhatIsBadTwiceIsBad(t *testing.T) {
	ok, wrong := row{verdict: same}, row{verdict: differs, note: "first"}
	still := row{verdict: differs, note: "second"}
	for _, c := range []struct {
		what                string
		first, second, want []row
	}{
		{"nothing bad: not measured again", []row{ok, ok}, nil, []row{ok, ok}},
		{"bad once", []row{ok, wrong}, []row{ok, ok}, []row{ok, ok}},
		{"bad twice", []row{wrong, ok}, []row{still, ok}, []row{still, ok}},
		{"another one is bad the second time", []row{wrong, ok}, []row{ok, still}, []row{ok, ok}},
		{"the server did not start", []row{wrong}, []row{ok, still}, []row{ok, still}},
		{"nor the second time", []row{ok, wrong}, []row{still}, []row{still}},
	} {
		again := func() []row {
			if c.second == nil {
				t.Errorf("%s: measured again", c.what)
			}
			return c.second
		}
		if got := confirmed(slices.Clone(c.first), again); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.what, got, c.want)
		}
	}
}
