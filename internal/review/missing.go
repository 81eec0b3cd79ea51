package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rules"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// wants is all that can be missing, the most telling first: what it is, and
// what could not be decided for lack of it with the line that gets it, both
// empty where it would change nothing. What findings ask for joins the entry of
// its name.
var wants = []struct {
	input string
	of    func(b *builder) (why, get string)
}{
	{"index definitions", (*builder).wantDefinitions},
	{"plan", (*builder).wantPlan},
	{"EXPLAIN ANALYZE", (*builder).wantActuals},
	{"timing", (*builder).wantTiming},
	{"buffers", (*builder).wantBuffers},
	{"plans", (*builder).wantPlans},
	{"constants", (*builder).wantConstants},
	{"server version", nil},
	{"slow execution", (*builder).wantSlowExecution},
	{string(workload.ViewStatements), (*builder).wantStatements},
	{"statement texts", (*builder).wantTexts},
	{string(workload.ViewTables), (*builder).wantTables},
	{string(workload.ViewStats), (*builder).wantStats},
	{"schema", (*builder).wantTypes},
	{string(workload.ViewDatabase), (*builder).wantWindow},
	{string(workload.ViewConstraint), (*builder).wantForeignKeys},
	{string(workload.ViewIndex), wantView(workload.ViewIndex, "which indexes exist")},
	{string(workload.ViewIndexes), wantView(workload.ViewIndexes, "which indexes are used")},
	{string(workload.ViewClass), wantView(workload.ViewClass, "how large tables and indexes are")},
	{string(workload.ViewIOTables), wantView(workload.ViewIOTables, "what is read from disk")},
	{string(workload.ViewIOIndexes), wantView(workload.ViewIOIndexes, "which indexes stay in the cache")},
	{string(workload.ViewSettings), wantView(workload.ViewSettings, "the server's settings (defaults are assumed)")},
	{string(workload.ViewActivity), wantView(workload.ViewActivity, "who waits for whom")},
	{string(workload.ViewSequences), wantView(workload.ViewSequences, "how full the sequences are")},
	{string(workload.ViewStatementsInfo), wantView(workload.ViewStatementsInfo, "whether statements were evicted")},
	{"collation", nil},
	{"TOAST size", nil},
	{"track_io_timing", wantSetting("track_io_timing", "how much of the time is waiting for the disk", "the next EXPLAIN has it")},
	{"track_planning", wantSetting("pg_stat_statements.track_planning", "how much time planning takes", "mind: it slows many sessions that run one statement")},
	{"compute_query_id", wantSetting("compute_query_id", "by its id, which statement a plan is of", "auto is enough beside pg_stat_statements")},
}

// The lines that get data.
const (
	export    = "pgverdict export > export.sql; psql -X -f export.sql"
	explained = "EXPLAIN (ANALYZE, BUFFERS) of the query"
	dumped    = "pg_dump -s > schema.sql"
)

// missingData is what was not pasted and would change the answer, in the order
// of wants.
func (b *builder) missingData() []report.Missing {
	out := []report.Missing{}
	for _, w := range wants {
		if w.of != nil {
			if why, get := w.of(b); why != "" {
				out = append(out, report.Missing{Input: w.input, Why: why, Export: get})
			}
		}
		for _, f := range b.found {
			if f.Severity == finding.Nit {
				continue
			}
			for _, a := range f.Asks {
				entry := report.Missing{Input: a.Input, Why: a.Why, Export: psql(a.Query)}
				if a.Input == w.input && !slices.ContainsFunc(out, func(m report.Missing) bool { return m.Why == entry.Why }) {
					out = append(out, entry)
				}
			}
		}
	}
	for i := range out {
		out[i].Rules = b.silentWithout(out[i].Input)
	}
	return out
}

// psql is the line of a shell that runs a query. Names in it come from the
// input: the shell has to take them as they are.
func psql(query string) string {
	return "psql -X -c '" + strings.ReplaceAll(query, "'", `'\''`) + "'"
}

