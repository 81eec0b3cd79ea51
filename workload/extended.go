package workload

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/redact"
)

// ExtendedStats is a row of pg_stats_ext: statistics of several columns of a
// table.
type ExtendedStats struct {
	Table   *Table
	Name    string
	Columns []string

	Distinct     []DistinctSet
	Dependencies []Dependency
	MCVs         [][]Text // combinations, in the order of Columns; empty if the export left values out
	MCVFreqs     []float64
	MCVBaseFreqs []float64 // frequencies if the columns were independent
}

// DistinctSet is the number of distinct combinations of values of some columns.
type DistinctSet struct {
	Columns []string
	N       float64
}

// Dependency is the degree to which the values of some columns determine that of
// another one.
type Dependency struct {
	From   []string
	To     string
	Degree float64
}

const ViewStatsExt View = "pg_stats_ext"

var extendedStatsView = view{
	name:    ViewStatsExt,
	columns: []string{"statistics_name", "tablename", "attnames"},
	query: `SELECT v.schemaname, v.tablename, v.statistics_schemaname, v.statistics_name, v.attnames, v.kinds, e.stxkeys AS attnums,
		v.n_distinct, v.dependencies, v.most_common_freqs, v.most_common_base_freqs{values}
		FROM pg_stats_ext v JOIN pg_namespace n ON n.nspname = v.statistics_schemaname
		JOIN pg_statistic_ext e ON e.stxnamespace = n.oid AND e.stxname = v.statistics_name`,
	values: []columnsSince{{0, ", v.most_common_vals"}},
	row: func(s *Snapshot, r *record) {
		t := s.tableOf(r, "tablename")
		if t == nil {
			return
		}
		x := ExtendedStats{Table: t, Name: r.text("statistics_name")}
		x.Columns, _ = array(r.text("attnames"))
		if i := slices.IndexFunc(s.ExtendedStats, func(o ExtendedStats) bool { return o.Table == t && o.Name == x.Name }); i >= 0 {
			return // of the whole inheritance tree: the table's own row is the other one
		}
		x.read(r)
		s.ExtendedStats = append(s.ExtendedStats, x)
	},
}

// read reads the statistics, if the export has them.
func (x *ExtendedStats) read(r *record) {
	distinct, dependencies := pairs(r.text("n_distinct")), pairs(r.text("dependencies"))
	name := x.names(r.text("attnums"), append(slices.Clone(distinct), dependencies...))
	for _, p := range distinct {
		if columns, ok := named(p.key, name); ok {
			x.Distinct = append(x.Distinct, DistinctSet{columns, p.value})
		}
	}
	for _, p := range dependencies {
		from, to, _ := strings.Cut(p.key, "=>")
		columns, ok := named(from, name)
		if implied := name[strings.TrimSpace(to)]; ok && implied != "" {
			x.Dependencies = append(x.Dependencies, Dependency{columns, implied, p.value})
		}
	}
	freqs, base := r.floats("most_common_freqs"), r.floats("most_common_base_freqs")
	if len(freqs) != len(base) {
		return
	}
	x.MCVFreqs, x.MCVBaseFreqs = freqs, base
	rows, ok := array2(r.text("most_common_vals"))
	if !ok || len(rows) != len(freqs) {
		return
	}
	for _, row := range rows {
		if len(row) != len(x.Columns) {
			x.MCVs = nil
			return
		}
		values := make([]Text, len(row))
		for i, v := range row {
			values[i] = redact.Hidden(v)
		}
		x.MCVs = append(x.MCVs, values)
	}
}

// names maps the numbers that stand for columns: pg_stats_ext prints its own
// sets by number, and the columns in the order of the numbers.
func (x *ExtendedStats) names(attnums string, all []pair) map[string]string {
	numbers := strings.Fields(strings.NewReplacer("{", " ", "}", " ", ",", " ").Replace(attnums))
	if len(numbers) == 0 {
		for _, p := range all {
			for _, n := range strings.FieldsFunc(p.key, func(c rune) bool { return (c < '0' || c > '9') && c != '-' }) {
				if !slices.Contains(numbers, n) {
					numbers = append(numbers, n)
				}
			}
		}
	}
	slices.SortFunc(numbers, func(a, b string) int { return number(a) - number(b) })
	name := map[string]string{}
	if len(numbers) == len(x.Columns) {
		for i, n := range numbers {
			name[n] = x.Columns[i]
		}
	}
	return name
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// named returns the columns of a list of numbers.
func named(list string, name map[string]string) ([]string, bool) {
	var columns []string
	for _, n := range strings.Split(list, ",") {
		c := name[strings.TrimSpace(n)]
		if c == "" {
			return nil, false
		}
		columns = append(columns, c)
	}
	return columns, true
}

// pair is an entry of pg_ndistinct or pg_dependencies.
type pair struct {
	key   string
	value float64
}

// pairs parses {"1, 2": 100, "1 => 2": 0.9}, in both forms that the server
// prints.
func pairs(s string) []pair {
	var list []pair
	for {
		_, rest, ok := strings.Cut(s, `"`)
		if !ok {
			return list
		}
		key, rest, ok := strings.Cut(rest, `"`)
		if !ok {
			return list
		}
		value, rest, _ := strings.Cut(strings.TrimLeft(rest, ": "), ",")
		if f, err := strconv.ParseFloat(strings.TrimRight(value, "} "), 64); err == nil && f >= 0 {
			list = append(list, pair{key, f})
		}
		s = rest
	}
}
