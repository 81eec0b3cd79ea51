package rules

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	nullShare   = NewThreshold("null_share", 0.5, "share", "of the rows: the index is mostly of rows that nobody looks for")
	nullSaves   = NewThreshold("saves", 50<<20, "bytes", "less is not worth building an index anew")
	commonShare = NewThreshold("common_share", 0.8, "share", "of the rows, for one value: no lookup of it would use the index")
	commonRead  = NewThreshold("read_share", 0.01, "share", "of the blocks that hold its rows, or its entries where these do, touched by a call in the mean: one in a hundred at most asks for it")
)

// commonEntry is what an entry of a value takes that many rows have: six bytes
// of a list, and the page's share (deduplication, since PostgreSQL 13).
const commonEntry = 6.8

var partialIndexCandidate = Rule{
	ID:    "partial-index-candidate",
	Title: "An index is mostly of rows that nobody looks for",
	Sees: "A B-tree on a column that is NULL in half of the rows or more, where the exported statements look rows up by its values and none asks for the NULLs; " +
		"or one on a column with one value in four fifths of the rows, where all lookups touch far fewer blocks than the rows of that value take. Without those rows it would be 50 MB smaller or more.",
	Why: "Every such row has an entry all the same: written at its insert, moved by its updates, cleaned by vacuum.",
	Silent: "Unique indexes and constraints; indexes of several columns; statements that ask for NULL, sort or group by the column, or that could not be read; no statement on the table in the export. " +
		"Of a value: joins by the column, a LIMIT that finds rows early, other conditions that another index answers; an index on a foreign key.",
	Fix: "The same index WHERE the column IS NOT NULL, or is another value, then drop the old one. Lookups by a value, and foreign key checks, use the first all the same; the second only where the value is known when the plan is made.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-partial.html",
	},
	Thresholds: []*Threshold{nullShare, nullSaves, commonShare, commonRead},
	Rank:       rankUnused - 2,
	Needs:      []workload.View{workload.ViewIndex, workload.ViewStatements, workload.ViewStats},
	Table: func(c *Case, t *workload.Table, found func(Found)) {
		for _, ix := range t.Indexes {
			if !usable(ix) || ix.Def.Method != "btree" || len(ix.Def.Keys) != 1 || len(ix.Def.Include) > 0 || !ix.Def.Where.Empty() || c.protected(ix) != "" || sizeOf(ix).Or(0) < nullSaves.In(c) {
				continue
			}
			col := t.Column(ix.Def.Keys[0].Column)
			if col == nil || col.Stats == nil {
				continue
			}
			f, ok := c.mostlyNull(ix, col)
			if !ok {
				f, ok = c.mostlyCommon(ix, col)
			}
			if ok {
				found(f)
			}
		}
	},
}

func (c *Case) mostlyNull(ix *workload.Index, col *workload.Column) (Found, bool) {
	t := ix.Table
	if col.Stats.NullFrac.Or(0) < nullShare.In(c) || !c.onlyValuesWanted(t, col.Name) {
		return Found{}, false
	}
	partial := indexadvisor.Index{Schema: t.Schema, Table: t.Name, IndexDef: ix.Def}
	partial.Where = redact.SQL(workload.QuoteIdent(col.Name) + " IS NOT NULL")
	smaller, ok := c.Advisor.SizeBytes(partial).Get()
	saves := sizeOf(ix).Or(0) - smaller
	if !ok || saves < nullSaves.In(c) {
		return Found{}, false
	}
	e := c.ofIndex(ix)
	e.number("null_frac of "+col.Name, col.Stats.NullFrac, "share", "pg_stats")
	e.number("size without the NULLs", opt.Of(smaller), "bytes", "model")
	f := onIndex(ix)
	f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
	f.Title = redact.Sprintf("%s takes %s, and %s of its entries are NULL", ix.QName(), figures.Bytes(sizeOf(ix).Or(0)), figures.Share(col.Stats.NullFrac.Or(0)))
	f.Detail = redact.Sprintf("No exported statement asks for rows without a value. Without these it takes about %s, and an insert that leaves %s out writes nothing into it. "+
		"Judgment needed: whether anything else looks for the NULLs by it, as a clean-up does. The application's code settles it; without it, leave the index.", figures.Bytes(smaller), col.Name)
	f.Fix = redact.Sprintf("Build it again WHERE %s IS NOT NULL, CONCURRENTLY and under a new name, then drop %s.", workload.QuoteIdent(col.Name), ix.Name)
	return f, true
}

// mostlyCommon is the finding on an index whose entries are mostly of one value,
// which nothing looks up. Which value that is, an export without values does not
// tell; that it is not looked up, the blocks do that a call touches.
func (c *Case) mostlyCommon(ix *workload.Index, col *workload.Column) (Found, bool) {
	t := ix.Table
	if len(col.Stats.MCVFreqs) == 0 || onForeignKey(ix) {
		return Found{}, false
	}
	share := slices.Max(col.Stats.MCVFreqs)
	saves := min(share*sizeOf(ix).Or(0), share*t.RowCount().Or(0)*commonEntry)
	if share < commonShare.In(c) || saves < nullSaves.In(c) {
		return Found{}, false
	}
	most, ok := c.otherValuesWanted(t, col.Name, saves/workload.BlockSize, share*t.Pages.Or(0))
	if !ok {
		return Found{}, false
	}
	e := c.ofIndex(ix)
	e.number("rows of the commonest value of "+col.Name, opt.Of(share), "share", "pg_stats")
	e.number("its entries", opt.Of(saves), "bytes", "model")
	e.number("blocks a call, of the lookup that touches most", opt.Of(most), "blocks", "pg_stat_statements")
	f := onIndex(ix)
	f.aside = true
	f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
	f.Title = redact.Sprintf("%s takes %s, and %s of its entries are of one value that nothing looks up", ix.QName(), figures.Bytes(sizeOf(ix).Or(0)), figures.Share(share))
	f.Detail = redact.Sprintf("Its entries take about %s; no exported statement touches more than %s a call when it looks rows up by %s. Without them a row that has the value writes nothing into the index. "+
		"Judgment needed: whether anything else looks for that value by it, and whether the statements are planned with their values: a generic plan cannot use a partial index. The application's code settles it; without it, leave the index.",
		figures.Bytes(saves), counted(most, "block"), col.Name)
	f.Fix = redact.Sprintf("Build it again WHERE %s, CONCURRENTLY and under a new name, then drop %s.", otherThanCommonest(col), ix.Name)
	return f, true
}

