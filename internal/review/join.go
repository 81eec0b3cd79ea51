package review

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// join builds the Case: it assigns plans to statements, and statements to their parsed
// texts.
func (m *inputSet) join() *rule.Case {
	c := rule.NewCase(indexadvisor.New(m.snap))
	c.Server = m.snap.ServerVersion()
	c.Statements, c.Gists, c.Explained, c.ParsedMs = m.shapes()
	if m.hasSnapshot() {
		c.Snapshot = m.snap
	}
	byText := map[string]*workload.Statement{}
	for _, s := range m.snap.Statements {
		if s.TopLevel && len(m.plans)+len(m.queries) > 0 {
			byText[lex.Normalize(s.Query.Raw())] = s
		}
	}
	planned := map[string]bool{} // the texts that a plan is of
	for i, p := range m.plans {
		rp := rule.NewPlan(c, p.Plan, p.input, i)
		rp.Repeats = p.repeats
		if p.Query.Empty() {
			if q, ok := m.queryOf(p); ok {
				p.Query, rp.Query = q.text, q.shape
			}
		} else if shape, err := sql.Parse(p.Query.Raw()); err == nil {
			rp.Query = shape
		}
		switch {
		case p.QueryID != "" && m.snap.Statement(p.QueryID) != nil:
			rp.Statement = m.snap.Statement(p.QueryID)
		case !p.Query.Empty():
			rp.Statement = byText[lex.Normalize(p.Query.Raw())]
		default:
			rp.Statement = m.statementOf(p, c)
		}
		if !p.Query.Empty() {
			planned[lex.Normalize(p.Query.Raw())] = true
		}
		c.Plans = append(c.Plans, rp)
	}
	c.Pair()
	c.Pasted = m.pasted(planned, byText)
	c.Read()
	if c.Snapshot != nil {
		c.Queries = m.withoutPlan(c.Advisor, planned, byText)
	}
	return c
}

// pasted returns the pasted statements without a plan.
func (m *inputSet) pasted(planned map[string]bool, byText map[string]*workload.Statement) []*rule.Text {
	var list []*rule.Text
	for _, q := range m.queries {
		text := ""
		if len(planned)+len(byText) > 0 {
			text = lex.Normalize(q.text.Raw())
		}
		if !planned[text] {
			list = append(list, &rule.Text{Shape: q.shape, SQL: q.text, Statement: byText[text], Input: opt.Some(q.input), Line: q.line})
		}
	}
	return list
}

// expectedQueries is the maximum number of pasted queries that the model estimates:
// what a person pastes, not all SQL of an application.
const expectedQueries = 20

// withoutPlan returns the pasted queries without a plan, without duplicates, with the
// model's estimates.
func (m *inputSet) withoutPlan(a *indexadvisor.Advisor, planned map[string]bool, byText map[string]*workload.Statement) []rule.Query {
	var list []rule.Query
	for _, q := range m.queries {
		if q.shape.Kind == sql.Other || q.shape.Explained {
			continue
		}
		if len(list) == expectedQueries {
			m.notes = append(m.notes, fmt.Sprintf("only the first %d pasted queries are reviewed", expectedQueries))
			break
		}
		text := lex.Normalize(q.text.Raw())
		if planned[text] {
			continue
		}
		planned[text] = true
		of := rule.Query{Text: q.text, Shape: q.shape, Input: q.input, Line: q.line, Statement: byText[text]}
		of.Expected, of.Why = a.Expect(q.text.Raw())
		list = append(list, of)
	}
	return list
}

// Of a workload with more than manyStatements, the default of pg_stat_statements.max,
// those below parsedShare of total execution time are not parsed, and of the others at
// most readStatements.
const (
	manyStatements = 5_000
	parsedShare    = 1e-6
	readStatements = 20_000
)

