package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// didYouMean returns the names that a mistyped one resembles, as the end of an error
// message: those that cobra would suggest if they were commands.
func didYouMean(prefix, typed string, names []string) string {
	of := cobra.Command{SuggestionsMinimumDistance: 2}
	for _, name := range names {
		of.AddCommand(&cobra.Command{Use: name, Run: func(*cobra.Command, []string) {}})
	}
	similar := of.SuggestionsFor(typed)
	if len(similar) == 0 || typed == "" {
		return ""
	}
	return ": did you mean " + prefix + strings.Join(similar[:min(len(similar), 3)], " or "+prefix) + "?"
}
