package rule

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	WaitMean   = NewThreshold("mean", 10, "ms", "a hundred times what an update by key takes in shared_buffers")
	WaitBlocks = NewThreshold("blocks_per_call", 20, "blocks", "work that takes a tenth of a millisecond")
	WaitRead   = NewThreshold("read_per_call", 0.5, "blocks", "not in shared_buffers: with more reads, the disk may be the cause")
	WaitIO     = NewThreshold("io_share", 0.2, "share", "of its time, if track_io_timing is on")
)

// Waits reports whether a write by key takes far longer than its blocks
// account for.
func Waits(c *Case, s *workload.Statement, q *sql.Query) bool {
	calls, mean := s.Calls.Or(0), s.MeanMs.Or(0)
	if q == nil || q.Kind != sql.Update && q.Kind != sql.Delete || mean < WaitMean.In(c) || calls <= 0 || len(q.Parts) > 0 || !s.SharedHit.Known() || !s.SharedRead.Known() {
		return false
	}
	keyed := false
	for _, c := range q.Where {
		keyed = keyed || c.Op == sql.Eq && c.Left.Name != "" && c.Value < sql.Runtime
	}
	return keyed && BlocksPerCall(s)+s.Local.Or(0)/calls <= WaitBlocks.In(c) && !callsFunctions(s.Query.Raw()) && s.SharedRead.Or(0)/calls < WaitRead.In(c) &&
		s.ReadMs.Or(0)+s.WriteMs.Or(0) < WaitIO.In(c)*s.TotalMs.Or(0)
}

// Upper limits of the time that work takes, so that the rest was spent waiting: a
// block in memory, a block from a slow disk, WAL at 100 MB per second, and a row
// with index entries that are expensive to compute, such as those of a text search.
const HitMs, ReadMs, WalMsPerByte, RowMs = 0.05, 10, 1e-5, 1

var (
	WaitLong      = NewThreshold("long", 1_000, "ms", "per call, however few calls: no update by key takes that long")
	WaitExplained = NewThreshold("explained", 0.1, "share", "of that time that blocks, WAL and rows can have taken, at the highest cost of each")
	WaitSelect    = NewThreshold("explained_select", 0.01, "share", "the same for a SELECT that locks no rows: it may compute much from few rows")
)

// LoggedShare is the part of a statement's time from which on logged lock waits explain
// it.
var LoggedShare = NewThreshold("logged_share", 0.5, "share", "of the statement's time in a server log, for lock waits")

// LoggedWaits reports whether the server's log shows that a statement waited for locks
// most of its time.
func LoggedWaits(c *Case, s *workload.Statement) bool {
	return s.Waits != nil && s.Waits.Ms.Or(0) >= LoggedShare.In(c)*s.TotalMs.Or(0)
}

// Waited reports whether a statement's statistics show that it waited for most of
// its time: its plan would show nothing.
func (c *Case) Waited(s *workload.Statement) bool {
	q := c.Statements[s]
	return LoggedWaits(c, s) || Waits(c, s, q) || c.WaitedLong(s, q) || c.HeldUp(s, q)
}

// HeldUp reports whether a log in which sessions waited for locks has an INSERT of one row that
// took a second or more: that is no work.
func (c *Case) HeldUp(s *workload.Statement, q *sql.Query) bool {
	if q == nil || !c.Snapshot.Logged() || c.Snapshot.Log.Deadlocks == 0 && len(c.Snapshot.Log.Waits) == 0 || s.MeanMs.Or(0) < WaitLong.In(c) || callsFunctions(s.Query.Raw()) {
		return false
	}
	return q.Kind == sql.Insert && !slices.ContainsFunc(q.Arms, func(arm *sql.Query) bool { return arm.Rows != 1 || len(arm.Parts) > 0 })
}

// Explainable reports whether EXPLAIN of a statement would show where its time
// goes: the statement is the application's, reads or writes tables, did not just
// wait, and has no plan in the input. review asks for plans by this as well.
func (c *Case) Explainable(s *workload.Statement) bool { return c.Explains(s, c.Statements[s]) }

