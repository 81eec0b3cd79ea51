package plans

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var notInShare = rule.NewThreshold("hashed_share", 0.4, "share", "of the execution time, spent on reading the list once and hashing it")

var notInSubplan = rule.Rule{
	ID:     "not-in-subplan",
	Title:  "NOT IN compares every row with the whole list",
	Sees:   "NOT IN (SELECT ...) or <> ALL (SELECT ...) that runs as a SubPlan for each row, because the list does not fit into work_mem as a hash table. Or one that is hashed, if the list takes at least 40% of the time.",
	Why:    "NOT IN cannot become an anti join. Each row is compared with the list until a match is found: rows times list. Or the whole list is read and hashed, even for a few rows. If the list has a NULL, no row passes at all.",
	Silent: "The subquery takes little of the time.",
	Fix:    "Rewrite NOT IN as NOT EXISTS with the condition inside. That becomes an anti join and handles NULL correctly.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/functions-subquery.html#FUNCTIONS-SUBQUERY-NOTIN",
	},
	Thresholds: []*rule.Threshold{notInShare, notInRows, lateEst, lateCost, mostRemoved},
	Estimates:  true,
	Rank:       rule.RankRewrite,
	Forms:      []*rewrite.Rewrite{rewrite.NotExists},
	Subject:    "NOT IN",
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		for _, child := range n.Children {
			if child.Relationship != "SubPlan" {
				continue
			}
			if property, ok := listCompared(n.Node, child); ok && !onlyExists(n.Plan, child) {
				comparedWithList(n, child, property, found)
			}
		}
	},
}

// comparedWithList is the finding on a list of NOT IN that takes the time.
func comparedWithList(n *rule.Node, list *plan.Node, property string, found func(rule.Found)) {
	below, hashed := rule.Subtree(list), list.Hashed()
	p := n.Plan
	if scan := rule.CostliestScan(below); hashed && scan != nil {
		if low, _, _ := scan.Discard(); low >= mostRemoved.In(p.Case) {
			return // the list is short: its scan reads too many rows for it
		}
	}
	spent := below
	whole := !hashed || comparesLists(n)
	if whole {
		spent = append(slices.Clone(below), n.Node) // which compares the rows, and hashes the list
	}
	share := p.Account().Share(usedBy(p, spent))
	if hashed && share < notInShare.In(p.Case) || !p.Analyzed && (!hashed && share < lateEst.In(p.Case) || p.Account().Whole < lateCost.In(p.Case)) {
		return
	}
	if whole && p.Analyzed || !hashed {
		below = spent
	}
	cost := p.CostOf(spent...)
	if !p.Significant(cost) {
		return
	}
	e := rule.OfNode(n)
	e.Text(property, n.Text(property), "plan")
	e.Number("runs of the subquery", list.Executions(), "", "plan")
	e.Number("rows returned by the subquery", list.RowsTotal, "rows", "plan")
	f := rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: p.Severity(cost), Evidence: e,
			Title:  redact.Sprintf("%s scans the list of its NOT IN %s times: %s rows compared", n.Ref(), figures.Count(list.Executions().Or(0)), figures.Count(list.RowsTotal.Or(0))),
			Detail: redact.Sprintf("The scan and its subquery %s. If the list contains a NULL, NOT IN returns no row at all.", cost.Took()),
		},
		Covered: below,
	}
	f.Fix, f.Index = notExists(p, list)
	switch {
	case !p.Analyzed && hashed:
		f.Severity = finding.Low
		f.Title = redact.Sprintf("%s reads and hashes the whole list of its NOT IN (%s rows)", n.Ref(), figures.Count(list.PlanRows.Or(0)))
		f.Detail = redact.Sprintf("The subquery is %s of the estimated cost. If the list contains a NULL, NOT IN returns no row at all.", figures.Share(share))
		f.Decide("Does the query take long?", "EXPLAIN (ANALYZE, BUFFERS) of the statement", "write NOT EXISTS, which is right either way")
	case !p.Analyzed:
		f.Title = redact.Sprintf("%s compares each row with the list of its NOT IN (%s rows)", n.Ref(), figures.Count(list.PlanRows.Or(0)))
		f.Detail = redact.Sprintf("The subquery is %s of the estimated cost. If the list contains a NULL, NOT IN returns no row at all.", figures.Share(share))
		f.Decide("Are there as many rows as the planner expects?", "EXPLAIN (ANALYZE, BUFFERS) of the statement", "write NOT EXISTS, which is right either way")
	case hashed:
		f.Severity = min(f.Severity, finding.Medium)
		f.Title = redact.Sprintf("%s reads and hashes all %s rows of the list of its NOT IN", n.Ref(), figures.Count(list.RowsTotal.Or(0)))
		f.Detail = redact.Sprintf("The %s %s. If the list contains a NULL, NOT IN returns no row at all.", map[bool]string{true: "scan and its subquery", false: "subquery"}[whole], cost.Took())
	}
	found(f)
}

