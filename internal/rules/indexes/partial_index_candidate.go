package indexes

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	nullShare   = rule.NewThreshold("null_share", 0.5, "share", "of the rows: most index entries are for rows that no query looks up")
	nullSaves   = rule.NewThreshold("saves", 50<<20, "bytes", "less saved space is not worth building a new index")
	commonShare = rule.NewThreshold("common_share", 0.8, "share", "of the rows have one value: no lookup of that value would use the index")
	commonRead  = rule.NewThreshold("read_share", 0.01, "share", "of the blocks that hold the value's rows or entries, touched per call on average: at most one call in a hundred looks that value up")
)

// commonEntry is the size in bytes of an index entry of a frequent value: six bytes
// in a posting list and a share of the page (deduplication, since PostgreSQL 13).
const commonEntry = 6.8

var partialIndexCandidate = rule.Rule{
	ID:    "partial-index-candidate",
	Title: "Index mostly on rows that no query looks up",
	Sees: "A B-tree index on a column that is NULL in at least half of the rows, if the exported statements filter on its values and never on NULL. Also a B-tree index on a " +
		"column with one value in at least 80% of the rows, if all lookups touch far fewer blocks than the rows with that value take. Without these rows the index would be at " +
		"least 50 MB smaller.",
	Why: "Every such row still has an index entry: written on INSERT, written again by non-HOT updates, cleaned by VACUUM.",
	Silent: "Unique indexes and constraints. Multicolumn indexes. Statements that filter on NULL, sort or group by the column, or could not be parsed. No exported statement on " +
		"the table. For a common value also: joins on the column, a LIMIT that finds rows early, other conditions that another index serves, an index on a foreign key.",
	Fix: "Create the same index with WHERE column IS NOT NULL, or with WHERE column differs from the common value. Then drop the old one. Lookups by value and foreign key " +
		"checks can use the first kind. The second kind is used only if the value is known at planning time.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-partial.html",
	},
	Thresholds: []*rule.Threshold{nullShare, nullSaves, commonShare, commonRead},
	Rank:       rule.RankUnused - 2,
	Needs:      []workload.View{workload.ViewIndex, workload.ViewStatements, workload.ViewStats},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		for _, ix := range t.Indexes {
			if !rule.Usable(ix) || ix.Def.Method != "btree" || len(ix.Def.Keys) != 1 || len(ix.Def.Include) > 0 || !ix.Def.Where.Empty() || c.Protected(ix) != "" || rule.SizeOf(ix).Or(0) < nullSaves.In(c) {
				continue
			}
			col := t.Column(ix.Def.Keys[0].Column)
			if col == nil || col.Stats == nil {
				continue
			}
			f, ok := mostlyNull(c, ix, col)
			if !ok {
				f, ok = mostlyCommon(c, ix, col)
			}
			if ok {
				found(f)
			}
		}
	},
}

func mostlyNull(c *rule.Case, ix *workload.Index, col *workload.Column) (rule.Found, bool) {
	t := ix.Table
	if col.Stats.NullFrac.Or(0) < nullShare.In(c) || !onlyValuesLookedUp(c, t, col.Name) {
		return rule.Found{}, false
	}
	partial := indexadvisor.Index{Schema: t.Schema, Table: t.Name, IndexDef: ix.Def}
	partial.Where = redact.SQL(lex.QuoteIdent(col.Name) + " IS NOT NULL")
	smaller, ok := c.Advisor.SizeBytes(partial).Get()
	saves := rule.SizeOf(ix).Or(0) - smaller
	if !ok || saves < nullSaves.In(c) {
		return rule.Found{}, false
	}
	e := c.OfIndex(ix)
	e.Number("null_frac of "+col.Name, col.Stats.NullFrac, "share", "pg_stats")
	e.Number("size without the NULLs", opt.Of(smaller), "bytes", "model")
	f := rule.OnIndex(ix)
	f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
	f.Title = redact.Sprintf("%s takes %s, and %s of its entries are NULL", ix.QName(), figures.Bytes(rule.SizeOf(ix).Or(0)), figures.Share(col.Stats.NullFrac.Or(0)))
	f.Detail = redact.Sprintf("No exported statement looks up NULL. Without the NULL entries the index takes about %s.", figures.Bytes(smaller))
	f.More = redact.Sprintf("An INSERT without a value for %s would not write to the index.", col.Name)
	f.Decide("Can everything else, such as cleanup jobs, do without looking up NULL in this index?", "the application's code", "leave the index as it is")
	f.Fix = redact.Sprintf("Create the same index with WHERE %s IS NOT NULL, with CONCURRENTLY and under a new name. Then drop %s.", lex.QuoteIdent(col.Name), ix.Name)
	return f, true
}

