package plans

import (
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var (
	offsetSkipped = rule.NewThreshold("skipped", 1_000, "rows", "fewer are skipped in about a millisecond")
	offsetRatio   = rule.NewThreshold("skipped_per_row", 10, "rows", "skipped for each row that is returned")
)

var offsetPagination = rule.Rule{
	ID:     "offset-pagination",
	Title:  "OFFSET reads the rows that it skips",
	Sees:   "A LIMIT that was given far more rows than it returned: an OFFSET of a thousand rows or more.",
	Why:    "Every row before the page is read, joined and sorted, and thrown away: page 1,000 costs a thousand times page 1. Rows that come or go in between make the reader see some twice and miss others.",
	Silent: "The OFFSET is small against the page; something above the LIMIT stopped it.",
	Fix:    "Keyset pagination: remember the last row's sort key, with a unique column behind it, and ask for what comes after; an index on these columns makes every page cost the same.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-limit.html", "https://www.postgresql.org/docs/current/functions-comparisons.html#ROW-WISE-COMPARISON",
	},
	Thresholds: []*rule.Threshold{offsetSkipped, offsetRatio},
	Rank:       rule.RankLimit + 1,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type != "Limit" || len(n.Children) == 0 || n.StoppedEarly() {
			return
		}
		child := n.Children[len(n.Children)-1]
		given, kept, ok := opt.Two(child.RowsTotal, n.RowsTotal)
		runs := max(n.Executions().Or(1), 1)
		skipped := (given - kept) / runs
		if !ok || skipped < offsetSkipped.In(c) || skipped < offsetRatio.In(c)*kept/runs || child.Executions().Or(0) > runs {
			return
		}
		below := rule.Subtree(n.Node)
		cost := n.Plan.CostOf(below...)
		if !n.Plan.Material(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("rows that reached the LIMIT", opt.Of(given), "rows", "plan")
		e.Number("rows skipped", opt.Of(skipped*runs), "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost),
				Title:    redact.Sprintf("%s skips %s rows to return %s", n.Ref(), figures.Count(skipped), figures.Count(kept/runs)),
				Detail:   redact.Sprintf("It and what is below it took %s, nearly all of it for rows that are thrown away.", cost.Took()),
				ImpactMs: opt.Map(cost.Ms, func(ms float64) float64 { return ms * skipped / (skipped + kept/runs) }),
			},
			Covered: below,
		}
		if scan := rule.CostliestScan(below); scan != nil {
			f.Where.Relation = n.Plan.Node(scan).RelationName()
		}
		f.Fix = redact.Plain(keyset(n))
		f.Evidence = e
		found(f)
	},
}

// keyset is the rewrite, in the query's own columns where they are known.
func keyset(n *rule.Node) string {
	var keys []sql.Key
	if q := n.Plan.Query; q != nil {
		keys = q.Sort
	}
	if len(keys) == 0 {
		for s := n.Children[len(n.Children)-1]; s != nil; {
			if s.Is("Sort", "Incremental Sort") {
				keys = conditions.SortKeys(s)
				break
			}
			if len(s.Children) != 1 {
				break
			}
			s = s.Children[0]
		}
	}
	var names []string
	descending := 0
	for _, k := range keys {
		if k.Column.Name == "" {
			names = nil
			break
		}
		names = append(names, k.Column.Name)
		if k.Desc {
			descending++
		}
	}
	const general = "Keyset pagination: keep the sort key of the last row and a unique column with it, and ask for the rows after them by a row comparison, with an index on the same columns."
	if len(names) == 0 {
		return general
	}
	unique := uniqueBehind(n, names)
	columns := append(names, unique...)
	list := strings.Join(columns, ", ")
	params := make([]string, len(columns))
	for i := range params {
		params[i] = "$" + strconv.Itoa(i+1)
	}
	switch descending {
	case 0, len(names):
		compare, direction := ">", ""
		if descending > 0 {
			compare, direction = "<", " DESC"
		}
		return "Keyset pagination: WHERE (" + list + ") " + compare + " (" + strings.Join(params, ", ") + ") ORDER BY " + strings.Join(columns, direction+", ") + direction +
			" LIMIT n, with the last row's values, and an index on (" + list + ")." + tiebreaker(unique)
	}
	return general + " The directions differ, so that the comparison is written out: k1 > $1 OR k1 = $1 AND k2 < $2."
}

// uniqueBehind is the column that tells rows of one sort key apart: the
// primary key, unless it is among the keys.
func uniqueBehind(n *rule.Node, names []string) []string {
	have := map[string]bool{}
	for _, name := range names {
		have[name] = true
	}
	if scan := rule.CostliestScan(rule.Subtree(n.Node)); scan != nil {
		if t := n.Plan.Node(scan).Table(); t != nil {
			for _, ix := range t.Indexes {
				if !ix.Primary.Or(ix.ConstraintType == "p") {
					continue
				}
				var missing []string
				for _, k := range ix.Def.Keys {
					if !have[k.Column] {
						missing = append(missing, k.Column)
					}
				}
				return missing
			}
		}
	}
	if have["id"] {
		return nil
	}
	return []string{"id"}
}

func tiebreaker(unique []string) string {
	if len(unique) == 0 {
		return ""
	}
	return " " + strings.Join(unique, ", ") + " stands for a unique column, without which rows of equal key are lost between pages."
}