// otherThanCommonest is the predicate that leaves the commonest value out.
func otherThanCommonest(col *workload.Column) redact.Text {
	at := slices.Index(col.Stats.MCVFreqs, slices.Max(col.Stats.MCVFreqs))
	if at < col.Stats.MCVs.Len() {
		return redact.SQL(workload.QuoteIdent(col.Name) + " <> '" + strings.ReplaceAll(col.Stats.MCVs.At(at).Raw(), "'", "''") + "'")
	}
	return redact.Sprintf("%s is not its commonest value (most_common_vals in pg_stats has it first)", workload.QuoteIdent(col.Name))
}

// otherValuesWanted reports whether statements look rows up by a column, and
// none for a value whose entries and rows take so many blocks; most is what the
// one touches a call that touches most.
func (c *Case) otherValuesWanted(t *workload.Table, column string, entries, rows float64) (most float64, ok bool) {
	if c.unreadOn(t) {
		return 0, false
	}
	for _, s := range c.on(t) {
		q := c.Statements[s]
		asked := false
		levels(q, func(l *sql.Query) {
			asked = asked || comparesAny(l.Where, func(col sql.Column) bool { return col.Name == column && isColumnOf(l, t, col) })
		})
		if _, byNull := columnUse(q, t, column); byNull {
			return 0, false
		} else if !asked {
			continue
		}
		blocks := entries + rows
		if readsAlone(q, t, column) {
			blocks = entries
		}
		if !c.readsAllOf(q, t, column) || blocksPerCall(s) > commonRead.In(c)*blocks {
			return 0, false
		}
		most, ok = max(most, blocksPerCall(s)), true
	}
	return most, ok
}

// readsAllOf reports whether a statement reads all rows of the value that it
// looks up, so that what it touches tells how many these are: no LIMIT ends it
// early, unless it sorts them first, and no other index narrows them down.
func (c *Case) readsAllOf(q *sql.Query, t *workload.Table, column string) bool {
	byValue, byNull := columnUse(q, t, column)
	if !byValue || byNull || len(q.Parts) > 0 || len(q.Tables) != 1 || len(q.Ends) > 0 {
		return false
	}
	if q.Limit && (len(q.Sort) == 0 || q.Sort[0].Column.Name == "" || c.leads(t, q.Sort[0].Column.Name)) {
		return false
	}
	return !slices.ContainsFunc(q.Where, func(cond sql.Cond) bool {
		return cond.Left.Name == column && (cond.Op == sql.NotNull || cond.Op == sql.Ne) || cond.Left.Name != column && (cond.Left.Name == "" || c.leads(t, cond.Left.Name))
	})
}

// onlyValuesWanted reports whether the statements on a table are known, look
// rows up by a column's values, and never by their absence or in its order.
func (c *Case) onlyValuesWanted(t *workload.Table, column string) bool {
	if c.unreadOn(t) {
		return false
	}
	wanted := false
	for _, s := range c.on(t) {
		byValue, byNull := columnUse(c.Statements[s], t, column)
		if byNull {
			return false
		}
		wanted = wanted || byValue
	}
	return wanted
}

// columnUse says whether a statement looks a table's rows up by a column's
// values, and whether in a way that needs the rows without one: IS NULL, an
// order, groups.
func columnUse(q *sql.Query, t *workload.Table, column string) (byValue, byNull bool) {
	for _, part := range q.Parts {
		value, null := columnUse(part, t, column)
		byValue, byNull = byValue || value, byNull || null
	}
	is := func(col sql.Column) bool { return col.Name == column && isColumnOf(q, t, col) }
	for _, cond := range q.Where {
		switch {
		case cond.Op == sql.IsNull && is(cond.Left), cond.Op == sql.Or && (is(cond.Left) || anyIsNull(cond.Any, is)):
			byNull = true
		case is(cond.Left) && cond.Op != sql.NotNull, is(cond.Other):
			byValue = true
		}
	}
	for _, k := range slices.Concat(q.Sort, q.Group) {
		byNull = byNull || is(k.Column)
	}
	return byValue, byNull
}

func anyIsNull(branches [][]sql.Cond, is func(sql.Column) bool) bool {
	return slices.ContainsFunc(branches, func(branch []sql.Cond) bool {
		return slices.ContainsFunc(branch, func(c sql.Cond) bool { return is(c.Left) })
	})
}

// isColumnOf reports whether a column that a statement names may be a table's.
func isColumnOf(q *sql.Query, t *workload.Table, col sql.Column) bool {
	for _, x := range q.Tables {
		if isTable(x, t) && (col.Table == x.Ref() || col.Table == "") {
			return true
		}
	}
	return false
}
