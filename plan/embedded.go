package plan

import (
	"regexp"
	"slices"
	"sort"
	"strings"
)

// Plans in JSON, YAML and XML that begin within a line: the value of a variable, a field of
// an application's log, a literal of SQL, a string within JSON.

// planKey matches the key of a plan, whatever quotes the text around it needs.
var planKey = regexp.MustCompile(`(?:\\*["']|"")Plan(?:\\*["']|"")\s*(?::|=>)\s*\{`)

// holdsPlanKey reports whether a line has the key of a plan.
func holdsPlanKey(s string) bool { return strings.Contains(s, "Plan") && planKey.MatchString(s) }

// holdsPlan reports whether a line of a log holds a plan, in any format.
func holdsPlan(s string) bool {
	return strings.Contains(s, "(cost=") || strings.Contains(s, "(actual ") || strings.Contains(s, "- Plan:") || strings.Contains(s, "explain xmlns") || holdsPlanKey(s)
}

// quotedPlan matches the start of a plan in YAML or XML that is a string.
var quotedPlan = regexp.MustCompile(`(?:^|[^\\])(["'])(?:- Plan:|(?:<|\\u003[cC])explain )`)

// holdsQuoted reports whether such a plan begins on a line.
func holdsQuoted(s string) bool {
	return (strings.Contains(s, "- Plan:") || strings.Contains(s, "explain ")) && quotedPlan.MatchString(s)
}

// quoted reads the plan in the string that begins on a line, and returns the line after it.
func (d *document) quoted(i int) ([]*Plan, int) {
	d.join()
	at := d.starts[i] + quotedPlan.FindStringSubmatchIndex(d.lines[i].text)[2]
	text, after := literal(d.joined, at)
	if triple := strings.Repeat(d.joined[at:at+1], 3); strings.HasSuffix(d.joined[:at+1], triple) {
		if end := strings.Index(d.joined[at+1:], triple); end >= 0 {
			text, after = d.joined[at+1:at+1+end], at+1+end+len(triple)
		}
	}
	if after < 0 {
		return nil, i + 1
	}
	plans := d.rows([]row{{text, d.lines[i].no}})
	if plans == nil {
		return nil, i + 1
	}
	return plans, d.lineAt(after) + 1
}

const (
	mostBefore = 50 // lines from the start of a value to the key of its plan: Query Text is before it
	mostStarts = 50 // brackets that are tried as such a start
)

// keyed reads the values whose plans have their key on a line, and returns the line
// after the last one. from is the first line that was not read before.
func (d *document) keyed(i, from int) (plans []*Plan, end int) {
	d.join()
	at, end := d.starts[max(from, i-mostBefore)], i+1
	for {
		searched := max(at, d.starts[end-1])
		loc := planKey.FindStringIndex(d.joined[searched:d.lineEnd(end)])
		if loc == nil {
			return plans, end
		}
		more, after := d.around(at, searched+loc[0])
		if more == nil {
			d.unreadKeys = append(d.unreadKeys, d.lines[end-1].no)
			return plans, end
		}
		plans = append(plans, more...)
		at, end = after, d.lineAt(after)+1
	}
}

// around reads the outermost value from a position on that has the key at another one.
func (d *document) around(from, key int) (plans []*Plan, after int) {
	var starts []int
	for i := from; i < key; i++ {
		if c := d.joined[i]; c == '[' || c == '{' {
			starts = append(starts, i)
		}
	}
	for _, start := range starts[max(0, len(starts)-mostStarts):] {
		if before := d.joined[max(start-1, 0)]; before == '"' || before == '\'' {
			if text, end := literal(d.joined, start-1); end > key {
				inner := d.rows([]row{{text, d.lines[d.lineAt(start)].no}})
				if len(inner) > 0 && !slices.ContainsFunc(inner, func(p *Plan) bool { return len(p.Warnings) > 0 }) {
					return inner, end
				}
			}
		}
		first, last := d.lineAt(start), len(d.lines)-1
		b, n, err := readJSON(d.joined[start:], func(k int) int { return d.lines[min(first+k, last)].no })
		switch {
		case start+n <= key:
		case len(b.plans) > 0:
			return b.plans, start + n
		case err == nil:
			if plans := d.rows(b.rows); len(plans) > 0 {
				return plans, start + n
			}
		default:
			if d.fail(err, d.joined[start:start+n]); err.Want == lessNested {
				return nil, key
			}
		}
	}
	return nil, key
}

// lineAt returns the line that has a position of the joined lines.
func (d *document) lineAt(pos int) int { return sort.SearchInts(d.starts, pos+1) - 1 }

// lineEnd returns the position after the text of the line before another one.
func (d *document) lineEnd(next int) int {
	if next < len(d.starts) {
		return d.starts[next]
	}
	return len(d.joined)
}
