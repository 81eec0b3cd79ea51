package plans

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var leadingWildcard = rule.Rule{
	ID:     "leading-wildcard",
	Title:  "A pattern that begins with a wildcard reads everything",
	Sees:   "A scan that drops nearly all it reads by LIKE '%...', ILIKE or a regular expression, where no other condition could be answered by an index.",
	Why:    "A B-tree is sorted from the first letter on: without that, every value has to be looked at.",
	Silent: "The pattern begins with fixed letters; another condition could use an index; the table is small.",
	Fix:    "A trigram index (pg_trgm) for patterns of three letters or more; for endings alone an index on reverse(column); full text search where words are meant.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgtrgm.html", "https://www.postgresql.org/docs/current/indexes-types.html",
	},
	Thresholds: []*rule.Threshold{unsargableRows, unsargableDiscard, wildcardLetters},
	Rank:       rule.RankUnsargable,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type != "Seq Scan" || n.Catalog() || n.Small() || n.StoppedEarly() {
			return
		}
		low, _, ok := n.Discard()
		cost := n.Plan.CostOf(n.Node)
		conds := n.Filter()
		if !ok || low < unsargableDiscard.In(c) || n.ScannedPerExec().Or(0) < unsargableRows.In(c) || !n.Plan.Material(cost) || n.Answered() {
			return
		}
		for _, cond := range conds {
			if !byPattern(cond) || cond.Op != sql.LikeAny {
				continue
			}
			e := rule.OfNode(n)
			e.Text("Filter", n.Text("Filter"), "plan")
			e.Number("rows scanned", n.ScannedTotal(), "rows", "plan")
			e.Number("blocks", n.SelfBlocks(), "blocks", "plan")
			f := rule.Found{Cost: cost, Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
				Title: redact.Sprintf("%s reads %s to keep %s: %s", n.Ref(), rowsRead(n), figures.Count(n.RowsTotal.Or(0)), whyNoBeginning(cond)),
			}}
			byTrigram(&f, n, cond, cost)
			found(f)
			return
		}
	},
}

// whyNoBeginning says what keeps a B-tree from being entered by the pattern.
func whyNoBeginning(cond sql.Cond) redact.Text {
	if pattern := strings.Trim(cond.Const.Raw(), "'"); cond.Operator == "~~*" && cond.Value == sql.Const && pattern != "" && !strings.ContainsRune("%_", rune(pattern[0])) {
		return redact.Sprintf("the pattern on %s is compared without regard to case (ILIKE)", compared(cond))
	}
	return redact.Sprintf("the pattern on %s has no fixed beginning", compared(cond))
}

// byTrigram proposes a trigram index, where the pattern has letters enough.
func byTrigram(f *rule.Found, n *rule.Node, cond sql.Cond, cost rule.Cost) {
	f.Detail = redact.Sprintf("It took %s. A B-tree on the column cannot be entered by such a pattern.", cost.Took())
	if !hasTrigram(n.Plan.Case, cond) {
		f.Fix = redact.Plain("The pattern has fewer than three fixed letters in a row: no trigram index finds it. Ask for more letters, or search by words (full text).")
		return
	}
	if ix := trigramThere(n, cond); ix != nil {
		f.Fix = redact.Sprintf("No new index. %s", whyNotUsed(n, rule.Proposal{Serving: ix}))
		f.Detail = redact.Sprintf("%s The index %s answers the pattern, and the planner did not take it.", f.Detail, ix.QName())
		f.Remedies = append(f.Remedies, rule.Remedy{Refused: &rule.Refused{Index: *rule.IndexLike(ix), Why: "exists already as " + ix.QName()}})
		return
	}
	f.Fix = redact.Plain("First run CREATE EXTENSION IF NOT EXISTS pg_trgm. The trigram index serves LIKE, ILIKE and regular expressions with three letters or more. It costs more per write than a B-tree.")
	f.Remedies = append(f.Remedies, rule.Remedy{Create: &rule.Proposal{Index: trigram(n, cond), Method: "defaults"}})
}
