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
	wideKeys  = rule.NewThreshold("keys", 4, "columns", "what three columns do not tell apart a fourth hardly does")
	wideEntry = rule.NewThreshold("entry", 200, "bytes", "forty entries a page, where an index on a number has four hundred")
	wideSaves = rule.NewThreshold("saves", 10<<20, "bytes", "less is not worth building an index anew")
	wideShare = rule.NewThreshold("saved_share", 0.25, "share", "of its size: less is within what the size model may be off, and growth")
)

var wideIndex = rule.Rule{
	ID:    "wide-index",
	Title: "An index has columns at its end that nothing asks for",
	Sees: "A B-tree of four columns or more, or with entries of 200 bytes or more, whose last columns no exported statement compares, sorts or groups by, nor reads from the index alone; " +
		"without them it would be a quarter smaller, and 10 MB.",
	Why: "Each entry has to be written, kept in the cache and read past with all of its columns; and an update of any of them is not HOT.",
	Silent: "Unique indexes and constraints; columns of a foreign key; statements whose columns all are in the index, which need no table then; statements that could not be read; " +
		"an index that nothing used (unused-index), or whose use the exported statements do not explain.",
	Fix: "The same index without these columns, built CONCURRENTLY; then drop the old one.",
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
			narrower.Keys = askedFor(c, ix)
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
			e.Number("size when just built", opt.Of(now), "bytes", "model")
			e.Number("without "+dropped, opt.Of(without), "bytes", "model")
			f := rule.OnIndex(ix)
			f.Aside = true
			f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
			f.Title = redact.Sprintf("%s of %s is for %s, which no exported statement looks up or sorts by", figures.Share(1-without/now), ix.QName(), dropped)
			f.Detail = redact.Sprintf("None is answered from the index alone either. Just built the index takes %s, without it %s. "+
				"Judgment needed: whether a replica or a rare job does. The application's code settles it; without it, leave the index.", figures.Bytes(now), figures.Bytes(without))
			f.Fix = redact.Sprintf("The same index on (%s), built CONCURRENTLY under a new name; then drop %s.", strings.Join(keyNames(narrower), ", "), ix.Name)
			found(f)
		}
	},
}

func sizeWith(c *rule.Case, t *workload.Table, def workload.IndexDef) opt.Float {
	return c.Advisor.SizeBytes(indexadvisor.Index{Schema: t.Schema, Table: t.Name, IndexDef: def})
}

// askedFor are the keys of an index up to the last one that a statement or a
// foreign key asks for; none where the statements do not tell.
func askedFor(c *rule.Case, ix *workload.Index) []workload.IndexKey {
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

// needs reports whether any level of a statement does more with a table's
// column than hand it out: compares, sorts or groups by it, or reads it from an
// index on these columns in the table's place. Of a level of several tables, and
// of what the shape leaves out, that is taken for granted.
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
