package sql

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgverdict/pgverdict/internal/limits"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, text string
		want       func(q *Query) any
		is         any
	}{
		{"kind of a select", "SELECT 1", func(q *Query) any { return q.Kind }, Select},
		{"explained", "EXPLAIN (ANALYZE, BUFFERS) UPDATE t SET a = 1", func(q *Query) any { return q.Kind }, Update},
		{"prepared", "PREPARE p AS DELETE FROM t WHERE id = $1", func(q *Query) any { return q.Kind }, Delete},
		{"a schema and an alias", "SELECT * FROM app.orders o", func(q *Query) any { return q.Tables }, []Table{{"app", "orders", "o"}}},
		{"joined tables", "SELECT 1 FROM a JOIN b ON a.x = b.x LEFT JOIN c USING (y)", func(q *Query) any { return len(q.Tables) }, 3},
		{"an inner join's condition", "SELECT 1 FROM a JOIN b ON a.x = b.x", func(q *Query) any { return shortened(q.Where[0]) },
			short{Op: Eq, Column: "a.x", Value: Runtime, Other: "b.x"}},
		{"grouping sets are beyond the shape", "SELECT x FROM a GROUP BY ROLLUP (x)", func(q *Query) any { return q.Unsupported }, "grouping sets"},
		{"a window function is not", "SELECT sum(x) OVER (ORDER BY y) FROM a", func(q *Query) any { return q.Unsupported }, ""},
		{"a full join", "SELECT 1 FROM a FULL JOIN b ON a.x = b.x", func(q *Query) any { return q.Joins[0].Kind }, Full},
		{"window functions by their windows", "SELECT rank() OVER w, sum(x) OVER (PARTITION BY a ORDER BY b), lag(x) OVER (ORDER BY b) FROM t WINDOW w AS (PARTITION BY a ORDER BY b)",
			func(q *Query) any { return []int{len(q.Windows), q.Windows[0].Calls, len(q.Windows[1].Partition)} }, []int{2, 2, 0}},
		{"distinct on", "SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b", func(q *Query) any { return []int{len(q.DistinctOn), len(q.Sort)} }, []int{1, 2}},
		{"distinct", "SELECT DISTINCT a FROM t", func(q *Query) any { return len(q.DistinctOn) }, 0},
		{"having", "SELECT a FROM t GROUP BY a HAVING count(*) > 1", func(q *Query) any { return len(q.Having) }, 1},
		{"ends", "SELECT min(a), max(b) FROM t", func(q *Query) any { return q.MinMax }, []MinMax{{Column{Name: "a"}, false}, {Column{Name: "b"}, true}}},
		{"ends in expressions", "SELECT 1 + coalesce(max(a), 0), date_trunc('day', min(b)), $1 FROM t", func(q *Query) any { return q.MinMax }, []MinMax{{Column{Name: "a"}, true}, {Column{Name: "b"}, false}}},
		{"ends of a sub-select", "SELECT (SELECT max(a) FROM u) FROM t", func(q *Query) any { return len(q.MinMax) }, 0},
		{"ends of some rows", "SELECT max(a) FILTER (WHERE b = 1) FROM t", func(q *Query) any { return len(q.MinMax) }, 0},
		{"ends and a sum in an expression", "SELECT max(a) / sum(b) FROM t", func(q *Query) any { return len(q.MinMax) }, 0},
		{"ends among other aggregates", "SELECT min(a), count(*) FROM t", func(q *Query) any { return len(q.MinMax) }, 0},
		{"rows of VALUES", "SELECT 1 FROM (VALUES (1, 2), (3, 4)) v (a, b)", func(q *Query) any { return []any{q.From[0].Part.Rows, q.From[0].Names} }, []any{2, []string{"a", "b"}}},
		{"rows of a function", "SELECT 1 FROM generate_series(2, 5) g, unnest(t.tags) u", func(q *Query) any { return []any{q.From[0].Rows, q.From[1].Lateral} }, []any{4, true}},
		{"a CTE is read where its name stands", "WITH a AS (SELECT * FROM a), b AS (SELECT * FROM a) SELECT 1 FROM b, a, (SELECT 1 FROM a) c",
			func(q *Query) any {
				return []int{q.With[0].Refs, q.With[1].Refs, len(q.With[0].Part.Tables), len(q.With[1].Part.Tables)}
			}, []int{3, 1, 1, 0}},
		{"a recursive one reads itself", "WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT 2 FROM a) SELECT 1 FROM a", func(q *Query) any { return q.With[0].Recursive }, true},
		{"a materialized one", "WITH a AS MATERIALIZED (SELECT 1) SELECT 1 FROM a", func(q *Query) any { return q.With[0].Materialized }, true},
		{"sub-selects of outputs", "SELECT a, (SELECT 1), ARRAY(SELECT 2) FROM t", func(q *Query) any { return []SubKind{q.Subs[0].Kind, q.Subs[1].Kind} }, []SubKind{Scalar, Array}},
		{"sub-selects of conditions", "SELECT 1 FROM t WHERE a = 1 AND (b = 2 OR EXISTS (SELECT 1)) AND c = (SELECT 2)",
			func(q *Query) any {
				return []any{len(q.Where[0].Subs), q.Where[1].Subs[0].Kind, q.Where[2].Subs[0].Kind}
			}, []any{0, Exists, Scalar}},
		{"IN is joined", "SELECT 1 FROM t WHERE (a, b) IN (SELECT 1, 2)", func(q *Query) any { return []any{q.Where[0].Joined, len(q.Joins[0].In)} }, []any{true, 2}},
		{"an outer join's condition filters nothing", "SELECT 1 FROM a LEFT JOIN b ON a.x = b.x", func(q *Query) any { return len(q.Where) }, 0},
		{"a CTE is no table", "WITH w AS (SELECT * FROM t) SELECT * FROM w", func(q *Query) any { return []int{len(q.Tables), len(q.Parts)} }, []int{0, 1}},
		{"a sub-select is a part", "SELECT 1 FROM a WHERE x IN (SELECT y FROM b)", func(q *Query) any { return q.Parts[0].Tables[0].Name }, "b"},
		{"both arms of a union", "SELECT 1 FROM a UNION ALL SELECT 2 FROM b", func(q *Query) any { return len(q.Parts) }, 2},
		{"a union's unions", "SELECT 1 FROM a UNION ALL SELECT 2 FROM b UNION SELECT 3 FROM c UNION ALL SELECT 4 FROM d", func(q *Query) any { return []int{len(q.Arms), len(q.Arms[0].Arms)} }, []int{2, 3}},
		{"order by a position", "SELECT a, b FROM t ORDER BY 2 DESC", func(q *Query) any { return q.Sort[0].Column.Name }, "b"},
		{"order by an output name", "SELECT a AS x FROM t ORDER BY x", func(q *Query) any { return q.Sort[0].Column.Name }, "a"},
		{"limit", "SELECT a FROM t LIMIT 1 OFFSET 2", func(q *Query) any { return []bool{q.Limit, q.Offset} }, []bool{true, true}},
		{"star", "SELECT t.* FROM t", func(q *Query) any { return q.Star }, true},
		{"count", "SELECT count(*) FROM t", func(q *Query) any { return q.Count }, true},
		{"what an update sets", "UPDATE t SET a = $1, n = n + 1", func(q *Query) any { return q.Set }, []Set{{"a", false}, {"n", true}}},
		{"an upsert sets too", "INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET b = excluded.b", func(q *Query) any { return q.Set }, []Set{{"b", false}}},
		{"a merge sets too", "MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = s.a", func(q *Query) any { return q.Set }, []Set{{"a", false}}},
		{"the table that is written", "DELETE FROM app.t AS x WHERE x.id = 1", func(q *Query) any { return q.Target }, "x"},
		{"normalised: a typed literal", "SELECT 1 FROM t WHERE d > date $1 AND e < now() - interval $2", func(q *Query) any { return len(q.Where) }, 2},
		{"normalised: a zoned one", "SELECT 1 FROM t WHERE d > timestamp with time zone $1", func(q *Query) any { return shortened(q.Where[0]).Value }, Param},
		{"normalised: a field", "SELECT extract($1 FROM d) FROM t", func(q *Query) any { return q.Tables[0].Name }, "t"},
		{"a cast to a type stays", "SELECT a::date FROM t WHERE b = $1", func(q *Query) any { return len(q.Where) }, 1},
		{"not in", "SELECT 1 FROM a WHERE z = 1 AND x NOT IN (SELECT y FROM b WHERE w IN (SELECT v FROM c))", func(q *Query) any { return []bool{q.Parts[0].NotIn, q.Parts[0].Parts[0].NotIn} }, []bool{true, false}},
		{"differs from all", "SELECT 1 FROM a WHERE x <> ALL (SELECT y FROM b)", func(q *Query) any { return q.Parts[0].NotIn }, true},
		{"not exists is not not in", "SELECT 1 FROM a WHERE NOT EXISTS (SELECT y FROM b) AND NOT (x > ANY (SELECT y FROM b))", func(q *Query) any { return []bool{q.Parts[0].NotIn, q.Parts[1].NotIn} }, []bool{false, false}},
		{"outputs", "SELECT a, t.b AS c, t.*, lower(d) FROM t", func(q *Query) any {
			var list []string
			for _, o := range q.Output {
				of := ""
				if o.Side != nil {
					of = o.Side.Func
				}
				list = append(list, o.Table+"."+o.Name+" "+o.As+" "+of)
			}
			return list
		}, []string{".a a ", "t.b c ", "t.*  ", ". lower lower"}},
		{"locks of all tables", "SELECT 1 FROM a JOIN b USING (x) FOR UPDATE", func(q *Query) any { return q.LocksAll }, true},
		{"locks of one", "SELECT 1 FROM a JOIN b USING (x) FOR UPDATE OF a", func(q *Query) any { return q.LocksAll }, false},
		{"a copy wants all", "COPY (SELECT a FROM t) TO STDOUT", func(q *Query) any { return q.Whole }, true},
		{"a prepared one does not", "PREPARE p AS SELECT a FROM t", func(q *Query) any { return q.Whole }, false},
		{"DDL is other", "CREATE TABLE t (a int)", func(q *Query) any { return q.Kind }, Other},
	}
	for _, test := range tests {
		q, err := Parse(test.text)
		if err != nil {
			t.Errorf("%s: %s: %v", test.name, test.text, err)
			continue
		}
		if diff := cmp.Diff(test.is, test.want(q)); diff != "" {
			t.Errorf("%s: %s:\n%s", test.name, test.text, diff)
		}
		sameByBoth(t, test.text)
	}
}

