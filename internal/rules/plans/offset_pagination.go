package plans

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var (
	offsetSkipped = rule.NewThreshold("skipped", 1_000, "rows", "fewer are skipped in about 1 ms")
	offsetRatio   = rule.NewThreshold("skipped_per_row", 10, "rows", "skipped per row returned")
)

var offsetPagination = rule.Rule{
	ID:     "offset-pagination",
	Title:  "OFFSET reads the rows that it skips",
	Sees:   "A LIMIT that was given far more rows than it returned: an OFFSET of at least 1,000 rows.",
	Why:    "Every row before the page is read, joined, sorted and discarded: page 1,000 costs a thousand times page 1. Rows inserted or deleted in between make the reader see some rows twice and miss others.",
	Silent: "The OFFSET is small compared with the page, or a node above the LIMIT stopped it.",
	Fix:    "Use keyset pagination: keep the last row's sort key and a unique column, and select the rows after them. With an index on these columns every page costs the same.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-limit.html", "https://www.postgresql.org/docs/current/functions-comparisons.html#ROW-WISE-COMPARISON",
	},
	Thresholds: []*rule.Threshold{offsetSkipped, offsetRatio},
	Rank:       rule.RankLimit + 1,
	Forms:      []*rewrite.Rewrite{rewrite.Keyset},
	On:         []string{"Limit"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if len(n.Children) == 0 || n.StoppedEarly() {
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
		if !n.Plan.Significant(cost) {
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
				Detail:   redact.Sprintf("The query below this LIMIT %s, nearly all for rows that are discarded.", cost.Took()),
				ImpactMs: opt.Map(cost.Ms, func(ms float64) float64 { return ms * skipped / (skipped + kept/runs) }),
			},
			Covered: below,
		}
		if scan := rule.CostliestScan(below); scan != nil {
			f.Where.Relation = n.Plan.Node(scan).RelationName()
		}
		fix, index, order := keyset(n)
		f.Fix, f.Index = redact.Plain(fix), redact.Plain(index)
		pagesByIndex(c, &f, n, order)
		f.Evidence = e
		found(f)
	},
}

// pagesByIndex proposes the index that finds a page behind a row in an order of the table
// that the page is read from, or names the one that does.
func pagesByIndex(c *rule.Case, f *rule.Found, n *rule.Node, order []sql.Key) {
	scan := rule.CostliestScan(rule.Subtree(n.Node))
	if scan == nil || !ownKeys(order, scan) {
		return
	}
	seen, t := columnsSeen(n.Plan.Node(scan)), n.Plan.Node(scan).Table()
	for _, k := range order {
		own := k.Column.Table != "" || slices.Contains(seen, k.Column.Name)
		if t != nil && len(t.Columns) > 0 {
			own = t.Column(k.Column.Name) != nil
		}
		if !own {
			return // of another table, or assumed
		}
	}
	p := c.Advisor.ForScanInOrder(scan, conditions.IndexKeys(order))
	if p.Index == nil && p.Serving == nil { // no condition that an index serves
		if p.Ordered, p.Serving = true, servesOrder(t, order); p.Serving == nil {
			p.Index = inOrder(n.Plan.Node(scan), order)
		}
	}
	switch {
	case !p.Ordered:
	case p.Serving != nil:
		f.Index = redact.Sprintf("The index %s serves this.", p.Serving.QName())
	default:
		f.Index = redact.Text{}
		inForm(f, p.Index)
	}
}

// keyset returns the rewrite, with the query's own columns if they are known, the index
// that serves it, and the order of the pages; none if it is not known.
func keyset(n *rule.Node) (fix, index string, order []sql.Key) {
	var keys []sql.Key
	if q := n.Plan.Query; q != nil {
		keys = q.Sort
	}
	from := n.Children[len(n.Children)-1] // sorts, or returns the rows in order
	for !from.Is("Sort", "Incremental Sort") && len(from.Children) == 1 {
		from = from.Children[0]
	}
	if len(keys) == 0 && from.Is("Sort", "Incremental Sort") {
		keys = conditions.SortKeys(from)
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
	const general = "Use keyset pagination: keep the sort key and a unique column of the last row, and select the rows after them by a row comparison."
	index = "Create an index on the same columns."
	if len(names) == 0 {
		if from.Is("Index Scan", "Index Only Scan") {
			index = "The index " + from.Index + " serves this if the unique column is in it."
		}
		return general, index, nil
	}
	unique := uniqueBehind(n, names)
	columns := append(names, unique...)
	list := strings.Join(columns, ", ")
	index = "Create an index on (" + list + ")."
	switch walked := from.Is("Index Scan", "Index Only Scan"); {
	case walked && len(unique) == 0:
		index = "The index " + from.Index + " serves this."
	case !walked:
		order = slices.Clone(keys)
		for _, name := range unique {
			order = append(order, sql.Key{Column: sql.Column{Name: name}, Desc: keys[0].Desc})
		}
	}
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
		row, values := list, strings.Join(params, ", ")
		if len(columns) > 1 {
			row, values = "("+row+")", "("+values+")"
		}
		return "Use keyset pagination: WHERE " + row + " " + compare + " " + values + " ORDER BY " + strings.Join(columns, direction+", ") + direction +
			" LIMIT n, with the values of the last row." + tiebreaker(unique), index, order
	}
	return general + " The directions differ, so write the comparison out: k1 > $1 OR k1 = $1 AND k2 < $2.", index, nil
}

// uniqueBehind returns the columns that make the sort key unique: the primary key,
// without those among the keys.
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
	return " Use a unique column for " + strings.Join(unique, ", ") + ": without it, rows with equal keys are lost between pages."
}
