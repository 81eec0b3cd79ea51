package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// man writes the manual pages, for packages.
func (e env) man() *cobra.Command {
	return &cobra.Command{
		Use:     "man [DIR]",
		Short:   "Write the manual pages to a folder, or print the first one",
		Example: "  pgverdict man | man -l -\n  pgverdict man /usr/local/share/man/man1",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			root.DisableAutoGenTag = true // no date: the same source gives the same pages
			header := &doc.GenManHeader{Section: "1", Source: fmt.Sprint("pgverdict ", version()), Manual: "pgverdict"}
			if len(args) == 0 {
				return doc.GenMan(root, header, e.out)
			}
			if err := os.MkdirAll(args[0], 0o777); err != nil {
				return withoutOp(args[0], err)
			}
			return doc.GenManTree(root, header, args[0])
		},
	}
}
