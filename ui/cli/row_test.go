package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"dejavu/sim/testkit"
)

// changed returns the text of a file of this repository with changes to it.
func changed(t *testing.T, file string, change func(text string) string) (place, text string) {
	t.Helper()
	place, err := filepath.Abs(filepath.Join("../..", file))
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(place)
	if err != nil {
		t.Fatal(err)
	}
	if text = change(string(before)); text == string(before) {
		t.Fatalf("%s was not changed", file)
	}
	return place, text
}

// withSMS adds a business to the source of its table: mails that are called texts.
func withSMS(text string) string {
	row := regexp.MustCompile(`(?s)\n\tMail: \{.*?\n\t\},`).FindString(text)
	row = regexp.MustCompile(`\bmail`).ReplaceAllString(strings.Replace(row, "Mail:", "SMS:", 1), "text")
	row = strings.Replace(row, `Name: "text"`, `Name: "sms"`, 1)
	text = regexp.MustCompile(`(?m)^\tStock +//.*$`).ReplaceAllString(text, "$0\n\tSMS // send a text message")
	return regexp.MustCompile(`(?s)(\n\tStock: \{.*?\n\t\},)`).ReplaceAllString(text, "$1"+strings.ReplaceAll(row, "$", "$$"))
}

// withHouseQueue adds a broker profile to the source of its table.
func withHouseQueue(text string) string {
	return strings.Replace(text, "\tsqsStandard,\n", "\tsqsStandard,\n\thouseQueue,\n", 1) + `
func houseQueue() Profile {
	p := sqsStandard()
	p.Name, p.Summary, p.Visibility = "house-queue", "hidden for 5 s on a timer", 5*time.Second
	return p
}
`
}

// A business and a broker profile are a row each: with a row more, and nothing else, every
// command has it, and no command knows it by another name.
func TestABusinessAndAProfileAreARowEach(t *testing.T) {
	testkit.Long(t)
	files := map[string]string{}
	for file, change := range map[string]func(string) string{"sim/business/business.go": withSMS, "broker/presets.go": withHouseQueue} {
		place, text := changed(t, file, change)
		files[place] = text
	}
	program := filepath.Join(t.TempDir(), "dejavu")
	build := exec.Command("go", "build", "-overlay", overlaid(t, files), "-o", program, ".")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("with a row more it does not compile: %v\n%s", err, out)
	}
	for _, c := range []struct {
		line string
		want []string
	}{
		{"run lost-ack --business sms", []string{"naive: texts Bob AGAIN, acks", "naive       3 texts  4 texts    1 text", "NAIVE texted Bob twice (m2):"}},
		{"run lost-ack --business sms --plain", []string{"naive: worker 1, m2: texts Bob AGAIN.", "done 4 texts"}},
		{"run lost-ack --business sms --profile house-queue --plain", []string{"0:10.0, naive: ", "naive: worker 1, m2: texts Bob AGAIN."}},
		{"check inbox --business sms --faults 1", []string{"one crash, between the text and the commit", "m1 is texted twice."}},
		{"check mark-first --business sms --faults 1 --require never-twice", []string{"never twice   ✓ holds"}},
		{"matrix naive mark-first --business sms --only crash,lose-ack", []string{"SMS", "naive       twice  twice", "mark-first  lost   once"}},
		{"matrix naive --only lose-ack", []string{"CARD", "MAIL", "STOCK", "SMS"}},
		{"new --schema", []string{`"sms"`, `"house-queue"`}},
		{"list profiles", []string{"house-queue"}},
		{"explain house-queue", []string{"Hidden for 5 s on a timer"}},
	} {
		out, err := exec.Command(program, strings.Fields(c.line)...).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", c.line, err, out)
		}
		for _, want := range c.want {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s does not say %q:\n%s", c.line, want, out)
			}
		}
		if strings.Contains(c.line, "--business sms") && regexp.MustCompile(`\bmail`).Match(out) {
			t.Errorf("%s speaks of mail:\n%s", c.line, out)
		}
	}
}
