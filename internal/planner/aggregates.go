package planner

import (
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// aggregation is what the aggregates of a level cost (AggClauseCosts).
type aggregation struct {
	states  float64 // that a group keeps: sum and avg of the same numbers have one
	each    float64 // operators for each row
	results float64 // operators for each group
	bytes   float64 // of the states, beside their place in the group
	sorted  bool    // one needs the rows of a group in order, which hashing and workers do not give
}

// readAggregates reads a level's aggregates (get_agg_clause_costs).
func (l *Level) readAggregates() {
	var of aggregation
	shared := map[string]bool{}
	for _, a := range l.query.Aggregated {
		of.sorted = of.sorted || a.Sorted
		s := stateOf(a.Name, l.typeOf(a))
		of.results += s.results
		if s.shared != "" {
			if shared[s.shared+a.Args] {
				continue
			}
			shared[s.shared+a.Args] = true
		}
		of.states, of.each, of.bytes = of.states+1, of.each+1+float64(a.Computed), of.bytes+s.bytes
	}
	l.aggregation = of
}

// typeOf is the type of an aggregate's argument, as far as its columns tell it: numeric
// numbers make all others numeric.
func (l *Level) typeOf(a sql.Aggregate) string {
	found := ""
	for _, c := range l.scope.bound(a.Columns) {
		m, ok := l.columnRef(c)
		if !ok || l.Relations[m.relation].Scan != "" {
			continue
		}
		if t := selectivity.BaseType(l.Relations[m.relation].typeOf(m.column)); found == "" || t == "numeric" {
			found = t
		}
	}
	return found
}

// state is what an aggregate keeps for a group.
type state struct {
	bytes, results float64
	shared         string // by aggregates with the same state
}

// Bytes of states (aggtransspace of pg_aggregate, and get_typavgwidth of a value that is
// passed by reference).
const (
	sumState     = 48  // of bigint, and what counts and squares of integers take
	numericState = 128 // of numeric
	valueState   = 32 + 16
	listState    = 8192 // of what grows with the rows: ALLOCSET_DEFAULT_INITSIZE
)

func stateOf(name, typ string) state {
	switch name {
	case "count", "bool_and", "bool_or", "every":
		return state{}
	case "sum", "avg":
		switch {
		case typ == "numeric":
			return state{numericState, 1, "numeric"}
		case typ == "bigint":
			return state{sumState, 1, "bigint"}
		case name == "avg":
			return state{valueState, 1, ""}
		}
		return state{}
	case "stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop":
		switch typ {
		case "numeric", "bigint":
			return state{numericState, 1, ""}
		}
		return state{sumState, 1, ""}
	case "min", "max":
		switch typ {
		case "numeric", "text", "character varying", "character", "inet":
			return state{valueState, 0, ""}
		}
		return state{}
	}
	return state{listState, 1, ""}
}
