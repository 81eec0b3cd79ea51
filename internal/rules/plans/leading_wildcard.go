package plans

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var leadingWildcard = rule.Rule{
	ID:     "leading-wildcard",
	Title:  "LIKE pattern with a leading wildcard scans the whole table",
	Sees:   "A scan that removes nearly all rows by LIKE '%...', ILIKE, a regular expression or a pattern on citext, if no other condition can use an index.",
	Why:    "A B-tree is sorted from the first letter on. Without a known first letter, every value has to be compared.",
	Silent: "The pattern begins with fixed letters, another condition can use an index, or the table is small.",
	Fix:    "Create a trigram index (pg_trgm) for patterns with at least three fixed letters. For endings alone, index reverse(column). To search for words, use full-text search.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgtrgm.html", "https://www.postgresql.org/docs/current/indexes-types.html",
	},
	Thresholds: []*rule.Threshold{unsargableRows, unsargableDiscard, wildcardLetters},
	Rank:       rule.RankUnsargable,
	On:         []string{"Seq Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Catalog() || n.Small() || n.StoppedEarly() {
			return
		}
		low, _, ok := n.Discard()
		cost := n.Plan.CostOf(n.Node)
		if !ok || low < unsargableDiscard.In(c) || n.ScannedPerExec().Or(0) < unsargableRows.In(c) || !n.Plan.Significant(cost) || n.IndexFindsFewRows() {
			return
		}
		for _, cond := range n.Filter() {
			if !byPattern(cond) || cond.Op != sql.LikeAny {
				continue
			}
			e := rule.OfNode(n)
			e.Text("Filter", n.Text("Filter"), "plan")
			e.Number("rows scanned", n.ScannedTotal(), "rows", "plan")
			e.Number("blocks", n.SelfBlocks(), "blocks", "plan")
			f := rule.Found{Cost: cost, Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
				Title: redact.Sprintf("%s reads %s and keeps %s: %s", n.Ref(), rowsRead(n), rowsKept(n), whyNoBeginning(cond)),
			}}
			f.Detail = redact.Sprintf("The scan %s.", cost.Took())
			byTrigram(&f, n, cond)
			found(f)
			return
		}
	},
}

// whyNoBeginning returns why a B-tree cannot be searched for the pattern.
func whyNoBeginning(cond sql.Cond) redact.Text {
	if cond.Cast == "citext" {
		return redact.Sprintf("the pattern on %s ignores case (citext)", compared(cond))
	}
	if pattern := strings.Trim(cond.Const.Raw(), "'"); cond.Operator == "~~*" && cond.Value == sql.Const && pattern != "" && !strings.ContainsRune("%_", rune(pattern[0])) {
		return redact.Sprintf("the pattern on %s is case-insensitive (ILIKE)", compared(cond))
	}
	if cond.Operator == "~" || cond.Operator == "~*" {
		return redact.Sprintf("the condition on %s is a regular expression", compared(cond))
	}
	return redact.Sprintf("the pattern on %s begins with a wildcard", compared(cond))
}
