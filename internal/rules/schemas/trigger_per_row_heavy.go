package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var heavyWrites = rule.NewThreshold("writes", 1_000_000, "rows per day", "fewer calls of a function take seconds per day")

var triggerPerRowHeavy = rule.Rule{
	ID:         "trigger-per-row-heavy",
	Title:      "Row trigger on a table with many writes",
	Sees:       "A FOR EACH ROW trigger on a table that exports show to be written a million times per day or more.",
	Why:        "The function is called for each row. A statement trigger with transition tables is called once per statement.",
	Silent:     "Fewer writes, or no exports. The trigger only changes the row before it is stored.",
	Fix:        "Use a statement trigger with transition tables, or do the work in the statement.",
	Sources:    []string{manual + "plpgsql-trigger.html#PLPGSQL-TRIGGER-SUMMARY-EXAMPLE"},
	Thresholds: []*rule.Threshold{heavyWrites},
	Rank:       rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		exported := c.Exported(t.Relation)
		if exported == nil {
			return
		}
		rate, known := c.Migration.Tables.TablePerDay(exported, (*workload.Table).Writes).Get()
		if !known || rate < heavyWrites.In(c) {
			return
		}
		for _, g := range t.Triggers {
			if !g.Row || g.Disabled || g.Timing == "BEFORE" {
				continue
			}
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.MadeBy(g.Since, g.At)
			f.Number("rows written per day", opt.Of(rate), "rows", "pg_stat_user_tables")
			f.Title = redact.Sprintf("Trigger %s of %s runs for each of %s rows per day", quoted(g.Name), t.Name.Short(), figures.Count(rate))
			f.Detail = redact.Sprintf("%s is called once per row.", g.Function.Short())
			f.Decide("Do statements write many rows at once?", "rows and calls of the statements in pg_stat_statements", "leave the trigger as it is.")
			f.Fix = redact.Plain("If so, use a statement trigger with transition tables: it is called once per statement.")
			found(f)
		}
	},
}
