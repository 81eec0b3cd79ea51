package workload

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// aggregates reports whether a statement makes few rows of many by intent.
func aggregates(q *sql.Query) bool {
	if q.Count || q.Aggregates > 0 || q.Distinct || len(q.Group) > 0 {
		return true
	}
	for _, part := range q.Parts {
		if aggregates(part) {
			return true
		}
	}
	return false
}

var (
	varianceSpread = rule.NewThreshold("stddev", 3, "times", "the average: a few calls are far off, instead of a broad spread")
	varianceMax    = rule.NewThreshold("max", 20, "times", "the average")
	varianceMean   = rule.NewThreshold("mean", 1, "ms", "below that a short pause of the machine makes any ratio")
	varianceSlow   = rule.NewThreshold("slowest", 100, "ms", "users notice a delay this long")
	varianceCalls  = rule.NewThreshold("calls", 100, "calls", "fewer may hold one cold start")
)

// varies reports whether a statement's slow calls are far from its mean.
func varies(c *rule.Case, s *workload.Statement) bool {
	mean, dev, most := s.MeanMs.Or(0), s.StddevMs.Or(0), s.MaxMs.Or(0)
	return mean >= varianceMean.In(c) && s.Calls.Or(0) >= varianceCalls.In(c) && most >= varianceSlow.In(c) && dev >= varianceSpread.In(c)*mean && most >= varianceMax.In(c)*mean
}

// onlyReads reports whether a statement neither locks nor writes rows, and is
// no COPY or cursor.
func onlyReads(q *sql.Query) bool {
	reads := true
	rule.Levels(q, func(level *sql.Query) {
		reads = reads && level.Kind == sql.Select && !level.Locks && !level.Whole
	})
	return reads
}

var (
	slowMean    = rule.NewThreshold("mean", 50, "ms", "a delay that users begin to notice")
	shareMedium = rule.NewThreshold("share_medium", 0.5, "share", "of total execution time, if the time of the statistics reset is unknown")
)

// onStatement returns a finding on a statement of which only the time and the blocks
// are known.
func onStatement(c *rule.Case, s *workload.Statement, q *sql.Query) rule.Found {
	e := c.OfStatement(s)
	f := rule.Found{Query: q, Short: redact.Sprintf("the time of %s", rule.StatementOn(q))}
	calls := max(s.Calls.Or(0), 1)
	e.Text("statement", s.Query, "pg_stat_statements")
	if blocks, rows, ok := opt.Two(opt.Sum(s.SharedHit, s.SharedRead), s.Rows); ok {
		e.Number("blocks per call", opt.Of(blocks/calls), "blocks", "pg_stat_statements")
		e.Number("rows per call", opt.Of(rows/calls), "rows", "pg_stat_statements")
		does := "returns"
		if q.Kind != sql.Select {
			does = "changes"
		}
		f.Detail = redact.Sprintf("Each call touches %s and %s %s.", rule.Counted(blocks/calls, "block"), does, rule.Counted(rows/calls, "row"))
		if !q.Beginning {
			f.ReadWhole = readsWhole(c, q, blocks/calls)
		}
	}
	if waited, ok := s.ReadMs.Get(); ok && waited > 0 {
		e.Number("disk read time", s.ReadMs, "ms", "pg_stat_statements")
	}
	if q.Beginning {
		f.Detail = redact.Append(f.Detail, "The text of the statement is truncated.")
	}
	f.Tag, f.Severity, f.Evidence = finding.Confirmed, statementSeverity(c, s), e
	f.Fix = redact.Plain("Run EXPLAIN (ANALYZE, BUFFERS) of this statement with values that the application uses, and add the plan to this input.")
	if q.Kind != sql.Select {
		f.Fix = redact.Plain("Run EXPLAIN of this statement without ANALYZE, which would change the rows, or use a copy of the database. Add the plan to this input.")
	}
	if column := lookedUpBy(c, s, q); column != "" {
		f.Fix = redact.Append(redact.Sprintf("Check first that there is an index on %s (%s): a call takes %s and returns %s.", q.Tables[0].Name, column, figures.Ms(s.MeanMs.Or(0)), rule.Counted(s.Rows.Or(0)/calls, "row")), "%s", f.Fix)
	}
	for _, x := range q.Tables {
		if t := c.Snapshot.Table(x.Schema, x.Name); t != nil {
			f.Named = append(f.Named, t)
		}
	}
	if q.Kind == sql.Delete && len(q.Tables) > 0 {
		f.Checked = referencing(c, q.Tables[0])
	}
	if names := rule.OwnTables(q); len(names) == 1 && len(q.Tables) > 0 {
		f.Where.Relation = c.Qualified(q.Tables[0])
	}
	return f
}

