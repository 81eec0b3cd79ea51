package workload

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// isShare reports whether a column of statements may hold the part of the total execution
// time that each is. Its values have to prove it: see TotalMs.
func isShare(column string) bool {
	may := false
	for word := range strings.SplitSeq(column, "_") {
		switch word {
		case "hit", "cache", "calls", "rows", "io", "reads", "blocks", "wal":
			return false
		case "share", "prop":
			may = true
		}
	}
	return may || isPercent(column)
}

func isPercent(column string) bool {
	return strings.Contains(column, "percent") || strings.Contains(column, "pct") || strings.Contains(column, "%")
}

// shareIn reads a part of a whole: 17.4%, 17,4 in a column of percentages, 0.174.
func (r *record) shareIn(columns []bound) float64 {
	for _, c := range columns {
		v, _ := r.Value(c.at)
		f, err := strconv.ParseFloat(strings.Replace(strings.Trim(v, "*_`~ %"), ",", ".", 1), 64)
		if isPercent(c.name) || strings.Contains(v, "%") {
			f /= 100
		}
		if err == nil && f > 0 && f <= 1 {
			return f
		}
	}
	return 0
}

// TotalMs returns the execution time of all statements of the server, if the export lists
// them, or only some, with the part of the total that each is. It is unknown unless these
// parts are in proportion to the times: a percentage can be of anything.
func (s *Snapshot) TotalMs() Float {
	const fewest, exact, off = 2, 0.005, 0.25 // shares are printed with few digits
	if s.earlier != nil {
		return Float{}
	}
	var totals []float64
	all := 0.0
	for _, st := range s.Statements {
		all += st.share
		if ms, ok := st.TotalMs.Get(); ok && st.share >= exact {
			totals = append(totals, ms/st.share)
		}
	}
	if len(totals) < fewest || all > 1.01 {
		return Float{}
	}
	slices.Sort(totals)
	total := totals[len(totals)/2]
	if totals[0] < total*(1-off) || totals[len(totals)-1] > total*(1+off) {
		return Float{}
	}
	return opt.Of(total)
}