// parsed returns the statements to parse. least is the time of the last one of a
// workload of which not all are.
func (m *inputSet) parsed() (list []*workload.Statement, least float64) {
	list = m.snap.Statements
	if len(list) <= manyStatements {
		return list, 0
	}
	type ranked struct {
		ms float64
		at int
	}
	ranks, total := make([]ranked, len(list)), 0.0
	for i, st := range list {
		ranks[i] = ranked{st.TotalMs.Or(0), i}
	}
	slices.SortFunc(ranks, func(a, b ranked) int { return cmp.Or(cmp.Compare(b.ms, a.ms), a.at-b.at) })
	for _, r := range ranks {
		total += r.ms
	}
	if n := slices.IndexFunc(ranks, func(r ranked) bool { return r.ms < parsedShare*total }); n > 0 {
		m.notes = append(m.notes, fmt.Sprintf("not parsed: %s, each with less than a millionth of total execution time", figures.Plural(len(ranks)-n, "statement")))
		ranks, least = ranks[:n], ranks[n-1].ms
	}
	if len(ranks) > readStatements {
		m.notes = append(m.notes, fmt.Sprintf("only the %d statements with the most execution time were parsed", readStatements))
		ranks, least = ranks[:readStatements], math.Nextafter(ranks[readStatements-1].ms, math.Inf(1)) // others can take as long
	}
	list = make([]*workload.Statement, len(ranks))
	for i, r := range ranks {
		list[i] = m.snap.Statements[r.at]
	}
	return list, least
}

// shapes parses the statements, but for those below a time. It returns those that are not part of the workload
// separately: statements of other databases, and EXPLAIN. gists are of those whose texts are not whole.
func (m *inputSet) shapes() (shapes, gists map[*workload.Statement]*sql.Query, explained map[*workload.Statement]bool, least float64) {
	list, least := m.parsed()
	shapes, gists, explained = make(map[*workload.Statement]*sql.Query, len(list)), map[*workload.Statement]*sql.Query{}, map[*workload.Statement]bool{}
	for i, q := range parseAll(list) {
		if q != nil {
			shapes[list[i]] = q
		} else if gist := sql.Gist(list[i].Query.Raw()); gist != nil {
			gists[list[i]] = gist
		}
	}
	m.keepDatabase(shapes)
	m.unjoined(shapes, least)
	m.partListed()
	for s, q := range shapes {
		if q.Explained {
			explained[s] = true
			delete(shapes, s)
		}
	}
	return shapes, gists, explained, least
}

// parseAll parses the statements on all processors. The result is nil for a statement
// that could not be parsed.
func parseAll(list []*workload.Statement) []*sql.Query {
	out := make([]*sql.Query, len(list))
	each(len(list), func(i int) { out[i], _ = sql.Parse(list[i].Query.Raw()) })
	return out
}

