package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is typed wrongly, and once was taken for something else or answered with what
// does not help.
func TestAnAnswerSaysWhatToWriteInstead(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("kept.yaml", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"check naive --shrink bad-weather --faults 2":       "--faults does not go with --shrink: nothing is searched there",
		"check naive --shrink bad-weather --only crash":     "--only does not go with --shrink",
		"check naive --shrink bad-weather --play":           "--play does not go with --shrink",
		"check naive --shrink bad-weather --json":           "--json does not go with --shrink",
		"check naive --shrink bad-weather --save=":          "--save: a file is missing",
		"check naive --shrink bad-weather --save -":         `--save: "-" is no file: give a name, such as found.yaml`,
		"check naive --shrink bad-weather --save kept.yaml": `--save: there is a file "kept.yaml" already`,
		"check naive --business card --save -":              `--save: "-" is no file: give a name, such as found.yaml`,
		"check naive --shrink=":                             "--shrink: unknown scenario",
		"learn twins":                                       "twins is a scenario, and no lesson: to watch it, dejavu play twins",
		"learn naive":                                       "naive is a consumer, and no lesson: to read about it, dejavu explain naive",
		"learn --reset garbage":                             `unknown lesson "garbage"`,
		"learn --reset M5":                                  "M5 is not kept by itself: name a lesson, or none to forget everything",
		"learn --reset twins":                               "twins is a scenario, and no lesson",
		"matrix --business=":                                `--business: unknown business ""`,
		"sweep bad-weather --shard=":                        `--shard "": want the number of a part and of parts, such as 2/4`,
		"new mine --from=":                                  `--from: unknown scenario ""`,
		"new x/":                                            `"x/" is a folder: add the name of a file, such as x/mine`,
		"new .":                                             `"." is a folder: add the name of a file, such as ./mine`,
		"new ..":                                            `".." is a folder: add the name of a file, such as ../mine`,
		"check --max-deliveries x":                          `--max-deliveries "x": want a whole number, such as 3`,
		"check --workers x":                                 `--workers "x": want a whole number, such as 2`,
		"sweep --merge gone.json":                           `there is no file "gone.json": check the path`,
		"sweep --merge .":                                   `"." is a folder: name a file in it`,
	} {
		s, out, err := desk("")
		if code := execute(s, strings.Fields(line)); code != exitUsage || out.Len() > 0 || !strings.Contains(err.String(), want) {
			t.Errorf("%s: exit status %d, %q and\n%s\nwant %q", line, code, out, err, want)
		}
	}
	files, _ := filepath.Glob("*")
	if text, err := os.ReadFile("kept.yaml"); err != nil || string(text) != "mine" || len(files) != 1 {
		t.Errorf("kept.yaml is %q, %v, among %q", text, err, files)
	}
}

// The beginning of a message says what it is about, and its end what to do.
func TestALongMessageKeepsItsEnd(t *testing.T) {
	s, _, err := desk("")
	execute(s, []string{"run", strings.Repeat("x", 1<<20)})
	said := err.String()
	if len(said) > 2*longest || !strings.HasPrefix(said, `unknown scenario "xxx`) || !strings.Contains(said, `xxx": name a file, or one that list shows`) {
		t.Errorf("%.300s", said)
	}
}
