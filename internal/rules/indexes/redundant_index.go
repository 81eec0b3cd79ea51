package indexes

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	redundantSize  = rule.NewThreshold("size_ratio", 2, "times", "a wider index of twice the size reads twice the pages for the same lookup")
	redundantScans = rule.NewThreshold("scan_ratio", 10, "times", "an index used that much more than the wider one may be what reads well")
)

var redundantIndex = rule.Rule{
	ID:     "redundant-index",
	Title:  "An index that is the beginning of another",
	Sees:   "A B-tree whose keys are the first keys of another usable one, with the same predicate, and which keeps nothing unique.",
	Why:    "Whatever looks rows up by it can do so by the wider one, while each write maintains both.",
	Silent: "The narrow one is unique or backs a constraint; the wider one is partial or invalid; directions differ in the middle.",
	Fix:    "Drop the narrow one. Where the wide one is twice as large or far less used, look first which of the two is needed.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-multicolumn.html",
	},
	Thresholds: []*rule.Threshold{redundantSize, redundantScans},
	Rank:       rule.RankRedundant,
	Needs:      []workload.View{workload.ViewIndex},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		for _, narrow := range t.Indexes {
			if wide := widerThan(c, narrow); wide != nil {
				found(redundant(c, narrow, wide))
			}
		}
	},
}

func redundant(c *rule.Case, narrow, wide *workload.Index) rule.Found {
	f := rule.OnIndex(narrow)
	e := c.OfIndex(narrow)
	e = append(e, rule.DefinitionOf("wider "+wide.QName(), wide))
	e.Number("scans of the wider one", wide.SinceReset().Scans, "scans", "pg_stat_user_indexes")
	e.Number("size of the wider one", rule.SizeOf(wide), "bytes", "pg_class")
	f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Low, e
	f.Title = redact.Sprintf("%s is the beginning of %s", narrow.QName(), wide.Name)
	f.Detail = redact.Sprintf("%s answers every lookup that it does. It takes %s, and every insert writes into both.", wide.Name, sizeWords(narrow))
	f.Fix = redact.Sprintf("Drop %s.", narrow.QName())
	if doubt := doubts(c, narrow, wide); doubt != "" {
		f.Tag = finding.Concern
		f.Detail = redact.Sprintf("%s But %s. Judgment needed: which of the two the readers need. Their plans settle it; without them, keep both.", f.Detail, doubt)
		f.Fix = redact.Sprintf("Drop %s if its readers do as well by %s; else see whether anything needs %s.", narrow.QName(), wide.Name, wide.Name)
	}
	f.Remedies, f.Keeps = []rule.Remedy{{Drop: narrow}}, wide
	return f
}

// doubts is what may make the narrow index the better one after all.
func doubts(c *rule.Case, narrow, wide *workload.Index) string {
	if a, b, ok := opt.Two(rule.SizeOf(narrow), rule.SizeOf(wide)); ok && a > 0 && b >= redundantSize.In(c)*a {
		return "the wider one is " + figures.Times(b/a) + " its size"
	}
	if len(wide.Def.Include) > 0 {
		return "the wider one carries included columns"
	}
	if a, b, ok := opt.Two(narrow.SinceReset().Scans, wide.SinceReset().Scans); ok && a > 0 && a >= redundantScans.In(c)*b {
		return "it is scanned " + figures.Count(a) + " times, the wider one " + figures.Count(b) + " times"
	}
	return ""
}
