package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/account"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/rules"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// wants is all that can be missing, the most telling first: what it is, and
// what could not be decided for lack of it with the line that gets it, both
// empty where it would change nothing. What findings ask for joins the entry of
// its name.
var wants = slices.Concat(wantsFirst, wantsOfViews(), wantsLast)

type want struct {
	input string
	of    func(b *builder) (why string, get how)
}

var wantsFirst = []want{
	{"index definitions", (*builder).wantDefinitions},
	{"plan", (*builder).wantPlan},
	{"EXPLAIN ANALYZE", (*builder).wantActuals},
	{"timing", (*builder).wantTiming},
	{"buffers", (*builder).wantBuffers},
	{"tasks", (*builder).wantTasks},
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
}

var wantsLast = []want{
	{string(workload.ViewStatementsInfo), (*builder).wantEvictions},
	{"collation", nil},
	{"TOAST size", nil},
	{"track_io_timing", wantSetting("track_io_timing", "time spent on disk reads", "The next EXPLAIN includes it")},
	{"track_planning", wantSetting("pg_stat_statements.track_planning", "planning time", "This slows down many sessions that run the same statement")},
	{"compute_query_id", wantSetting("compute_query_id", "query ids in plans", "The value auto is enough if pg_stat_statements is loaded")},
}

// wantsOfViews are the views that have no entry of their own, the most telling
// first.
func wantsOfViews() (list []want) {
	views := []workload.View{workload.ViewIndex, workload.ViewIndexes, workload.ViewClass, workload.ViewIOTables, workload.ViewIOIndexes, workload.ViewSettings, workload.ViewActivity}
	for _, v := range append(views, workload.Views()...) {
		named := func(w want) bool { return w.input == string(v) }
		if !slices.ContainsFunc(slices.Concat(wantsFirst, list, wantsLast), named) {
			list = append(list, want{string(v), wantView(v)})
		}
	}
	return list
}

// missingData is what was not pasted and would change the answer, in the order
// of wants.
func (b *builder) missingData() []report.Missing {
	out := []report.Missing{}
	for _, w := range wants {
		if w.of != nil {
			if why, get := w.of(b); why != "" {
				out = append(out, missing(w.input, why, get))
			}
		}
		for _, f := range b.found {
			if f.Severity == finding.Nit {
				continue
			}
			for _, a := range f.Asks {
				entry := missing(a.Input, a.Why, runs(psql(a.Query)))
				if a.Input == w.input && !slices.ContainsFunc(out, func(m report.Missing) bool { return m.Why == entry.Why }) {
					out = append(out, entry)
				}
			}
		}
	}
	spoke := map[string]bool{}
	for _, f := range b.found {
		spoke[f.Rule] = true
	}
	for i := range out {
		out[i].Rules = b.silentWithout(out[i].Input, spoke)
	}
	return out
}

func missing(input, why string, get how) report.Missing {
	return report.Missing{Input: input, Why: why, How: get.say, Commands: orEmpty(get.commands), Export: strings.Join(get.commands, "\n")}
}

