// Package bundle makes a page of the simulator: one file that opens from disk, or a folder
// for a static host.
//
// It builds ui/page/wasm with the Go tool from the source of this module, and puts it
// together with the HTML, the style and the script that lie here. What the page may do is
// said by its Content-Security-Policy: its own scripts by their hashes, and no request.
package bundle

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/ascii85"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html"
	"strings"
	"text/template"

	"github.com/andybalholm/brotli"

	"dejavu/ui/grid"
	"dejavu/ui/page"
)

var (
	//go:embed page.html
	document string
	//go:embed page.css
	style string
	//go:embed page.js
	script string
)

// Binary is the simulator as a browser runs it.
type Binary struct {
	Wasm []byte
	// Support is the script of the Go tool that starts it.
	Support string
}

// Asset is a file of a page.
type Asset struct {
	Name string
	Data []byte
}

// File returns the page as one file that needs nothing else.
func (p *Binary) File(source page.Source) ([]byte, error) {
	packed, err := zipped(p.Wasm)
	if err != nil {
		return nil, err
	}
	scripts := []string{p.Support, script}
	var policy, all strings.Builder
	all.WriteString(`<script type="application/octet-stream" id="program">` + letters(packed) + "</script>\n")
	for _, text := range scripts {
		if strings.Contains(strings.ToLower(text), "</script") {
			return nil, errors.New("a script of the page ends itself: install another Go")
		}
		policy.WriteString(" " + hash(text))
		all.WriteString("<script>" + text + "</script>\n")
	}
	return assemble(source, "script-src 'wasm-unsafe-eval'"+policy.String(), all.String())
}

// Folder returns the page as files for a static host, each also in the compressed forms
// that hosts serve in place of it.
func (p *Binary) Folder(source page.Source) ([]Asset, error) {
	index, err := assemble(source, "script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'", `<script src="page.js"></script>`)
	if err != nil {
		return nil, err
	}
	var all []Asset
	for _, f := range []Asset{{"index.html", index}, {"page.js", []byte(p.Support + "\n" + script)}, {"dejavu.wasm", p.Wasm}} {
		gz, err := zipped(f.Data)
		if err != nil {
			return nil, err
		}
		var br bytes.Buffer
		w := brotli.NewWriterLevel(&br, brotliLevel)
		if _, err := w.Write(f.Data); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		all = append(all, f, Asset{f.Name + ".gz", gz}, Asset{f.Name + ".br", br.Bytes()})
	}
	return all, nil
}

// brotliLevel takes seconds, where the best takes a minute for a tenth less.
const brotliLevel = 9

// assemble fills in the document.
func assemble(source page.Source, policy, scripts string) ([]byte, error) {
	if source.Title == "" {
		source.Title = "dejavu: what happens when a message arrives twice"
	}
	text, err := json.Marshal(source) // which leaves no < in it
	if err != nil {
		return nil, err
	}
	look := themed()
	var b bytes.Buffer
	err = template.Must(template.New("page").Parse(document)).Execute(&b, map[string]string{
		"Title": html.EscapeString(source.Title), "Style": look, "Source": string(text), "Scripts": scripts,
		"Policy": "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; style-src " + hash(look) + "; " + policy,
	})
	return b.Bytes(), err
}

// themed is the style with the colours of the themes, which are those of the terminal.
func themed() string {
	colors := ":root { " + grid.Dark.CSS() + " color-scheme: dark; }\n"
	for _, t := range []grid.Theme{grid.Light, grid.Mono} {
		colors += `[data-theme="` + t.Name + `"] { ` + t.CSS() + " color-scheme: " + map[bool]string{true: "light", false: "dark"}[t.Name == grid.Light.Name] + "; }\n"
	}
	return strings.Replace(style, "{{.Themes}}", colors, 1)
}

// hash names a script or a style in a Content-Security-Policy.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// letters writes bytes as Ascii85, which takes a sixteenth less than base64. Of its letters
// one could end a script, and one stands for four bytes, which page.js would have to count
// first: v and !!!!! stand for them.
func letters(data []byte) string {
	text := make([]byte, ascii85.MaxEncodedLen(len(data)))
	text = text[:ascii85.Encode(text, data)]
	return strings.NewReplacer("<", "v", "z", "!!!!!").Replace(string(text))
}

func zipped(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(data)
	err = errors.Join(err, w.Close())
	return b.Bytes(), err
}