// listCompared returns the property of a node that compares each row with all rows of a
// subplan: NOT IN, and <> ALL. Plans print NOT (SubPlan 1) up to version 16, and the
// comparison from 17 on; ALL is up to 16 the bare SubPlan, read from memory each time.
func listCompared(n, subplan *plan.Node) (string, bool) {
	for _, property := range [...]string{"Filter", "Join Filter", "One-Time Filter"} {
		text := n.Text(property).Raw()
		at := strings.Index(text, subplan.SubplanName+")")
		if at < 0 || subplan.SubplanName == "" {
			continue
		}
		for _, word := range [...]string{"NOT (", "ALL ("} {
			for from := 0; ; {
				i := strings.Index(text[from:at], word)
				if i < 0 {
					break
				}
				from += i + len(word)
				if inside := text[from:at]; unclosed(inside) && (word == "NOT (" || strings.Contains(inside, " <> ")) {
					return property, true
				}
			}
		}
		if subplan.Type == "Materialize" && !strings.Contains(text, ".col1") && !strings.Contains(text, "NOT (") {
			return property, true
		}
	}
	return "", false
}

// onlyExists reports whether a subplan below NOT is that of NOT EXISTS, or of one value, and
// not a list. Plans print all of them as NOT (SubPlan 1) up to version 16.
func onlyExists(p *rule.Plan, list *plan.Node) bool {
	if list.Hashed() {
		// The planner replaced EXISTS by a list of keys, which it hashes: only the text
		// tells.
		return asksExists(p.QueryText())
	}
	if width, ok := list.PlanWidth.Get(); ok && width == 0 {
		return true // EXISTS returns no columns
	}
	oneRow := list.Type == "Aggregate" && len(list.List("Group Key")) == 0 && list.Text("Group Key").Empty() || list.Type == "Limit" && list.PlanRows.Or(0) == 1
	return oneRow && list.RowsTotal.Or(0) <= list.Executions().Or(0) || asksExists(p.QueryText())
}

// asksExists reports whether a query has EXISTS and no list of a subquery.
func asksExists(query string) bool {
	return existsWord.MatchString(query) && !listWord.MatchString(query)
}

var (
	existsWord = regexp.MustCompile(`(?i)\bexists\s*\(`)
	listWord   = regexp.MustCompile(`(?i)\b(?:in|any|some|all)\s*\(\s*(?:\(\s*)*(?:select|with|values|table)\b`)
)

// notExists returns the rewrite, with the query's own names if they are known, and the
// index that serves it.
func notExists(p *rule.Plan, list *plan.Node) (fix, serves redact.Text) {
	if !bareList(list) {
		return redact.Plain("Rewrite NOT IN as WHERE NOT EXISTS (SELECT 1 FROM (...) AS list (key) WHERE list.key = outer.key), with the whole subquery instead of the dots: what it joins, groups or limits has to remain inside. That becomes an anti join if the subquery uses no column of the outer query, and NULL values in the list do not remove all rows. Rows with NULL in outer.key then pass: add IS NOT NULL if they must not."), redact.Text{}
	}
	inner, outer := "key", "outer.key"
	from := "..."
	scan := rule.CostliestScan(rule.Subtree(list))
	index, own := "", "" // own: the conditions of the subquery
	if scan != nil {
		from = named(scan)
		if scan.Has("Filter") || scan.Has("Index Cond") {
			own = " AND ..."
		}
	}
	if p.Query != nil {
		rule.Levels(p.Query, func(q *sql.Query) {
			for _, c := range q.Where {
				for _, sub := range c.Subs {
					part := sub.Part
					ofList := part.NotIn && len(part.Output) == 1 && part.Output[0].Name != "" && part.Output[0].Name != "*" && len(part.Tables) == 1
					if ofList && scan != nil && scan.Relation == part.Tables[0].Name { // not that of another NOT IN
						column, table := lex.QuoteIdent(part.Output[0].Name), part.Tables[0]
						from = named(&plan.Node{Relation: table.Name, Alias: table.Ref()})
						of := table.Ref()
						if len(c.ExprColumns) == 1 {
							outer = outerColumn(q, c.ExprColumns[0])
							if strings.HasPrefix(outer, of+".") { // the same name twice: the inner one would hide the other
								of = "list"
								from = lex.QuoteIdent(table.Name) + " AS list"
							}
						}
						inner = of + "." + column
						if scan.Type == "Seq Scan" && !leads(p.Node(scan).Table(), part.Output[0].Name) {
							index = "For few outer rows, an index on " + p.Node(scan).RelationName() + " (" + lex.QuoteIdent(part.Output[0].Name) + ") then serves it."
						}
					}
				}
			}
		})
	}
	fix = redact.Sprintf("Rewrite NOT IN as WHERE NOT EXISTS (SELECT 1 FROM %s WHERE %s = %s%s). That becomes an anti join, and NULL values in the list do not remove all rows. Rows with NULL in %[3]s then pass: add IS NOT NULL if they must not.", from, inner, outer, own)
	return fix, redact.Plain(index)
}

// bareList reports whether a list is the rows of one table: the condition may then move
// into its WHERE. Below an aggregate, a LIMIT, a join or a set operation it would change
// the rows that these see.
func bareList(list *plan.Node) bool {
	n := list
	for n.Is("Materialize", "Gather", "Gather Merge", "Sort", "Hash", "Append", "Merge Append") && len(n.Children) == 1 {
		n = n.Children[0]
	}
	return n.Relation != "" && n.Is("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan")
}

// outerColumn returns a column of a query as a subquery has to name it: with its table,
// or else it could be one of the subquery's own.
func outerColumn(q *sql.Query, c sql.Column) string {
	name := lex.QuoteIdent(c.Name)
	switch {
	case c.Table != "":
		return lex.QuoteIdent(c.Table) + "." + name
	case len(q.Tables) == 1:
		return lex.QuoteIdent(q.Tables[0].Ref()) + "." + name
	}
	return "outer_table." + name
}
