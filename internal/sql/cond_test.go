package sql

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// short is what a condition comes to, for a table of cases.
type short struct {
	Op     Op
	Column string // table.column
	Func   string
	Cast   string
	Value  Value
	Other  string
	InSize int
}

func shortened(c Cond) short {
	s := short{Op: c.Op, Func: c.Func, Cast: c.Cast, Value: c.Value, InSize: c.InSize}
	if c.Left.Name != "" {
		s.Column = qualified(c.Left)
	}
	if c.Other.Name != "" {
		s.Other = qualified(c.Other)
	}
	return s
}

func qualified(c Column) string {
	if c.Table == "" {
		return c.Name
	}
	return c.Table + "." + c.Name
}

// Conditions as servers of several versions print them.
func TestParseCond(t *testing.T) {
	tests := []struct {
		text string
		want []short
	}{
		{"(customer_id = 42)", []short{{Op: Eq, Column: "customer_id", Value: Const}}},
		{"(o.customer_id = c.id)", []short{{Op: Eq, Column: "o.customer_id", Value: Runtime, Other: "c.id"}}},
		{"(42 = customer_id)", []short{{Op: Eq, Column: "customer_id", Value: Const}}},
		{"(10 > amount)", []short{{Op: Range, Column: "amount", Value: Const}}},
		{"((status)::text = 'open'::text)", []short{{Op: Eq, Column: "status", Value: Const, Cast: "text"}}},
		{"((n)::numeric = 5.0)", []short{{Op: Eq, Cast: "numeric", Value: Const}}},
		{"(lower(email) = 'a@b'::text)", []short{{Op: Eq, Func: "lower", Value: Const, Cast: "text"}}},
		{"((a = 1) AND (b IS NULL) AND c AND (NOT d))", []short{
			{Op: Eq, Column: "a", Value: Const}, {Op: IsNull, Column: "b"}, {Op: IsTrue, Column: "c"}, {Op: IsFalse, Column: "d"},
		}},
		{"(id = ANY ('{1,2,3}'::integer[]))", []short{{Op: In, Column: "id", Value: Const, InSize: 3}}},
		{`(name = ANY ('{"a,b",c}'::text[]))`, []short{{Op: In, Column: "name", Value: Const, InSize: 2}}},
		{"(created_at >= now())", []short{{Op: Range, Column: "created_at", Cast: "timestamp with time zone", Value: Stable}}},
		{"(created_at > (now() - '7 days'::interval))", []short{{Op: Range, Column: "created_at", Cast: "timestamp with time zone", Value: Stable}}},
		{"(name ~~ 'abc%'::text)", []short{{Op: Like, Column: "name", Value: Const, Cast: "text"}}},
		{"(name ~~ '%abc'::text)", []short{{Op: LikeAny, Column: "name", Value: Const, Cast: "text"}}},
		{"(name !~~ 'abc%'::text)", []short{{Op: NotLike, Column: "name", Value: Const, Cast: "text"}}},
		{"(name !~ $1)", []short{{Op: NotLike, Column: "name", Value: Param}}},
		{"(payload @> '{\"a\": 1}'::jsonb)", []short{{Op: Contains, Column: "payload", Value: Const, Cast: "jsonb"}}},
		{"((a = 1) OR (b = 2))", []short{{Op: Or, Value: Runtime}}},
		{"(id = $1)", []short{{Op: Eq, Column: "id", Value: Param}}},
		{"(id = $0)", []short{{Op: Eq, Column: "id", Value: Param}}},
		{"(id = (InitPlan 1).col1)", []short{{Op: Eq, Column: "id", Value: Param}}},
		{"(NOT (hashed SubPlan 1))", []short{{Op: Unknown, Value: Runtime}}},
		{"((a = 1) AND (NOT (ANY (b = (hashed SubPlan 1).col1))))", []short{{Op: Eq, Column: "a", Value: Const}, {Op: Unknown, Value: Runtime}}},
		{"(ALL ((a < (SubPlan 1).col1) AND (b = (SubPlan 1).col2)))", []short{{Op: Unknown, Value: Runtime}, {Op: Unknown, Value: Runtime}}},
		{"((SubPlan 1) > 5)", []short{{Op: Range, Value: Const}}},
		{"(amount <> 0)", []short{{Op: Ne, Column: "amount", Value: Const}}},
		{"(shipped_at IS NOT NULL)", []short{{Op: NotNull, Column: "shipped_at"}}},
		{`("Odd Name" = 1)`, []short{{Op: Eq, Column: "Odd Name", Value: Const}}},
		{"(a BETWEEN 1 AND 2)", []short{{Op: Range, Column: "a", Value: Const}, {Op: Range, Column: "a", Value: Const}}},
	}
	for _, test := range tests {
		conds, err := ParseCond(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		var got []short
		for _, c := range conds {
			got = append(got, shortened(c))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s:\n%s", test.text, diff)
		}
	}
}

func TestSargable(t *testing.T) {
	for text, want := range map[string]bool{
		"(a = 1)": true, "(a > 1)": true, "(a IS NULL)": true, "(lower(a) = 'x')": false, "((a)::numeric = 1.5)": false,
		"(a <> 1)": false, "(a ~~ '%x')": false, "((a)::text = 'x'::text)": true, "((a = 1) OR (b = 2))": false,
	} {
		conds, err := ParseCond(text)
		if err != nil || len(conds) != 1 {
			t.Fatalf("%s: %d conditions, %v", text, len(conds), err)
		}
		if got := conds[0].Sargable(); got != want {
			t.Errorf("%s: sargable %v", text, got)
		}
	}
}

// What an index has as its key is the text of the plan, without the direction.
func TestParseKeysCase(t *testing.T) {
	for entry, want := range map[string]string{
		"(CASE WHEN (a IS NULL) THEN b ELSE c END) DESC":            "(CASE WHEN (a IS NULL) THEN b ELSE c END)",
		"(CASE WHEN (a IS NULL) THEN b ELSE c END) DESC NULLS LAST": "(CASE WHEN (a IS NULL) THEN b ELSE c END)",
		"(CASE WHEN (a IS NULL) THEN b ELSE c END)":                 "(CASE WHEN (a IS NULL) THEN b ELSE c END)",
	} {
		if got := ParseKeys([]string{entry})[0]; got.Expr.Raw() != want || len(got.Columns) != 3 {
			t.Errorf("%s: got %s of %v", entry, got.Expr.Raw(), got.Columns)
		}
	}
}

func TestParseKeys(t *testing.T) {
	keys := ParseKeys([]string{"o.created_at DESC", "o.id", "lower(name) NULLS FIRST", "amount DESC NULLS LAST", "(SubPlan 1)", "not ( sql"})
	type short struct {
		Column           string
		Expr             string
		Desc, NullsFirst bool
	}
	want := []short{
		{Column: "o.created_at", Desc: true, NullsFirst: true}, {Column: "o.id"}, {Expr: "lower(name)", NullsFirst: true},
		{Column: "amount", Desc: true}, {Expr: "(expression)"}, {},
	}
	var got []short
	for _, k := range keys {
		s := short{Expr: k.Expr.Raw(), Desc: k.Desc, NullsFirst: k.NullsFirst}
		if k.Column.Name != "" {
			s.Column = qualified(k.Column)
		}
		got = append(got, s)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What is computed for each row beside the comparison, as the costs of sequential scans on
// a server say: a STABLE function is, of constants too.
func TestComputed(t *testing.T) {
	for text, want := range map[string]int{
		"a = 1":                          0,
		"lower(email) = 'x'":             1,
		"lower(email) = lower('X')":      1,
		"abs(x - y) > 3":                 2,
		"a = b + 1":                      1,
		"name::text = 'x'":               0,
		"n::numeric = 5.0":               1,
		"(meta ->> 'n')::int = 3":        3,
		"(a, b, c) < (1, 2, 3)":          2,
		"day = current_date":             1,
		"at > now() - interval '7 days'": 2,
		"at >= timestamptz '2024-01-10' + 15 * interval '1 day'": 1,
		"day >= date '2024-01-10' + interval '1 month'":          0,
		"lower(name) IS NULL":                                    1,
		"paid > placed + interval '20 hours'":                    1,
	} {
		conds, err := ParseCond(text)
		if err != nil || len(conds) != 1 {
			t.Fatalf("%s: %v, %v", text, conds, err)
		}
		if conds[0].Computed != want {
			t.Errorf("%s computes %d operators and functions, want %d", text, conds[0].Computed, want)
		}
	}
}
