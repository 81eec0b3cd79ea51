package queries

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

var unionDedup = rule.Rule{
	ID:     "union-dedup",
	Title:  "UNION looks for duplicates where there can be none",
	Sees:   "UNION of branches that a constant keeps apart: a literal that differs in each, or one column compared with another value in each. In a plan, where it also dropped no row.",
	Why:    "UNION sorts or hashes all rows of all branches to find those that are the same. UNION ALL hands them on as they come.",
	Silent: "A constant is a parameter or the same in two branches; the plan shows rows dropped, or that it takes little; a recursive CTE, which ends by it; a statement that takes little of the time.",
	Fix:    "UNION ALL. A branch that may itself give a row twice, which UNION removes as well, gets a DISTINCT where that matters.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-union.html",
	},
	Thresholds: []*rule.Threshold{rule.TextShare},
	Rank:       rule.RankSpill + 1, // of the sort or the hash that looks for them
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if !n.Is("Unique", "Aggregate") || n.Loops.Or(0) != 1 || len(n.Children) != 1 || n.StoppedEarly() {
			return
		}
		covers := []*plan.Node{n.Node}
		from := n.Children[0]
		for from.Is("Sort", "Incremental Sort") && len(from.Children) == 1 {
			covers = append(covers, from)
			from = from.Children[0]
		}
		if !from.Is("Append", "Merge Append") || n.Plan.Query == nil || n.RowsTotal != from.RowsTotal {
			return
		}
		unions := unionsOf(n.Plan.Query)
		if len(unions) != 1 || len(unions[0].Arms) != len(from.Children) {
			return
		}
		by, ok := apartBy(unions[0])
		sure := ok
		if !ok {
			by, ok = askedApartBy(unions[0])
			sure = rowsApart(c, unions[0])
		}
		cost := n.Plan.CostOf(covers...)
		if !ok || !n.Plan.Material(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("rows that go in", from.RowsTotal, "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
				Title:  redact.Sprintf("%s looked for duplicates among %s rows and found none", n.Ref(), figures.Count(from.RowsTotal.Or(0))),
				Detail: redact.Sprintf("That took %s. Each branch of the UNION has another constant for %s, so that no row of one can be a row of another.", cost.Took(), by),
				Fix:    redact.Plain(unionFix),
			},
			Covered: covers,
		}
		if !sure {
			f.Tag, f.Severity = finding.Concern, min(f.Severity, finding.Low)
			f.Detail = redact.Sprintf("That took %s. Each branch of the UNION asks for another %s, so that no row of the table is in two of them. "+
				"Judgment needed: whether two rows of it can look the same in the columns shown. A key among them settles it; without one, leave the UNION.", cost.Took(), by)
		}
		found(f)
	},
	Text: func(c *rule.Case, t *rule.Text, found func(rule.Found)) {
		by := ""
		for _, q := range unionsOf(t.Shape) {
			if column, ok := apartBy(q); ok {
				by = column
			} else if column, ok := askedApartBy(q); ok && rowsApart(c, q) {
				by = column
			}
		}
		if by == "" || t.Plan != nil || !c.Matters(t) {
			return // a plan shows what it costs, and what it drops
		}
		found(c.OnText(t, "is a UNION of branches that differ in "+by,
			"No row of one branch can be a row of another: their constants for it are different. Judgment needed: whether a branch alone may give a row twice. A key among its columns settles it; without one, UNION ALL with a DISTINCT in that branch says the same.", unionFix))
	},
}

const unionFix = "UNION ALL in the place of UNION. Where a branch alone may give a row twice, and it should not be shown twice, DISTINCT in that branch."

// unionsOf are the levels of a statement that are a UNION, but for those that a
// recursion ends by.
func unionsOf(q *sql.Query) []*sql.Query {
	var unions []*sql.Query
	recursive := map[*sql.Query]bool{}
	rule.Levels(q, func(q *sql.Query) {
		for _, cte := range q.With {
			recursive[cte.Part] = cte.Recursive
		}
		if q.SetOp.Name == "UNION" && !q.SetOp.All && !recursive[q] {
			unions = append(unions, q)
		}
	})
	return unions
}

