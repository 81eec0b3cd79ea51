package plan

import (
	"math"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// maxFigure is the largest number accepted. No server prints more, and products
// of smaller figures fit in a float64.
const maxFigure = 1e100

// parseNumber reads a number as the server prints it: digits, a decimal point,
// an exponent. Other forms that strconv accepts (inf, nan, 0x1p3, 1_000) are
// rejected.
func parseNumber(s string) (float64, bool) {
	if s == "" {
		return 0, false
	}
	if f, ok := opt.Decimal(s); ok {
		return f, true
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == '.':
		case c == '-' && i == 0 && len(s) > 1:
		case (c == 'e' || c == 'E') && i > 0:
		case (c == '+' || c == '-') && i > 0 && (s[i-1] == 'e' || s[i-1] == 'E'):
		default:
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.Abs(f) > maxFigure {
		return 0, false
	}
	return f, true
}

// parseFigure reads a count, a cost or a time, which cannot be negative.
func parseFigure(s string) (Float, bool) {
	f, ok := parseNumber(s)
	if !ok || f < 0 {
		return Float{}, false
	}
	return opt.Of(f), true
}

// figures are the figures in brackets at the end of a node line.
type figures struct {
	startup, total, rows, width Float // cost=
	first, last, got, loops     Float // actual
	costs, actual, never        bool
	decimals                    bool // rows= has decimals
}

// cutFigures removes the figures from the end of a node line. It searches from
// the right, because names and aliases can look like figures. Without figures
// it returns the line unchanged and false.
func cutFigures(s string) (words string, f figures, ok bool) {
	words = strings.TrimRight(s, " ")
	if !strings.HasSuffix(words, ")") {
		return s, f, false
	}
	if rest, found := strings.CutSuffix(words, "(never executed)"); found {
		words, f.never = strings.TrimRight(rest, " "), true
	} else if i := strings.LastIndex(words, "(actual "); i >= 0 && f.readActual(words[i+len("(actual "):len(words)-1]) {
		words = strings.TrimRight(words[:i], " ")
	}
	if i := strings.LastIndex(words, "(cost="); i >= 0 && strings.HasSuffix(words, ")") && f.readCost(words[i+len("(cost="):len(words)-1]) {
		words = strings.TrimRight(words[:i], " ")
	}
	return words, f, f.costs || f.actual || f.never
}

// readCost reads 0.00..1.00 rows=1 width=4.
func (f *figures) readCost(s string) bool {
	cost, rest, ok := strings.Cut(s, " rows=")
	if !ok {
		return false
	}
	rows, width, ok := strings.Cut(rest, " width=")
	if !ok {
		return false
	}
	startup, total, ok := strings.Cut(cost, "..")
	if !ok {
		return false
	}
	f.costs = readAll([]string{startup, total, rows, width}, &f.startup, &f.total, &f.rows, &f.width)
	return f.costs
}

// readActual reads time=0.010..0.020 rows=1 loops=1. TIMING OFF omits the time.
func (f *figures) readActual(s string) bool {
	front, loops, ok := strings.Cut(s, " loops=")
	if !ok {
		return false
	}
	if rows, bare := strings.CutPrefix(front, "rows="); bare {
		f.decimals = strings.Contains(rows, ".")
		f.actual = readAll([]string{rows, loops}, &f.got, &f.loops)
		return f.actual
	}
	times, ok := strings.CutPrefix(front, "time=")
	if !ok {
		return false
	}
	times, rows, ok := strings.Cut(times, " rows=")
	if !ok {
		return false
	}
	first, last, ok := strings.Cut(times, "..")
	if !ok {
		return false
	}
	f.decimals = strings.Contains(rows, ".")
	f.actual = readAll([]string{first, last, rows, loops}, &f.first, &f.last, &f.got, &f.loops)
	return f.actual
}

// readAll parses each text into its figure, or none of them.
func readAll(texts []string, to ...*Float) bool {
	var read [4]Float
	for i, s := range texts {
		v, ok := parseFigure(s)
		if !ok {
			return false
		}
		read[i] = v
	}
	for i, p := range to {
		*p = read[i]
	}
	return true
}

// fill copies the figures to a node.
func (f *figures) fill(n *Node) {
	n.StartupCost, n.TotalCost, n.PlanRows, n.PlanWidth = f.startup, f.total, f.rows, f.width
	n.StartupMs, n.Ms, n.Rows, n.Loops, n.decimals = f.first, f.last, f.got, f.loops, f.decimals
	if f.never {
		n.Loops, n.Rows = opt.Of(0.0), opt.Of(0.0)
	}
}