// Explains is Explainable of a statement with its shape.
func (c *Case) Explains(s *workload.Statement, q *sql.Query) bool {
	return OwnStatement(s, q) && !c.HasPlan(s) && !c.Waited(s)
}

// WaitedLong reports whether the calls of a statement took a second or more while
// its work explains almost none of that, and its statistics show all its work: it
// computes nothing by functions, sub-selects or joins.
func (c *Case) WaitedLong(s *workload.Statement, q *sql.Query) bool {
	work, ok := WorkOf(s).Get()
	if !ok || s.MeanMs.Or(0) < WaitLong.In(c) {
		return false
	}
	explained := work / s.TotalMs.Or(0)
	if q == nil || q.Kind == sql.Other {
		return UtilityOf(s.Query.Raw()).bounded && explained <= WaitExplained.In(c)
	}
	limit := WaitExplained
	if q.Kind == sql.Select && !q.Waits {
		limit = WaitSelect
	}
	return explained <= limit.Value && c.boundByBlocks(s, q)
}

// boundByBlocks reports whether the statistics show all that a statement does: it
// reads or writes one table of this server, touched blocks of that table, and calls
// no function that may take time.
func (c *Case) boundByBlocks(s *workload.Statement, q *sql.Query) bool {
	values := q.Kind == sql.Insert && !slices.ContainsFunc(q.Arms, func(arm *sql.Query) bool { return arm.Rows == 0 || len(arm.Parts) > 0 })
	if len(q.Tables) != 1 || len(q.From) != 1 || len(q.Parts) > 0 && !values || BlocksPerCall(s) < 1 {
		return false
	}
	if t := c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name); t != nil && t.Kind == "f" {
		return false
	}
	return !callsFunctions(s.Query.Raw())
}

// WorkOf returns the time that a statement's work can have taken at most, in ms;
// absent if its blocks were not exported.
func WorkOf(s *workload.Statement) opt.Float {
	hit, read, ok := opt.Two(s.SharedHit, s.SharedRead)
	if !ok {
		return opt.Float{}
	}
	if io := s.ReadMs.Or(0) + s.WriteMs.Or(0); io > 0 {
		hit, read = hit+read, 0 // track_io_timing shows the time of disk reads
		hit += io / HitMs
	}
	return opt.Of(s.Rows.Or(0)*RowMs + (hit+s.SharedDirtied.Or(0)+s.Local.Or(0))*HitMs +
		(read+s.SharedWritten.Or(0)+s.TempRead.Or(0)+s.TempWritten.Or(0))*ReadMs + s.WALBytes.Or(0)*WalMsPerByte + s.JITMs.Or(0))
}

// cheapFunctions take hardly any time, or are no functions: any other name before
// a parenthesis may compute, sleep, or query another server.
var cheapFunctions = map[string]bool{
	"now": true, "clock_timestamp": true, "statement_timestamp": true, "transaction_timestamp": true, "coalesce": true, "nullif": true, "greatest": true, "least": true,
	"nextval": true, "currval": true, "lower": true, "upper": true, "length": true, "abs": true, "round": true, "date_trunc": true, "concat": true, "trim": true, "substring": true,
	"jsonb_set": true, "jsonb_build_object": true, "gen_random_uuid": true, "array_append": true, "array_remove": true, "cast": true, "extract": true, "count": true, "sum": true, "min": true, "max": true, "avg": true,
	"values": true, "in": true, "any": true, "some": true, "all": true, "and": true, "or": true, "not": true, "where": true, "on": true, "set": true, "conflict": true, "as": true, "by": true, "when": true, "then": true, "else": true,
	"using": true, "filter": true, "over": true, "returning": true, "select": true, "limit": true, "offset": true, "of": true, "like": true, "between": true, "is": true, "row": true, "array": true,
	"varchar": true, "char": true, "numeric": true, "decimal": true, "timestamp": true, "timestamptz": true, "time": true, "bit": true,
}