// readsWhole returns the table that a statement on one table reads in full, by its
// blocks per call; nil if it does not, or reads several tables.
func readsWhole(c *rule.Case, q *sql.Query, blocks float64) *workload.Table {
	if len(q.Tables) != 1 || len(rule.OwnTables(q)) != 1 {
		return nil
	}
	t := c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name)
	if t == nil || !t.Pages.Known() || blocks < t.Pages.Or(0)/2 {
		return nil
	}
	return t
}

// fewReturned is the most rows per call of a lookup, which an index finds in less than a
// millisecond each.
const fewReturned = 10

// lookedUpBy returns the columns by which a slow statement looks up a few rows of one table
// whose indexes are not in the input; empty if it does something else.
func lookedUpBy(c *rule.Case, s *workload.Statement, q *sql.Query) string {
	rows, calls, ok := opt.Two(s.Rows, s.Calls)
	if !ok || q.Kind != sql.Select || q.Beginning || len(q.Tables) != 1 || aggregates(q) || rows > fewReturned*calls || s.MeanMs.Or(0) < slowMean.In(c) {
		return ""
	}
	if t := c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name); t != nil && c.Snapshot.IndexesKnown(t) {
		return ""
	}
	var columns []string
	for _, cond := range q.Where {
		if cond.Op == sql.Eq && cond.Sargable() && cond.Left.Name != "" {
			columns = append(columns, lex.QuoteIdent(cond.Left.Name))
		}
	}
	return strings.Join(columns, ", ")
}

// begin puts a sentence before the detail.
func begin(f *rule.Found, format string, args ...any) {
	said := f.Detail
	f.Detail = redact.Sprintf(format, args...)
	if !said.Empty() {
		f.Detail = redact.Append(f.Detail, "%s", said)
	}
}

// referencing returns the tables whose foreign keys a delete from a table has to
// check.
func referencing(c *rule.Case, deleted sql.Table) []string {
	t := c.Snapshot.Table(deleted.Schema, deleted.Name)
	if t == nil {
		return nil
	}
	var names []string
	for _, from := range c.Snapshot.Tables {
		for _, k := range from.Constraints {
			if k.Type == "f" && c.Snapshot.Table(k.RefSchema, k.RefTable) == t {
				names = append(names, from.QName())
			}
		}
	}
	return names
}

// statementSeverity rates a statement by its time per day and its share, low at
// least: its rule already requires a volume. If the time of the statistics reset
// is unknown, the share alone decides, up to medium.
func statementSeverity(c *rule.Case, s *workload.Statement) finding.Severity {
	share := c.ShareOf(s).Or(0)
	day, known := c.WeightPerDay(s).Get()
	if !known {
		if share >= shareMedium.In(c) {
			return finding.Medium
		}
		return finding.Low
	}
	severity := finding.Low
	for i := len(rule.SeveritySteps) - 1; i >= 0; i-- {
		if step := rule.SeveritySteps[i]; day >= step.PerDayMs && share >= step.OfAll {
			severity = step.Severity
		}
	}
	return severity
}

var tempPerCall = rule.NewThreshold("blocks_per_call", 128, "blocks", "1 MB of temporary files per call")

var topShare = rule.NewThreshold("share", 0.2, "share", "of total execution time")

// top returns a statement's share of total execution time and its time per day,
// and whether it is one of the few that matter.
func top(c *rule.Case, s *workload.Statement) (share float64, day opt.Float, large bool) {
	share = c.ShareOf(s).Or(0)
	return share, c.MsPerDay(s), share >= topShare.In(c) && c.TakesTime(s)
}

// topOn returns the statement on a table with the largest figure; nil if no
// statement has one.
func topOn(c *rule.Case, t *workload.Table, figure func(*workload.Statement) float64) *workload.Statement {
	var top *workload.Statement
	most := 0.0
	for _, s := range c.On(t) {
		if f := figure(s); s.TopLevel && f > most {
			top, most = s, f
		}
	}
	return top
}
