package queries

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var (
	wholeWriteCalls = rule.NewThreshold("calls", 2, "calls", "a single call may be a manual correction or a migration")
	wholeWriteRows  = rule.NewThreshold("rows_per_call", 1_000, "rows", "a small table may be written whole")
)

var writeWithoutWhere = rule.Rule{
	ID:     "write-without-where",
	Title:  "UPDATE or DELETE of a whole table, repeatedly",
	Sees:   "An UPDATE or DELETE without WHERE, called twice or more, that writes 1,000 or more rows per call.",
	Why:    "Every row gets a new version or becomes dead, with an entry in every index. All rows stay locked until the transaction ends.",
	Silent: "Called once. Few rows. A temporary table.",
	Fix:    "Add the intended condition, for example WHERE the value differs from the new one. To empty a table, use TRUNCATE.",
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
		question := "Do some of the rows already have the new value?"
		fix := "Add WHERE column IS DISTINCT FROM the new value, so that rows that already have this value are not written."
		if q.Kind == sql.Delete {
			question = "Is the table meant to be emptied by each call?"
			fix = "Use TRUNCATE to empty the table: it leaves no dead rows, but locks the table (ACCESS EXCLUSIVE). Otherwise add the intended condition."
		}
		f := c.OnText(t, "has no WHERE and writes "+figures.Count(rows)+" rows per call", "The statement was called "+figures.Count(s.Calls.Or(0))+" times.", fix)
		f.Decide(question, "the application's code", "leave the statement as it is")
		f.Number("rows per call", opt.Of(rows), "rows", "pg_stat_statements")
		found(f)
	},
}
