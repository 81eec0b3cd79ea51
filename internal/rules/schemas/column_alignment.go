package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// leastPadding is the bytes of a row that are worth another order of the columns: rows
// are stored at multiples of 8 bytes, so fewer save nothing.
const leastPadding = 8

var columnAlignment = rule.Rule{
	ID:      "column-alignment",
	Title:   "Padding between columns",
	Sees:    "Columns of 8 bytes after narrower ones, so that 8 bytes or more of each row are padding.",
	Why:     "A column of 8 bytes begins at a multiple of 8. What is between is stored, cached and read with each row.",
	Silent:  "Less than 8 bytes, which the end of the row takes anyway. The gap after text, whose length varies. An exported table of fewer than 10,000 rows and 10 MB.",
	Fix:     "In new tables, put columns of 8 bytes first, then those of 4, 2 and 1, then text. An existing table would have to be copied.",
	Sources: []string{manual + "storage-page-layout.html#STORAGE-TUPLE-LAYOUT", manual + "catalog-pg-type.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		lost, at := t.Padding()
		if lost < leastPadding || c.ExtentOfTable(t).Size() == rule.Tiny {
			return
		}
		f := c.InSchema(t, finding.Concern, finding.Nit)
		f.AtColumn(at)
		e := sized(c, &f, t)
		f.Title = redact.Sprintf("%s has up to %s of padding per row", t.Name.Short(), figures.Plural(lost, "byte"))
		f.Detail = redact.Plain("Columns of 8 bytes are after narrower ones, and begin at a multiple of 8.")
		if rows, known := e.Rows.Get(); known {
			f.Detail = redact.Sprintf("%s In %s, this is up to %s.", f.Detail, all(e, t), figures.Bytes(rows*float64(lost)))
		}
		f.Fix = redact.Plain("In a new table, put columns of 8 bytes first, then those of 4, 2 and 1, then text. An existing table would have to be copied.")
		f.Decide("Will the table have many millions of rows?", "the rows that are expected", "leave the table as it is.")
		found(f)
	},
}
