package indexes

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	tenantTables = rule.NewThreshold("tables_share", 0.5, "share", "of the tables have the column: then it says whose rows they are")
	tenantFewest = rule.NewThreshold("tables", 2, "tables", "one proves no habit; a column that is called tenant needs no proof")
	tenantRows   = rule.NewThreshold("rows", 10_000, "rows", "a smaller table is read fast by any index")
	tenantShare  = rule.NewThreshold("share", 0.01, "share", "of total execution time, which the statements concerned take")
)

// tenantColumns are the names by which tables say whose rows they hold. The
// first ones can mean nothing else.
var tenantColumns = []string{"tenant_id", "tenant", "org_id", "organization_id", "organisation_id", "account_id", "company_id", "workspace_id"}

var tenantNotLeading = rule.Rule{
	ID:    "tenant-not-leading",
	Title: "An index mixes the rows of all tenants",
	Sees: "Statements that ask for one tenant's rows by a further column or in its order, and an index that begins with that column, while no index of the table begins with the tenant; " +
		"the tenant is a column of that name, or such a one as org_id that half of the tables have.",
	Why:    "The index gives the rows of all tenants, and those of the others are thrown away: the more tenants, the slower for each.",
	Silent: "An index that begins with the tenant exists; no statement asks for both; small tables.",
	Fix:    "An index with the tenant first, then the column, in place of the one that begins with the column.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-multicolumn.html",
	},
	Thresholds: []*rule.Threshold{tenantTables, tenantFewest, tenantRows, tenantShare},
	Rank:       rule.RankTable - 3,
	Needs:      []workload.View{workload.ViewIndex, workload.ViewStatements, workload.ViewStats},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		column, tables := tenantOf.Of(c).name, tenantOf.Of(c).tables
		if column == "" || t.Column(column) == nil || t.RowCount().Or(0) < tenantRows.In(c) || t.Parent != nil {
			return
		}
		for _, ix := range t.Indexes {
			if rule.Usable(ix) && len(ix.Def.Keys) > 0 && ix.Def.Keys[0].Column == column {
				return
			}
		}
		for _, ix := range t.Indexes {
			if !rule.Usable(ix) || ix.Def.Method != "btree" || c.Protected(ix) != "" || len(ix.Def.Keys) == 0 || ix.Def.Keys[0].Column == "" || rule.HasColumn(ix, column) || slices.Contains(ix.Def.Include, column) {
				continue
			}
			first := ix.Def.Keys[0].Column
			var asking []*workload.Statement
			for _, s := range c.On(t) {
				if q := c.Statements[s]; s.TopLevel && rule.LooksUp(q, t, []string{column}) && asksBy(q, t, first) {
					asking = append(asking, s)
				}
			}
			if c.ShareOf(asking).Or(0) < tenantShare.In(c) || ix.SinceReset().Scans.Or(1) == 0 {
				continue
			}
			e := c.OfIndex(ix)
			e.Number("tables with "+column, opt.Of(tables), "tables", "pg_stats")
			e.Number("rows", t.RowCount(), "rows", "pg_class")
			e.Number("statements that ask for both", opt.Of(float64(len(asking))), "", "pg_stat_statements")
			e.Number("their share of total execution time", c.ShareOf(asking), "share", "pg_stat_statements")
			f := rule.OnIndex(ix)
			f.Tag, f.Severity, f.Evidence, f.Share = finding.Concern, finding.Low, e, c.ShareOf(asking)
			f.Title = redact.Sprintf("%s begins with %s, so it holds the rows of all tenants side by side; no index of %s begins with %s", ix.QName(), first, t.QName(), column)
			f.Detail = redact.Sprintf("Statements that ask for one %s and by %s: %s, which take %s of total execution time. Judgment needed: whether what is asked for by %s are rows of many tenants. "+
				"EXPLAIN (ANALYZE, BUFFERS) of such a statement settles it (Rows Removed by Filter); without it, leave the index as it is.",
				column, first, figures.Count(float64(len(asking))), figures.Share(c.ShareOf(asking).Or(0)), first)
			f.Fix = redact.Sprintf("If so: an index on (%s) in place of this one, for as long as nothing asks by %s across tenants.", strings.Join([]string{column, first}, ", "), first)
			found(f)
		}
	},
}

// asksBy reports whether a statement narrows the table's rows down by a column,
// or wants them in its order.
func asksBy(q *sql.Query, t *workload.Table, column string) bool {
	asks := false
	rule.Levels(q, func(q *sql.Query) {
		refs := map[string]bool{"": true}
		for _, r := range q.Tables {
			if rule.IsTable(r, t) {
				refs[r.Ref()] = true
			}
		}
		asks = asks || len(q.Sort) > 0 && q.Sort[0].Column.Name == column && refs[q.Sort[0].Column.Table]
		for _, c := range q.Where {
			asks = asks || c.Left.Name == column && refs[c.Left.Table] && c.Value < sql.Runtime && (c.Op == sql.Eq || c.Op == sql.In || c.Op == sql.Range)
		}
	})
	return asks
}

// tenant is the column by which most tables say whose rows they hold, and the
// number of tables with it; the name is empty if there is none.
type tenant struct {
	name   string
	tables float64
}

var tenantOf = rule.Derive(func(c *rule.Case) tenant {
	all, with, most := 0.0, map[string]float64{}, tenant{}
	for _, t := range c.Snapshot.Tables {
		if len(t.Columns) == 0 || t.Parent != nil {
			continue
		}
		all++
		for _, column := range tenantColumns {
			if t.Column(column) != nil {
				with[column]++
			}
		}
	}
	for _, column := range tenantColumns {
		n := with[column]
		habit := n >= tenantFewest.In(c) && n >= tenantTables.In(c)*all || n > 0 && strings.HasPrefix(column, "tenant")
		if habit && n > most.tables {
			most = tenant{column, n}
		}
	}
	return most
})
