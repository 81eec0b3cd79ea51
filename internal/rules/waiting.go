package rules

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// What work takes at most, so that what is left of the time was spent
// otherwise: a block that was in memory, one that had to be read from a slow
// disk, WAL at 100 MB a second, and a row whose index entries have to be worked
// out, as those of the words of a text.
const hitMs, readMs, walMsPerByte, rowMs = 0.05, 10, 1e-5, 1

var (
	waitLong      = NewThreshold("long", 1_000, "ms", "a call, of however few calls: nobody's update by key takes that long")
	waitExplained = NewThreshold("explained", 0.1, "share", "of that time that the blocks, the WAL and the rows can have taken, at their dearest")
	waitSelect    = NewThreshold("explained_select", 0.01, "share", "the same of a SELECT that locks no rows: it may compute much of little")
)

// Waited reports whether a statement's counters show that most of its time was
// no work: a plan of it would show nothing.
func (c *Case) Waited(s *workload.Statement) bool {
	q := c.Statements[s]
	return waits(c, s, q) || c.waitedLong(s, q)
}

// Explainable reports whether EXPLAIN of a statement would show where its time
// goes: it is the application's, reads or writes tables, worked for its time,
// and its plan was not pasted. What review asks plans of goes by this as well.
func (c *Case) Explainable(s *workload.Statement) bool {
	return ownStatement(s, c.Statements[s]) && !c.hasPlan(s) && !c.Waited(s)
}

// waitedLong reports whether the calls of a statement took a second or more, of
// which its work explains next to nothing, and it is of a kind whose work the
// counters show: it computes nothing by functions, sub-selects or joins.
func (c *Case) waitedLong(s *workload.Statement, q *sql.Query) bool {
	work, ok := workOf(s).Get()
	if !ok || s.MeanMs.Or(0) < waitLong.In(c) {
		return false
	}
	explained := work / s.TotalMs.Or(0)
	if q == nil || q.Kind == sql.Other {
		return utilityOf(s.Query.Raw()).bounded && explained <= waitExplained.In(c)
	}
	limit := waitExplained
	if q.Kind == sql.Select && !q.Waits {
		limit = waitSelect
	}
	return explained <= limit.Value && c.boundByBlocks(s, q)
}

// boundByBlocks reports whether the counters show all that a statement does: it
// is on one table of this server, of which it touched blocks, and calls nothing
// that may take its time.
func (c *Case) boundByBlocks(s *workload.Statement, q *sql.Query) bool {
	values := q.Kind == sql.Insert && !slices.ContainsFunc(q.Arms, func(arm *sql.Query) bool { return arm.Rows == 0 || len(arm.Parts) > 0 })
	if len(q.Tables) != 1 || len(q.From) != 1 || len(q.Parts) > 0 && !values || blocksPerCall(s) < 1 {
		return false
	}
	if t := c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name); t != nil && t.Kind == "f" {
		return false
	}
	return !callsFunctions(s.Query.Raw())
}

// workOf is what a statement's work can have taken at most, in ms; absent where
// its blocks were not exported.
func workOf(s *workload.Statement) opt.Float {
	hit, read, ok := both(s.SharedHit, s.SharedRead)
	if !ok {
		return opt.Float{}
	}
	if io := s.ReadMs.Or(0) + s.WriteMs.Or(0); io > 0 {
		hit, read = hit+read, 0 // track_io_timing tells what the disk took
		hit += io / hitMs
	}
	return opt.Of(s.Rows.Or(0)*rowMs + (hit+s.SharedDirtied.Or(0)+s.Local.Or(0))*hitMs +
		(read+s.SharedWritten.Or(0)+s.TempRead.Or(0)+s.TempWritten.Or(0))*readMs + s.WALBytes.Or(0)*walMsPerByte + s.JITMs.Or(0))
}

// cheapFunctions are called without taking time, or are no calls: what else has
// a bracket behind it may compute, sleep, or ask another server.
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
		at := i - 1 // where the name begins, with its schema
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

// utility is what a statement that has no plan does.
type utility struct {
	command string
	table   string // behind the command, where that names one
	locks   bool   // it takes a lock that others wait behind
	bounded bool   // its work is in the blocks that it touches: what else it takes it waits
}

// catalogueCommands change definitions under a lock: all their work is in the
// blocks that they touch. Of those that begin alike the longest stands first.
var catalogueCommands = []string{
	"ALTER TABLE", "ALTER INDEX", "ALTER SEQUENCE", "ALTER VIEW", "ALTER MATERIALIZED VIEW", "ALTER TYPE", "ALTER DOMAIN", "ALTER TRIGGER", "ALTER POLICY",
	"CREATE INDEX CONCURRENTLY", "CREATE UNIQUE INDEX CONCURRENTLY", "CREATE INDEX", "CREATE UNIQUE INDEX",
	"CREATE TRIGGER", "CREATE OR REPLACE TRIGGER", "CREATE CONSTRAINT TRIGGER", "CREATE POLICY", "CREATE RULE", "CREATE OR REPLACE RULE", "CREATE STATISTICS", "CREATE TABLE", "CREATE OR REPLACE VIEW",
	"DROP INDEX CONCURRENTLY", "DROP TABLE", "DROP INDEX", "DROP VIEW", "DROP MATERIALIZED VIEW", "DROP TRIGGER", "DROP POLICY", "DROP SEQUENCE", "DROP TYPE",
	"REINDEX INDEX CONCURRENTLY", "REINDEX TABLE CONCURRENTLY", "REINDEX", "TRUNCATE", "LOCK", "COMMENT ON TABLE", "GRANT", "REVOKE",
}

// rewritingCommands lock a table while they compute or copy what is in it.
var rewritingCommands = []string{"REFRESH MATERIALIZED VIEW", "CLUSTER", "VACUUM FULL"}

// utilityOf tells what a statement does by its first words; the zero utility is
// none that locks a table.
func utilityOf(text string) utility {
	begins := func(command string) bool { return lex.Scan(text).Words(strings.Fields(command)...) }
	if at := slices.IndexFunc(rewritingCommands, begins); at >= 0 {
		return utility{command: rewritingCommands[at], locks: true}
	}
	at := slices.IndexFunc(catalogueCommands, begins)
	if at < 0 {
		return utility{}
	}
	u := utility{command: catalogueCommands[at], locks: true}
	u.bounded = !strings.Contains(strings.ToUpper(text), "TABLESPACE") // files are copied past the buffers that are counted
	s := lex.Scan(text)
	s.Words(strings.Fields(u.command)...)
	if s.Words("TABLE") || strings.HasSuffix(u.command, "TABLE") || u.command == "TRUNCATE" || u.command == "LOCK" {
		_ = s.Words("IF", "EXISTS") || s.Words("IF", "NOT", "EXISTS")
		s.Words("ONLY")
		_, u.table, _ = s.Qualified()
	}
	return u
}

// named is the command with the table that it is on.
func (u utility) named() string { return strings.TrimSpace(u.command + " " + u.table) }
