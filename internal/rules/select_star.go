package rules

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	starBytes = NewThreshold("row", 500, "bytes", "by the mean widths of the columns: narrower rows cost little to fetch whole")
	starRows  = NewThreshold("rows_a_call", 100, "rows", "a page of a list; a few rows may be wide")
	starShare = NewThreshold("share", 0.01, "share", "of the exported time")
)

var selectStar = Rule{
	ID:     "select-star",
	Title:  "SELECT * of wide rows",
	Sees:   "A statement that asks for all columns of a table whose rows take 500 bytes or more, and gets 100 rows or more a call.",
	Why:    "Columns that nobody looks at are read, fetched from TOAST, sorted and sent; no index can answer the query alone; and a column that is added later makes it slower.",
	Silent: "Narrow rows; a few rows a call; a statement that takes little of the time; EXISTS (SELECT *) and count(*).",
	Fix:    "Name the columns that are used.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/storage-toast.html", "https://www.postgresql.org/docs/current/indexes-index-only-scans.html",
	},
	Thresholds: []*Threshold{starBytes, starRows, starShare},
	Rank:       rankWorkload - 2,
	Needs:      []workload.View{workload.ViewStatements, workload.ViewStats},
	Statement: func(c *Case, s *workload.Statement, q *sql.Query, found func(Found)) {
		if q == nil || q.Kind != sql.Select || !q.Star || !s.TopLevel || len(q.Tables) == 0 {
			return
		}
		rows := opt.Both(s.Rows, s.Calls, func(rows, calls float64) float64 { return rows / max(calls, 1) })
		share := c.shareOf([]*workload.Statement{s})
		width, widest := 0.0, ""
		for _, x := range q.Tables {
			t := c.Snapshot.Table(x.Schema, x.Name)
			if t == nil {
				return // how wide its rows are is not known
			}
			w, column := rowWidth(t)
			width += w
			widest = cmpWidest(widest, column)
		}
		if rows.Or(0) < starRows.In(c) || width < starBytes.In(c) || share.Or(0) < starShare.In(c) {
			return
		}
		e := c.ofStatement(s)
		e.number("rows a call", rows, "rows", "pg_stat_statements")
		e.number("width of a row", opt.Of(width), "bytes", "pg_stats")
		e.text("statement", s.Query, "pg_stat_statements")
		found(Found{
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: finding.Low, Evidence: e,
				Title:  redact.Sprintf("%s asks for all columns: %s a call", upper(statementOn(q)), figures.Bytes(rows.Or(0)*width)),
				Detail: redact.Sprintf("It returns %s rows a call of about %s each; the widest column is %s.", figures.Count(rows.Or(0)), figures.Bytes(width), widest),
				Fix:    redact.Plain("Name the columns that are used. Where the wide one is not among them, most of what is read and sent is spared."),
				Where:  finding.Where{Relation: c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name).QName()},
			},
		})
	},
}

// rowWidth is the mean width of a table's rows by its columns' statistics, and
// its widest column with its width.
func rowWidth(t *workload.Table) (sum float64, widest string) {
	most := 0.0
	for _, col := range t.Columns {
		if col.Stats == nil {
			continue
		}
		w := col.Stats.AvgWidth.Or(0) * (1 - col.Stats.NullFrac.Or(0))
		sum += w
		if w > most {
			most, widest = w, fmt.Sprintf("%s.%s (%s)", t.Name, col.Name, figures.Bytes(w))
		}
	}
	return sum, widest
}

func cmpWidest(first, other string) string {
	if first != "" {
		return first
	}
	return other
}
