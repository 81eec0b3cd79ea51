package plans

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var likePrefixCollation = rule.Rule{
	ID:     "like-prefix-collation",
	Title:  "LIKE 'prefix%' needs text_pattern_ops or COLLATE \"C\"",
	Sees:   "A sequential scan that removes nearly all rows by LIKE 'prefix%', although there is a plain B-tree on the column.",
	Why:    "LIKE compares bytes. In most collations, words with the same first letters are not adjacent in the index. Only collation C and text_pattern_ops keep them together.",
	Silent: "There is no index on the column, the database collation is C, the pattern begins with a wildcard, or the planner estimates that an index would not be cheaper.",
	Fix:    "Create an index with text_pattern_ops on the column, or one with COLLATE \"C\".",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-opclass.html",
	},
	Thresholds: []*rule.Threshold{unsargableRows, unsargableDiscard},
	Rank:       rule.RankUnsargable,
	On:         []string{"Seq Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if !dropsNearlyAll(n) {
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
			Title: redact.Sprintf("%s reads %s and keeps %s: %s cannot be searched for a prefix of %s", n.Ref(), rowsRead(n), rowsKept(n), ix.QName(), column),
		}}
		propose(&f, n, p, "This scan", cost, e)
		if collation != "" {
			f.Tag = finding.Confirmed
			f.Detail = redact.Append(f.Detail, "The index %s has collation %s; only collation C can be searched for a prefix.", ix.QName(), collation)
		} else {
			f.Detail = redact.Append(f.Detail, "The plan does not use %s, an index on the column: in a collation other than C an index cannot serve LIKE.", ix.QName())
			f.Decide("Is the column's collation other than C?", "the collation of the column or the database (datcollate)", "create no index, and check the row estimates")
			f.Asks = []finding.Ask{{
				Input: "collation", Why: "in which order " + ix.QName() + " is sorted",
				Query: "SELECT datcollate, (SELECT collname FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation WHERE attrelid = " +
					quoted(ix.QName()) + "::regclass AND attnum = 1) FROM pg_database WHERE datname = current_database()",
			}}
		}
		f.Fix = redact.Append(f.Fix, "The new index serves = as well. %s is then needed only for ORDER BY and ranges in its own collation.", ix.QName())
		found(f)
	},
}

// plainIndex returns a B-tree of the table that begins with the column, in the
// column's own collation; nil if there is none.
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

// likes reports whether the filter has a prefix pattern on the column.
func likes(n *rule.Node, column string) bool {
	for _, cond := range n.Filter() {
		if cond.Op == sql.Like && cond.Left.Name == column && cond.Value == sql.Const {
			return true
		}
	}
	return false
}

// collation returns the database's collation, which servers up to 15 have as a
// setting; empty if unknown.
func collation(c *rule.Case) string {
	if c.Snapshot == nil {
		return ""
	}
	return c.Snapshot.Settings["lc_collate"].Value
}
