package indexes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	pastedCost  = rule.NewThreshold("cost", 50, "planner units", "a lookup of a few pages, with nothing to gain")
	pastedShare = rule.NewThreshold("share", 0.8, "share", "of the current cost: above that an index is not worth proposing")
)

var queryWithoutIndex = rule.Rule{
	ID:    "query-without-index",
	Title: "Pasted query without a suitable index",
	Sees: "Indexes that lower the estimated cost of a query that was pasted without its plan. The cost model of the planner and the exported statistics decide, for this query alone. " +
		"Of a schema without statistics: a query that compares columns with values, none of which leads an index.",
	Why: "The query reads what the index would avoid. How often the query runs is unknown, so the write cost of the index cannot be weighed against it.",
	Silent: "The query is cheap. The index would save little. The statement is in pg_stat_statements, where its calls count. The exports do not show how many rows match its " +
		"conditions, or which indexes the table has.",
	Fix: "Run EXPLAIN (ANALYZE, BUFFERS) first. If the plan shows the same, create the proposed index.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/using-explain.html", "https://www.postgresql.org/docs/current/planner-stats.html",
	},
	Thresholds: []*rule.Threshold{pastedCost, pastedShare, rule.MissingBlocks},
	Designs:    true,
	Rank:       rule.RankWorkload,
	Needs:      []workload.View{workload.ViewClass, workload.ViewIndex, workload.ViewStats},
	Relation:   byConditions,
	Case: func(c *rule.Case, found func(rule.Found)) {
		for i, q := range c.Queries {
			if q.Expected == nil || q.Statement != nil {
				continue
			}
			for _, choice := range q.Expected.Propose(c.Limits) {
				served := choice.Serves[0]
				if served.Before >= pastedCost.In(c) && served.After <= pastedShare.In(c)*served.Before {
					found(unserved(c, i, choice.Index, served))
				}
			}
		}
	},
}

func unserved(c *rule.Case, at int, ix indexadvisor.Index, served indexadvisor.Served) rule.Found {
	t := c.Snapshot.Table(ix.Schema, ix.Table)
	var e rule.Evidence
	e.Number("estimated cost of the query", opt.Of(served.Before), "planner units", "model")
	e.Number("estimated cost with the index", opt.Of(served.After), "planner units", "model")
	e.Number("rows of the table", t.RowCount(), "rows", "pg_class")
	which := "the query"
	if len(c.Queries) > 1 {
		which += fmt.Sprintf(" on line %d", c.Queries[at].Line)
	}
	return rule.Found{
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: finding.Low, Evidence: e,
			Title:  redact.Sprintf("Missing index on %s for %s, by the cost model", t.QName(), which),
			Detail: redact.Sprintf("No plan was pasted. The estimated cost is %s planner units, and %s with the index.", figures.Count(served.Before), figures.Count(served.After)),
			Fix:    redact.Plain("First run EXPLAIN (ANALYZE, BUFFERS) of the query to check that the plan shows the same."),
			Where:  finding.Where{Input: opt.Some(c.Queries[at].Input), Line: opt.Some(c.Queries[at].Line), Relation: t.QName()},
		},
		Remedies: []rule.Remedy{{
			Create:   &rule.Proposal{Index: &ix, CostBefore: opt.Of(served.Before), CostAfter: opt.Of(served.After), Method: "statistics"},
			ForPaste: opt.Some(at),
		}},
	}
}

// byConditions reports the queries beside a schema of which no column leads an index.
// What an index would save is not known without statistics: with them, costs decide.
func byConditions(c *rule.Case, t *design.Table, found func(rule.Found)) {
	of, size := c.Stored(t), c.ExtentOfTable(t).Size()
	if of == nil || size == rule.Tiny || size != rule.SizeUnknown && c.Snapshot.Has(workload.ViewStats) {
		return
	}
	queries := map[string][]*rule.Text{}
	var order []string
	for _, text := range c.Texts {
		if st := text.Statement; st != nil && st.SharedHit.Known() && rule.BlocksPerCall(st) < rule.MissingBlocks.In(c) {
			continue // it reads no table in full, or a small one
		}
		rule.Levels(text.Shape, func(q *sql.Query) {
			columns := comparedColumns(t, of, q)
			if len(columns) == 0 || slices.ContainsFunc(columns, func(name string) bool { return leads(c, of, name) }) {
				return
			}
			for i, name := range columns {
				columns[i] = lex.QuoteIdent(name)
			}
			key := strings.Join(columns, ", ")
			if queries[key] == nil {
				order = append(order, key)
			}
			if !slices.Contains(queries[key], text) {
				queries[key] = append(queries[key], text)
			}
		})
	}
	for _, key := range order {
		list := queries[key]
		comparing := "a query compares"
		if len(list) > 1 {
			comparing = fmt.Sprintf("%d queries compare", len(list))
		}
		f := c.InSchema(t, finding.Concern, finding.Low)
		f.Where.Column = t.Column(firstName(key)).Name
		var e rule.Evidence
		e.Text("query", list[0].SQL, "queries")
		f.Evidence = e
		f.Title = redact.Sprintf("No index of %s begins with %s, which %s", t.Name.Short(), strings.ReplaceAll(key, ", ", " or "), comparing)
		f.Detail = redact.Sprintf("The query%s reads the whole table.", lineOf(list[0]))
		f.Decide("Does the query run often, and does "+t.Name.Short()+" grow?", "pg_stat_statements, pg_class and pg_stats", "create the index.")
		f.Fix = redact.Sprintf("Create an index on %s (%s).", t.Name.Short(), key)
		f.CreateIndex(c, t, "("+key+")")
		found(f)
	}
}

// firstName returns the first of a list of columns as SQL.
func firstName(list string) string {
	name, _ := lex.Scan(list).Name()
	return name
}

func lineOf(t *rule.Text) string {
	if t.Line > 0 {
		return fmt.Sprintf(" on line %d", t.Line)
	}
	return ""
}

// comparedColumns returns the columns of a table that one level of a query compares
// with values: those of equality, references first, then one of a range, or that by
// which the rows are sorted. None if nothing but booleans and documents is compared.
func comparedColumns(t *design.Table, of *workload.Table, q *sql.Query) []string {
	var keys, others, ranges []string
	add := func(list *[]string, name string) {
		if !slices.Contains(*list, name) {
			*list = append(*list, name)
		}
	}
	for _, cond := range q.Where {
		col := t.Column(cond.Left.Name)
		if col == nil || cond.Value >= sql.Runtime || cond.Value == sql.NoValue || !rule.IsColumnOf(q, of, cond.Left) {
			continue
		}
		typ := t.Schema.BaseType(col)
		switch {
		case typ.Name == "boolean" || isContainer(typ.String()):
		case cond.Op == sql.Range:
			add(&ranges, col.Name)
		case cond.Op != sql.Eq && cond.Op != sql.In:
		case t.References(col.Name) != nil || strings.HasSuffix(strings.ToLower(col.Name), "id"):
			add(&keys, col.Name)
		default:
			add(&others, col.Name)
		}
	}
	columns := append(keys, others...)
	if len(ranges) == 0 && len(columns) > 0 && len(q.Sort) > 0 && t.Column(q.Sort[0].Column.Name) != nil && rule.IsColumnOf(q, of, q.Sort[0].Column) {
		add(&ranges, q.Sort[0].Column.Name)
	}
	if len(ranges) > 0 && !slices.Contains(columns, ranges[0]) {
		columns = append(columns, ranges[0])
	}
	return columns
}
