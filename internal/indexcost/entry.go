package indexcost

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/workload"
)

// attribute is one column of an index: a key, a key expression or an included column.
type attribute struct {
	column   string    // empty for an expression
	lengths  []length  // of values that are not null
	common   []float64 // bytes of each of the most common values, if the lengths vary and they are known
	others   []length  // of the values beside these
	align    int
	varlena  bool
	noDedup  bool
	nulls    float64   // share of rows without a value; NULLs take no space
	distinct float64   // distinct values among the rows of the table; 0 if unknown
	spread   []stratum // how the values without the most common ones share the rows
	desc     bool
	stats    *workload.ColumnStats // nil if none were exported
	estimate bool                  // the width is an estimate
}

// entry is what an index stores for a row.
type entry struct {
	keys, include []attribute
	estimate      bool
	combinations  float64 // of the keys' values, if extended statistics or a foreign key tell; else 0
}

// all is every attribute in the order of the tuple.
func (e entry) all() []attribute {
	return append(e.keys[:len(e.keys):len(e.keys)], e.include...)
}

// tupleBytes is the average size of a tuple with these attributes, over all
// combinations of lengths and NULLs. The lengths of different columns are assumed to be
// independent.
func tupleBytes(list []attribute) float64 {
	plain, nulled := offsets{1}, offsets{}
	for _, a := range list {
		nextPlain, nextNulled := offsets{}, offsets{}
		for at, p := range plain {
			nextPlain.place(a, at, p*(1-a.nulls))
			nextNulled.add(at, p*a.nulls)
		}
		for at, p := range nulled {
			nextNulled.place(a, at, p*(1-a.nulls))
			nextNulled.add(at, p*a.nulls)
		}
		plain, nulled = nextPlain, nextNulled
	}
	mean := 0.0
	for at, p := range plain {
		mean += p * float64(tupleHeader+roundUp(at, maxAlign))
	}
	for at, p := range nulled {
		mean += p * float64(nullsHeader+roundUp(at, maxAlign))
	}
	return mean
}

// offsets are the shares of tuples whose data so far ends at each offset. Both headers
// are whole units of alignment, so they do not shift it.
type offsets []float64

func (o *offsets) add(at int, share float64) {
	if share <= 0 {
		return
	}
	if more := at + 1 - len(*o); more > 0 {
		*o = append(*o, make([]float64, more)...)
	}
	(*o)[at] += share
}