// What could overflow the parser's C stack never reaches it; long lists,
// which do not nest, do.
func TestGuard(t *testing.T) {
	const n = 100_000
	refused := map[string]string{
		"sum":       "SELECT " + strings.Repeat("1+", n) + "1",
		"casts":     "SELECT 1" + strings.Repeat("::int", n),
		"joins":     "SELECT 1 FROM a" + strings.Repeat(" JOIN b ON true", n),
		"unions":    "SELECT 1" + strings.Repeat(" UNION SELECT 1", n),
		"nots":      "SELECT " + strings.Repeat("NOT ", n) + "true",
		"minuses":   "SELECT " + strings.Repeat("- ", n) + "1",
		"brackets":  "SELECT " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n),
		"collates":  "SELECT a" + strings.Repeat(` COLLATE "C"`, n),
		"cases":     "SELECT " + strings.Repeat("CASE WHEN true THEN ", n) + "1" + strings.Repeat(" END", n),
		"froms":     "SELECT 1 FROM " + strings.Repeat("a CROSS JOIN ", n) + "b",
		"subselect": strings.Repeat("SELECT (", n) + "SELECT 1" + strings.Repeat(")", n),
	}
	for name, text := range refused {
		if _, err := Parse(text); !errors.Is(err, ErrTooDeep) {
			t.Errorf("%s: %.60v", name, err)
		}
	}
	if _, err := Parse("SELECT 1\x00; DROP"); !errors.Is(err, ErrNUL) {
		t.Errorf("NUL: %v", err)
	}
	read := map[string]string{
		"list":       "SELECT 1 FROM t WHERE a IN (" + strings.Repeat("1, ", n) + "1)",
		"columns":    "SELECT " + strings.Repeat("a, ", 2000) + "a FROM t",
		"conditions": "SELECT 1 FROM t WHERE " + strings.Repeat("a = 1 AND ", 2000) + "a = 1",
		"ors":        "SELECT 1 FROM t WHERE " + strings.Repeat("a = 1 OR ", 2000) + "a = 1",
		"values":     "INSERT INTO t VALUES " + strings.Repeat("(1, -2, a + b), ", 2000) + "(1, 2, 3)",
		"arrays":     "SELECT a" + strings.Repeat("[1]", 2000),
		"in strings": "SELECT '" + strings.Repeat("1+", n) + "'",
	}
	for name, text := range read {
		if _, err := Parse(text); err != nil {
			t.Errorf("%s: %.60v", name, err)
		}
	}
}

