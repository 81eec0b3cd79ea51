package design

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// Interval is a pair of columns that are the two ends of something.
type Interval struct {
	Start, End *catalog.Column
	Recorded   bool // both are noted when they happen, such as started_at and finished_at
}

// ends are the words at the ends of an interval: what one column is named with, and
// what the other one has in its place.
var ends = []struct {
	start    string
	ends     []string
	recorded bool
}{
	{"start", []string{"end", "finish", "stop"}, false}, {"starts", []string{"ends"}, false}, {"starting", []string{"ending"}, false},
	{"begin", []string{"end"}, false}, {"begins", []string{"ends"}, false}, {"beginning", []string{"ending", "end"}, false},
	{"from", []string{"to", "until", "till", "through", "thru"}, false}, {"since", []string{"until"}, false},
	{"opens", []string{"closes"}, false}, {"checkin", []string{"checkout"}, false}, {"min", []string{"max"}, false}, {"minimum", []string{"maximum"}, false}, {"lower", []string{"upper"}, false},
	{"started", []string{"ended", "finished", "completed", "stopped"}, true}, {"opened", []string{"closed"}, true}, {"first", []string{"last"}, true},
}

// Intervals returns the pairs of columns whose names say that one is not after the
// other. Times of the day are not among them, because a night has two dates, nor the
// parts of a date, nor references, such as from_account_id and to_account_id.
func (t *Table) Intervals() []Interval {
	var list []Interval
	byName := map[string]*catalog.Column{}
	for i := range t.Columns {
		byName[strings.Join(endWords(t.Columns[i].Name), "_")] = &t.Columns[i]
	}
	for i := range t.Columns {
		start := &t.Columns[i]
		words := endWords(start.Name)
		for at, w := range words {
			for _, pair := range ends {
				if w != pair.start {
					continue
				}
				for _, e := range pair.ends {
					other := slices.Clone(words)
					other[at] = e
					if end := byName[strings.Join(other, "_")]; end != nil && t.isInterval(start, end) {
						list = append(list, Interval{start, end, pair.recorded})
					}
				}
			}
		}
	}
	return list
}

// endWords are the words of a name, with those split that are often written as one:
// startdate, timefrom.
func endWords(name string) []string {
	var list []string
	for _, w := range Words(name) {
		for _, unit := range []string{"datetime", "date", "time", "day"} {
			if rest, ok := strings.CutSuffix(w, unit); ok && slices.Contains([]string{"start", "end", "begin", "finish", "from", "to", "until"}, rest) {
				list, w = append(list, rest), unit
				break
			}
			if rest, ok := strings.CutPrefix(w, unit); ok && slices.Contains([]string{"start", "end", "begin", "from", "to"}, rest) {
				list, w = append(list, unit), rest
				break
			}
		}
		list = append(list, w)
	}
	if n := len(list); n >= 2 && list[n-2] == "check" && (list[n-1] == "in" || list[n-1] == "out") {
		list = append(list[:n-2], "check"+list[n-1])
	} else if n >= 3 && list[n-3] == "check" && (list[n-2] == "in" || list[n-2] == "out") {
		list = append(list[:n-3], "check"+list[n-2], list[n-1])
	}
	return list
}

func (t *Table) isInterval(start, end *catalog.Column) bool {
	a, b := t.Schema.BaseType(start), t.Schema.BaseType(end)
	words := Words(start.Name)
	return !slices.Contains([]string{"id", "year", "month", "day", "hour", "minute", "second"}, words[len(words)-1]) && a.Name == b.Name && a.Array == b.Array && (IsTime(a) || IsNumber(a)) &&
		t.References(start.Name) == nil && t.References(end.Name) == nil
}

// IsOrdered reports whether a constraint or an index keeps the ends of an interval in
// order: a CHECK compares them, or a range is made of them, which fails for ends in the
// wrong order.
func (t *Table) IsOrdered(p Interval) bool {
	both := func(e catalog.Expr) bool { return e.Mentions(p.Start.Name) && e.Mentions(p.End.Name) }
	for _, k := range t.Constraints {
		if both(k.Expr) && (k.Type == catalog.Exclusion || k.Type == catalog.Check) {
			return true
		}
	}
	return p.End.Generated != "" || p.Start.Generated != "" ||
		slices.ContainsFunc(t.Columns, func(c catalog.Column) bool {
			return c.Generated != "" && strings.HasSuffix(c.Type.Name, "range") && both(c.Default)
		}) ||
		slices.ContainsFunc(t.Indexes(), func(ix *catalog.Relation) bool {
			return slices.ContainsFunc(ix.Index.Keys, func(k catalog.Key) bool { return both(k.Expr) && strings.HasSuffix(function(k.Expr.Node), "range") })
		})
}
