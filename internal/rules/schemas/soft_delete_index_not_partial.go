package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var softDeleteIndexNotPartial = rule.Rule{
	ID:      "soft-delete-index-not-partial",
	Title:   "Index that holds deleted rows",
	Sees:    "A table with a soft delete, and an index that is not partial.",
	Why:     "The index holds the deleted rows too. Queries for live rows read past them, and each deletion writes a new entry.",
	Silent:  "The primary key, unique indexes (see soft-delete-unique), indexes that serve a foreign key or have the mark of the deletion among their columns, and partial indexes.",
	Fix:     "Create the index WHERE the rows are live, and drop the old one.",
	Sources: []string{manual + "indexes-partial.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		d := t.SoftDelete()
		if d == nil {
			return
		}
		for _, ix := range t.IndexesOfAll(d) {
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtIndex(ix)
			f.Because(d.Column)
			f.Title = redact.Sprintf("%s holds the deleted rows of %s", ix.Name.Short(), t.Name.Short())
			f.Detail = redact.Sprintf("Without WHERE %s, queries for live rows read past the deleted ones.", d.Live)
			f.Fix = redact.Plain("Create the index on the live rows, then drop this one.")
			f.Decide("Do all queries that use this index ask for live rows only?", "the queries, or pg_stat_statements", "keep the index until most rows are deleted ones.")
			replaceByLive(&f, t, ix, d)
			found(f)
		}
	},
}
