package rewrite

import (
	"regexp"
	"strings"
)

// DateRange writes a comparison with a part of a date column (date(ts) = ...,
// date_trunc, to_char, extract) as a range of the column, which an index on it can
// serve.
var DateRange = &Rewrite{Name: "a range of the column instead of a function over it", change: func(e *edit) bool {
	done := false
	for _, l := range e.levels {
		terms := l.where()
		if merged, ok := e.yearAndMonth(l, terms); ok {
			terms, done = merged, true
			l.setWhere(terms)
		}
		if !l.has("whereClause") {
			continue
		}
		l.node["whereClause"] = replace(l.node["whereClause"], func(n node) (any, bool) {
			if n["SubLink"] != nil {
				return n, true // a level of its own
			}
			r, ok := e.dateRange(l, n)
			done = done || ok
			return r, ok
		})
		l.setWhere(l.where())
	}
	return done
}}

// period is a value that a function over a column is compared with, as the beginning
// of a span of time.
type period struct {
	column any
	first  any    // the beginning of the span
	step   string // what ends it: "1 month"
	next   any    // the beginning of the next one, if it is not first + step
}

// dateRange returns what says the same as a comparison.
func (e *edit) dateRange(l *level, n node) (any, bool) {
	if x := body(n, "A_Expr"); x.str("kind") == "AEXPR_BETWEEN" {
		bounds := body(x["rexpr"], "List").list("items")
		if len(bounds) != 2 {
			return nil, false
		}
		low, ok1 := e.period(l, x["lexpr"], bounds[0])
		high, ok2 := e.period(l, x["lexpr"], bounds[1])
		if !ok1 || !ok2 {
			return nil, false
		}
		return all(list{e.side(">=", low.column, low.first), e.side("<", high.column, e.after(high))}), true
	}
	op, left, right := operator(n)
	if mirrored[op] == "" {
		return nil, false
	}
	p, ok := e.period(l, left, right)
	if !ok {
		if p, ok = e.period(l, right, left); !ok {
			return nil, false
		}
		op = mirrored[op]
	}
	switch op {
	case "<", ">=":
		return e.side(op, p.column, p.first), true
	case "<=":
		return e.side("<", p.column, e.after(p)), true
	case ">":
		return e.side(">=", p.column, e.after(p)), true
	}
	return all(list{e.side(">=", p.column, p.first), e.side("<", clone(p.column), e.after(p))}), true
}

func (e *edit) side(op string, column, value any) any { return compared(op, clone(column), value) }

// after returns the end of a period.
func (e *edit) after(p period) any {
	switch {
	case p.next != nil:
		return clone(p.next)
	case p.step == "1 day":
		return e.parsed("$1 + 1", p.first)
	}
	return e.parsed("$1 + interval '"+p.step+"'", p.first)
}

// dayOf are the forms of to_char that have one text for each span.
var charForms = map[string]struct{ step, parse, digits string }{
	"YYYY-MM-DD": {"1 day", "YYYY-MM-DD", `^\d{4}-\d{2}-\d{2}$`},
	"YYYYMMDD":   {"1 day", "YYYYMMDD", `^\d{8}$`},
	"YYYY-MM":    {"1 month", "YYYY-MM", `^\d{4}-\d{2}$`},
	"YYYYMM":     {"1 month", "YYYYMM", `^\d{6}$`},
	"YYYY":       {"1 year", "YYYY", `^\d{4}$`},
}

// units are the steps of date_trunc, and the texts of a literal that is at the
// beginning of one.
var units = map[string]struct {
	step   string
	begins *regexp.Regexp
}{
	"hour":  {"1 hour", regexp.MustCompile(`^\d{4}-\d\d-\d\d([ T]\d\d(:00(:00(\.0+)?)?)?)?$`)},
	"day":   {"1 day", regexp.MustCompile(`^\d{4}-\d\d-\d\d([ T]00:00(:00(\.0+)?)?)?$`)},
	"month": {"1 month", regexp.MustCompile(`^\d{4}-\d\d-01([ T]00:00(:00(\.0+)?)?)?$`)},
	"year":  {"1 year", regexp.MustCompile(`^\d{4}-01-01([ T]00:00(:00(\.0+)?)?)?$`)},
}

