package rules

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

var duplicateLarge = NewThreshold("large", 1<<30, "bytes", "a size that matters to backups and caches too")

var duplicateIndex = Rule{
	ID:         "duplicate-index",
	Title:      "Two indexes with the same definition",
	Sees:       "Two usable indexes of a table that agree in method, keys, operator classes, collations, directions, included columns, predicate and uniqueness.",
	Why:        "Each write maintains both; no read needs the second.",
	Silent:     "One of them is invalid, or they differ in anything that a reader could rely on.",
	Fix:        "Drop the one that backs no constraint; of two such, the one with fewer scans.",
	Sources:    []string{"https://www.postgresql.org/docs/current/sql-dropindex.html"},
	Thresholds: []*Threshold{duplicateLarge},
	Rank:       rankDuplicate,
	Needs:      []workload.View{workload.ViewIndex},
	Table: func(c *Case, t *workload.Table, found func(Found)) {
		done := map[*workload.Index]bool{}
		for i, a := range t.Indexes {
			keep := a
			for _, b := range t.Indexes[i+1:] {
				if done[keep] || done[b] || !usable(keep) || !usable(b) || !sameIndex(keep, b) {
					continue
				}
				drop := b
				if c.rather(keep, b) {
					keep, drop = b, keep
				}
				if reason := c.undroppable(drop); reason != "" {
					continue
				}
				done[drop] = true
				found(c.duplicate(drop, keep))
			}
		}
	},
}

func (c *Case) duplicate(drop, keep *workload.Index) Found {
	f := onIndex(drop)
	e := c.ofIndex(drop)
	e = append(e, definitionOf("twin "+keep.QName(), keep))
	e.number("scans of the twin", keep.SinceReset().Scans, "scans", "pg_stat_user_indexes")
	f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Low, e
	if sizeOf(drop).Or(0) >= duplicateLarge.In(c) {
		f.Severity = finding.Medium
	}
	f.Title = redact.Sprintf("%s is the same index as %s", drop.QName(), keep.Name)
	f.Detail = redact.Sprintf("It takes %s and every insert writes into both; whatever reads by it reads by %s as well.",
		sizeWords(drop), keep.Name)
	f.Fix = redact.Sprintf("Drop %s.", drop.QName())
	f.Remedies, f.keeps = []Remedy{{Drop: drop}}, keep
	return f
}

// rather reports whether b is the one to keep of two that are alike.
func (c *Case) rather(a, b *workload.Index) bool {
	if pa, pb := c.protected(a) != "", c.protected(b) != ""; pa != pb {
		return pb
	}
	if x, y := a.SinceReset().Scans.Or(0), b.SinceReset().Scans.Or(0); x != y {
		return y > x
	}
	return b.Name < a.Name // which is the older one, no view tells
}

// undroppable is why an index stays even though another does its work. That
// it is unique is no reason: so is its twin.
func (c *Case) undroppable(ix *workload.Index) string {
	if !c.mayBackConstraint(ix) && ix.ConstraintType == "" && !ix.Primary.Or(false) && !ix.ReplicaIdentity.Or(false) && !ix.Clustered.Or(false) && !ix.IsPartition.Or(false) {
		return ""
	}
	return c.protected(ix)
}

// sameIndex reports whether two indexes cannot be told apart by a reader.
func sameIndex(a, b *workload.Index) bool {
	x, y := a.Def, b.Def
	if x.Method != y.Method || x.Unique != y.Unique || x.NullsNotDistinct != y.NullsNotDistinct ||
		len(x.Keys) != len(y.Keys) || len(x.Include) != len(y.Include) || x.Where.Raw() != y.Where.Raw() {
		return false
	}
	for i := range x.Keys {
		if !sameKey(x.Keys[i], y.Keys[i]) || !sameDirection(x.Keys[i], y.Keys[i]) {
			return false
		}
	}
	included := map[string]bool{}
	for _, c := range x.Include {
		included[c] = true
	}
	for _, c := range y.Include {
		if !included[c] {
			return false
		}
	}
	return true
}

func sizeWords(ix *workload.Index) string {
	if b, ok := sizeOf(ix).Get(); ok {
		return figures.Bytes(b)
	}
	return "room of its own (how much is not in the input)"
}