// silentWithout returns the rules that cannot run without an input, except those that
// have findings.
func (b *builder) silentWithout(input string, spoke map[string]bool) []string {
	ids := []string{}
	for _, r := range rules.All {
		onPlans := (r.Node != nil || r.Plan != nil) && !r.Estimates
		enough := r.Either && slices.ContainsFunc(r.Needs, b.has) || spoke[r.ID]
		if onPlans && input == "EXPLAIN ANALYZE" || slices.Contains(r.Needs, workload.View(input)) && !b.has(workload.View(input)) && !enough {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// has reports whether a view was read. A schema dump replaces the views of
// definitions.
func (b *builder) has(v workload.View) bool {
	if b.schema && (v == workload.ViewIndex || v == workload.ViewConstraint) {
		return true
	}
	return b.c.Snapshot != nil && b.c.Snapshot.Has(v)
}

// exported reports whether the input is the export of a whole database.
func (b *builder) exported() bool {
	return b.c.Snapshot != nil && b.hasExports() && !b.Pasted
}

// schemaAlone reports whether only definitions were read.
func (b *builder) schemaAlone() bool {
	return b.c.Snapshot != nil && !b.hasExports() && len(b.c.Plans)+len(b.queries) == 0
}

// besideSchema lists the views that are missing if only the schema was read.
var besideSchema = []workload.View{workload.ViewIndexes, workload.ViewClass}

// wantView returns the entry of a view that was not exported.
func wantView(v workload.View) func(b *builder) (why string, get how) {
	return func(b *builder) (string, how) {
		if !b.exported() && !(b.schemaAlone() && slices.Contains(besideSchema, v)) || b.has(v) {
			return "", how{}
		}
		return shows(v), runs(exportCommand)
	}
}

// shows returns what a view shows: "sequence usage (pg_sequences)"; empty if no rule
// needs it.
func shows(v workload.View) string {
	if v.Use() == "" {
		return ""
	}
	return fmt.Sprintf("%s (%s)", v.Use(), v)
}

// wantSetting returns the entry of a setting that is off.
func wantSetting(name, tells, remark string) func(b *builder) (why string, get how) {
	return func(b *builder) (string, how) {
		if b.c.Snapshot == nil || b.c.Snapshot.Settings[name].Value != "off" {
			return "", how{}
		}
		return tells + ": " + name + " is off", how{remark, []string{"ALTER SYSTEM SET " + name + " = on;", "SELECT pg_reload_conf();"}}
	}
}

func (b *builder) wantDefinitions() (why string, get how) {
	unknown, maybe := b.withoutIndexes()
	if len(unknown) == 0 {
		return "", how{}
	}
	why = fmt.Sprintf("whether an index on %s already exists. Until this is known, create an index only if it does not exist", atMost(unknown, listedTables))
	if len(maybe) > 0 {
		why += fmt.Sprintf(" (the plan uses %s, which may have these columns)", strings.Join(maybe[:min(len(maybe), listedIndexes)], " or "))
	}
	if len(unknown) > listedTables {
		return why, runs(dumpCommand)
	}
	return why, runs(describe(unknown))
}

// listedIndexes is the highest number of indexes that an entry names.
const listedIndexes = 3

// atMost names the first few of a list, and how many there are more.
func atMost(list []string, most int) string {
	if more := len(list) - most; more > 0 {
		list = append(slices.Clone(list[:most]), fmt.Sprintf("%d more", more))
	}
	return figures.List(list)
}

// listedTables is the highest number of tables that an entry names.
const listedTables = 5

func (b *builder) wantPlan() (why string, get how) {
	if b.c.Snapshot == nil && len(b.c.Plans) == 0 && len(b.queries) > 0 {
		return "the plan of the query: its text alone does not show the cost", b.explained(b.queries[0].text, b.queries[0].shape)
	}
	for i, p := range b.c.Plans {
		if p.Gaps > 0 {
			return fmt.Sprintf("the rest of plan %d, whose lines were cut", i+1),
				how{say: "Run EXPLAIN again and save the plan to a file (psql -X -o plan.txt). Copying from a screen cuts lines"}
		}
	}
	return "", how{}
}

func (b *builder) wantActuals() (why string, get how) {
	return b.plansThat(func(p *rule.Plan) bool { return !p.Analyzed }, "has", "have",
		"estimates only: no times and no actual rows, so no finding is confirmed")
}

func (b *builder) wantTiming() (why string, get how) {
	untimed := func(p *rule.Plan) bool {
		return p.Analyzed && !p.Root.TotalMs.Known() && p.Root.Executed() && len(p.Lacking()) == 0
	}
	instead := ": blocks are used instead of times"
	if !slices.ContainsFunc(b.c.Plans, func(p *rule.Plan) bool { return untimed(p) && p.Account().Unit == account.Blocks }) {
		instead = " and BUFFERS OFF: it is unknown what takes the time"
	}
	return b.plansThat(untimed, "was", "were", "taken with TIMING OFF"+instead)
}

func (b *builder) wantBuffers() (why string, get how) {
	return b.plansThat(func(p *rule.Plan) bool { return p.Analyzed && p.Root.TotalMs.Known() && !p.Buffered }, "has", "have",
		"no buffers: disk reads are unknown")
}

// wantTasks asks for the other parts of a Citus query.
func (b *builder) wantTasks() (why string, get how) {
	for _, p := range b.c.Plans {
		for n := range p.Nodes() {
			if shown, all := tasksShown(n); shown != all {
				return fmt.Sprintf("plan %d shows %s of %s tasks: what the others took is unknown", p.Number(), shown, all),
					how{say: "SET citus.explain_all_tasks = on, and take the plan again"}
			}
		}
	}
	return "", how{}
}

// plansThat names the plans that lack something, and the command that takes the
// first one again.
func (b *builder) plansThat(lack func(*rule.Plan) bool, one, several, what string) (why string, get how) {
	var numbers []int
	for i, p := range b.c.Plans {
		if lack(p) {
			numbers = append(numbers, i+1)
		}
	}
	if len(numbers) == 0 {
		return "", how{}
	}
	first, verb := b.c.Plans[numbers[0]-1], one
	if len(numbers) > 1 {
		verb = several
	}
	why = b.called("the plan", numbers...) + " " + verb + " " + what
	if _, writes, _ := parameters(first.Plan.Query.Raw()); writes {
		return why, how{say: "The statement writes: run EXPLAIN (ANALYZE, BUFFERS) on a copy of the database only, or load auto_explain (log_analyze, log_buffers) before its next run"}
	}
	return why, b.explained(first.Plan.Query, first.Query)
}

// explained returns the command that takes the plan of a query with times.
func (b *builder) explained(text redact.Text, q *sql.Query) how {
	if command, ok := b.explain(text, q); ok {
		return runs(command)
	}
	say := "Run the query with EXPLAIN (ANALYZE, BUFFERS). " + ifItWrites
	if !text.Empty() && b.show(text) != text.Raw() {
		say += ". Its literals are hidden here: --show-literals prints the command"
	}
	return how{say: say}
}

// ifItWrites is what to do with a statement that EXPLAIN ANALYZE would run.
const ifItWrites = "For a statement that writes, leave out ANALYZE, which would change the rows, or use a copy of the database"

func (b *builder) wantPlans() (why string, get how) {
	if !b.exported() || len(b.c.Snapshot.Statements) == 0 || len(b.c.Plans) > 0 {
		return "", how{}
	}
	names, statements := b.explainable(3)
	switch len(names) {
	case 0:
		return "", how{}
	case 1:
		why = "the plan of " + names[0]
	default:
		why = "the plans of " + figures.List(names)
	}
	var byHand []string
	changes := false
	for i, st := range statements {
		if command, ok := b.explain(st.Query, b.c.Statements[st]); ok {
			_, writes, _ := parameters(st.Query.Raw())
			get.commands, changes = append(get.commands, command), changes || writes
		} else {
			byHand = append(byHand, names[i])
		}
	}
	get.say = "EXPLAIN (ANALYZE, BUFFERS) with values from the application shows more"
	if changes {
		get.say += ", but runs the statement: do so with one that writes only on a copy of the database"
	}
	if len(byHand) > 0 {
		get.say = "Run EXPLAIN (ANALYZE, BUFFERS) for " + figures.List(byHand) + " with values from the application. " + ifItWrites
	}
	return why, get
}

// wantConstants asks for the constants of slow statements without a proposed index
// whose text shows $n where the index would depend on the constant.
func (b *builder) wantConstants() (why string, get how) {
	if !b.exported() {
		return "", how{}
	}
	served := map[*workload.Statement]bool{}
	for _, f := range b.found {
		for _, r := range f.Remedies {
			served[r.For] = served[r.For] || r.Create != nil
		}
	}
	var names []string
	for i, st := range b.listed {
		if b.shareOf(st).Or(0) < shareWorthSaying/2 || len(names) == listedTables || served[st] {
			continue
		}
		if cond := hiddenKey(b.c.Statements[st]); cond != "" {
			names = append(names, fmt.Sprintf("Q%d (by %s)", i+1, cond))
		}
	}
	if len(names) == 0 {
		return "", how{}
	}
	return "constants of " + strings.Join(names, ", ") + ": the export shows them as $n, and they decide which index helps",
		how{say: "Run EXPLAIN (ANALYZE, BUFFERS) for the statement with values from the application"}
}

// hiddenKey returns a condition that an index could serve if its constants were known,
// which pg_stat_statements replaces by $n; empty if there is none.
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

// wantSlowExecution asks for the plan of a slow execution if a plan took far less
// than its statement in pg_stat_statements.
func (b *builder) wantSlowExecution() (why string, get how) {
	for _, p := range b.c.Plans {
		if slow := b.slower(p); slow != "" {
			return "the plan of a slow execution: " + slow, how{say: "Load auto_explain and set auto_explain.log_min_duration and auto_explain.log_analyze. Then take the plan of a slow execution from the server log"}
		}
	}
	return "", how{}
}

// slower describes by how much the statement of a plan is slower than this execution;
// empty if it is not, or unknown.
func (b *builder) slower(p *rule.Plan) string {
	took, ok := p.ExecMs().Get()
	if !ok || p.Statement == nil {
		return ""
	}
	which := fmt.Sprintf("plan %d took %s, but in %s the statement takes", p.Number(), figures.Ms(took), workload.ViewStatements)
	if mean, ok := p.Statement.MeanMs.Get(); ok && mean >= slowerRun*took && mean >= quickMs {
		return fmt.Sprintf("%s %s on average", which, figures.Ms(mean))
	}
	if worst, ok := p.Statement.MaxMs.Get(); ok && worst >= slowerRun*took && worst >= slowMs {
		return fmt.Sprintf("%s up to %s", which, figures.Ms(worst))
	}
	return ""
}

// slowerRun is how many times slower another execution must be for this plan not to
// be the slow one. Cold data alone accounts for a few times.
const slowerRun = 10

func (b *builder) wantStatements() (why string, get how) {
	switch {
	case b.has(workload.ViewStatements):
		return "", how{}
	case b.c.Snapshot != nil && b.c.Snapshot.Logged():
		return "statements that were not logged, with blocks, rows and WAL (pg_stat_statements)", b.statementsExport()
	case len(b.c.Plans) > 0:
		return "calls per day of the query, and other statements on the table (pg_stat_statements)", b.statementsExport()
	case b.exported(), b.schemaAlone():
		return shows(workload.ViewStatements), b.statementsExport()
	}
	return "", how{}
}

// statementsExport returns how statements are exported. If the script ran and found
// none, the extension is missing.
func (b *builder) statementsExport() how {
	if b.c.Snapshot == nil || b.c.Snapshot.ExportedBy == "" || slices.ContainsFunc(b.errs, func(err error) bool { return strings.Contains(err.Error(), string(workload.ViewStatements)) }) {
		return runs(exportCommand)
	}
	const create = "CREATE EXTENSION pg_stat_statements;"
	if strings.Contains(b.c.Snapshot.Settings["shared_preload_libraries"].Value, "pg_stat_statements") {
		return how{"The export found no pg_stat_statements in this database. Export again after a few hours of normal load", []string{create}}
	}
	return how{say: "The export found no pg_stat_statements in this database. Add it to shared_preload_libraries, restart the server, and run CREATE EXTENSION pg_stat_statements. Export again after a few hours of normal load"}
}

// wantEvictions asks for pg_stat_statements_info, which counts evicted statements;
// version 13 does not have it.
func (b *builder) wantEvictions() (why string, get how) {
	if b.c.Server.Lacks(pgversion.StatementsInfo) || !b.has(workload.ViewStatements) {
		return "", how{}
	}
	return wantView(workload.ViewStatementsInfo)(b)
}

func (b *builder) wantTables() (why string, get how) {
	switch {
	case b.has(workload.ViewTables):
		return "", how{}
	case b.creates():
		return "write rate of the table (pg_stat_user_tables), needed for the index cost per day", runs(exportCommand)
	case b.exported():
		return shows(workload.ViewTables), runs(exportCommand)
	}
	return "", how{}
}

func (b *builder) wantStats() (why string, get how) {
	switch {
	case b.has(workload.ViewStats):
		return b.wantReadableStats()
	case b.creates():
		return "column statistics (pg_stats), needed for index size, write cost and selectivity", runs(exportCommand)
	case b.exported():
		return shows(workload.ViewStats), runs(exportCommand)
	}
	return "", how{}
}

func (b *builder) wantTypes() (why string, get how) {
	if b.creates() && b.c.Snapshot != nil && !b.typesKnown() {
		return "column types, needed for index size and write cost", runs(dumpCommand)
	}
	return "", how{}
}

func (b *builder) wantWindow() (why string, get how) {
	if !b.exported() {
		return "", how{}
	}
	if _, _, ok := b.c.Snapshot.Window(); ok || b.c.Snapshot.NeverReset {
		return "", how{}
	}
	if b.c.Snapshot.StatsReset.Known() && !b.c.Snapshot.ExportedAt.Known() {
		return "time of the export (now()), needed with stats_reset for rates per day and unused indexes", runs(exportCommand)
	}
	return "time of the last statistics reset (stats_reset), needed for rates per day and unused indexes", runs(exportCommand)
}

func (b *builder) wantForeignKeys() (why string, get how) {
	if b.exported() && b.has(workload.ViewIndexes) && !b.has(workload.ViewConstraint) {
		return shows(workload.ViewConstraint), runs(exportCommand)
	}
	return "", how{}
}

// called names plans by their numbers, at most five, or the only plan.
func (b *builder) called(alone string, numbers ...int) string {
	const most = 5
	switch {
	case len(b.c.Plans) < 2:
		return alone
	case len(numbers) == 1:
		return fmt.Sprintf("plan %d", numbers[0])
	}
	var names []string
	for _, n := range numbers[:min(len(numbers), most)] {
		names = append(names, fmt.Sprint(n))
	}
	if more := len(numbers) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return "plans " + figures.List(names)
}

// withoutIndexes returns the tables of proposed indexes whose existing indexes are
// unknown, and those of their indexes that the plans name.
func (b *builder) withoutIndexes() (tables, named []string) {
	var scanned map[string][]string
	for _, c := range b.changes {
		if c.create == nil || slices.Contains(tables, c.create.Table) {
			continue
		}
		if b.c.Snapshot != nil {
			if t := b.c.Snapshot.Table(c.create.Schema, c.create.Table); t != nil && b.c.Snapshot.Defined(t) {
				continue
			}
		}
		if tables = append(tables, c.create.Table); scanned == nil {
			scanned = b.indexesScanned()
		}
		for _, index := range scanned[c.create.Table] {
			if !slices.Contains(named, index) {
				named = append(named, index)
			}
		}
	}
	return tables, named
}

// indexesScanned returns the indexes of each table that the plans scan.
func (b *builder) indexesScanned() map[string][]string {
	scanned := map[string][]string{}
	for _, p := range b.c.Plans {
		for n := range p.Nodes() {
			if n.Index == "" {
				continue
			}
			if heap := heapOf(n); !slices.Contains(scanned[heap], n.Index) {
				scanned[heap] = append(scanned[heap], n.Index)
			}
		}
	}
	return scanned
}

// heapOf returns the table whose index a node scans.
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
	return slices.ContainsFunc(b.changes, func(c *change) bool { return c.create != nil })
}

// typesKnown reports whether the input has the column types of all proposed indexes.
func (b *builder) typesKnown() bool {
	for _, c := range b.changes {
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

// explainable are, of the first statements of the report's ranking, those of
// which a plan would show where their time goes, with their names in it.
func (b *builder) explainable(first int) (names []string, statements []*workload.Statement) {
	for i, st := range b.listed[:min(first, len(b.listed))] {
		share := b.shareOf(st)
		if st.Query.Empty() || st.Hidden() || share.Or(1) < shareWorthSaying/2 {
			continue
		}
		if !b.c.Explainable(st) || st.MeanMs.Or(0) < slowEnough && share.Or(0) < shareEnough {
			continue
		}
		names, statements = append(names, fmt.Sprintf("Q%d", i+1)), append(statements, st)
	}
	return names, statements
}

// From where on a statement's plan is worth asking for: a millisecond a call,
// or a twentieth of the time.
const (
	slowEnough  = 1
	shareEnough = 0.05
)
