package selectivity

import (
	"math"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// rangeShare is scalarineqsel: the share of the rows on one side of a value, by the
// most common values and the histogram; the default if the value or the statistics are
// not known.
func rangeShare(t *workload.Table, c sql.Cond) float64 {
	st := StatsOf(t, c.Left.Name)
	if c.Value != sql.Const || st == nil || c.Const.Empty() || st.MCVs.Len()+st.Histogram.Len() == 0 {
		return DefaultRange
	}
	col := t.Column(c.Left.Name)
	scale := Scale(col.Type)
	value, ok := scale(Literal(c.Const.Raw()))
	if !ok {
		return DefaultRange
	}
	common, sum := 0.0, 0.0
	for i, v := range st.MCVs.All() {
		if i >= len(st.MCVFreqs) {
			break
		}
		sum += st.MCVFreqs[i]
		if x, ok := scale(v.Raw()); ok && Compares(x, c.Operator, value) {
			common += st.MCVFreqs[i]
		}
	}
	distinctLeft := Distinct(t, c.Left.Name) - float64(st.MCVs.Len())
	below := histogramShare(st.Histogram, scale, value, c.Operator, distinctLeft)
	return Share((1-st.NullFrac.Or(0)-sum)*below + common)
}

// RangeShare is the share of a column's rows on one side of a value.
func RangeShare(t *workload.Table, column, operator string, value redact.Text) float64 {
	return rangeShare(t, sql.Cond{Op: sql.Range, Operator: operator, Left: sql.Column{Name: column}, Value: sql.Const, Const: value})
}

// Extremes are the least and the greatest value in the statistics of a number or a
// time.
func Extremes(typ string, st *workload.ColumnStats) (low, high redact.Text, ok bool) {
	if scaled := Scale(typ); st.Histogram.Len()+st.MCVs.Len() > 0 && !isTextType(typ) {
		var least, most float64
		for _, values := range [...]workload.Values{st.Histogram, st.MCVs} {
			for _, v := range values.All() {
				x, known := scaled(v.Raw())
				if !known {
					return low, high, false
				}
				if low.Empty() || x < least {
					least, low = x, v
				}
				if high.Empty() || x > most {
					most, high = x, v
				}
			}
		}
		return low, high, true
	}
	return low, high, false
}

func Compares(x float64, operator string, value float64) bool {
	switch operator {
	case "<":
		return x < value
	case "<=":
		return x <= value
	case ">":
		return x > value
	}
	return x >= value
}

// histogramShare is ineq_histogram_selectivity: the share of a histogram's rows on the
// operator's side of a value.
func histogramShare(bounds workload.Values, scale func(string) (float64, bool), value float64, operator string, distinctLeft float64) float64 {
	m := bounds.Len() - 1
	if m < 1 {
		return 0.5
	}
	at := make([]float64, bounds.Len())
	for i, b := range bounds.All() {
		v, ok := scale(b.Raw())
		if !ok {
			return 0.5
		}
		at[i] = v
	}
	// The first bound that is not below the value, or that is above it.
	strict := operator == "<=" || operator == ">"
	i := sort.Search(len(at), func(i int) bool { return at[i] > value || !strict && at[i] == value })
	below := 0.0
	switch {
	case i == 0:
	case i > m:
		below = 1
	default:
		part := 0.5
		if width := at[i] - at[i-1]; width > 0 {
			part = clamp((value-at[i-1])/width, 0, 1)
		} else if at[i] == at[i-1] {
			part = 0.5
		}
		below = (float64(i-1) + part) / float64(m)
		if distinctLeft > 0 {
			each := 1 / distinctLeft
			if i == 1 {
				below += each * (1 - part)
			}
			if !strict {
				below -= each
			}
		}
	}
	if operator == ">" || operator == ">=" {
		below = 1 - below
	}
	least := 0.01 / float64(m)
	return clamp(below, least, 1-least)
}

// Scale maps values of a type to numbers in the same order.
func Scale(typ string) func(string) (float64, bool) {
	switch {
	case strings.HasPrefix(typ, "timestamp"), typ == "date":
		return timeScale
	case isTextType(typ):
		return textScale
	}
	return func(s string) (float64, bool) {
		v, err := strconv.ParseFloat(s, 64)
		return v, err == nil && !math.IsNaN(v)
	}
}

func isTextType(typ string) bool {
	return typ == "text" || strings.HasPrefix(typ, "character") || typ == "uuid" || typ == "name"
}

var timeLayouts = []string{"2006-01-02 15:04:05.999999-07", "2006-01-02 15:04:05.999999-07:00", "2006-01-02 15:04:05.999999", "2006-01-02 15:04-07", "2006-01-02 15:04", "2006-01-02", time.RFC3339Nano}

func timeScale(s string) (float64, bool) {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return float64(t.UnixMicro()), true
		}
	}
	return 0, false
}

// textScale reads a text as a number of base 256, as far as it distinguishes values.
// The server narrows the base to the bytes that occur.
func textScale(s string) (float64, bool) {
	v, unit := 0.0, 1.0
	for i := 0; i < len(s) && i < 12; i++ {
		unit /= 256
		v += float64(s[i]) * unit
	}
	return v, true
}
