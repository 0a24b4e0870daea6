package bundle

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Errors of Build that the reader can mend.
var (
	ErrNoTool   = errors.New("a page is built with the Go tool, and there is none in PATH: install Go 1.26 or newer, https://go.dev/dl")
	ErrNoSource = errors.New("a page is built from the source of dejavu, and it is not here: run this in a clone of it")
)

// Build builds the program with the Go tool, from the source of this module. It takes a
// minute the first time.
func Build() (*Program, error) {
	tool, err := exec.LookPath("go")
	if err != nil {
		return nil, ErrNoTool
	}
	root, err := source(tool)
	if err != nil {
		return nil, err
	}
	support, err := support(tool, root)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "dejavu-page-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	out := filepath.Join(dir, "dejavu.wasm")
	build := exec.Command(tool, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out, "./ui/page/wasm")
	build.Dir, build.Env = root, append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=", "GOWORK=off")
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("the page cannot be built in %s: %w\n%s", root, err, strings.TrimSpace(string(text)))
	}
	wasm, err := os.ReadFile(out)
	return &Program{wasm, support}, err
}

// source returns where the source of this module lies: where the Go tool finds it from
// here, or where this program was built.
func source(tool string) (string, error) {
	list := exec.Command(tool, "list", "-m", "-f", "{{.Dir}}", "dejavu")
	if dir, err := list.Output(); err == nil {
		return strings.TrimSpace(string(dir)), nil
	}
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(file), "..", "..", "..")
	if _, err := os.Stat(filepath.Join(root, "ui", "page", "wasm", "main.go")); err == nil && filepath.IsAbs(file) {
		return root, nil
	}
	return "", ErrNoSource
}

// support reads the script that starts a program in a browser. It belongs to the Go that
// builds it.
func support(tool, root string) (string, error) {
	env := exec.Command(tool, "env", "GOROOT")
	env.Dir = root
	goroot, err := env.Output()
	if err != nil {
		return "", fmt.Errorf("the Go tool does not say where it lies: %w", err)
	}
	name := filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "wasm_exec.js")
	text, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("the Go tool lacks its script for browsers (%w): install Go from https://go.dev/dl", err)
	}
	return string(text), nil
}
