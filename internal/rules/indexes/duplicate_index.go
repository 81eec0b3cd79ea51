package indexes

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var duplicateLarge = rule.NewThreshold("large", 1<<30, "bytes", "large enough to matter for backups and caches")

var duplicateIndex = rule.Rule{
	ID:         "duplicate-index",
	Title:      "Duplicate index",
	Sees:       "Two usable indexes of one table with the same method, keys, operator classes, collations, directions, INCLUDE columns, predicate and uniqueness. In a schema, also an index that is not unique beside a unique one.",
	Why:        "Every write maintains both. No query needs the second index.",
	Silent:     "One of them is invalid, or they differ in something that a query could rely on.",
	Fix:        "Drop the one that backs no constraint. If neither backs one, drop the one with fewer scans.",
	Sources:    []string{"https://www.postgresql.org/docs/current/sql-dropindex.html"},
	Thresholds: []*rule.Threshold{duplicateLarge},
	Rank:       rule.RankDuplicate,
	Needs:      []workload.View{workload.ViewIndex},
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, d := range duplicates(c, t) {
			f := c.OnStored(t, d.drop, finding.Confirmed, finding.Medium)
			f.Since = max(f.Since, d.keep.Since) // a new index makes an old one a duplicate
			f.Title = redact.Sprintf("%s duplicates %s", d.drop.Name.Short(), d.keep.Name.Name)
			f.Detail = redact.Sprintf("Both are on the same columns, and every INSERT writes to both. %s serves the same queries.", d.keep.Name.Name)
			if rule.SizeOf(d.drop.Kept).Known() {
				f.Detail = redact.Sprintf("The duplicate takes %s, and every INSERT writes to both. %s serves the same queries.", sizeWords(d.drop.Kept), d.keep.Name.Name)
			}
			f.Keeps = d.keep.Kept
			f.Evidence = append(f.Evidence, rule.DefinitionOf("kept index "+d.keep.Kept.QName(), d.keep.Kept))
			f.Fix = redact.Sprintf("Drop %s.", d.drop.Name.Short())
			if isReferencedBy(t, d.drop) {
				f.Fix = redact.Sprintf("Drop %s. If a foreign key depends on it, the server refuses: add that foreign key again after the drop.", d.drop.Name.Short())
			} else {
				f.DropIndex(t, d.drop.Relation)
			}
			found(f)
		}
	},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		done := map[*workload.Index]bool{}
		for i, a := range t.Indexes {
			keep := a
			for _, b := range t.Indexes[i+1:] {
				if done[keep] || done[b] || !rule.Usable(keep) || !rule.Usable(b) || !sameIndex(keep, b) {
					continue
				}
				drop := b
				if prefer(c, keep, b) {
					keep, drop = b, keep
				}
				if reason := mustStay(c, drop); reason != "" {
					continue
				}
				done[drop] = true
				found(duplicate(c, drop, keep))
			}
		}
	},
}

func duplicate(c *rule.Case, drop, keep *workload.Index) rule.Found {
	f := rule.OnIndex(drop)
	e := c.OfIndex(drop)
	e = append(e, rule.DefinitionOf("kept index "+keep.QName(), keep))
	e.Number("scans of the kept index", keep.SinceReset().Scans, "scans", "pg_stat_user_indexes")
	f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Low, e
	if rule.SizeOf(drop).Or(0) >= duplicateLarge.In(c) {
		f.Severity = finding.Medium
	}
	f.Title = redact.Sprintf("%s duplicates %s", drop.QName(), keep.Name)
	f.Detail = redact.Sprintf("The duplicate takes %s, and every INSERT writes to both indexes.", sizeWords(drop))
	f.More = redact.Sprintf("%s serves the same queries.", keep.Name)
	f.Fix = redact.Sprintf("Drop %s.", drop.QName())
	f.Remedies, f.Keeps = []rule.Remedy{{Drop: drop}}, keep
	return f
}

// prefer reports whether b, not a, is the one to keep of two equal indexes.
func prefer(c *rule.Case, a, b *workload.Index) bool {
	if pa, pb := c.Protected(a) != "", c.Protected(b) != ""; pa != pb {
		return pb
	}
	if x, y := a.SinceReset().Scans.Or(0), b.SinceReset().Scans.Or(0); x != y {
		return y > x
	}
	return b.Name < a.Name // which is the older one, no view tells
}

// isReferencedBy reports whether a foreign key may depend on a unique index.
func isReferencedBy(t *design.Table, ix rule.Stored) bool {
	columns := ix.Index.Columns()
	return ix.Index.Unique && slices.ContainsFunc(t.Referrers(), func(other *design.Table) bool {
		return slices.ContainsFunc(other.ForeignKeys(), func(k *catalog.Constraint) bool {
			return k.Ref == t.OID && len(k.RefColumns) == len(columns) && !slices.ContainsFunc(k.RefColumns, func(col string) bool { return !slices.Contains(columns, col) })
		})
	})
}
