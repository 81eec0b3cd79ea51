package selectivity

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// Implied reports whether conditions imply an index's predicate: each of its conjuncts
// has to be among them.
func Implied(where string, conds []sql.Cond) bool {
	if where == "" {
		return true
	}
	parts, err := sql.ParseCond(where)
	if err != nil {
		return false
	}
	for _, p := range parts {
		found := false
		for _, c := range conds {
			if found = sameComparison(c, p); found {
				break
			}
			if c.Left.Name != "" && c.Left.Name == p.Left.Name && (c.Op == p.Op && c.Op != sql.Unknown && c.Operator == p.Operator && Literal(c.Const.Raw()) == Literal(p.Const.Raw()) ||
				slices.Contains(implies[p.Op], c.Op)) {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// RowComparison reads a range between two columns of one row, in one form whichever of them
// is on the left: no parameter is in it, so it may be an index's predicate. Of a query's
// conditions those within a row have no Left.
func RowComparison(c sql.Cond) (left, operator, right string, ok bool) {
	left, operator, right = c.Left.Name, c.Operator, c.Other.Name
	if left == "" && c.Expr.Empty() && len(c.ExprColumns) == 1 {
		left = c.ExprColumns[0].Name
	}
	if c.Op != sql.Range || left == "" || right == "" || len(c.Others) > 0 || c.Computed > 0 || c.Relabel != "" {
		return "", "", "", false
	}
	if left > right {
		left, operator, right = right, sql.Turned(operator), left
	}
	return left, operator, right, operator != ""
}

// sameComparison reports whether a condition within a row is a predicate's comparison of
// two columns.
func sameComparison(c, p sql.Cond) bool {
	if c.Left.Name != "" || p.Other.Name == "" {
		return false
	}
	left, operator, right, ok := RowComparison(c)
	of, by, other, is := RowComparison(p)
	return ok && is && left == of && operator == by && right == other
}

// Same reports whether a condition is a conjunct of a predicate.
func Same(c, p sql.Cond) bool {
	if p.Left.Name == "" || c.Left.Name == "" {
		return sameComparison(c, p)
	}
	return p.Op == c.Op && p.Left.Name == c.Left.Name && SameText(p.Const, c.Const)
}

// implies are, by a predicate's operator, the other conditions that prove it: strict
// operators are never true for NULL (clause_is_strict_for).
var implies = map[sql.Op][]sql.Op{
	sql.NotNull: {sql.Eq, sql.Ne, sql.Range, sql.In, sql.IsTrue, sql.Like, sql.LikeAny, sql.NotLike, sql.Contains},
}

func SameText(a, b redact.Text) bool { return a.Raw() == b.Raw() }

// SameExpression compares two expressions without parentheses and blanks.
func SameExpression(a, b string) bool { return bare.Replace(a) == bare.Replace(b) }

var bare = strings.NewReplacer("(", "", ")", "", " ", "")