// period reads a comparison of a function over a column with a value.
func (e *edit) period(l *level, f, value any) (period, bool) {
	if !constant(value) {
		return period{}, false
	}
	name, args := funcCall(f)
	typ, arg := cast(f)
	switch {
	case typ == "date", name == "date" && len(args) == 1:
		if name == "date" {
			arg = asNode(args[0])
		}
		p := period{column: arg, step: "1 day"}
		if !e.moment(l, &p, "date") {
			return p, false
		}
		day, ok := e.day(value)
		if !ok {
			return p, false
		}
		p.first = day
		return p, e.zoned(l, &p)
	case name == "date_trunc" && len(args) == 2:
		unit, _ := stringOf(args[0])
		u, known := units[strings.ToLower(unit)]
		p := period{column: args[1], step: u.step}
		if !known || !e.moment(l, &p, "") {
			return p, false
		}
		first, ok := e.beginning(strings.ToLower(unit), value)
		p.first = first
		if p.step == "1 day" {
			p.step = "1 days" // of a timestamp: it has no + 1
		}
		return p, ok
	case name == "to_char" && len(args) == 2:
		form, _ := stringOf(args[1])
		c, known := charForms[form]
		p := period{column: args[0], step: c.step}
		text, literal := stringOf(value)
		if !known || !e.moment(l, &p, "") || literal && !regexp.MustCompile(c.digits).MatchString(text) {
			return p, false
		}
		if !literal {
			e.provided("the value that is compared has the form " + form)
		}
		p.first = e.parsed("to_date($1, '"+c.parse+"')", value)
		return p, true
	case (name == "extract" || name == "date_part") && len(args) == 2:
		part, _ := stringOf(args[0])
		p := period{column: args[1]}
		if strings.ToLower(part) != "year" || !e.moment(l, &p, "") {
			return p, false
		}
		y, ok := e.whole(value)
		if !ok {
			return p, false
		}
		p.first, p.next = e.parsed("make_date($1, 1, 1)", y), e.parsed("make_date($1 + 1, 1, 1)", y)
		return p, true
	}
	return period{}, false
}

// yearAndMonth replaces extract(year ...) = x AND extract(month ...) = y.
func (e *edit) yearAndMonth(l *level, terms list) (list, bool) {
	part := func(term any, want string) (column, value any) {
		op, left, right := operator(term)
		if op != "=" {
			return nil, nil
		}
		if name, _ := funcCall(left); name != "extract" && name != "date_part" {
			left, right = right, left
		}
		name, args := funcCall(left)
		if (name == "extract" || name == "date_part") && len(args) == 2 && constant(right) {
			if field, _ := stringOf(args[0]); strings.ToLower(field) == want {
				return args[1], right
			}
		}
		return nil, nil
	}
	for i, a := range terms {
		column, year := part(a, "year")
		if column == nil {
			continue
		}
		for k, b := range terms {
			other, month := part(b, "month")
			if other == nil || !same(other, column) {
				continue
			}
			p := period{column: column, step: "1 month"}
			y, ok1 := e.whole(year)
			m, ok2 := e.whole(month)
			if v, literal := integerOf(month); !ok1 || !ok2 || literal && (v < 1 || v > 12) || !e.moment(l, &p, "") {
				return nil, false
			}
			if _, literal := integerOf(month); !literal {
				e.provided("the month that is compared is 1 to 12")
			}
			p.first = e.parsed("make_date($1, $2, 1)", y, m)
			var out list
			for n, t := range terms {
				switch n {
				case min(i, k):
					out = append(out, e.side(">=", column, p.first), e.side("<", column, e.after(p)))
				case max(i, k):
				default:
					out = append(out, t)
				}
			}
			return out, true
		}
	}
	return nil, false
}

