package plans

import (
	"regexp"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var wildcardLetters = rule.NewThreshold("letters", 3, "letters", "in a row: with fewer a trigram index finds nothing")

// byPattern reports whether a condition compares a column, or an expression
// that an index can hold, with a pattern which is known before the scan.
func byPattern(c sql.Cond) bool {
	return (c.Op == sql.Like || c.Op == sql.LikeAny) && c.Value != sql.NoValue && c.Value < sql.Runtime &&
		(c.Left.Name != "" || len(c.ExprColumns) == 1 && (immutable[c.Func] || rule.OfDocument(c)))
}

// compared returns what a condition compares: its column, or the expression.
func compared(c sql.Cond) redact.Text {
	if c.Left.Name != "" {
		return redact.Plain(c.Left.Name)
	}
	return c.Expr
}

// hasTrigram reports whether a pattern has enough letters for a trigram; true if the
// pattern is not known.
func hasTrigram(c *rule.Case, cond sql.Cond) bool {
	return cond.Value != sql.Const || longestFixed(cond.Const.Raw()) >= int(wildcardLetters.In(c))
}

// trigram returns the index that serves a pattern anywhere in a value.
func trigram(n *rule.Node, c sql.Cond) *indexadvisor.Index {
	ix := indexOn(n, c)
	ix.Method, ix.Keys[0].OpClass = "gin", "gin_trgm_ops"
	return ix
}

// noTrigram returns what to do first if no trigram index on the column of a condition serves
// it; empty if one does.
func noTrigram(n *rule.Node, c sql.Cond) redact.Text {
	if c.Op != sql.LikeAny || c.Left.Name == "" {
		return redact.Text{}
	}
	column, own := lex.QuoteIdent(c.Left.Name), conditions.WithoutTrigrams(n.Table(), c.Left.Name)
	switch {
	case c.Cast == "citext", own == "citext":
		return redact.Sprintf("Write %s::text ILIKE in the query, and create a trigram index on the expression (%[1]s::text): no index serves a pattern on citext.", column)
	case own != "":
		return redact.Sprintf("Change the type of %s to text first, which rewrites the table: pg_trgm has no operator class for %s. Then a trigram index serves the pattern.", column, own)
	}
	return redact.Text{}
}

// trigramThere returns the existing trigram index for a condition; nil if there is
// none.
func trigramThere(n *rule.Node, c sql.Cond) *workload.Index {
	t := n.Table()
	if t == nil {
		return nil
	}
	for _, ix := range t.Indexes {
		if rule.Usable(ix) && (ix.Def.Method == "gin" || ix.Def.Method == "gist") && len(ix.Def.Keys) > 0 && strings.Contains(ix.Def.Keys[0].OpClass, "trgm") && isKey(c, ix.Def.Keys[0]) {
			return ix
		}
	}
	return nil
}

// longestFixed returns the length of a pattern's longest run of fixed letters.
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

// anchored matches a regular expression, with its quotes, of fixed letters at the beginning
// and anything behind.
var anchored = regexp.MustCompile(`^'\^[\w @:/-]{2,}(\.\*)?\$?'$`)

// beginning reports whether a regular expression fixes the beginning of the value and nothing
// else: a B-tree would find too many rows by the beginning of a longer one.
func beginning(c sql.Cond) bool {
	return c.Operator == "~" && c.Cast != "citext" && c.Left.Name != "" && c.Value == sql.Const && anchored.MatchString(c.Const.Raw())
}

// byTrigram proposes a trigram index if the pattern has enough fixed letters.
func byTrigram(f *rule.Found, n *rule.Node, cond sql.Cond) {
	if beginning(cond) {
		f.Detail = redact.Append(f.Detail, "It fixes the beginning of the value, so a B-tree that compares letter by letter can be searched for it.")
		ix := indexOn(n, cond)
		ix.Keys[0].OpClass = conditions.PatternOps(n.Table(), cond.Left.Name)
		if have := expressionIndex(n, sql.Cond{Op: sql.Like, Left: cond.Left, Expr: cond.Expr}); have != nil {
			expressionIndexed(f, have, (*rule.Evidence)(&f.Evidence))
			return
		}
		f.Fix = redact.Plain("It serves every pattern that begins with fixed letters.")
		f.Remedies = append(f.Remedies, rule.Remedy{Create: &rule.Proposal{Index: ix, Method: "defaults"}})
		return
	}
	f.Detail = redact.Append(f.Detail, "A B-tree on the column cannot be searched for such a pattern.")
	if !hasTrigram(n.Plan.Case, cond) {
		f.Fix = redact.Plain("Require more letters in the pattern, or search for words (full-text search). With fewer than three fixed letters in a row, no trigram index helps.")
		return
	}
	if f.Fix = noTrigram(n, cond); !f.Fix.Empty() {
		return
	}
	if ix := trigramThere(n, cond); ix != nil {
		f.Fix = redact.Sprintf("Do not create another index. %s", whyNotUsed(n, rule.Proposal{Serving: ix}))
		f.Detail = redact.Append(f.Detail, "The index %s can serve the pattern, but the plan does not use it.", ix.QName())
		f.Remedies = append(f.Remedies, rule.Exists(ix))
		return
	}
	f.Fix = redact.Plain("First run CREATE EXTENSION IF NOT EXISTS pg_trgm. A trigram index serves LIKE, ILIKE and regular expressions with at least three letters. Each write costs more than with a B-tree.")
	f.Remedies = append(f.Remedies, rule.Remedy{Create: &rule.Proposal{Index: trigram(n, cond), Method: "defaults"}})
}
