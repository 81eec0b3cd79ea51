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

// implies are, by a predicate's operator, the other conditions that prove it: strict
// operators are never true for NULL (clause_is_strict_for).
var implies = map[sql.Op][]sql.Op{
	sql.NotNull: {sql.Eq, sql.Ne, sql.Range, sql.In, sql.IsTrue, sql.Like, sql.LikeAny, sql.NotLike, sql.Contains},
}

func SameText(a, b redact.Text) bool { return a.Raw() == b.Raw() }

// SameExpression compares two expressions without parentheses and blanks.
func SameExpression(a, b string) bool { return bare.Replace(a) == bare.Replace(b) }

var bare = strings.NewReplacer("(", "", ")", "", " ", "")
