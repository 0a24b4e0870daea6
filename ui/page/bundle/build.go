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
func Build() (*Binary, error) {
	tool, err := exec.LookPath("go")
	if err != nil {
		return nil, ErrNoTool
	}
	_, here, _, _ := runtime.Caller(0)
	dir, err := root(tool, here)
	if err != nil {
		return nil, err
	}
	support, err := support(tool, dir)
	if err != nil {
		return nil, err
	}
	temporary, err := os.MkdirTemp("", "dejavu-page-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(temporary) }()
	out := filepath.Join(temporary, "dejavu.wasm")
	build := exec.Command(tool, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out, "./ui/page/wasm")
	build.Dir, build.Env = dir, append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=", "GOWORK=off")
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("the page cannot be built in %s: %w\n%s", dir, err, strings.TrimSpace(string(text)))
	}
	wasm, err := os.ReadFile(out)
	return &Binary{wasm, support}, err
}

// root returns where the source of this module lies: where the Go tool finds it from
// here, or where this program was built, as the path of this file says.
func root(tool, here string) (string, error) {
	list := exec.Command(tool, "list", "-m", "-f", "{{.Dir}}", "dejavu")
	if dir, err := list.Output(); err == nil {
		return strings.TrimSpace(string(dir)), nil
	}
	dir := filepath.Join(filepath.Dir(here), "..", "..", "..")
	if _, err := os.Stat(filepath.Join(dir, "ui", "page", "wasm", "main.go")); err == nil && filepath.IsAbs(here) {
		return dir, nil
	}
	return "", ErrNoSource
}

// support reads the script that starts a program in a browser. It belongs to the Go that
// builds it.
func support(tool, dir string) (string, error) {
	env := exec.Command(tool, "env", "GOROOT")
	env.Dir = dir
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
