package workload

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var unloggedRows = rule.NewThreshold("rows", 1, "rows", "an empty table has nothing to lose")

// transient matches names of tables whose rows may be lost.
var transient = regexp.MustCompile(`(?i)(^|_)(te?mp|cache|staging|scratch|sessions?)(_|[0-9]|$)`)

var unloggedTable = rule.Rule{
	ID:     "unlogged-table",
	Title:  "Unlogged table loses its rows in a crash",
	Sees:   "Unlogged tables that contain rows. Of a schema, each unlogged table.",
	Why:    "Changes to an unlogged table are not in the WAL. After a crash of the server the table is empty, and on a replica and after a failover it always is.",
	Silent: "Empty tables. Temporary tables. Names such as cache, staging or tmp, which show that the loss is accepted.",
	Fix:    "Run ALTER TABLE ... SET LOGGED if the rows must survive. The command rewrites the table under ACCESS EXCLUSIVE.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-UNLOGGED",
	},
	Thresholds: []*rule.Threshold{unloggedRows},
	Rank:       rule.RankTable - 2,
	Needs:      []workload.View{workload.ViewClass},
	Case: func(c *rule.Case, found func(rule.Found)) {
		var list []*workload.Table
		for _, t := range c.Snapshot.Tables {
			if t.Persistence == "u" && max(t.Live.Or(0), t.Tuples.Or(0)) >= unloggedRows.In(c) && !transient.MatchString(t.Name) && !transient.MatchString(t.Schema) {
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
		f.Title = redact.Sprintf("Unlogged table %s: a crash loses its %s rows", t.QName(), figures.Count(t.RowCount().Or(0)))
		f.Detail = redact.Plain("After a crash of the server, and on every replica, the table is empty.")
		f.Decide("Must these rows survive a crash?", "the owner of the data, who knows whether the rows can be created again", "assume that they must")
		if len(list) > 1 {
			var names []string
			for _, o := range list[1:min(len(list), 5)] {
				names = append(names, o.QName())
			}
			f.More = redact.Sprintf("Also unlogged: %s (%d in total).", strings.Join(names, ", "), len(list))
		}
		f.Fix = redact.Sprintf("Run ALTER TABLE %s SET LOGGED (ACCESS EXCLUSIVE: rewrites the whole table and writes it to the WAL).", t.QName())
		found(f)
	},
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if !t.Unlogged || transient.MatchString(t.Name.Name) || transient.MatchString(t.Name.Schema) {
			return
		}
		f := c.InSchema(t, finding.Concern, finding.Medium)
		f.Number("rows", c.ExtentOfTable(t).Rows, "rows", "pg_class")
		f.Title = redact.Sprintf("%s is unlogged: a crash empties it", t.Name.Short())
		f.Detail = redact.Plain("After a crash of the server, and on every replica, the table is empty.")
		f.Decide("Must these rows survive a crash?", "whether they can be created again", "assume that they must.")
		f.Fix = redact.Sprintf("Set %s LOGGED if its rows must survive.", t.Name.Short())
		f.AddDDL("ALTER TABLE %s SET LOGGED", t.Name.Short())
		found(f)
	},
}
