package rules

import (
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var wildcardLetters = NewThreshold("letters", 3, "letters", "in a row: a trigram index finds nothing by fewer")

var leadingWildcard = Rule{
	ID:     "leading-wildcard",
	Title:  "A pattern that begins with a wildcard reads everything",
	Sees:   "A scan that drops nearly all it reads by LIKE '%...', ILIKE or a regular expression, where no other condition could be answered by an index.",
	Why:    "A B-tree is sorted from the first letter on: without that, every value has to be looked at.",
	Silent: "The pattern begins with fixed letters; another condition could use an index; the table is small.",
	Fix:    "A trigram index (pg_trgm) for patterns of three letters or more; for endings alone an index on reverse(column); full text search where words are meant.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgtrgm.html", "https://www.postgresql.org/docs/current/indexes-types.html",
	},
	Thresholds: []*Threshold{unsargableRows, unsargableDiscard, wildcardLetters},
	Rank:       rankUnsargable,
	Node: func(c *Case, n *Node, found func(Found)) {
		if n.Type != "Seq Scan" || n.catalog() || n.small() || n.StoppedEarly() {
			return
		}
		low, _, ok := n.Discard()
		cost := n.Plan.costOf(n.Node)
		conds := n.Filter()
		if !ok || low < unsargableDiscard.In(c) || n.ScannedPerExec().Or(0) < unsargableRows.In(c) || !n.Plan.material(cost) || n.answered() {
			return
		}
		for _, cond := range conds {
			if !byPattern(cond) || cond.Op != sql.LikeAny {
				continue
			}
			e := ofNode(n)
			e.text("Filter", n.Text("Filter"), "plan")
			e.number("rows scanned", n.ScannedTotal(), "rows", "plan")
			e.number("blocks", n.SelfBlocks(), "blocks", "plan")
			f := Found{cost: cost, Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.severity(cost), Evidence: e,
				Title: redact.Sprintf("%s reads %s to keep %s: %s", n.name(), rowsRead(n), figures.Count(n.RowsTotal.Or(0)), whyNoBeginning(cond)),
			}}
			f.byTrigram(n, cond, cost)
			found(f)
			return
		}
	},
}

// byPattern reports whether a condition compares a column, or an expression
// that an index can hold, with a pattern which is known before the scan.
func byPattern(c sql.Cond) bool {
	return (c.Op == sql.Like || c.Op == sql.LikeAny) && !strings.HasPrefix(c.Operator, "!") && c.Value != sql.NoValue && c.Value < sql.Runtime &&
		(c.Left.Name != "" || len(c.ExprColumns) == 1 && (immutable[c.Func] || ofDocument(c)))
}

// compared is what a condition compares: its column, or the expression.
func compared(c sql.Cond) redact.Text {
	if c.Left.Name != "" {
		return redact.Plain(c.Left.Name)
	}
	return c.Expr
}

// whyNoBeginning says what keeps a B-tree from being entered by the pattern.
func whyNoBeginning(cond sql.Cond) redact.Text {
	if pattern := strings.Trim(cond.Const.Raw(), "'"); cond.Operator == "~~*" && cond.Value == sql.Const && pattern != "" && !strings.ContainsRune("%_", rune(pattern[0])) {
		return redact.Sprintf("the pattern on %s is compared without regard to case (ILIKE)", compared(cond))
	}
	return redact.Sprintf("the pattern on %s has no fixed beginning", compared(cond))
}

// byTrigram proposes a trigram index, where the pattern has letters enough.
func (f *Found) byTrigram(n *Node, cond sql.Cond, cost cost) {
	f.Detail = redact.Sprintf("It took %s. A B-tree on the column cannot be entered by such a pattern.", cost.took())
	if !hasTrigram(n.Plan.c, cond) {
		f.Fix = redact.Plain("The pattern has fewer than three fixed letters in a row: no trigram index finds it. Ask for more letters, or search by words (full text).")
		return
	}
	if ix := n.trigramThere(cond); ix != nil {
		f.Fix = redact.Sprintf("No new index. %s", whyNotUsed(n, proposal{Serving: ix}))
		f.Detail = redact.Sprintf("%s The index %s answers the pattern, and the planner did not take it.", f.Detail, ix.QName())
		f.Remedies = append(f.Remedies, Remedy{Refused: &Refused{Index: *indexLike(ix), Why: "exists already as " + ix.QName()}})
		return
	}
	f.Fix = redact.Sprintf("CREATE EXTENSION IF NOT EXISTS pg_trgm; then a trigram index on %s: it answers LIKE, ILIKE and regular expressions with three letters or more. It costs more on each write than a B-tree.", compared(cond))
	f.Remedies = append(f.Remedies, Remedy{Create: &proposal{Index: n.trigram(cond), Method: "defaults"}})
}

// hasTrigram reports whether a pattern has letters enough for a trigram, as far
// as it is known.
func hasTrigram(c *Case, cond sql.Cond) bool {
	return cond.Value != sql.Const || longestFixed(cond.Const.Raw()) >= int(wildcardLetters.In(c))
}

// trigram is the index by which a pattern is found wherever it stands.
func (n *Node) trigram(c sql.Cond) *indexadvisor.Index {
	ix := n.indexOn(c)
	ix.Method, ix.Keys[0].OpClass = "gin", "gin_trgm_ops"
	return ix
}

// trigramThere is such an index that exists.
func (n *Node) trigramThere(c sql.Cond) *workload.Index {
	t := n.Table()
	if t == nil {
		return nil
	}
	for _, ix := range t.Indexes {
		if usable(ix) && (ix.Def.Method == "gin" || ix.Def.Method == "gist") && len(ix.Def.Keys) > 0 && strings.Contains(ix.Def.Keys[0].OpClass, "trgm") && isKey(c, ix.Def.Keys[0]) {
			return ix
		}
	}
	return nil
}

// longestFixed is the length of a pattern's longest run of fixed letters.
func longestFixed(pattern string) int {
	longest, run := 0, 0
	for _, r := range strings.Trim(pattern, "'") {
		run++
		if strings.ContainsRune(`%_.*+?()[]{}|^$\ -`, r) {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}
