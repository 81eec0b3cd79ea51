package schemas

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var updatedAtUnmaintained = rule.Rule{
	ID:      "updated-at-unmaintained",
	Title:   "Time of change that no trigger sets",
	Sees:    "A column such as updated_at without a trigger that sets it, where triggers of at least two other tables do so.",
	Why:     "The column is right only if every statement sets it. The other tables do not rely on that.",
	Silent:  "Fewer than two tables have such a trigger.",
	Fix:     "Create the trigger that the other tables have.",
	Sources: []string{manual + "plpgsql-trigger.html"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		var with *catalog.Trigger
		count := 0
		var without []*design.Table
		for _, t := range c.Schema.Tables {
			if col := t.Stamped(design.UpdatedAt); col == nil {
				continue
			} else if g := t.Sets(col.Name); g != nil {
				with, count = g, count+1
			} else {
				without = append(without, t)
			}
		}
		if count < 2 || count < len(without) {
			return
		}
		for _, t := range without {
			col := t.Stamped(design.UpdatedAt)
			f := c.InSchema(t, finding.Concern, finding.Nit)
			f.AtColumn(col)
			f.Title = redact.Sprintf("No trigger sets %s, unlike in %s", columnOf(t, col.Name), figures.Plural(count, "other table"))
			f.Detail = redact.Plain("A statement that does not set the column leaves the time of an older change in it.")
			f.Decide("Does every statement that updates the table set the column?", "the code, and statements that people run by hand", "create the trigger.")
			f.Fix = redact.Sprintf("Create a trigger before UPDATE that runs %s, as the other tables have.", with.Function.Short())
			if fn := c.Schema.Function(with.Function); fn != nil && !with.When.There() {
				f.AddDDL("CREATE TRIGGER %s BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s()", quoted(t.FreeName(t.Name.Name, "set_updated")), t.Name.Short(), fn.Name.Short())
			}
			found(f)
		}
	},
}
