package main

import (
	"os/exec"
	"syscall"
)

// process is a server that was started here, with all that it starts.
type process struct {
	command *exec.Cmd
	gone    chan error // its end
}

func start(env []string, path string, args ...string) (*process, error) {
	p := &process{command: exec.Command(path, args...), gone: make(chan error, 1)}
	p.command.Env = env
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	go func() { p.gone <- p.command.Wait() }()
	return p, nil
}

// stop ends the process and its children, which are a group of their own.
func (p *process) stop() {
	syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL)
	<-p.gone
}
