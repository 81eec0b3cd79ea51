package rules

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	redundantSize  = NewThreshold("size_ratio", 2, "times", "a wider index of twice the size reads twice the pages for the same lookup")
	redundantScans = NewThreshold("scan_ratio", 10, "times", "an index used that much more than the wider one may be what reads well")
)

var redundantIndex = Rule{
	ID:     "redundant-index",
	Title:  "An index that is the beginning of another",
	Sees:   "A B-tree whose keys are the first keys of another usable one, with the same predicate, and which keeps nothing unique.",
	Why:    "Whatever looks rows up by it can do so by the wider one, while each write maintains both.",
	Silent: "The narrow one is unique or backs a constraint; the wider one is partial or invalid; directions differ in the middle.",
	Fix:    "Drop the narrow one. Where the wide one is twice as large or far less used, look first which of the two is needed.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-multicolumn.html",
	},
	Thresholds: []*Threshold{redundantSize, redundantScans},
	Rank:       rankRedundant,
	Needs:      []workload.View{workload.ViewIndex},
	Table: func(c *Case, t *workload.Table, found func(Found)) {
		for _, narrow := range t.Indexes {
			if wide := c.widerThan(narrow); wide != nil {
				found(c.redundant(narrow, wide))
			}
		}
	},
}

// widerThan is the smallest index that does all that a narrow one does.
func (c *Case) widerThan(narrow *workload.Index) *workload.Index {
	if !usable(narrow) || narrow.Def.Method != "btree" || c.protected(narrow) != "" {
		return nil
	}
	var best *workload.Index
	for _, wide := range narrow.Table.Indexes {
		if wide == narrow || !usable(wide) || wide.Def.Method != "btree" || sameIndex(narrow, wide) ||
			wide.Def.Where.Raw() != narrow.Def.Where.Raw() ||
			!prefixOf(narrow.Def.Keys, wide.Def.Keys) || !includesAll(wide.Def, narrow.Def.Include) {
			continue
		}
		if len(wide.Def.Keys) == len(narrow.Def.Keys) && !wide.Def.Unique && len(wide.Def.Include) <= len(narrow.Def.Include) {
			continue // the same keys: a duplicate, or its mirror image
		}
		if best == nil || len(wide.Def.Keys) < len(best.Def.Keys) {
			best = wide
		}
	}
	return best
}

// includesAll reports whether the index holds the columns, as keys or
// included: only then an index-only scan can move to it.
func includesAll(def workload.IndexDef, columns []string) bool {
	held := map[string]bool{}
	for _, k := range def.Keys {
		held[k.Column] = true
	}
	for _, c := range def.Include {
		held[c] = true
	}
	for _, c := range columns {
		if !held[c] {
			return false
		}
	}
	return true
}

func (c *Case) redundant(narrow, wide *workload.Index) Found {
	f := onIndex(narrow)
	e := c.ofIndex(narrow)
	e = append(e, definitionOf("wider "+wide.QName(), wide))
	e.number("scans of the wider one", wide.SinceReset().Scans, "scans", "pg_stat_user_indexes")
	e.number("size of the wider one", sizeOf(wide), "bytes", "pg_class")
	f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Low, e
	f.Title = redact.Sprintf("%s is the beginning of %s", narrow.QName(), wide.Name)
	f.Detail = redact.Sprintf("%s answers every lookup that it does. It takes %s, and every insert writes into both.", wide.Name, sizeWords(narrow))
	f.Fix = redact.Sprintf("Drop %s.", narrow.QName())
	if doubt := doubts(c, narrow, wide); doubt != "" {
		f.Tag = finding.Concern
		f.Detail = redact.Sprintf("%s But %s. Judgment needed: which of the two the readers need. Their plans settle it; without them, keep both.", f.Detail, doubt)
		f.Fix = redact.Sprintf("Drop %s if its readers do as well by %s; else see whether anything needs %s.", narrow.QName(), wide.Name, wide.Name)
	}
	f.Remedies, f.keeps = []Remedy{{Drop: narrow}}, wide
	return f
}

// doubts is what may make the narrow index the better one after all.
func doubts(c *Case, narrow, wide *workload.Index) string {
	if a, b, ok := both(sizeOf(narrow), sizeOf(wide)); ok && a > 0 && b >= redundantSize.In(c)*a {
		return "the wider one is " + figures.Times(b/a) + " its size"
	}
	if len(wide.Def.Include) > 0 {
		return "the wider one carries included columns"
	}
	if a, b, ok := both(narrow.SinceReset().Scans, wide.SinceReset().Scans); ok && a > 0 && a >= redundantScans.In(c)*b {
		return "it is scanned " + figures.Count(a) + " times, the wider one " + figures.Count(b) + " times"
	}
	return ""
}