// apartBy is the output column for which each branch of a UNION has another
// constant: a literal, or a column that it asks to be equal to one.
func apartBy(union *sql.Query) (column string, ok bool) {
	first := union.Arms[0].Output
	for i := range first {
		if first[i].Name == "*" {
			break // what stands behind it is at no known place
		}
		if distinct(union.Arms, func(arm *sql.Query) string { return fixedOutput(arm, i) }) {
			return "column " + strconv.Itoa(i+1) + " of its output", true
		}
	}
	return "", false
}

// askedApartBy is the column of the one table of all branches that each of them
// asks to be equal to another constant.
func askedApartBy(union *sql.Query) (column string, ok bool) {
	for _, arm := range union.Arms {
		if len(arm.From) != 1 || len(arm.Tables) != 1 || len(arm.Group) > 0 || arm.Aggregates > 0 ||
			arm.Tables[0].Name != union.Arms[0].Tables[0].Name || arm.Tables[0].Schema != union.Arms[0].Tables[0].Schema {
			return "", false
		}
	}
	for _, cond := range union.Arms[0].Where {
		name := cond.Left.Name
		if name != "" && distinct(union.Arms, func(arm *sql.Query) string { return askedFor(arm, sql.Column{Name: name}) }) {
			return name, true
		}
	}
	return "", false
}

// rowsApart reports whether different rows of the one table of all branches
// are different in their outputs: a key is among these.
func rowsApart(c *rule.Case, union *sql.Query) bool {
	shown := map[string]bool{}
	for i, out := range union.Arms[0].Output {
		same := func(arm *sql.Query) bool { return i < len(arm.Output) && arm.Output[i].Name == out.Name }
		if out.Name != "" && !slices.ContainsFunc(union.Arms, func(arm *sql.Query) bool { return !same(arm) }) {
			shown[out.Name] = true
		}
	}
	if shown["*"] {
		return true
	}
	table := c.TableOf(union.Arms[0], "")
	if table == nil {
		return shown["id"] // by convention
	}
	for _, ix := range table.Indexes {
		if ix.Def.Unique && ix.Def.Where.Empty() && rule.Usable(ix) && !slices.ContainsFunc(ix.Def.Keys, func(k workload.IndexKey) bool { return !shown[k.Column] }) {
			return true
		}
	}
	return false
}

// distinct reports whether all branches have a constant, of one kind, and each
// another one.
func distinct(arms []*sql.Query, constant func(*sql.Query) string) bool {
	seen, quoted := map[string]bool{}, 0
	for _, arm := range arms {
		text := strings.TrimSuffix(strings.ToLower(constant(arm)), "::text")
		if !toldApart.MatchString(text) || seen[text] {
			return false
		}
		seen[text] = true
		if text[0] == '\'' {
			quoted++
		}
	}
	return len(arms) > 1 && (quoted == 0 || quoted == len(arms))
}

// toldApart are the literals that are different values if they are written
// differently: 1 and 1.0 are not, nor are two ways to write a date.
var toldApart = regexp.MustCompile(`^(?:'[^']*'|0|-?[1-9][0-9]*|true|false)$`)

// fixedOutput is the constant that an output has in all rows; empty if it has
// none.
func fixedOutput(arm *sql.Query, i int) string {
	if i >= len(arm.Output) || slices.ContainsFunc(arm.Output[:i], func(o sql.Output) bool { return o.Name == "*" }) {
		return ""
	}
	out := arm.Output[i]
	if out.Name == "" {
		return out.Side.Expr.Raw()
	}
	return askedFor(arm, out.Column)
}

// askedFor is the constant that a branch asks a column to be equal to; empty if
// there is none.
func askedFor(arm *sql.Query, column sql.Column) string {
	for _, cond := range arm.Where {
		if cond.Op == sql.Eq && cond.Value == sql.Const && cond.Left.Name == column.Name && (column.Table == "" || cond.Left.Table == column.Table) {
			return cond.Const.Raw()
		}
	}
	return ""
}