// What nests within the bounds is read in time that a person waits for.
func BenchmarkNested(b *testing.B) {
	for _, n := range []int{50, 500} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			text := strings.Repeat("SELECT * FROM (", n) + "SELECT 1" + strings.Repeat(") x", n)
			for b.Loop() {
				if _, err := parseQuery(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The parser quotes what it stumbled over; that may be a value.
func TestErrorsQuoteNoLiteral(t *testing.T) {
	for _, text := range []string{"SELECT 'secret' 'x' FROM WHERE", "SELECT FROM t WHERE a = = 'secret'", "SELECT 'secret"} {
		_, err := Parse(text)
		if err == nil {
			t.Errorf("%s: no error", text)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// What nests in the parse tree is refused beyond the limit, since the C stack could
// overflow; what the parser keeps in a list is not.
func TestChains(t *testing.T) {
	for _, x := range []struct{ before, piece, after string }{
		{"SELECT ", "(", "1"}, {"SELECT ", "NOT ", "a"}, {"SELECT 1", " + 1", ""}, {"SELECT ", "- ", "1"}, {"SELECT a", "::int", ""}, {"SELECT 1", " UNION SELECT 1", ""}, {"SELECT * FROM t", " JOIN t USING (a)", ""},
		{"SELECT * FROM t", " NATURAL JOIN t", ""}, {"SELECT ", "CASE WHEN a THEN ", "1"}, {"SELECT a", " IS NULL", ""}, {"SELECT a", " ISNULL", ""}, {"SELECT a", " COLLATE c", ""}, {"SELECT a", " AT TIME ZONE b", ""}, {"SELECT ", "ARRAY[", "1"},
		{"SELECT ", "f(", "1"}, {"SELECT a", " OPERATOR(pg_catalog.+) 1", ""}, {"SELECT ", "OPERATOR(-) ", "1"}, {"SELECT a", " LIKE b ESCAPE c", ""}, {"SELECT a", " IS JSON", ""}, {"SELECT a", " IS DISTINCT FROM b", ""}, {"SELECT ", "a <> ALL (", "b"},
		{"SELECT a", " IN (b)", ""}, {"SELECT a", " BETWEEN b AND c IS NULL", ""}, {"SELECT ", "XMLPARSE(DOCUMENT ", "a"}, {"SELECT ", "a.f(", ""}, {"", "WITH a AS (", "SELECT 1"}, {"SELECT (a, b)", " OVERLAPS (a, b)", ""},
		{"SELECT ", "CASE WHEN a AND ", "b"}, {"SELECT (", "CASE a WHEN b THEN c ELSE d OR ", "b"},
	} {
		if _, err := Parse(x.before + strings.Repeat(x.piece, limits.Chain+100) + x.after); !errors.Is(err, ErrTooDeep) {
			t.Errorf("%s%s...: %v", x.before, x.piece, err)
		}
	}
	for _, x := range []struct{ before, piece, after string }{
		{"SELECT a", "[1]", ""}, {"SELECT ", "a AND ", "b"}, {"SELECT ", "a = 1 OR ", "b"}, {"SELECT ", "a + b, ", "b"}, {"WITH ", "a AS (SELECT 1), ", "b AS (SELECT 1) SELECT 1"}, {"SELECT a IN (", "1, ", "1)"},
		{"SELECT ", "CASE WHEN a THEN b END, ", "b"}, {"SELECT ", "a BETWEEN 1 AND 2 AND ", "b"}, {"SELECT ", "(CASE WHEN a THEN 1 END + 1), ", "b"},
	} {
		if _, err := Parse(x.before + strings.Repeat(x.piece, limits.Chain+100) + x.after); err != nil {
			t.Errorf("%s%s...: %v", x.before, x.piece, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"SELECT a, count(*) FROM t JOIN u USING (id) WHERE x = $1 GROUP BY 1 ORDER BY 2 DESC LIMIT 5",
		"UPDATE t SET a = a + 1 WHERE b IN (SELECT c FROM d)", "WITH w AS (DELETE FROM t RETURNING *) SELECT * FROM w",
		"(lower((email)::text) = ANY ('{a,b}'::text[]))", "((hashed SubPlan 1) AND (a = (InitPlan 2).col1))",
	} {
		f.Add(seed)
	}
	// The engine is compiled at its first call, where there is no C compiler: on
	// a busy machine that takes longer than an input may.
	_, _ = Parse("SELECT 1")
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = Parse(text)
		_, _ = ParseCond(text)
		ParseKeys([]string{text})
	})
}
