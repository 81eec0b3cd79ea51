package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/rules"
)

func (e env) rules() *cobra.Command {
	return &cobra.Command{
		Use:   "rules [ID]",
		Short: "List the rules, or explain one: when it reports, why it matters, when it does not report",
		Args:  cobra.MaximumNArgs(1),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			for _, r := range rules.All {
				ids = append(ids, r.ID+"\t"+r.Title)
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				for _, r := range rules.All {
					fmt.Fprintf(e.out, "%-28s %s\n", r.ID, r.Title)
				}
				return nil
			}
			r := rules.Find(args[0])
			if r == nil {
				return fmt.Errorf("unknown rule %q: run pgverdict rules for a list", args[0])
			}
			explain(e.out, r)
			return nil
		},
	}
}

// explain writes the documentation of a rule.
func explain(w io.Writer, r *rule.Rule) {
	fmt.Fprintf(w, "%s: %s\n", r.ID, r.Title)
	for _, part := range []struct{ head, text string }{
		{"Reports", r.Sees}, {"Why it matters", r.Why}, {"Does not report", r.Silent}, {"Fix", r.Fix},
	} {
		fmt.Fprintf(w, "\n%s\n", part.head)
		for _, line := range report.Wrap(part.text, 78) {
			fmt.Fprintf(w, "  %s\n", line)
		}
	}
	if len(r.Thresholds) > 0 {
		fmt.Fprintf(w, "\nThresholds\n")
		for _, t := range r.Thresholds {
			for i, line := range report.Wrap(t.String()+": "+t.Why, 58) {
				name := t.Name
				if i > 0 {
					name = ""
				}
				fmt.Fprintf(w, "  %-19s %s\n", name, line)
			}
		}
	}
	if len(r.Needs) > 0 {
		fmt.Fprintf(w, "\nNeeds\n")
		for i, view := range r.Needs {
			if i > 0 && r.Either {
				view = "or " + view
			}
			fmt.Fprintf(w, "  %s\n", view)
		}
	}
	fmt.Fprintf(w, "\nSources\n")
	for _, s := range r.Sources {
		fmt.Fprintf(w, "  %s\n", s)
	}
}
