package workload

import (
	"math"
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

// share is the part that a statement is of the execution time of all, as the export prints
// it: rounded, so that it is more or less by up to off.
type share struct {
	part, off float64
	named     bool // the column says that it is of the time
}

// shareIn reads a part of a whole: 17.4%, 17,4 in a column of percentages, 0.174.
func (r *record) shareIn(columns []bound) share {
	for _, c := range columns {
		v, _ := r.Value(c.at)
		digits := strings.Replace(strings.Trim(v, "*_`~ %"), ",", ".", 1)
		part, err := strconv.ParseFloat(digits, 64)
		_, decimals, _ := strings.Cut(digits, ".")
		off := math.Pow10(-len(decimals)) / 2
		if isPercent(c.name) || strings.Contains(v, "%") {
			part, off = part/100, off/100
		}
		if err == nil && part >= 0 && part <= 1 {
			return share{part, off, strings.Contains(c.name, "time")}
		}
	}
	return share{}
}

func (s share) plus(other share) share {
	return share{s.part + other.part, s.off + other.off, s.named || other.named}
}

// TotalMs returns the execution time of all statements of the server, if the export lists
// them, or only some, with the part of the total that each is. It is unknown unless one
// total agrees with all times and parts: a percentage can be of anything.
func (s *Snapshot) TotalMs() Float {
	if s.earlier != nil {
		return Float{}
	}
	const large, all = 0.005, 0 // what is printed with one digit is off by much
	if total := s.totalOfParts(large); total.Known() {
		return total
	}
	return s.totalOfParts(all)
}

// Doubtful reports whether the export's own parts of the execution time agree with no total.
func (s *Snapshot) Doubtful() bool {
	return s.earlier == nil && slices.ContainsFunc(s.Statements, func(st *Statement) bool { return st.rare().share.named }) && !s.TotalMs().Known()
}

// totalOfParts returns the total that agrees with the parts of a size at least.
func (s *Snapshot) totalOfParts(size float64) Float {
	const fewest, wide = 2, 1.5
	off := 0.1 // the times are rounded, too
	least, most, all, parts, named := 0.0, math.Inf(1), 0.0, 0, false
	total, largest := 0.0, 0.0 // the largest part is rounded least
	for _, st := range s.Statements {
		ms, known := st.TotalMs.Get()
		share := st.rare().share
		if !known || share.off == 0 || share.part < size {
			continue
		}
		all += share.part
		if least = max(least, ms/(share.part+share.off)); share.part > share.off {
			most = min(most, ms/(share.part-share.off))
			parts, named = parts+1, named || share.named
		}
		if share.part > largest {
			total, largest = ms/share.part, share.part
		}
	}
	if named {
		off = 0.25
	}
	if parts < fewest && !(named && parts > 0) || all > 1.01 || least > most*(1+off) || most > wide*least {
		return Float{}
	}
	return opt.Of(total)
}
