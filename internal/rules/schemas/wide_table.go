package schemas

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var wideColumns = rule.NewThreshold("columns", 40, "columns", "more than one subject is likely")

var wideTable = rule.Rule{
	ID:         "wide-table",
	Title:      "Table with many columns, or with the same group of columns twice",
	Sees:       "A table of 40 columns or more. A table with the same three columns or more under several first words: billing_street, billing_city, billing_zip beside shipping_street, shipping_city, shipping_zip.",
	Why:        "An UPDATE writes the whole row again, whichever column it changes. Columns of another subject are read and kept in memory with those that are wanted.",
	Silent:     "Pairs such as min_ and max_, old_ and new_, created_ and updated_.",
	Fix:        "Move the columns of a subject of their own into a table of their own.",
	Sources:    []string{manual + "storage-page-layout.html", manual + "routine-vacuuming.html"},
	Thresholds: []*rule.Threshold{wideColumns},
	Rank:       rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, twin := range t.Twins() {
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtColumn(twin.Columns[0])
			f.Title = redact.Sprintf("%s has the same %d columns for %s", t.Name.Short(), len(twin.Rests), figures.List(twin.Prefixes))
			f.Detail = redact.Sprintf("%s. A change to one of them has to be made for each.", strings.Join(twin.Rests, ", "))
			f.Fix = redact.Plain("Store each group as a row of a table of its own, and refer to these rows.")
			f.Decide("Are these groups the same kind of thing, and do rows share them?", "the code that reads and writes the groups", "keep them if they are a copy of what was true at that time, such as the address of an invoice.")
			found(f)
		}
		n := len(t.Columns)
		if float64(n) < wideColumns.In(c) {
			return
		}
		f := c.InSchema(t, finding.Concern, finding.Low)
		f.Number("columns", opt.Of(float64(n)), "columns", "schema")
		f.Title = redact.Sprintf("%s has %d columns", t.Name.Short(), n)
		f.Detail = redact.Plain("An UPDATE writes the whole row again, whichever column it changes. Columns of several subjects are read and kept in memory together.")
		f.Fix = redact.Plain("Move columns that are changed or read on their own into a table with the same key.")
		f.Decide("Which of these columns are written and read together?", "pg_stat_statements, or the code", "split off what changes often or is rarely read.")
		found(f)
	},
}