// mostlyCommon is the finding on an index whose entries are mostly for one value
// that nothing looks up. An export without values does not show which value that
// is. The blocks per call show that it is not looked up.
func mostlyCommon(c *rule.Case, ix *workload.Index, col *workload.Column) (rule.Found, bool) {
	t := ix.Table
	if len(col.Stats.MCVFreqs) == 0 || rule.OnForeignKey(ix) {
		return rule.Found{}, false
	}
	share := slices.Max(col.Stats.MCVFreqs)
	saves := min(share*rule.SizeOf(ix).Or(0), share*t.RowCount().Or(0)*commonEntry)
	if share < commonShare.In(c) || saves < nullSaves.In(c) {
		return rule.Found{}, false
	}
	most, ok := otherValuesLookedUp(c, t, col.Name, saves/workload.BlockSize, share*t.Pages.Or(0))
	if !ok {
		return rule.Found{}, false
	}
	e := c.OfIndex(ix)
	e.Number("share of rows with the most common value of "+col.Name, opt.Of(share), "share", "pg_stats")
	e.Number("size of these entries", opt.Of(saves), "bytes", "model")
	e.Number("most blocks per call of a lookup", opt.Of(most), "blocks", "pg_stat_statements")
	f := rule.OnIndex(ix)
	f.Aside = true
	f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
	f.Title = redact.Sprintf("%s takes %s, and %s of its entries are for one value that no query looks up", ix.QName(), figures.Bytes(rule.SizeOf(ix).Or(0)), figures.Share(share))
	f.Detail = redact.Sprintf("These entries take about %s. No exported statement touches more than %s per call when it filters on %s.", figures.Bytes(saves), rule.Counted(most, "block"), col.Name)
	f.More = redact.Plain("Without these entries, a row with that value writes nothing to the index. A generic plan cannot use a partial index.")
	f.Decide("Can everything else do without looking up that value, and are the statements planned with their values?", "the application's code", "leave the index as it is")
	f.Fix = redact.Sprintf("Create the same index with WHERE %s, with CONCURRENTLY and under a new name. Then drop %s.", notMostCommon(col), ix.Name)
	return f, true
}

// notMostCommon is the predicate that excludes the most common value.
func notMostCommon(col *workload.Column) redact.Text {
	at := slices.Index(col.Stats.MCVFreqs, slices.Max(col.Stats.MCVFreqs))
	if at < col.Stats.MCVs.Len() {
		return redact.SQL(lex.QuoteIdent(col.Name) + " <> '" + strings.ReplaceAll(col.Stats.MCVs.At(at).Raw(), "'", "''") + "'")
	}
	return redact.Sprintf("%s <> its most common value (the first of most_common_vals in pg_stats)", lex.QuoteIdent(col.Name))
}

// otherValuesLookedUp reports whether statements look rows up by a column, and
// none for a value whose entries and rows take so many blocks; most is the highest
// number of blocks per call.
func otherValuesLookedUp(c *rule.Case, t *workload.Table, column string, entries, rows float64) (most float64, ok bool) {
	if c.UnreadOn(t) {
		return 0, false
	}
	for _, s := range c.On(t) {
		q := c.Statements[s]
		compared := false
		rule.Levels(q, func(l *sql.Query) {
			compared = compared || comparesAny(l.Where, func(col sql.Column) bool { return col.Name == column && rule.IsColumnOf(l, t, col) })
		})
		if _, byNull := columnUse(q, t, column); byNull {
			return 0, false
		} else if !compared {
			continue
		}
		blocks := entries + rows
		if rule.ReadsAlone(q, t, column) {
			blocks = entries
		}
		if !readsAllOf(c, q, t, column) || rule.BlocksPerCall(s) > commonRead.In(c)*blocks {
			return 0, false
		}
		most, ok = max(most, rule.BlocksPerCall(s)), true
	}
	return most, ok
}

// readsAllOf reports whether a statement reads all rows of the value that it looks
// up, so that its blocks show how many rows there are: no LIMIT ends it early,
// unless a sort comes first, and no other index narrows the rows down.
func readsAllOf(c *rule.Case, q *sql.Query, t *workload.Table, column string) bool {
	byValue, byNull := columnUse(q, t, column)
	if !byValue || byNull || len(q.Parts) > 0 || len(q.Tables) != 1 || len(q.MinMax) > 0 {
		return false
	}
	if q.Limit && (len(q.Sort) == 0 || q.Sort[0].Column.Name == "" || leads(c, t, q.Sort[0].Column.Name)) {
		return false
	}
	return !slices.ContainsFunc(q.Where, func(cond sql.Cond) bool {
		return cond.Left.Name == column && (cond.Op == sql.NotNull || cond.Op == sql.Ne) || cond.Left.Name != column && (cond.Left.Name == "" || leads(c, t, cond.Left.Name))
	})
}

// onlyValuesLookedUp reports whether the statements on a table are known, look rows
// up by values of a column, and never for NULL or in the column's order.
func onlyValuesLookedUp(c *rule.Case, t *workload.Table, column string) bool {
	if c.UnreadOn(t) {
		return false
	}
	lookedUp := false
	for _, s := range c.On(t) {
		byValue, byNull := columnUse(c.Statements[s], t, column)
		if byNull {
			return false
		}
		lookedUp = lookedUp || byValue
	}
	return lookedUp
}
