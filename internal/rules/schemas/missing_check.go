package schemas

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var missingCheck = rule.Rule{
	ID:    "missing-check",
	Title: "Values without a CHECK",
	Sees: "A column that by its name holds one of a few values, such as status or kind, and is text without limits. The start and the end of something without a CHECK that compares them. " +
		"A quantity, a price, a percentage, an age or a coordinate without a range.",
	Why: "The database accepts any value: a misspelled status, an end before the start, a negative quantity. Every reader has to expect them, and they are found late.",
	Silent: "A CHECK on the values, an enum, a domain with a CHECK, a foreign key to a lookup table, partitions by the values. A range made of both ends. The state of an address. Statuses that another system makes. " +
		"A CHECK of the length alone does not count.",
	Fix:     "Add a CHECK constraint, or a foreign key to a lookup table. NOT VALID first if the table has rows.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for i := range t.Columns {
			col := &t.Columns[i]
			if col.Inherited || t.IsLimited(col) || t.IsKey(col.Name) {
				continue
			}
			base := t.Schema.BaseType(col)
			if choice, sure := t.IsChoice(col); choice && (design.IsText(base) || sure && design.IsInteger(base)) {
				found(uncheckedChoice(c, t, col, sure && design.IsText(base)))
			} else if low, high := design.Range(col); low != "" && design.IsNumber(base) {
				found(uncheckedRange(c, t, col, low, high))
			}
		}
		for _, p := range t.Intervals() {
			if !p.Start.Inherited && !t.IsOrdered(p) {
				found(uncheckedInterval(c, t, p))
			}
		}
	},
}

func uncheckedChoice(c *rule.Case, t *design.Table, col *catalog.Column, sure bool) rule.Found {
	f := c.InSchema(t, finding.Concern, finding.Low)
	if sure {
		f.Severity = finding.Medium
	}
	f.AtColumn(col)
	f.Title = redact.Sprintf("%s accepts any %s", columnOf(t, col.Name), plainType(t.Schema.BaseType(col)))
	f.Detail = redact.Plain("No CHECK, enum or foreign key says which values exist. A misspelled one is stored, and no query that compares finds it.")
	f.Fix = redact.Sprintf("Add CHECK (%s IN (...)) with the values, or a lookup table and a foreign key.", quoted(col.Name))
	f.Decide("Which values can "+columnOf(t, col.Name)+" have, and does only this application write them?", "the application's code, or SELECT DISTINCT", "add a CHECK with the values that the code knows.")
	return f
}

func uncheckedRange(c *rule.Case, t *design.Table, col *catalog.Column, low, high string) rule.Found {
	f := c.InSchema(t, finding.Concern, finding.Low)
	f.AtColumn(col)
	f.Title = redact.Sprintf("%s has no range", columnOf(t, col.Name))
	check, wrong := quoted(col.Name)+" >= "+low, "a negative value"
	if high != "" {
		check, wrong = quoted(col.Name)+" BETWEEN "+low+" AND "+high, "a value outside "+low+" to "+high
	}
	f.Detail = redact.Sprintf("Nothing rejects %s.", wrong)
	f.Fix = redact.Sprintf("Add CHECK (%s).", check)
	f.Decide("Is "+wrong+" ever right here?", "who writes the column, and its smallest and largest value", "add the CHECK.")
	addCheck(&f, t, check, col.Name)
	return f
}

func uncheckedInterval(c *rule.Case, t *design.Table, p design.Interval) rule.Found {
	f := c.InSchema(t, finding.Concern, finding.Medium)
	if p.Recorded {
		f.Severity = finding.Low
	}
	f.AtColumn(p.Start)
	f.Because(p.End)
	start, end := quoted(p.Start.Name), quoted(p.End.Name)
	after, before := "after", "before"
	if design.IsNumber(t.Schema.BaseType(p.Start)) {
		after, before = "above", "below"
	}
	f.Title = redact.Sprintf("%s can be %s %s", columnOf(t, p.Start.Name), after, end)
	f.Detail = redact.Plain("No CHECK compares the two. A row with both the wrong way round is stored, and range conditions never find it.")
	f.Fix = redact.Sprintf("Add CHECK (%s <= %s).", start, end)
	f.Decide("Can "+end+" be "+before+" "+start+"?", "a count of the rows WHERE "+end+" < "+start, "add the CHECK.")
	addCheck(&f, t, start+" <= "+end, p.Start.Name, p.End.Name)
	return f
}
