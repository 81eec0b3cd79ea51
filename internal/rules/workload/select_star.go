package workload

import (
	"cmp"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	starBytes = rule.NewThreshold("row", 500, "bytes", "by the average widths of the columns: narrower rows cost little to fetch whole")
	starRows  = rule.NewThreshold("rows_a_call", 100, "rows", "a page of a list; a few rows may be wide")
	starShare = rule.NewThreshold("share", 0.01, "share", "of total execution time")
)

var selectStar = rule.Rule{
	ID:     "select-star",
	Title:  "SELECT * of wide rows",
	Sees:   "A statement that selects all columns of a table with rows of 500 bytes or more, and returns 100 rows per call or more.",
	Why:    "Columns that nobody uses are read, fetched from TOAST, sorted and sent. No index-only scan is possible. A column that is added later makes the statement slower.",
	Silent: "Narrow rows. A few rows per call. A statement that takes little of the time. EXISTS (SELECT *) and count(*).",
	Fix:    "Name the columns that are used.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/storage-toast.html", "https://www.postgresql.org/docs/current/indexes-index-only-scans.html",
	},
	Thresholds: []*rule.Threshold{starBytes, starRows, starShare},
	Rank:       rule.RankWorkload - 2,
	Needs:      []workload.View{workload.ViewStatements, workload.ViewStats},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		if q == nil || q.Kind != sql.Select || !q.Star || !s.TopLevel || len(q.Tables) == 0 {
			return
		}
		rows := opt.Both(s.Rows, s.Calls, func(rows, calls float64) float64 { return rows / max(calls, 1) })
		share := c.ShareOf(s)
		width, widest := 0.0, ""
		for _, x := range q.Tables {
			t := c.Snapshot.Table(x.Schema, x.Name)
			if t == nil {
				return // the width of its rows is unknown
			}
			w, column := rowWidth(t)
			width += w
			widest = cmp.Or(widest, column)
		}
		if rows.Or(0) < starRows.In(c) || width < starBytes.In(c) || share.Or(0) < starShare.In(c) {
			return
		}
		e := c.OfStatement(s)
		e.Number("rows per call", rows, "rows", "pg_stat_statements")
		e.Number("row width", opt.Of(width), "bytes", "pg_stats")
		e.Text("statement", s.Query, "pg_stat_statements")
		found(rule.Found{
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: finding.Low, Evidence: e,
				Title:  redact.Sprintf("SELECT * of wide rows: %s returns %s per call", rule.StatementOn(q), figures.Bytes(rows.Or(0)*width)),
				Detail: redact.Sprintf("Each call returns %s rows of about %s each. The widest column is %s.", figures.Count(rows.Or(0)), figures.Bytes(width), widest),
				Fix:    redact.Plain("Name the columns that are used. If the widest column is not one of them, most of the data is no longer read and sent."),
				Where:  finding.Where{Relation: c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name).QName()},
			},
		})
	},
}
