package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version and the Go that built it",
		Example: "version",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			return s.wrote(fmt.Fprintf(s.out, "dejavu %s (%s, %s/%s)\n", moduleVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH))
		},
	}
}

// moduleVersion is what the build says: a release, or the commit of a work tree.
func moduleVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