// place adds a value of the attribute after an offset.
func (o *offsets) place(a attribute, at int, share float64) {
	if share <= 0 {
		return
	}
	for _, l := range a.lengths {
		align := a.align
		if a.varlena && l.bytes <= shortLimit+shortHeader {
			align = 1
		}
		o.add(roundUp(at, align)+int(l.bytes), share*l.share)
	}
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// entryOf collects an index's attributes; why names what is missing, and the export
// that has it.
func (m *Model) entryOf(t *workload.Table, def workload.IndexDef) (e entry, why string) {
	for _, k := range def.Keys {
		a, why := m.attributeOf(t, k)
		if why != "" {
			return entry{}, why
		}
		e.keys = append(e.keys, a)
		e.estimate = e.estimate || a.estimate
	}
	for _, name := range def.Include {
		a, why := m.columnAttribute(t, name)
		if why != "" {
			return entry{}, why
		}
		e.include = append(e.include, a)
	}
	var columns []string
	for _, k := range def.Keys {
		columns = append(columns, k.Column)
	}
	if of, n := selectivity.DistinctSet(m.extended()[t], columns); len(of) == len(columns) {
		e.combinations = n
	} else if n, ok := m.referencedRows(t, columns).Get(); ok {
		e.combinations = n
	}
	if len(e.keys) == 0 {
		return entry{}, "the index definition is not in the data"
	}
	return e, ""
}

// referencedRows is the number of rows of the table that a foreign key of several columns
// references: its values have no other combinations. Absent if the columns are not those of
// one.
func (m *Model) referencedRows(t *workload.Table, columns []string) (rows opt.Float) {
	if m.snap == nil || len(columns) < 2 {
		return rows
	}
	sorted := slices.Sorted(slices.Values(columns))
	for _, c := range t.Constraints {
		if c.Type == "f" && slices.Equal(sorted, slices.Sorted(slices.Values(c.Columns))) {
			if to := m.snap.Table(c.RefSchema, c.RefTable); to != nil {
				return to.RowCount()
			}
		}
	}
	return rows
}

func (m *Model) attributeOf(t *workload.Table, k workload.IndexKey) (attribute, string) {
	var a attribute
	var why string
	if k.Column != "" {
		a, why = m.columnAttribute(t, k.Column)
	} else {
		a, why = m.expressionAttribute(t, k)
	}
	a.desc = k.Desc
	return a, why
}

// columnAttribute is the attribute of a column. A type of fixed width needs no
// statistics for its size.
func (m *Model) columnAttribute(t *workload.Table, name string) (attribute, string) {
	c := t.Column(name)
	if c == nil || c.Type == "" {
		return attribute{}, fmt.Sprintf("the type of %s is not in the data: add the schema (pg_dump -s)", name)
	}
	return m.once(c, func() (attribute, string) { return m.attributeOfColumn(t, c) })
}

// knownAttribute is an attribute, or what is missing.
type knownAttribute struct {
	attribute
	why string
}

// once returns the attribute of a column, or of the statistics of an expression. Many
// indexes of an advice have it.
func (m *Model) once(of any, read func() (attribute, string)) (attribute, string) {
	known, ok := m.attributes.Load(of)
	if !ok {
		a, why := read()
		known, _ = m.attributes.LoadOrStore(of, knownAttribute{a, why})
	}
	k := known.(knownAttribute)
	return k.attribute, k.why
}

func (m *Model) attributeOfColumn(t *workload.Table, c *workload.Column) (attribute, string) {
	s, ok := storageOf(c.Type)
	if !ok {
		return attribute{}, fmt.Sprintf("the width of type %s (column %s) is unknown", c.Type, c.Name)
	}
	a := attribute{column: c.Name, align: s.align, noDedup: s.noDedup, stats: c.Stats, varlena: s.width == 0}
	if c.Stats != nil {
		a.nulls = selectivity.Share(c.Stats.NullFrac.Or(0))
		a.distinct, a.spread = m.countDistinct(c.Stats, c.Type, t)
	}
	if !a.varlena {
		a.lengths = []length{{s.width, 1}}
		return a, ""
	}
	if c.Stats != nil {
		a.lengths = storedLengths(c.Type, c.Stats)
		a.common, a.others = lengthsApart(c.Type, c.Stats)
	}
	if a.lengths == nil {
		return attribute{}, fmt.Sprintf("the average width of %s is not in the data (pg_stats)", c.Name)
	}
	return a, ""
}

// functionWidths are the widths of the results of common functions in index
// expressions; 0 is that of the argument. They count as estimates.
var functionWidths = map[string]storage{
	"lower": {align: 4}, "upper": {align: 4}, "btrim": {align: 4}, "ltrim": {align: 4}, "rtrim": {align: 4}, "trim": {align: 4},
	"initcap": {align: 4}, "unaccent": {align: 4}, "f_unaccent": {align: 4},
	"date_trunc": {width: 8, align: 8}, "to_timestamp": {width: 8, align: 8}, "timezone": {width: 8, align: 8},
	"length": {width: 4, align: 4}, "char_length": {width: 4, align: 4}, "date": {width: 4, align: 4},
	"abs": {width: 8, align: 8}, "round": {width: 8, align: 8, noDedup: true}, "floor": {width: 8, align: 8, noDedup: true},
	"ceil": {width: 8, align: 8, noDedup: true}, "date_part": {width: 8, align: 8, noDedup: true}, "extract": {width: 8, align: 8, noDedup: true},
}

// expressionAttribute is the attribute of an expression: measured, if an index on the
// same expression was analysed (its row of pg_stats is under the index's name),
// otherwise estimated from the function and its only argument.
func (m *Model) expressionAttribute(t *workload.Table, k workload.IndexKey) (attribute, string) {
	if st := m.expressionStats(t, k.Expr); st != nil {
		a, _ := m.once(st, func() (attribute, string) {
			a := attribute{lengths: storedLengths("", st), align: 4, varlena: true, stats: st, nulls: selectivity.Share(st.NullFrac.Or(0))}
			a.distinct, a.spread = m.countDistinct(st, "", t)
			return a, ""
		})
		if a.lengths != nil {
			return a, ""
		}
	}
	f, known := functionWidths[OuterFunction(k.Expr.Raw())]
	if known && f.width > 0 {
		return attribute{lengths: []length{{f.width, 1}}, align: f.align, noDedup: f.noDedup, estimate: true}, ""
	}
	names := identifiers(k.Expr.Raw())
	var arguments []string
	for _, c := range t.Columns {
		if names[c.Name] {
			arguments = append(arguments, c.Name)
		}
	}
	if known && len(arguments) == 1 {
		a, why := m.columnAttribute(t, arguments[0])
		if why == "" && a.varlena {
			a.column, a.estimate = "", true
			return a, ""
		}
	}
	return attribute{}, fmt.Sprintf("the width of the expression %s is not in the data", k.Expr)
}

// expressionStats are the statistics of an expression in an existing index. They do not
// tell which of several expressions they are of, so only an index with one counts.
func (m *Model) expressionStats(t *workload.Table, expr redact.Text) *workload.ColumnStats {
	for _, i := range t.Indexes {
		expressions, same := 0, false
		for _, k := range i.Def.Keys {
			if k.Column == "" {
				expressions++
				same = same || selectivity.SameExpression(k.Expr.Raw(), expr.Raw())
			}
		}
		if !same || expressions != 1 {
			continue
		}
		if of := m.snap.Table(i.Schema, i.Name); of != nil && len(of.Columns) == 1 {
			return of.Columns[0].Stats
		}
	}
	return nil
}

// OuterFunction is the name of the function that an expression calls; empty if it is
// not just a call.
func OuterFunction(expr string) string {
	expr = strings.TrimSpace(expr)
	for strings.HasPrefix(expr, "(") {
		expr = strings.TrimSpace(expr[1:])
	}
	name, _, called := strings.Cut(expr, "(")
	if !called {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(name))
}

// countable reports whether a figure can be a number of rows or pages.
func countable(n float64) bool { return n >= 0 && !math.IsInf(n, 1) }
