package schemas

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var sequenceNarrowerThanColumn = rule.Rule{
	ID:      "sequence-narrower-than-column",
	Title:   "Sequence that ends before its column",
	Sees:    "A sequence AS integer under a bigint column, one with a MAXVALUE below what the column holds, or one that restarts (CYCLE).",
	Why:     "nextval fails at the end of the sequence, although the column has room. With CYCLE the numbers repeat, and an INSERT fails or stores a number twice.",
	Silent:  "The sequence ends with the type of the column.",
	Fix:     "Run ALTER SEQUENCE ... AS bigint, NO MAXVALUE or NO CYCLE, which is instant.",
	Sources: []string{manual + "sql-altersequence.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for i := range t.Columns {
			col := &t.Columns[i]
			seq := t.SequenceOf(col)
			most := design.LargestOf(t.Schema.BaseType(col))
			if seq == nil || col.Inherited || most == 0 {
				continue
			}
			f := c.InSchema(t, finding.Confirmed, finding.High)
			f.AtColumn(col)
			last, name := design.LastOf(seq), seq.Name.Short()
			switch {
			case last < most:
				f.Title = redact.Sprintf("Sequence %s of %s ends at %s, but the column is %s", name, columnOf(t, col.Name), grouped(last), t.Schema.BaseType(col))
				f.Detail = redact.Plain("nextval fails there, although the column has room.")
				change := "NO MAXVALUE"
				if seq.SeqType != "bigint" && most == math.MaxInt64 {
					change = "AS bigint"
				}
				if seq.Most > 0 && change == "AS bigint" {
					change += " NO MAXVALUE"
				}
				f.Fix = redact.Sprintf("Run ALTER SEQUENCE %s %s. It is instant.", name, change)
				f.AddDDL("ALTER SEQUENCE %s %s", name, change)
			case seq.Cycle:
				f.Title = redact.Sprintf("Sequence %s of %s restarts after its last value (CYCLE)", name, columnOf(t, col.Name))
				f.Detail = redact.Plain("From then on the numbers repeat: an INSERT fails on the key, or stores a number twice.")
				f.Fix = redact.Sprintf("Run ALTER SEQUENCE %s NO CYCLE. It is instant.", name)
				f.AddDDL("ALTER SEQUENCE %s NO CYCLE", name)
			default:
				continue
			}
			found(f)
		}
	},
}

// grouped returns a number with all its digits, or a large one in short.
func grouped(n int64) string {
	switch n {
	case math.MaxInt16:
		return "32,767"
	case math.MaxInt32:
		return "2,147,483,647"
	}
	return figures.Count(float64(n))
}
