package indexes

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	tenantTables = rule.NewThreshold("tables_share", 0.5, "share", "of the tables have the column: then it identifies the tenant")
	tenantFewest = rule.NewThreshold("tables", 2, "tables", "one table is no pattern; a column called tenant needs no proof")
	tenantRows   = rule.NewThreshold("rows", 10_000, "rows", "a smaller table is fast with any index")
	tenantShare  = rule.NewThreshold("share", 0.01, "share", "of total execution time, for these statements")
)

// tenantColumns are the usual names of tenant columns. The
// first ones can mean nothing else.
var tenantColumns = []string{"tenant_id", "tenant", "org_id", "organization_id", "organisation_id", "account_id", "company_id", "workspace_id"}

var tenantNotLeading = rule.Rule{
	ID:    "tenant-not-leading",
	Title: "Index does not begin with the tenant column",
	Sees: "Statements that filter on a tenant and filter or sort by another column, and an index that begins with that other column, while no index of the table begins with the " +
		"tenant. The tenant column is called tenant or tenant_id, or has a name such as org_id that half of the tables share.",
	Why:    "The index returns the rows of all tenants, and the rows of other tenants are discarded. The more tenants, the slower for each.",
	Silent: "An index that begins with the tenant exists. No statement filters on both. Small tables. Of a schema: unique and partial indexes, and those that begin with a foreign key.",
	Fix:    "Create an index with the tenant first, then the column. Then drop the one that begins with the column.",
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
			var statements []*workload.Statement
			for _, s := range c.On(t) {
				if q := c.Statements[s]; s.TopLevel && rule.LooksUp(q, t, []string{column}) && filtersBy(q, t, first) {
					statements = append(statements, s)
				}
			}
			if c.ShareOf(statements...).Or(0) < tenantShare.In(c) || ix.SinceReset().Scans.Or(1) == 0 {
				continue
			}
			e := c.OfIndex(ix)
			e.Number("tables with "+column, opt.Of(tables), "tables", "pg_stats")
			e.Number("rows", t.RowCount(), "rows", "pg_class")
			e.Number("statements that filter on both", opt.Of(float64(len(statements))), "", "pg_stat_statements")
			e.Number("their share of total execution time", c.ShareOf(statements...), "share", "pg_stat_statements")
			f := rule.OnIndex(ix)
			f.Tag, f.Severity, f.Evidence, f.SaysShare, f.Share = finding.Concern, finding.Low, e, true, c.ShareOf(statements...)
			f.Title = redact.Sprintf("%s begins with %s, but no index of %s begins with %s", ix.QName(), first, t.QName(), column)
			f.Detail = redact.Sprintf("This index mixes the rows of all tenants. %s %s on one %s and %[2]s or %[4]s by %[5]s%[6]s.",
				figures.Plural(len(statements), "statement"), rule.Verb(len(statements), "filter"), column, rule.Verb(len(statements), "sort"), first, rule.TimeOf(f.Share))
			f.Decide("Do the rows that these statements select by "+first+" belong to many tenants?", "EXPLAIN (ANALYZE, BUFFERS) of such a statement (Rows Removed by Filter)", "leave the index as it is")
			f.Fix = redact.Sprintf("If so, create an index on (%s) in place of this one, unless a statement filters on %s across tenants.", strings.Join([]string{column, first}, ", "), first)
			found(f)
		}
	},
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		column := t.TenantColumn()
		if column == nil || c.ExtentOfTable(t).Size() == rule.Tiny {
			return
		}
		for _, ix := range t.Indexes() {
			columns := ix.Index.Columns()
			if ix.Index.Method != "btree" || ix.Index.Unique || ix.Index.Where.There() || len(columns) == 0 || columns[0] == column.Name || t.References(columns[0]) != nil || t.ServesForeignKey(ix.Index) || isReference(columns[0]) {
				continue
			}
			if first := t.Column(columns[0]); first != nil && c.Schema.BaseType(first).Name == "boolean" && len(columns) > 1 && columns[1] == column.Name {
				continue // a flag, then the tenant
			}
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtIndex(ix)
			f.Title = redact.Sprintf("%s begins with %s, not with %s", ix.Name.Short(), lex.QuoteIdent(columns[0]), lex.QuoteIdent(column.Name))
			f.Detail = redact.Plain("The index mixes the rows of all tenants, so a query for one of them reads those of the others as well.")
			f.Decide("Do the statements that use the index ask for one tenant?", "pg_stat_statements, or the queries", "put the tenant first.")
			f.Fix = redact.Sprintf("If so, create the index with %s first, and drop this one.", lex.QuoteIdent(column.Name))
			keys := slices.DeleteFunc(slices.Clone(ix.Index.Keys), func(k catalog.Key) bool { return k.Column == column.Name })
			list := strings.TrimPrefix(design.KeyList(&catalog.Index{Keys: keys}), "(")
			rest := slices.DeleteFunc(slices.Clone(columns), func(name string) bool { return name == column.Name })
			name := t.FreeName(strings.Join(append([]string{t.Name.Name, column.Name}, rest...), "_"), "idx")
			f.AddDDL("CREATE INDEX %s ON %s (%s, %s;\nDROP INDEX %s", lex.QuoteIdent(name), t.Name.Short(), lex.QuoteIdent(column.Name), list, ix.Name.Short())
			found(f)
		}
	},
}

// isReference reports whether the name of a column says that it is the key of a row,
// which belongs to one tenant.
func isReference(column string) bool {
	words := design.Words(column)
	return len(words) > 0 && slices.Contains([]string{"id", "uid", "uuid"}, words[len(words)-1])
}

// filtersBy reports whether a statement narrows the table's rows down by a column,
// or sorts them by it.
func filtersBy(q *sql.Query, t *workload.Table, column string) bool {
	filters := false
	rule.Levels(q, func(q *sql.Query) {
		refs := map[string]bool{"": true}
		for _, r := range q.Tables {
			if rule.IsTable(r, t) {
				refs[r.Ref()] = true
			}
		}
		filters = filters || len(q.Sort) > 0 && q.Sort[0].Column.Name == column && refs[q.Sort[0].Column.Table]
		for _, c := range q.Where {
			filters = filters || c.Left.Name == column && refs[c.Left.Table] && c.Value < sql.Runtime && (c.Op == sql.Eq || c.Op == sql.In || c.Op == sql.Range)
		}
	})
	return filters
}

// tenant is the tenant column that most tables have, and the
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
		pattern := n >= tenantFewest.In(c) && n >= tenantTables.In(c)*all || n > 0 && strings.HasPrefix(column, "tenant")
		if pattern && n > most.tables {
			most = tenant{column, n}
		}
	}
	return most
})
