package plans

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	andEntries = rule.NewThreshold("entries", 10_000, "entries", "read from the indexes; fewer take about a millisecond")
	andPerRow  = rule.NewThreshold("entries_per_row", 10, "entries", "read from the smaller index, per row returned")
)

var bitmapAndComposite = rule.Rule{
	ID:     "bitmap-and-composite",
	Title:  "BitmapAnd of indexes that one composite index could replace",
	Sees:   "A BitmapAnd of two or more index scans, each of which reads at least ten entries per row returned.",
	Why:    "Each index scan reads all entries that match its own condition. Most of these entries are then discarded.",
	Silent: "Few entries are read; the intersection keeps most rows of the smaller index.",
	Fix:    "Create one index on the equality columns, followed by the range column. Then check whether the old indexes are still needed.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-bitmap-scans.html", "https://www.postgresql.org/docs/current/indexes-multicolumn.html",
	},
	Thresholds: []*rule.Threshold{andEntries, andPerRow},
	Rank:       rule.RankBitmap,
	On:         []string{"Bitmap Heap Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if len(n.Children) != 1 || n.Children[0].Type != "BitmapAnd" {
			return
		}
		covers := append([]*plan.Node{n.Node}, rule.Subtree(n.Children[0])...)
		cost := n.Plan.CostOf(rule.Subtree(n.Children[0])...)
		entries, smallest := 0.0, math.Inf(1)
		var conds []sql.Cond
		var names []string
		for _, part := range n.Children[0].Children {
			if part.Type != "Bitmap Index Scan" {
				return // an OR below: one index cannot serve it
			}
			entries += part.RowsTotal.Or(0)
			smallest = min(smallest, part.RowsTotal.Or(0))
			more, err := sql.ParseCond(part.Text("Index Cond").Raw())
			if err != nil {
				return
			}
			conds = append(conds, more...)
			names = append(names, part.Index)
		}
		if entries < andEntries.In(c) || smallest < andPerRow.In(c)*max(n.RowsTotal.Or(0), 1) || !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("index entries read", opt.Of(entries), "entries", "plan")
		e.Number("index scan time", cost.Ms, "ms", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
				Title:  redact.Sprintf("%s reads %s entries of %s and keeps %s rows", n.Ref(), figures.Count(entries), strings.Join(names, " and "), rowsKept(n)),
				Detail: redact.Sprintf("The index scans %s. Most of their entries are discarded.", cost.Took()),
			},
			Covered: covers,
		}
		switch ix, equal := compositeIndex(n, conds), equalColumns(conds); {
		case ix != nil:
			f.Fix = redact.Sprintf("Then check whether %s are still needed.", strings.Join(names, " and "))
			f.Remedies = []rule.Remedy{{Create: &rule.Proposal{Index: ix, Method: "defaults"}}}
		case len(equal) > 0 && len(equal) < len(conds):
			f.Fix = redact.Sprintf("Add %s to the index of the other condition, which a B-tree cannot serve: as a further column (the extension btree_gin or btree_gist has the operator classes), "+
				"or as the predicate of a partial index for values that are often queried.", strings.Join(equal, ", "))
		default:
			return
		}
		found(f)
	},
}

// equalColumns returns the columns that conditions compare for equality.
func equalColumns(conds []sql.Cond) []string {
	var columns []string
	for _, c := range conds {
		if (c.Op == sql.Eq || c.Op == sql.In) && c.Left.Name != "" {
			columns = append(columns, c.Left.Name)
		}
	}
	return columns
}

// compositeIndex returns the index that serves conditions on several columns:
// the columns compared for equality, then one range column.
func compositeIndex(n *rule.Node, conds []sql.Cond) *indexadvisor.Index {
	var equal, ranges []string
	for _, c := range conds {
		switch {
		case !c.Sargable():
			return nil
		case c.Op == sql.Range && !slices.Contains(ranges, c.Left.Name):
			ranges = append(ranges, c.Left.Name)
		case c.Op != sql.Range && !slices.Contains(equal, c.Left.Name):
			equal = append(equal, c.Left.Name)
		}
	}
	columns := append(equal, ranges[:min(len(ranges), 1)]...)
	if len(columns) < 2 {
		return nil
	}
	ix := &indexadvisor.Index{Schema: n.Schema, Table: n.Relation, IndexDef: workload.IndexDef{Method: "btree"}}
	if t := n.Table(); t != nil {
		ix.Schema = t.Schema
	}
	for _, column := range columns {
		ix.Keys = append(ix.Keys, workload.IndexKey{Column: column})
	}
	return ix
}
