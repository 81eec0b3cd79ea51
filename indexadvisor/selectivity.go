package indexadvisor

import (
	"math"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// distinct is the number of distinct values of a column, or 0 if unknown:
// pg_stats gives it as a count, or negative as a share of the rows.
func distinct(t *workload.Table, column string) float64 {
	st := statsOf(t, column)
	if st == nil {
		return 0
	}
	nd, ok := st.NDistinct.Get()
	if !ok {
		return 0
	}
	if nd < 0 {
		rows, _ := t.RowCount().Get()
		return -nd * rows
	}
	return nd
}

func statsOf(t *workload.Table, column string) *workload.ColumnStats {
	if c := t.Column(column); c != nil {
		return c.Stats
	}
	return nil
}

// shareOf is the share of a table's rows that pass a condition, as the
// planner estimates it from pg_stats (selfuncs.c: var_eq_const,
// var_eq_non_const, nulltestsel, booltestsel); absent where the statistics
// that would tell were not exported. Ranges are not estimated here.
func shareOf(t *workload.Table, c sql.Cond) opt.Float {
	st := statsOf(t, c.Left.Name)
	if st == nil {
		return opt.Float{}
	}
	nulls := st.NullFrac.Or(0)
	switch c.Op {
	case sql.IsNull:
		return st.NullFrac
	case sql.NotNull:
		return opt.Of(1 - nulls)
	case sql.IsTrue:
		return frequency(st, "t", nulls)
	case sql.IsFalse:
		return frequency(st, "f", nulls)
	case sql.NotTrue:
		return opt.Map(frequency(st, "t", nulls), func(f float64) float64 { return 1 - f })
	case sql.NotFalse:
		return opt.Map(frequency(st, "f", nulls), func(f float64) float64 { return 1 - f })
	case sql.Eq:
		nd := distinct(t, c.Left.Name)
		if nd <= 0 {
			return opt.Float{}
		}
		if c.Value == sql.Const && st.MCVs.Len() > 0 {
			if f, ok := frequency(st, literal(c.Const.Raw()), nulls).Get(); ok {
				return opt.Of(f)
			}
		}
		average := (1 - nulls) / nd
		if len(st.MCVFreqs) > 0 {
			if c.Value == sql.Const && st.MCVs.Len() > 0 {
				// Not among the common values: an equal part of what they leave.
				sum := 0.0
				for _, f := range st.MCVFreqs {
					sum += f
				}
				average = math.Max(1-sum-nulls, 0)
				if rest := nd - float64(len(st.MCVFreqs)); rest > 1 {
					average /= rest
				}
			}
			average = math.Min(average, st.MCVFreqs[0])
		}
		return opt.Of(average)
	}
	return opt.Float{}
}

// frequency looks a value up among the most common ones. Values may be left
// out of an export; of a boolean column the frequencies alone do not tell
// which is which.
func frequency(st *workload.ColumnStats, value string, nulls float64) opt.Float {
	for i, v := range st.MCVs.All() {
		if i < len(st.MCVFreqs) && v.Raw() == value {
			return opt.Of(st.MCVFreqs[i])
		}
	}
	if st.MCVs.Len() == 1 && len(st.MCVFreqs) == 1 && (value == "t" || value == "f") {
		return opt.Of(math.Max(1-nulls-st.MCVFreqs[0], 0))
	}
	return opt.Float{}
}

// literal takes the value out of a literal as SQL or a plan writes it:
// 'pending'::text, 42, '42'::bigint.
func literal(s string) string {
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, "'") {
		return s
	}
	if end := strings.LastIndex(s, "'"); end > 0 {
		return strings.ReplaceAll(s[1:end], "''", "'")
	}
	return s
}
