package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var intCounter = rule.Rule{
	ID:      "int-counter",
	Title:   "Counter of at most four bytes",
	Sees:    "An integer column that is named as a counter: view_count, hits, bytes.",
	Why:     "At 2,147,483,647 each UPDATE of the row fails, and the change to bigint rewrites the table.",
	Silent:  "bigint. Counters with a limit in a CHECK. The number of rows of a table whose own key has four bytes. Names such as retry_count or item_count, whose values stay small.",
	Fix:     "Use bigint for a counter that grows with the traffic.",
	Sources: []string{manual + "datatype-numeric.html#DATATYPE-INT"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for i := range t.Columns {
			col := &t.Columns[i]
			if !t.Schema.IsNarrow(col) || !design.IsCounter(col) || col.Inherited || t.IsLimited(col) || t.CountsFew(col) {
				continue
			}
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtColumn(col)
			sized(c, &f, t)
			f.Title = redact.Sprintf("Counter %s is %s", columnOf(t, col.Name), col.Type)
			f.Detail = redact.Sprintf("At %s each UPDATE of the row fails.", largest(t.Schema.BaseType(col)))
			f.Fix = redact.Plain("Change the counter to bigint.")
			f.Decide("Can it pass "+largest(t.Schema.BaseType(col))+"?", "SELECT max("+quoted(col.Name)+"), and how fast it grows", "use bigint in new tables; leave this one until it is half way")
			f.AddDDL("%s", toBigint(t, col))
			found(f)
		}
	},
}
