package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

// man writes the manual pages, for packages.
func (e env) man() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write the manual pages to a folder",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o777); err != nil {
				return err
			}
			root := cmd.Root()
			nameValues(root)
			root.DisableAutoGenTag = true // no date: the same source gives the same pages
			header := &doc.GenManHeader{Title: "PGVERDICT", Section: "1", Source: fmt.Sprint("pgverdict ", version()), Manual: "pgverdict"}
			return doc.GenManTree(root, header, args[0])
		},
	}
}

// nameValues adds the values of flags to their usage: manual pages do not show the
// type of a flag, as the help does.
func nameValues(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if c, ok := f.Value.(*choice); ok && !strings.Contains(f.Usage, c.Type()) {
			f.Usage += " (" + c.Type() + ")"
		}
	})
	for _, below := range cmd.Commands() {
		nameValues(below)
	}
}
