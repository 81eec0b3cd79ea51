package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var likePrefixCollation = rule.Rule{
	ID:     "like-prefix-collation",
	Title:  "An index in the language's order cannot find a prefix",
	Sees:   "A sequential scan that drops nearly all it reads by LIKE 'prefix%', although a plain B-tree is on the column.",
	Why:    "In most collations the words that begin with the same letters do not stand together: only the order of the bytes answers LIKE, which is that of collation C and of text_pattern_ops.",
	Silent: "No index is on the column; the database's collation is C; the pattern begins with a wildcard; an index would by the planner's arithmetic not be cheaper.",
	Fix:    "An index with text_pattern_ops on the column, or one with COLLATE \"C\".",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-opclass.html",
	},
	Thresholds: []*rule.Threshold{unsargableRows, unsargableDiscard},
	Rank:       rule.RankUnsargable,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type != "Seq Scan" || !dropsNearlyAll(n) {
			return
		}
		cost := n.Plan.CostOf(n.Node)
		p := n.Proposal()
		if p.Index == nil || p.Right() || p.Index.Keys[0].OpClass == "" {
			return
		}
		column := p.Index.Keys[0].Column
		ix := plainIndex(n, column)
		collation := collation(c)
		if ix == nil || !likes(n, column) || collation == "C" || collation == "POSIX" {
			return
		}
		e := rule.OfNode(n)
		e.Text("Filter", n.Text("Filter"), "plan")
		e.Number("rows scanned", n.ScannedTotal(), "rows", "plan")
		e.Number("blocks", n.SelfBlocks(), "blocks", "plan")
		e = append(e, rule.DefinitionOf("index", ix))
		f := rule.Found{Cost: cost, Finding: finding.Finding{
			Tag: finding.Concern, Severity: n.Plan.Severity(cost),
			Title: redact.Sprintf("%s reads %s to keep %s: %s cannot find a prefix of %s", n.Ref(), rowsRead(n), figures.Count(n.RowsTotal.Or(0)), ix.QName(), column),
		}}
		propose(&f, n, p, cost, e)
		if collation != "" {
			f.Tag = finding.Confirmed
			f.Detail = redact.Sprintf("%s The index %s is in the order of collation %s; only that of C can be searched for a prefix.", f.Detail, ix.QName(), collation)
		} else {
			f.Detail = redact.Sprintf("%s The index %s has the column, and was not taken: in a collation other than C it cannot answer LIKE. "+
				"Judgment needed: the column's collation; if it is C, look at the estimates instead.", f.Detail, ix.QName())
			f.Asks = []finding.Ask{{
				Input: "collation", Why: "in which order " + ix.QName() + " has its words",
				Query: "SELECT datcollate, (SELECT collname FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation WHERE attrelid = " +
					quoted(ix.QName()) + "::regclass AND attnum = 1) FROM pg_database WHERE datname = current_database()",
			}}
		}
		f.Fix = redact.Sprintf("%s It answers = as well; %s is then of use only for ORDER BY and ranges in the language's order.", f.Fix, ix.QName())
		found(f)
	},
}

// plainIndex is a B-tree of the table that begins with the column in its own
// collation's order.
func plainIndex(n *rule.Node, column string) *workload.Index {
	t := n.Table()
	if t == nil {
		return nil
	}
	for _, ix := range t.Indexes {
		if rule.Usable(ix) && ix.Def.Method == "btree" && ix.Def.Where.Empty() && len(ix.Def.Keys) > 0 &&
			ix.Def.Keys[0].Column == column && ix.Def.Keys[0].OpClass == "" && ix.Def.Keys[0].Collation == "" {
			return ix
		}
	}
	return nil
}

// likes reports whether the filter asks for a prefix of the column.
func likes(n *rule.Node, column string) bool {
	for _, cond := range n.Filter() {
		if cond.Op == sql.Like && cond.Left.Name == column && cond.Value == sql.Const {
			return true
		}
	}
	return false
}

// collation is the database's, which servers up to 15 have among their
// settings; empty if unknown.
func collation(c *rule.Case) string {
	if c.Snapshot == nil {
		return ""
	}
	return c.Snapshot.Settings["lc_collate"].Value
}
