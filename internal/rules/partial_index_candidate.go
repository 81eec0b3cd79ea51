package rules

import (
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	nullShare = Threshold{"null_share", 0.5, "share", "of the rows: the index is mostly of rows that nobody looks for"}
	nullSaves = Threshold{"saves", 50 << 20, "bytes", "less is not worth building an index anew"}
)

var partialIndexCandidate = Rule{
	ID:    "partial-index-candidate",
	Title: "An index is mostly of NULLs",
	Sees: "A B-tree on a column that is NULL in half of the rows or more, where the exported statements look rows up by its values and none asks for the NULLs; " +
		"without them it would be 50 MB smaller or more.",
	Why:    "Every row without a value has an entry all the same: written at its insert, moved by its updates, cleaned by vacuum.",
	Silent: "Unique indexes and constraints; indexes of several columns; statements that ask for NULL, sort or group by the column, or that could not be read; no statement on the table in the export.",
	Fix:    "The same index WHERE the column IS NOT NULL, then drop the old one. Lookups by a value, and foreign key checks, use it all the same.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-partial.html",
	},
	Thresholds: []*Threshold{&nullShare, &nullSaves},
	Rank:       rankUnused - 2,
	Needs:      []workload.View{workload.ViewIndex, workload.ViewStatements, workload.ViewStats},
	Table: func(c *Case, t *workload.Table, found func(Found)) {
		for _, ix := range t.Indexes {
			if !usable(ix) || ix.Def.Method != "btree" || len(ix.Def.Keys) != 1 || len(ix.Def.Include) > 0 || !ix.Def.Where.Empty() || c.protected(ix) != "" || sizeOf(ix).Or(0) < nullSaves.Value {
				continue
			}
			col := t.Column(ix.Def.Keys[0].Column)
			if col == nil || col.Stats == nil || col.Stats.NullFrac.Or(0) < nullShare.Value || !c.onlyValuesWanted(t, col.Name) {
				continue
			}
			partial := indexadvisor.Index{Schema: t.Schema, Table: t.Name, IndexDef: ix.Def}
			partial.Where = redact.SQL(workload.QuoteIdent(col.Name) + " IS NOT NULL")
			smaller, ok := c.Advisor.SizeBytes(partial).Get()
			saves := sizeOf(ix).Or(0) - smaller
			if !ok || saves < nullSaves.Value {
				continue
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
			found(f)
		}
	},
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