// moment reports whether the argument of a function is a column of a date or timestamp
// type, as far as that is known.
func (e *edit) moment(l *level, p *period, of string) bool {
	column, zoned := p.column, false
	if _, args := timezone(column); args != nil {
		if of != "date" {
			return false
		}
		column, zoned = args[1], true
	}
	of2, name := l.owner(column)
	if name == "" || e.at.Column != "" && name != e.at.Column {
		return false
	}
	switch of2.typeOf(name) {
	case "":
		want := "a date or timestamp column"
		if zoned {
			want = "a timestamp with time zone"
		}
		e.provided(expression(l, column) + " is " + want)
		return true
	case "date", "timestamp without time zone":
		return !zoned
	case "timestamp with time zone":
		return true
	}
	return false
}

// timezone reads column AT TIME ZONE zone.
func timezone(v any) (string, list) {
	name, args := funcCall(v)
	if name != "timezone" || len(args) != 2 {
		return "", nil
	}
	if _, _, ok := column(args[1]); !ok || !constant(args[0]) {
		return "", nil
	}
	return name, args
}

// zoned moves AT TIME ZONE from the column to the days that it is compared with.
func (e *edit) zoned(_ *level, p *period) bool {
	_, args := timezone(p.column)
	if args == nil {
		return true
	}
	day := p.first
	p.column = args[1]
	p.first = e.parsed("($1::timestamp) AT TIME ZONE $2", day, args[0])
	p.next = e.parsed("($1::timestamp + interval '1 day') AT TIME ZONE $2", day, args[0])
	return true
}

// day returns a value as a date; ok is false if it may have a time of day.
func (e *edit) day(v any) (any, bool) {
	if _, literal := stringOf(v); literal || body(v, "ParamRef") != nil {
		return e.parsed("$1::date", v), true
	}
	if t, arg := cast(v); t == "date" {
		if s, literal := stringOf(arg); literal && s == "" {
			return nil, false
		}
		return v, true
	}
	if body(v, "SQLValueFunction").str("op") == "SVFOP_CURRENT_DATE" {
		return v, true
	}
	if name, args := funcCall(v); (name == "make_date" || name == "to_date" || name == "date") && args != nil {
		return v, true
	}
	if op, left, right := operator(v); op == "+" || op == "-" {
		_, count := integerOf(right)
		if d, ok := e.day(left); ok && body(left, "A_Const") == nil && (count || body(right, "ParamRef") != nil) {
			return compared(op, d, right), true
		}
	}
	return nil, false
}

// beginning returns a value that is compared with date_trunc; ok is false if it is not
// the beginning of a unit, which no row would be equal to.
func (e *edit) beginning(unit string, v any) (any, bool) {
	if s, literal := stringOf(v); literal {
		return e.parsed("$1::timestamp", v), units[unit].begins.MatchString(s)
	}
	t, arg := cast(v)
	switch s, literal := stringOf(arg); {
	case literal:
		return v, units[unit].begins.MatchString(s) && (t == "date" || strings.HasPrefix(t, "timestamp"))
	case body(v, "ParamRef") != nil:
		v = e.parsed("$1::timestamp", v)
	case t != "" && body(arg, "ParamRef") != nil && (t == "date" || strings.HasPrefix(t, "timestamp")):
	default:
		name, args := funcCall(v)
		if name != "date_trunc" || len(args) != 2 {
			return nil, false
		}
		own, _ := stringOf(args[0])
		return v, strings.EqualFold(own, unit)
	}
	e.provided("the value that is compared is the beginning of a " + unit)
	return v, true
}

// whole returns a number as an integer.
func (e *edit) whole(v any) (any, bool) {
	if _, literal := integerOf(v); literal {
		return v, true
	}
	if t, arg := cast(v); t != "" {
		return e.whole(arg)
	}
	if body(v, "ParamRef") != nil {
		e.provided("the number that is compared is whole")
		return e.parsed("$1::integer", v), true
	}
	return nil, false
}

// constant reports whether an expression has no column and no subquery, and the same
// value for all rows.
func constant(v any) bool {
	return v != nil && asNode(v) != nil && !holds(v, "ColumnRef", "SubLink") && steady(v)
}
