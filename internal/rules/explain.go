package rules

import (
	"fmt"
	"io"

	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// List writes the rules by group, in lines of 80 columns.
func List(w io.Writer) {
	for i, g := range Groups {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, g.About)
		for _, r := range g.Rules {
			id := r.ID
			for _, line := range report.Wrap(r.Title, 46) {
				fmt.Fprintf(w, "  %-31s %s\n", id, line)
				id = ""
			}
		}
	}
}

// Explain writes the documentation of a rule, in lines of 80 columns.
func Explain(w io.Writer, r *rule.Rule) {
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
