package planner

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/pgtest"
	"github.com/pgverdict/pgverdict/workload"
)

// explained is what the planner says of a statement.
type explained struct {
	cost    float64
	indexes []string
}

func explain(t *testing.T, s *pgtest.Server, statements []string, before, after string) []explained {
	t.Helper()
	s.PSQL(before)
	var list []explained
	for _, text := range s.ExplainJSON(statements) {
		var plans []struct {
			Plan struct {
				Total float64 `json:"Total Cost"`
			}
		}
		if err := json.Unmarshal([]byte(text), &plans); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		e := explained{cost: plans[0].Plan.Total}
		for _, part := range strings.Split(text, `"Index Name": "`)[1:] {
			name, _, _ := strings.Cut(part, `"`)
			e.indexes = append(e.indexes, name)
		}
		list = append(list, e)
	}
	s.PSQL(after)
	return list
}

// pair is a statement with an index that was thought of for it, or several with
// a semicolon between them.
type pair struct{ statement, on string }

// The cost with an index that does not exist is that of the planner once it
// is built.
func TestCostAgainstServer(t *testing.T) {
	s := pgtest.Start(t)
	s.PSQL(suiteSchema)
	s.PSQL(suiteMore)
	a := plannerOf(s.Snapshot())
	groups := map[string][]string{}
	var order []string
	for _, p := range slices.Concat(suitePairs(), suiteJoins(), suitePaths()) {
		if groups[p.on] == nil {
			order = append(order, p.on)
		}
		groups[p.on] = append(groups[p.on], p.statement)
	}
	var said []answer
	for _, on := range order {
		var create, drop string
		for n, one := range strings.Split(on, "; ") {
			create += fmt.Sprintf("CREATE INDEX suite_idx_%d ON %s; INSERT INTO size VALUES (%[1]d, pg_relation_size('suite_idx_%[1]d'));\n", n, one)
			drop += fmt.Sprintf("DROP INDEX suite_idx_%d;\n", n)
		}
		real := explain(t, s, groups[on], "CREATE TABLE size (nth int, bytes bigint);\n"+create, drop)
		var sizes []float64
		for _, word := range strings.Fields(s.PSQL("SELECT bytes FROM size ORDER BY nth; DROP TABLE size")) {
			var bytes float64
			_, _ = fmt.Sscan(word, &bytes)
			sizes = append(sizes, bytes)
		}
		for i, text := range groups[on] {
			said = append(said, answer{Statement: text, On: on, Cost: real[i].cost, Used: real[i].usesAny(), Sizes: sizes})
			sizes = nil // once a group
		}
	}
	record(t, s, "costs", said)
	judgeCosts(t, a, said)
}

// usesAny reports whether a plan uses an index of the suite.
func (e explained) usesAny() bool {
	return slices.ContainsFunc(e.indexes, func(name string) bool { return strings.HasPrefix(name, "suite_idx") })
}

func limitOf(text string) float64 {
	if _, n, ok := strings.Cut(text, "LIMIT "); ok {
		var rows float64
		_, _ = fmt.Sscan(n, &rows)
		return rows
	}
	return 0
}

// definitionOf reads what stands after ON.
func definitionOf(t *testing.T, on string) workload.IndexDef {
	t.Helper()
	named, err := workload.ParseIndexDef("CREATE INDEX suite_idx ON " + on)
	if err != nil {
		t.Fatal(err)
	}
	return named.IndexDef
}
