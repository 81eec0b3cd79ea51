package workload

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var unloggedRows = rule.NewThreshold("rows", 1, "rows", "an empty table has nothing to lose")

// passing are names of tables whose rows may be lost, by their own word.
var passing = regexp.MustCompile(`(?i)(^|_)(te?mp|cache|staging|scratch|sessions?)(_|[0-9]|$)`)

var unloggedTable = rule.Rule{
	ID:     "unlogged-table",
	Title:  "A table is empty after a crash",
	Sees:   "Unlogged tables that hold rows.",
	Why:    "What is written to them is not in the WAL: after a crash of the server they are empty, and on a replica and after a failover they always are.",
	Silent: "Empty ones; temporary tables; names such as cache, staging, tmp, which say that it is meant.",
	Fix:    "ALTER TABLE ... SET LOGGED where the rows have to stay; it rewrites the table under ACCESS EXCLUSIVE.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-UNLOGGED",
	},
	Thresholds: []*rule.Threshold{unloggedRows},
	Rank:       rule.RankTable - 2,
	Needs:      []workload.View{workload.ViewClass},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil {
			return
		}
		var list []*workload.Table
		for _, t := range c.Snapshot.Tables {
			if t.Persistence == "u" && max(t.Live.Or(0), t.Tuples.Or(0)) >= unloggedRows.In(c) && !passing.MatchString(t.Name) && !passing.MatchString(t.Schema) {
				list = append(list, t)
			}
		}
		if len(list) == 0 {
			return
		}
		slices.SortStableFunc(list, func(a, b *workload.Table) int { return cmp.Compare(b.RowCount().Or(0), a.RowCount().Or(0)) })
		t := list[0]
		var e rule.Evidence
		e.Text("relpersistence", redact.Plain(t.Persistence), "pg_class")
		e.Number("rows", t.RowCount(), "rows", "pg_class")
		e.Number("unlogged tables", opt.Of(float64(len(list))), "tables", "pg_class")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Concern, Severity: finding.Low, Evidence: e, Where: finding.Where{Relation: t.QName()}}}
		f.Title = redact.Sprintf("%s is unlogged: a crash loses its %s rows", t.QName(), figures.Count(t.RowCount().Or(0)))
		f.Detail = redact.Plain("After a crash of the server, and on every replica, it is empty. Judgment needed: whether its rows can be made again. Whoever owns it knows; without an answer, take it that they cannot.")
		if len(list) > 1 {
			var names []string
			for _, o := range list[1:min(len(list), 5)] {
				names = append(names, o.QName())
			}
			f.Detail = redact.Sprintf("%s Unlogged as well: %s (%d in all).", f.Detail, strings.Join(names, ", "), len(list))
		}
		f.Fix = redact.Sprintf("If they cannot: ALTER TABLE %s SET LOGGED; it writes the whole table anew and into the WAL, under ACCESS EXCLUSIVE.", t.QName())
		found(f)
	},
}