// each does something n times, on all processors. It panics if that does.
func each(n int, do func(i int)) {
	var next atomic.Int64
	var failed atomic.Value
	var threads sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		threads.Go(func() {
			defer func() {
				if cause := recover(); cause != nil {
					failed.Store(fmt.Sprintf("%v\n%s", cause, debug.Stack()))
				}
			}()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	threads.Wait()
	if cause := failed.Load(); cause != nil {
		panic(cause)
	}
}

// queryOf returns the pasted query of a plan: the only query, or the only one with
// exactly the plan's tables.
func (m *inputSet) queryOf(p readPlan) (query, bool) {
	want := relations(p)
	var hits []query
	for _, q := range m.queries {
		if tables := tablesOf(q.shape); maps.Equal(tables, want) || maps.Equal(tables, wholes(p, q.shape)) {
			hits = append(hits, q)
		}
	}
	if len(hits) == 1 {
		return hits[0], true
	}
	return query{}, false
}

// statementOf returns the row of pg_stat_statements for a plan without a query text:
// the only statement on the same tables with conditions on the same columns. If there
// are several, it is the only one whose LIMIT and aggregates match the plan. A weaker
// match could assign the calls of one query to the plan of another.
func (m *inputSet) statementOf(p readPlan, c *rule.Case) *workload.Statement {
	if len(m.snap.Statements) == 0 {
		return nil
	}
	want, columns := relations(p), conditionColumns(p)
	var hits []*workload.Statement
	for _, s := range m.snap.Statements {
		q := c.Statements[s]
		if q == nil || !s.TopLevel || !maps.Equal(tablesOf(q), want) || !maps.Equal(whereColumns(q), columns) {
			continue
		}
		hits = append(hits, s)
	}
	if len(hits) > 1 {
		limits, gathers := has(p, "Limit"), has(p, "Aggregate")
		hits = slices.DeleteFunc(hits, func(s *workload.Statement) bool {
			limited, gathered := shapeOf(c.Statements[s])
			return limited != limits || gathered != gathers
		})
	}
	if len(hits) != 1 {
		return nil
	}
	return hits[0]
}

func has(p readPlan, kind string) bool {
	for n := range p.Nodes() {
		if n.Type == kind {
			return true
		}
	}
	return false
}

// shapeOf reports whether a statement has a LIMIT, and whether it aggregates.
func shapeOf(q *sql.Query) (limited, gathers bool) {
	limited, gathers = q.Limit, len(q.Group) > 0 || q.Aggregates > 0 || q.Count
	for _, part := range q.Parts {
		l, g := shapeOf(part)
		limited, gathers = limited || l, gathers || g
	}
	return limited, gathers
}

func relations(p readPlan) map[string]bool {
	set := map[string]bool{}
	for n := range p.Nodes() {
		if n.Relation != "" {
			set[n.Relation] = true
		}
	}
	return set
}

// wholes returns the relations of a plan, with the tables of a query in place of their
// partitions: these have the table's alias in the query, with a number if they are
// several.
func wholes(p readPlan, q *sql.Query) map[string]bool {
	named := map[string]string{}
	rule.Levels(q, func(q *sql.Query) {
		for _, t := range q.Tables {
			named[t.Ref()] = t.Name
		}
	})
	set := map[string]bool{}
	for n := range p.Nodes() {
		if n.Relation == "" {
			continue
		}
		name := n.Relation
		if whole, ok := named[partNumber.ReplaceAllString(n.Alias, "")]; ok && n.Alias != n.Relation {
			name = whole
		}
		set[name] = true
	}
	return set
}

// partNumber matches the number behind a table's alias in the alias of a partition.
var partNumber = regexp.MustCompile(`_\d+$`)

func tablesOf(q *sql.Query) map[string]bool {
	set := map[string]bool{}
	for _, t := range q.Tables {
		set[t.Name] = true
	}
	for _, part := range q.Parts {
		maps.Copy(set, tablesOf(part))
	}
	return set
}

// conditionColumns returns the columns that the plan's conditions name.
func conditionColumns(p readPlan) map[string]bool {
	set := map[string]bool{}
	for n := range p.Nodes() {
		for _, property := range []string{"Filter", "Index Cond", "Join Filter", "Hash Cond", "Merge Cond", "Recheck Cond"} {
			if conds, err := sql.ParseCond(n.Text(property).Raw()); err == nil {
				addColumns(set, conds)
			}
		}
	}
	return set
}

func whereColumns(q *sql.Query) map[string]bool {
	set := map[string]bool{}
	addColumns(set, q.Where)
	for _, part := range q.Parts {
		maps.Copy(set, whereColumns(part))
	}
	return set
}

func addColumns(set map[string]bool, conds []sql.Cond) {
	for _, c := range conds {
		for _, col := range append([]sql.Column{c.Left, c.Other}, c.ExprColumns...) {
			if col.Name != "" {
				set[col.Name] = true
			}
		}
		for _, branch := range c.Any {
			addColumns(set, branch)
		}
	}
}
