package bundle

import (
	"bytes"
	"compress/gzip"
	"encoding/ascii85"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"dejavu/sim/testkit"
	"dejavu/ui/page"
)

var (
	policy = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`)
	inline = regexp.MustCompile(`(?s)<(script|style)>(.*?)</(?:script|style)>`)
	packed = regexp.MustCompile(`id="program">([^<]*)</script>`)
	source = regexp.MustCompile(`(?s)id="source">(.*?)</script>`)
	asks   = regexp.MustCompile(`(?i)\b(src|href)="([^"]*)"|(?-i:\burl\(|@import)`)
)

// check holds what is true of the HTML of each form.
func check(t *testing.T, text string, of page.Source) (allowed string) {
	t.Helper()
	p := policy.FindStringSubmatch(text)
	if p == nil || !strings.HasPrefix(p[1], "default-src 'none'; ") || strings.Contains(p[1], "http") || strings.Contains(p[1], "unsafe-inline") || strings.Contains(p[1], "'unsafe-eval'") {
		t.Fatalf("the policy is %q", p)
	}
	for _, m := range inline.FindAllStringSubmatch(text, -1) {
		if !strings.Contains(p[1], hash(m[2])) {
			t.Errorf("the policy does not know a %s: %.80s", m[1], m[2])
		}
	}
	for _, m := range asks.FindAllStringSubmatch(text, -1) {
		if m[2] != "page.js" && !strings.HasPrefix(m[2], "#") && m[2] != "data:," {
			t.Errorf("the page asks for %q", m[0])
		}
	}
	var read page.Source
	if err := json.Unmarshal([]byte(source.FindStringSubmatch(text)[1]), &read); err != nil || read.Start != of.Start || !slices.Equal(read.Files, of.Files) {
		t.Errorf("the page was made with %+v and reads %+v, %v", of, read, err)
	}
	if !strings.Contains(text, "<title>&lt;b&gt; &amp; &#34;c&#34;</title>") {
		t.Error("the title is not written as text")
	}
	return p[1]
}

// made is what a page is made of, with what could end a script or an attribute.
var made = page.Source{Start: "twins", Title: `<b> & "c"`, Files: []page.Carried{{Name: "x.yaml", Text: "title: </script><script>alert(1)</script>\n"}}}

func TestOneFileNeedsNothingElse(t *testing.T) {
	program := &Binary{Wasm: bytes.Repeat([]byte("\x00asm"), 1000), Support: "var Go;"}
	text, err := program.File(made)
	if err != nil {
		t.Fatal(err)
	}
	if allowed := check(t, string(text), made); strings.Contains(allowed, "connect-src") || strings.Contains(allowed, "'self'") {
		t.Errorf("a page of one file may ask for another: %s", allowed)
	}
	raw, err := io.ReadAll(ascii85.NewDecoder(strings.NewReader(strings.ReplaceAll(packed.FindStringSubmatch(string(text))[1], "v", "<"))))
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if wasm, err := io.ReadAll(r); err != nil || !bytes.Equal(wasm, program.Wasm) {
		t.Errorf("%d bytes of the program come out, %v", len(wasm), err)
	}
	if again, _ := program.File(made); !bytes.Equal(text, again) {
		t.Error("the same page is not the same twice")
	}
	if _, err := (&Binary{Support: "'</script>'"}).File(made); err == nil {
		t.Error("a script that ends itself is written")
	}
}

func TestEachFileOfAFolderHasItsCompressedForms(t *testing.T) {
	all, err := (&Binary{Wasm: bytes.Repeat([]byte("\x00asm"), 1000), Support: "var Go;"}).Folder(made)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, p := range all {
		files[p.Name] = p.Data
	}
	for _, name := range []string{"index.html", "page.js", "dejavu.wasm"} {
		r, err := gzip.NewReader(bytes.NewReader(files[name+".gz"]))
		if err != nil {
			t.Fatal(name, err)
		}
		gz, _ := io.ReadAll(r)
		br, _ := io.ReadAll(brotli.NewReader(bytes.NewReader(files[name+".br"])))
		if len(files[name]) == 0 || !bytes.Equal(gz, files[name]) || !bytes.Equal(br, files[name]) {
			t.Errorf("%s: %d bytes, %d as .gz, %d as .br", name, len(files[name]), len(gz), len(br))
		}
	}
	if allowed := check(t, string(files["index.html"]), made); !strings.Contains(allowed, "connect-src 'self'") {
		t.Errorf("the page may not ask for its own program: %s", allowed)
	}
}

func TestWhatIsMissingToBuildIsSaid(t *testing.T) {
	t.Setenv("PATH", "")
	if _, err := Build(); !errors.Is(err, ErrNoTool) {
		t.Errorf("without the Go tool: %v", err)
	}
}

func TestTheSourceIsFoundOrMissed(t *testing.T) {
	t.Chdir(t.TempDir())
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip(err)
	}
	if _, err := root(tool, "dejavu/ui/page/bundle/build.go"); !errors.Is(err, ErrNoSource) {
		t.Errorf("without the source: %v", err)
	}
}

// The whole page: the program is built, which takes a minute the first time.
func TestTheWholePageIsSmall(t *testing.T) {
	testkit.Long(t)
	program, err := Build()
	if err != nil {
		t.Fatal(err)
	}
	text, err := program.File(made)
	if err != nil {
		t.Fatal(err)
	}
	check(t, string(text), made)
	if most := 5_000_000; len(text) > most {
		t.Errorf("the page has %d bytes, want at most %d", len(text), most)
	}
}
