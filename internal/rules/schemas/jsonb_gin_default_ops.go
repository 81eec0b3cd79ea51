package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var jsonbGINDefaultOps = rule.Rule{
	ID:      "jsonb-gin-default-ops",
	Title:   "GIN index on jsonb with the default operator class",
	Sees:    "A GIN index on a jsonb column with the operator class jsonb_ops, which is the default.",
	Why:     "jsonb_ops has an entry for every key and every value. jsonb_path_ops has one for each path with its value: it is smaller, cheaper to write and more selective for @>, but does not serve ?, ?| and ?&.",
	Silent:  "The index says jsonb_path_ops, or is on an expression.",
	Fix:     "If the queries search by @>, @? and @@ only, replace it by an index with jsonb_path_ops.",
	Sources: []string{manual + "datatype-json.html#JSON-INDEXING"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, ix := range c.IndexesOf(t) {
			col := firstColumn(t, ix)
			if col == nil || ix.Index.Method != "gin" || len(ix.Index.Keys) != 1 || !isDocument(t.Schema.BaseType(col)) {
				continue
			}
			if class := ix.Index.Keys[0].Opclass; class != "" && class != "jsonb_ops" {
				continue
			}
			f := c.OnStored(t, ix, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("%s has the default operator class of jsonb", ix.Name.Short())
			f.Detail = redact.Plain("jsonb_ops indexes every key and every value. For @>, jsonb_path_ops is smaller, cheaper to write and more selective, but it does not serve ?, ?| and ?&.")
			f.Decide("Do the queries search by @>, @? or @@ only?", "the queries on "+t.Name.Short()+"."+quoted(col.Name), "keep the index.")
			f.Fix = redact.Sprintf("If so, create a GIN index on (%s jsonb_path_ops) and drop this one.", quoted(col.Name))
			f.CreateIndex(c, t, "USING gin ("+quoted(col.Name)+" jsonb_path_ops)")
			f.DropIndex(t, ix.Relation)
			found(f)
		}
	},
}