// callsFunctions reports whether a text calls a function that may take time.
func callsFunctions(text string) bool {
	var tokens []lex.Token
	for t := range lex.Tokens(text) {
		if t.Kind != lex.Comment {
			tokens = append(tokens, t)
		}
	}
	for i, t := range tokens {
		if t.Text != "(" || i == 0 {
			continue
		}
		name, isName := tokens[i-1].Name()
		at := i - 1 // start of the name, with its schema
		for at >= 2 && tokens[at-1].Text == "." {
			at -= 2
		}
		columns := at > 0 && strings.EqualFold(tokens[at-1].Text, "into")
		if isName && !columns && (tokens[i-1].Kind == lex.Quoted || !cheapFunctions[name]) {
			return true
		}
	}
	return false
}

// utility describes a statement that has no plan.
type utility struct {
	Command string
	Table   string // after the command, if it names one
	Locks   bool   // takes a lock that others wait behind
	bounded bool   // its work is in the blocks that it touches: the rest of its time is waiting
}

// catalogueCommands change definitions under a lock: all their work is in the
// blocks that they touch. A longer command precedes its prefix.
var catalogueCommands = []string{
	"ALTER TABLE", "ALTER INDEX", "ALTER SEQUENCE", "ALTER VIEW", "ALTER MATERIALIZED VIEW", "ALTER TYPE", "ALTER DOMAIN", "ALTER TRIGGER", "ALTER POLICY",
	"CREATE INDEX CONCURRENTLY", "CREATE UNIQUE INDEX CONCURRENTLY", "CREATE INDEX", "CREATE UNIQUE INDEX",
	"CREATE TRIGGER", "CREATE OR REPLACE TRIGGER", "CREATE CONSTRAINT TRIGGER", "CREATE POLICY", "CREATE RULE", "CREATE OR REPLACE RULE", "CREATE STATISTICS", "CREATE TABLE", "CREATE OR REPLACE VIEW",
	"DROP INDEX CONCURRENTLY", "DROP TABLE", "DROP INDEX", "DROP VIEW", "DROP MATERIALIZED VIEW", "DROP TRIGGER", "DROP POLICY", "DROP SEQUENCE", "DROP TYPE",
	"REINDEX INDEX CONCURRENTLY", "REINDEX TABLE CONCURRENTLY", "REINDEX", "TRUNCATE", "LOCK", "COMMENT ON TABLE", "GRANT", "REVOKE",
}

// rewritingCommands lock a table while they compute or copy its rows.
var rewritingCommands = []string{"REFRESH MATERIALIZED VIEW", "CLUSTER", "VACUUM FULL"}

// UtilityOf describes a statement by its first words; the zero value if it locks no
// table.
func UtilityOf(text string) utility {
	begins := func(command string) bool { return lex.Scan(text).Words(strings.Fields(command)...) }
	if at := slices.IndexFunc(rewritingCommands, begins); at >= 0 {
		return utility{Command: rewritingCommands[at], Locks: true}
	}
	at := slices.IndexFunc(catalogueCommands, begins)
	if at < 0 {
		return utility{}
	}
	u := utility{Command: catalogueCommands[at], Locks: true}
	u.bounded = !strings.Contains(strings.ToUpper(text), "TABLESPACE") // files are copied without using shared_buffers
	s := lex.Scan(text)
	s.Words(strings.Fields(u.Command)...)
	if s.Words("TABLE") || strings.HasSuffix(u.Command, "TABLE") || u.Command == "TRUNCATE" || u.Command == "LOCK" {
		_ = s.Words("IF", "EXISTS") || s.Words("IF", "NOT", "EXISTS")
		s.Words("ONLY")
		_, u.Table, _ = s.Qualified()
	}
	return u
}

// Named returns the command with its table.
func (u utility) Named() string { return strings.TrimSpace(u.Command + " " + u.Table) }
