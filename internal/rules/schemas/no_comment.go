package schemas

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var noComment = rule.Rule{
	ID:      "no-comment",
	Title:   "Table without a comment",
	Sees:    "A table without COMMENT in a schema where two thirds of the tables have one.",
	Why:     "Here comments say what tables are for, and of this one nobody can read it.",
	Silent:  "Fewer than two thirds of the tables have a comment, or there are fewer than 4.",
	Fix:     "Comment on the table.",
	Sources: []string{manual + "sql-comment.html"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		with := 0
		for _, t := range c.Schema.Tables {
			if t.Comment != "" {
				with++
			}
		}
		if len(c.Schema.Tables) < 4 || 3*with < 2*len(c.Schema.Tables) {
			return
		}
		for _, t := range c.Schema.Tables {
			if t.Comment != "" {
				continue
			}
			f := c.InSchema(t, finding.Concern, finding.Nit)
			f.Title = redact.Sprintf("%s has no comment", t.Name.Short())
			f.Detail = redact.Sprintf("%d of %d tables have one.", with, len(c.Schema.Tables))
			f.Decide("What is the table for?", "whoever writes into it", "write the comment.")
			f.Fix = redact.Plain("Comment on the table: COMMENT ON TABLE ... IS '...'.")
			found(f)
		}
	},
}
