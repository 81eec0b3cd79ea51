package workload

import (
	"strconv"

	"github.com/pgverdict/pgverdict/internal/lex"
)

const ViewStats View = "pg_stats"

var statsView = view{
	name:    ViewStats,
	use:     "column statistics",
	columns: []string{"tablename", "attname", "n_distinct", "null_frac"},
	few:     []string{"tablename", "attname", "n_distinct null_frac avg_width correlation most_common_vals"},
	also: aliases{"schemaname": schemaNames, "tablename": "relname " + tableNames, "attname": "column_name column attribute name", "n_distinct": "distinct_values ndistinct",
		"null_frac": "nulls_fraction null_fraction", "avg_width": "average_width"},
	query: `SELECT n.nspname AS schemaname, c.relname AS tablename, a.attname, format_type(a.atttypid, a.atttypmod) AS data_type, a.attnotnull AS not_null,
		s.inherited, s.null_frac, s.avg_width, s.n_distinct, s.most_common_freqs, CASE WHEN a.atttypid = 'boolean'::regtype THEN s.most_common_vals::text END AS most_common_flags, s.correlation, s.most_common_elem_freqs, s.elem_count_histogram{values}
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
		WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'm') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
		ORDER BY 1, 2, a.attnum`,
	values: []columnsSince{{0, ", s.most_common_vals, s.histogram_bounds, s.most_common_elems"}, {17, ", s.range_bounds_histogram, s.range_length_histogram, s.range_empty_frac"}},
	own:    []string{"data_type", "not_null", "most_common_flags", "inherited"},
	row: func(s *Snapshot, r *record) {
		t := s.tableOf(r, "tablename")
		if t == nil {
			return
		}
		s.lists(r, aTable, t.Name)
		col := t.ColumnFor(r.text("attname"))
		if typ := r.text("data_type"); typ != "" {
			col.Type = lex.TypeName(typ) // a column that the export script adds
		}
		set(&col.NotNull, r.boolean("not_null"))
		if r.has("null_frac") && !r.number("null_frac").Known() {
			return // never analyzed
		}
		if r.boolean("inherited").Or(false) && col.Stats != nil {
			return // of the whole inheritance tree; the table has a row of its own
		}
		values := "most_common_vals"
		if r.has("most_common_flags") && !r.has(values) {
			values = "most_common_flags" // which frequency is that of true
		}
		st := &ColumnStats{
			NullFrac: r.number("null_frac"), AvgWidth: r.number("avg_width"),
			NDistinct: r.number("n_distinct"), Correlation: r.number("correlation"),
			MCVs: r.values(values), MCVFreqs: r.floats("most_common_freqs"),
			Histogram: r.values("histogram_bounds"),
			Elems:     r.values("most_common_elems"), ElemFreqs: r.floats("most_common_elem_freqs"),
			ElemCounts:  r.floats("elem_count_histogram"),
			RangeBounds: r.values("range_bounds_histogram"), RangeLengths: r.floats("range_length_histogram"),
			RangeEmpty: r.number("range_empty_frac"),
		}
		col.Stats = st
	},
}

func (r *record) values(column string) Values {
	v, ok := r.Get(column)
	if !ok {
		return Values{}
	}
	list, ok := ParseValues(v)
	if !ok {
		r.bad(column, "an array")
	}
	return list
}

func (r *record) floats(column string) []float64 {
	v, ok := r.Get(column)
	if !ok {
		return nil
	}
	list, ok := ParseValues(v)
	if !ok {
		r.bad(column, "an array")
		return nil
	}
	out := make([]float64, 0, list.Len())
	for i := range list.Len() {
		e := list.at(i)
		if e == "NULL" {
			continue
		}
		f, err := strconv.ParseFloat(e, 64)
		if err != nil || f != f {
			r.bad(column, "an array of numbers")
			return nil
		}
		out = append(out, f)
	}
	return out
}