// silentWithout are the rules that stay silent for lack of an input.
func (b *builder) silentWithout(input string) []string {
	ids := []string{}
	for _, r := range rules.All {
		onPlans := (r.Node != nil || r.Plan != nil) && !r.Estimates
		if onPlans && input == "EXPLAIN ANALYZE" || slices.Contains(r.Needs, workload.View(input)) && !b.has(workload.View(input)) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// has reports whether a view was read; a schema dump stands for those whose
// definitions it has.
func (b *builder) has(v workload.View) bool {
	if b.schema && (v == workload.ViewIndex || v == workload.ViewConstraint) {
		return true
	}
	return b.c.Snapshot != nil && b.c.Snapshot.Has(v)
}

// exported reports whether the exports of a whole database were meant.
func (b *builder) exported() bool {
	return b.c.Snapshot != nil && b.hasExports() && !b.Pasted
}

// schemaAlone reports whether definitions were read and nothing else: what they
// are worth depends on sizes, scans and statements.
func (b *builder) schemaAlone() bool {
	return b.c.Snapshot != nil && !b.hasExports() && len(b.c.Plans)+len(b.queries) == 0
}

// besideSchema are the views that are asked for where the schema is all.
var besideSchema = []workload.View{workload.ViewIndexes, workload.ViewClass}

// wantView asks for a view that is not among the exports and would tell this.
func wantView(v workload.View, tells string) func(b *builder) (why, get string) {
	return func(b *builder) (string, string) {
		if !b.exported() && !(b.schemaAlone() && slices.Contains(besideSchema, v)) || b.has(v) {
			return "", ""
		}
		return tells, export
	}
}

// wantSetting asks for a setting to be switched on that the exports show off.
func wantSetting(name, tells, remark string) func(b *builder) (why, get string) {
	return func(b *builder) (string, string) {
		if b.c.Snapshot == nil || b.c.Snapshot.Settings[name].Value != "off" {
			return "", ""
		}
		return tells + ": " + name + " is off", "ALTER SYSTEM SET " + name + " = on; SELECT pg_reload_conf(); (" + remark + ")"
	}
}

func (b *builder) wantDefinitions() (why, get string) {
	unknown, maybe := b.withoutIndexes()
	if len(unknown) == 0 {
		return "", ""
	}
	why = fmt.Sprintf("whether an index on %s exists already is not in the input; until then a proposal is conditional", strings.Join(unknown, ", "))
	if len(maybe) > 0 {
		why += fmt.Sprintf(" (%s, which the plan uses, may have the columns)", strings.Join(maybe, " or "))
	}
	var commands []string
	for _, name := range unknown[:min(len(unknown), listedTables)] {
		commands = append(commands, `-c '\d `+strings.ReplaceAll(name, "'", `'\''`)+"'")
	}
	return why, "psql -X " + strings.Join(commands, " ") + ", or " + dumped
}

// listedTables is how many tables a line asks for by name.
const listedTables = 5

func (b *builder) wantPlan() (why, get string) {
	if b.c.Snapshot == nil && len(b.c.Plans) == 0 && len(b.queries) > 0 {
		return "a query alone says nothing of its cost", explained
	}
	for i, p := range b.c.Plans {
		if p.Gaps > 0 {
			return fmt.Sprintf("plan %d could not be read whole: what stands in the lines that were cut", i+1),
				`psql -X -o plan.txt -f query.sql, with EXPLAIN (ANALYZE, BUFFERS) before the query`
		}
	}
	return "", ""
}

func (b *builder) wantActuals() (why, get string) {
	return b.plansThat(func(p *rules.Plan) bool { return !p.Analyzed }, "holds", "hold",
		"estimates only: no times, no real rows, so nothing of it is confirmed", explained+"; for a write inside BEGIN ... ROLLBACK")
}

func (b *builder) wantTiming() (why, get string) {
	return b.plansThat(func(p *rules.Plan) bool { return p.Analyzed && !p.Root.TotalMs.Known() }, "was", "were",
		"taken with TIMING OFF: blocks stand in for time", explained)
}

func (b *builder) wantBuffers() (why, get string) {
	return b.plansThat(func(p *rules.Plan) bool { return p.Analyzed && p.Root.TotalMs.Known() && !p.Buffered }, "has", "have",
		"no buffers: what was read from disk or cache cannot be told", explained)
}

// plansThat names the plans that lack something.
func (b *builder) plansThat(lack func(*rules.Plan) bool, one, several, what, line string) (why, get string) {
	var numbers []int
	for i, p := range b.c.Plans {
		if lack(p) {
			numbers = append(numbers, i+1)
		}
	}
	if len(numbers) == 0 {
		return "", ""
	}
	return plansWith(numbers, one, several) + " " + what, line
}

func (b *builder) wantPlans() (why, get string) {
	if !b.exported() || len(b.c.Snapshot.Statements) == 0 || len(b.c.Plans) > 0 {
		return "", ""
	}
	top := b.topStatements(3)
	if top == "" {
		return "", ""
	}
	return "why " + top + " time", "EXPLAIN (ANALYZE, BUFFERS) of the statement"
}

// wantConstants asks for the values of statements that take time, get no index,
// and whose text in the export hides what an index would have to be on.
func (b *builder) wantConstants() (why, get string) {
	if !b.exported() {
		return "", ""
	}
	served := map[string]bool{}
	for _, f := range b.found {
		for _, r := range f.Remedies {
			served[r.ForQuery] = served[r.ForQuery] || r.Create != nil
		}
	}
	var names []string
	for i, st := range b.listed {
		if st.Share.Or(0) < shareWorthSaying/2 || len(names) == listedTables || served[st.QueryID] {
			continue
		}
		if cond := hiddenKey(b.c.Statements[b.c.Snapshot.Statement(st.QueryID)]); cond != "" {
			names = append(names, fmt.Sprintf("Q%d (by %s)", i+1, cond))
		}
	}
	if len(names) == 0 {
		return "", ""
	}
	return "whether an index would serve " + strings.Join(names, ", ") + ": the constants that the export has as $n decide what it would have to be on",
		"EXPLAIN (ANALYZE, BUFFERS) of the statement with the application's values"
}

// hiddenKey is what a statement searches by that an index could be on if the
// constants were known that pg_stat_statements has put away; empty if it has
// no such condition.
func hiddenKey(q *sql.Query) string {
	if q == nil {
		return ""
	}
	for _, c := range q.Where {
		switch {
		case c.Op == sql.LikeAny && c.Value == sql.Param && c.Left.Name != "":
			return "a pattern on " + c.Left.Name
		case (c.Op == sql.Eq || c.Op == sql.In || c.Op == sql.Range) && strings.Contains(c.Expr.String(), "$"):
			return oneLine(c.Expr.String())
		}
	}
	for _, part := range q.Parts {
		if cond := hiddenKey(part); cond != "" {
			return cond
		}
	}
	return ""
}

// wantSlowExecution asks for the plan of a slow run where the one at hand took
// far less than its statement is counted with.
func (b *builder) wantSlowExecution() (why, get string) {
	for _, p := range b.c.Plans {
		if slow := b.slower(p); slow != "" {
			return "why other executions are slower: " + slow, "auto_explain.log_min_duration and auto_explain.log_analyze, then the plan from the server's log"
		}
	}
	return "", ""
}

// slower says by how much the statement of a plan is slower than this run of
// it; empty if it is not, or nothing tells.
func (b *builder) slower(p *rules.Plan) string {
	took, ok := p.ExecMs().Get()
	if !ok || p.Statement == nil {
		return ""
	}
	which := fmt.Sprintf("plan %d took %s, but %s has", p.Number(), figures.Ms(took), workload.ViewStatements)
	if mean, ok := p.Statement.MeanMs.Get(); ok && mean >= slowerRun*took && mean >= quick {
		return fmt.Sprintf("%s %s on average for it", which, figures.Ms(mean))
	}
	if worst, ok := p.Statement.MaxMs.Get(); ok && worst >= slowerRun*took && worst >= longRun {
		return fmt.Sprintf("%s %s at worst for it", which, figures.Ms(worst))
	}
	return ""
}

// slowerRun is how many times the plan's time another run has to have taken for
// the plan not to be the slow one: a cold cache alone makes a few times.
const slowerRun = 10

func (b *builder) wantStatements() (why, get string) {
	switch {
	case b.has(workload.ViewStatements):
		return "", ""
	case len(b.c.Plans) > 0:
		return "how often the query runs, and what else reads the table", export
	case b.exported(), b.schemaAlone():
		return "which statements take the time", export
	}
	return "", ""
}

func (b *builder) wantTables() (why, get string) {
	switch {
	case b.has(workload.ViewTables):
		return "", ""
	case b.creates():
		return "the write rate of the table: what an index costs a day", export
	case b.exported():
		return "how tables are read, written and vacuumed", export
	}
	return "", ""
}

func (b *builder) wantStats() (why, get string) {
	switch {
	case b.has(workload.ViewStats):
		return b.wantReadableStats()
	case b.creates():
		return "the size and the write cost of an index, and whether a condition is selective for other values", export
	case b.exported():
		return "what the columns hold", export
	}
	return "", ""
}

func (b *builder) wantTypes() (why, get string) {
	if b.creates() && b.c.Snapshot != nil && !b.typesKnown() {
		return "column types, which an index's size and write cost rest on", dumped
	}
	return "", ""
}

func (b *builder) wantWindow() (why, get string) {
	if !b.exported() {
		return "", ""
	}
	if _, _, ok := b.c.Snapshot.Window(); ok {
		return "", ""
	}
	return "since when the counters run (stats_reset), without which nothing is said per day and no index is called unused", export
}

func (b *builder) wantForeignKeys() (why, get string) {
	if b.exported() && b.has(workload.ViewIndexes) && !b.has(workload.ViewConstraint) {
		return "which foreign keys have no index", dumped + ", or " + export
	}
	return "", ""
}

// plansWith names plans by their numbers, a few of many, with the verb that
// goes with them.
func plansWith(numbers []int, one, several string) string {
	const most = 5
	if len(numbers) == 1 {
		return fmt.Sprintf("plan %d %s", numbers[0], one)
	}
	var names []string
	for _, n := range numbers[:min(len(numbers), most)] {
		names = append(names, fmt.Sprint(n))
	}
	list := strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
	if more := len(numbers) - len(names); more > 0 {
		list = strings.Join(names, ", ") + fmt.Sprintf(" and %d more", more)
	}
	return "plans " + list + " " + several
}

// withoutIndexes are the tables that an index is proposed on and whose indexes
// the input does not list, with those of their indexes that the plans name.
func (b *builder) withoutIndexes() (tables, named []string) {
	for _, c := range b.changes() {
		if c.create == nil || slices.Contains(tables, c.create.Table) {
			continue
		}
		if b.c.Snapshot != nil {
			if t := b.c.Snapshot.Table(c.create.Schema, c.create.Table); t != nil && t.Defined() {
				continue
			}
		}
		tables = append(tables, c.create.Table)
		for _, p := range b.c.Plans {
			for n := range p.Nodes() {
				if n.Index != "" && heapOf(n) == c.create.Table && !slices.Contains(named, n.Index) {
					named = append(named, n.Index)
				}
			}
		}
	}
	return tables, named
}

// heapOf is the table whose index a node scans.
func heapOf(n *plan.Node) string {
	if n.Relation == "" {
		for up := range n.Ancestors() {
			if up.Type == "Bitmap Heap Scan" {
				return up.Relation
			}
		}
	}
	return n.Relation
}

func (b *builder) creates() bool {
	return slices.ContainsFunc(b.changes(), func(c *change) bool { return c.create != nil })
}

// typesKnown reports whether the column types of the tables that an index is
// proposed on were in the input.
func (b *builder) typesKnown() bool {
	for _, c := range b.changes() {
		if c.create == nil {
			continue
		}
		t := b.c.Snapshot.Table(c.create.Schema, c.create.Table)
		if t == nil {
			return false
		}
		for _, k := range c.create.Keys {
			if col := t.Column(k.Column); k.Column != "" && (col == nil || col.Type == "") {
				return false
			}
		}
	}
	return true
}

// topStatements names the statements that take most of the time and whose text
// is known, as the report's ranking does; empty if there is none.
func (b *builder) topStatements(n int) string {
	var out []string
	for i, st := range b.listed[:min(n, len(b.listed))] {
		if st.Query != "" && st.Query != workload.HiddenText && st.Share.Or(1) >= shareWorthSaying/2 {
			out = append(out, fmt.Sprintf("Q%d", i+1))
		}
	}
	switch len(out) {
	case 0:
		return ""
	case 1:
		return out[0] + " takes its"
	}
	return strings.Join(out[:len(out)-1], ", ") + " and " + out[len(out)-1] + " take their"
}
