package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/rules"
	"github.com/pgverdict/pgverdict/workload"
)

func (e env) rules() *cobra.Command {
	format := choice{value: "text", of: []string{"text", "json"}}
	cmd := &cobra.Command{
		Use:     "rules [ID...]",
		Aliases: []string{"explain"},
		Short:   "List the rules, or explain some",
		Long:    "Lists the rules, or explains those named: when a rule reports, why it matters, when it does not report, its thresholds.",
		Example: "  pgverdict rules\n  pgverdict rules seq-scan sort-spill\n  pgverdict rules --format json",

		ValidArgsFunction: completeRules,
		RunE: func(cmd *cobra.Command, args []string) error {
			list := rules.All
			if len(args) > 0 {
				list = nil
			}
			for _, id := range args {
				r := rules.Find(id)
				if r == nil {
					return noRule(id)
				}
				list = append(list, r)
			}
			if format.value == "json" {
				return writeRules(e.out, list)
			}
			if len(args) == 0 {
				rules.List(e.out)
				return nil
			}
			for i, r := range list {
				if i > 0 {
					fmt.Fprintln(e.out)
				}
				rules.Explain(e.out, r)
			}
			return nil
		},
	}
	oneOf(cmd, &format, "format", "f", "output format")
	return cmd
}

func completeRules(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var ids []string
	for _, r := range rules.All {
		ids = append(ids, r.ID+"\t"+r.Title)
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

// noRule is the error for an unknown rule.
func noRule(id string) error {
	var ids []string
	for _, r := range rules.All {
		ids = append(ids, r.ID)
	}
	return fmt.Errorf("no rule %q%s", id, cmp.Or(didYouMean("", id, ids), ": pgverdict rules lists them"))
}

// writeRules writes the documentation of rules as JSON.
func writeRules(w io.Writer, list []*rule.Rule) error {
	type threshold struct {
		Name  string  `json:"name"`
		Value float64 `json:"value"`
		Unit  string  `json:"unit"`
		Why   string  `json:"why"`
	}
	type document struct {
		ID         string          `json:"id"`
		Title      string          `json:"title"`
		Reports    string          `json:"reports"`
		Why        string          `json:"why"`
		Silent     string          `json:"does_not_report"`
		Fix        string          `json:"fix"`
		Thresholds []threshold     `json:"thresholds"`
		Needs      []workload.View `json:"needs"`
		NeedsOne   bool            `json:"needs_one"` // one of needs is enough
		Sources    []string        `json:"sources"`
	}
	out := make([]document, 0, len(list))
	for _, r := range list {
		d := document{r.ID, r.Title, r.Sees, r.Why, r.Silent, r.Fix, []threshold{}, append([]workload.View{}, r.Needs...), r.Either, r.Sources}
		for _, t := range r.Thresholds {
			d.Thresholds = append(d.Thresholds, threshold(*t))
		}
		out = append(out, d)
	}
	j := json.NewEncoder(w)
	j.SetEscapeHTML(false)
	j.SetIndent("", "  ")
	return j.Encode(out)
}
