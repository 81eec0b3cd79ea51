package indexes

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	wideKeys  = rule.NewThreshold("keys", 4, "columns", "if three columns do not tell rows apart, a fourth rarely does")
	wideEntry = rule.NewThreshold("entry", 200, "bytes", "40 entries per page; an index on a number has 400")
	wideSaves = rule.NewThreshold("saves", 10<<20, "bytes", "less saved space is not worth building a new index")
	wideShare = rule.NewThreshold("saved_share", 0.25, "share", "of its size: less is within the error of the size model, and growth")
)

var wideIndex = rule.Rule{
	ID:    "wide-index",
	Title: "Index with unused trailing columns",
	Sees: "A B-tree index of four or more columns, or with entries of 200 bytes or more. No exported statement filters, sorts or groups by its last columns or reads them from " +
		"the index alone. Without these columns the index would be at least 25% and 10 MB smaller.",
	Why: "Every entry is written, cached and read with all its columns. An UPDATE of any of these columns is not HOT.",
	Silent: "Unique indexes and constraints. Columns of a foreign key. Statements whose columns are all in the index, which then do not read the table. Statements that could not " +
		"be parsed. An index that nothing uses (unused-index), or whose use the exported statements do not explain.",
	Fix: "Create the same index without these columns, with CONCURRENTLY. Then drop the old one.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-multicolumn.html", "https://www.postgresql.org/docs/current/indexes-index-only-scans.html",
	},
	Thresholds: []*rule.Threshold{wideKeys, wideEntry, wideSaves, wideShare},
	Rank:       rule.RankUnused - 3,
	Needs:      []workload.View{workload.ViewIndex, workload.ViewIndexes, workload.ViewStatements, workload.ViewStats, workload.ViewClass},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		for _, ix := range t.Indexes {
			if !rule.Usable(ix) || ix.Def.Method != "btree" || len(ix.Def.Keys) < 2 || len(ix.Def.Include) > 0 || c.Protected(ix) != "" || ix.SinceReset().Scans.Or(0) == 0 || rule.SizeOf(ix).Or(0) < wideSaves.In(c) {
				continue
			}
			narrower := ix.Def
			narrower.Keys = usedKeys(c, ix)
			if len(narrower.Keys) == 0 || len(narrower.Keys) == len(ix.Def.Keys) {
				continue
			}
			now, without, ok := opt.Two(sizeWith(c, t, ix.Def), sizeWith(c, t, narrower))
			entry := now / max(t.RowCount().Or(0), 1)
			if !ok || float64(len(ix.Def.Keys)) < wideKeys.In(c) && entry < wideEntry.In(c) || now-without < max(wideSaves.In(c), wideShare.In(c)*now) {
				continue
			}
			dropped := strings.Join(keyNames(workload.IndexDef{Keys: ix.Def.Keys[len(narrower.Keys):]}), ", ")
			e := c.OfIndex(ix)
			e.Number("size when newly built", opt.Of(now), "bytes", "model")
			e.Number("size without "+dropped, opt.Of(without), "bytes", "model")
			f := rule.OnIndex(ix)
			f.Aside = true
			f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
			f.Title = redact.Sprintf("%s of %s is for trailing columns that no exported statement filters or sorts by: %s", figures.Share(1-without/now), ix.QName(), dropped)
			f.Detail = redact.Sprintf("No statement reads these columns from the index alone either. Newly built, the index takes %s, and %s without them.", figures.Bytes(now), figures.Bytes(without))
			f.Decide("Can replicas and rare jobs do without these columns in the index?", "the application's code", "leave the index as it is")
			f.Fix = redact.Sprintf("Create the same index on (%s), with CONCURRENTLY and under a new name. Then drop %s.", strings.Join(keyNames(narrower), ", "), ix.Name)
			found(f)
		}
	},
}

func sizeWith(c *rule.Case, t *workload.Table, def workload.IndexDef) opt.Float {
	return c.Advisor.SizeBytes(indexadvisor.Index{Schema: t.Schema, Table: t.Name, IndexDef: def})
}

// usedKeys returns the keys of an index up to the last one that a statement or a
// foreign key uses; none if the statements do not show that.
func usedKeys(c *rule.Case, ix *workload.Index) []workload.IndexKey {
	t := ix.Table
	keys := ix.Def.Keys
	if keys[0].Column == "" || c.UnreadOn(t) || len(lookups(c, t, []string{keys[0].Column})) == 0 {
		return nil
	}
	for len(keys) > 1 {
		last := keys[len(keys)-1].Column
		if last == "" || slices.ContainsFunc(t.Constraints, func(k *workload.Constraint) bool { return k.Type == "f" && slices.Contains(k.Columns, last) }) ||
			slices.ContainsFunc(c.On(t), func(s *workload.Statement) bool { return needs(c.Statements[s], t, last, keyNames(ix.Def)) }) {
			break
		}
		keys = keys[:len(keys)-1]
	}
	return keys
}

// needs reports whether any level of a statement does more with a table's column
// than return it: compares, sorts or groups by it, or reads it from an index on
// these columns in place of the table. A level of several tables, and one that was
// not parsed completely, counts as needing it.
func needs(q *sql.Query, t *workload.Table, column string, indexed []string) bool {
	if slices.ContainsFunc(q.Parts, func(part *sql.Query) bool { return needs(part, t, column, indexed) }) {
		return true
	}
	is := func(col sql.Column) bool { return col.Name == column && rule.IsColumnOf(q, t, col) }
	switch {
	case !slices.ContainsFunc(q.Columns, is), q.Kind == sql.Insert:
		return false
	case len(q.Tables) != 1, q.Unsupported != "", q.Distinct, len(q.Windows) > 0, len(q.Having) > 0, rule.ReadsAlone(q, t, indexed...):
		return true
	}
	return comparesAny(q.Where, is) || slices.ContainsFunc(slices.Concat(q.Sort, q.Group, q.DistinctOn), func(k sql.Key) bool {
		return is(k.Column) || slices.ContainsFunc(k.Columns, is)
	})
}
