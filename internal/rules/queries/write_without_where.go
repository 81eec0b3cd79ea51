package queries

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var (
	wholeWriteCalls = rule.NewThreshold("calls", 2, "calls", "one alone was a correction by hand, or a migration")
	wholeWriteRows  = rule.NewThreshold("rows_a_call", 1_000, "rows", "a small table may well be written whole")
)

var writeWithoutWhere = rule.Rule{
	ID:     "write-without-where",
	Title:  "A write goes over the whole table, again and again",
	Sees:   "An UPDATE or DELETE without WHERE, called twice or more, that writes 1,000 rows or more a call.",
	Why:    "Every row gets a new version, or a dead one, and an entry in every index; all of them stay locked until the transaction ends.",
	Silent: "Called once; few rows; a temporary table.",
	Fix:    "The condition that was meant: WHERE the value differs from the new one; TRUNCATE where the table is emptied.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-update.html", "https://www.postgresql.org/docs/current/sql-truncate.html",
	},
	Thresholds: []*rule.Threshold{wholeWriteCalls, wholeWriteRows},
	Rank:       rule.RankText,
	Text: func(c *rule.Case, t *rule.Text, found func(rule.Found)) {
		s, q := t.Statement, t.Shape
		if s == nil || q.Kind != sql.Update && q.Kind != sql.Delete || len(q.Where) > 0 || len(q.Tables) != 1 || s.Calls.Or(0) < wholeWriteCalls.In(c) {
			return
		}
		rows := s.Rows.Or(0) / s.Calls.Or(1)
		if table := c.TableOf(q, ""); rows < wholeWriteRows.In(c) || table == nil || table.Persistence == "t" {
			return // a table that no export holds may be temporary
		}
		fix := "WHERE the column differs from the value it is given (IS DISTINCT FROM): rows that have it already are then left alone."
		if q.Kind == sql.Delete {
			fix = "TRUNCATE where the table is emptied: it leaves no dead rows, but locks the table (ACCESS EXCLUSIVE). Else the condition that was meant."
		}
		f := c.OnText(t, "has no WHERE and writes "+figures.Count(rows)+" rows per call",
			"It was called "+figures.Count(s.Calls.Or(0))+" times. Judgment needed: whether every row is to be written each time. The application's code settles it; without it, leave the statement.", fix)
		e := rule.Evidence(f.Evidence)
		e.Number("rows per call", opt.Of(rows), "rows", "pg_stat_statements")
		f.Evidence = e
		found(f)
	},
}
