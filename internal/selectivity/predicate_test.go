package selectivity

import (
	"testing"

	"github.com/pgverdict/pgverdict/internal/sql"
)

// A condition implies an index's predicate only where it holds for no other
// rows: with NULL there are three truth values.
func TestImplied(t *testing.T) {
	for _, test := range []struct {
		where, cond string
		want        bool
	}{
		{"(open IS TRUE)", "(open IS NOT FALSE)", false}, // a NULL passes the condition alone
		{"(open IS NOT FALSE)", "(open IS NOT FALSE)", true},
		{"(open IS NOT TRUE)", "(open IS NOT FALSE)", false},
		{"open", "(open IS TRUE)", true},
		{"open", "(open IS NOT FALSE)", false},
		{"(NOT open)", "(open IS NOT TRUE)", false},
		{"(open IS NOT TRUE)", "(open IS UNKNOWN)", false},
		{"(note IS NOT NULL)", "(note <> 'x'::text)", true},
		{"(note IS NOT NULL)", "(note ~~ 'a%'::text)", true},
		{"(note IS NOT NULL)", "(note IS NULL)", false},
		{"(open IS NOT NULL)", "(open IS NOT FALSE)", false},
	} {
		conds, err := sql.ParseCond(test.cond)
		if err != nil {
			t.Fatal(err)
		}
		if got := Implied(test.where, conds); got != test.want {
			t.Errorf("%s of an index, and the condition %s: %v", test.where, test.cond, got)
		}
	}
}

// Two columns of a row that are compared are the same predicate from either side. One of
// them that is compared with another table's column is none.
func TestRowComparison(t *testing.T) {
	for _, test := range []struct {
		where, cond string
		want        bool
	}{
		{"tried < allowed", "tried < allowed", true},
		{"tried < allowed", "allowed > tried", true},
		{"(tried < allowed)", "tried <= allowed", false},
		{"tried < allowed", "tried > allowed", false},
		{"tried < allowed", "tried < made", false},
		{"tried < allowed", "tried + 1 < allowed", false},
		{"tried < allowed", "tried < allowed - 1", false},
		{"tried < allowed", "tried < 3", false},
		{"tried < allowed", "made IS NULL", false},
		{"tried < allowed", "o.tried < p.allowed", false},
	} {
		conds, err := sql.ParseCond(test.cond)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range conds { // as the planner model has what is within a row
			if c.Other.Name != "" && c.Left.Name != "" && c.Left.Table == c.Other.Table {
				conds[i].ExprColumns, conds[i].Left = append(c.ExprColumns, c.Left), sql.Column{}
			}
		}
		if got := Implied(test.where, conds); got != test.want {
			t.Errorf("%s of an index, and the condition %s: %v", test.where, test.cond, got)
		}
	}
}
