package indexes

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var btreeOnContainer = rule.Rule{
	ID:    "btree-on-container",
	Title: "B-tree index on a jsonb, array or tsvector column",
	Sees:  "A B-tree index whose first column is jsonb, an array or tsvector. Statements search that column by containment (@>, &&, ?, @@), and no GIN or GiST index covers it.",
	Why:   "A B-tree compares whole values, so containment searches cannot use it. An INSERT also fails if the value is larger than a third of a page.",
	Silent: "A statement compares the whole value. The column has a GIN or GiST index. No statement searches by containment, or the largest takes less than 1% of the time. " +
		"Nothing uses the index at all (unused-index reports this).",
	Fix: "Create a GIN index with the operator class that the operators need. Then drop the B-tree.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/datatype-json.html#JSON-INDEXING", "https://www.postgresql.org/docs/current/gin.html",
	},
	Thresholds: []*rule.Threshold{rule.SlowShare},
	Rank:       rule.RankWorkload - 3,
	Needs:      []workload.View{workload.ViewIndex, workload.ViewStatements, workload.ViewStats},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		for _, ix := range t.Indexes {
			if !rule.Usable(ix) || ix.Def.Method != "btree" || len(ix.Def.Keys) == 0 || c.Protected(ix) != "" {
				continue
			}
			col := t.Column(ix.Def.Keys[0].Column)
			if col == nil || !isContainer(col.Type) || hasInverted(t, col.Name) {
				continue
			}
			top, count, whole := byContent(c, t, col.Name)
			if top == nil || whole || c.ShareOf(top).Or(0) < rule.SlowShare.In(c) {
				continue
			}
			e := c.OfIndex(ix)
			e.Text("type of "+col.Name, redact.Plain(col.Type), "pg_stats")
			e.Text("statement", top.Query, "pg_stat_statements")
			e.Number("statements that search by containment", opt.Of(float64(count)), "", "pg_stat_statements")
			f := rule.OnIndex(ix)
			f.Statement, f.Query, f.Named = top, c.Statements[top], []*workload.Table{t}
			f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Low, e
			f.Title = redact.Sprintf("%s is a B-tree on %s (%s), but %s %s by containment", ix.QName(), col.Name, col.Type, figures.Plural(count, "statement"), rule.Verb(count, "filter"))
			f.Detail = redact.Plain("A B-tree compares whole values, so these statements cannot use it.")
			f.More = redact.Plain("An INSERT also fails if the value is larger than a third of a page.")
			f.Fix = redact.Sprintf("Create a GIN index on %s with CONCURRENTLY. Then drop %s: no exported statement compares whole values of %[1]s.", lex.QuoteIdent(col.Name), ix.Name)
			found(f)
		}
	},
}

func hasInverted(t *workload.Table, column string) bool {
	for _, ix := range t.Indexes {
		if rule.Usable(ix) && (ix.Def.Method == "gin" || ix.Def.Method == "gist") && rule.HasColumn(ix, column) {
			return true
		}
	}
	return false
}

// byContent returns the most expensive statement that searches a column by
// containment, the number of such statements, and whether any compares the whole value.
func byContent(c *rule.Case, t *workload.Table, column string) (top *workload.Statement, count int, whole bool) {
	if c.UnreadOn(t) {
		return nil, 0, true
	}
	for _, s := range c.On(t) {
		contains, compares := contentUse(c.Statements[s], t, column)
		whole = whole || compares
		if contains && s.TopLevel {
			count++
			if top == nil || s.TotalMs.Or(0) > top.TotalMs.Or(0) {
				top = s
			}
		}
	}
	return top, count, whole
}
