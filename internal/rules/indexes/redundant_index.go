package indexes

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	redundantSize  = rule.NewThreshold("size_ratio", 2, "times", "a wider index of twice the size reads twice the pages for the same lookup")
	redundantScans = rule.NewThreshold("scan_ratio", 10, "times", "if the narrow index is scanned that much more often, it may be the faster one")
)

var redundantIndex = rule.Rule{
	ID:     "redundant-index",
	Title:  "Index that is a prefix of another index",
	Sees:   "A B-tree index that is not unique and whose keys are the first keys of another usable index with the same predicate.",
	Why:    "The wider index can serve the same lookups. Every write maintains both.",
	Silent: "The narrow index is unique or backs a constraint. The wide one is partial or invalid, or itself unused. The sort directions do not match.",
	Fix:    "Drop the narrow index. If the wide one is twice as large or far less used, check first which of the two is needed.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-multicolumn.html",
	},
	Thresholds: []*rule.Threshold{redundantSize, redundantScans},
	Rank:       rule.RankRedundant,
	Needs:      []workload.View{workload.ViewIndex},
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		kept := map[*workload.Index]*workload.Index{} // of duplicates
		for _, d := range duplicates(c, t) {
			kept[d.drop.Kept] = d.keep.Kept
		}
		list := c.IndexesOf(t)
		for _, narrow := range list {
			wide := widerThan(c, narrow.Kept)
			if wide == nil || kept[narrow.Kept] != nil {
				continue
			}
			for wider := wide; wider != nil; wider = widerThan(c, wide) {
				wide = wider
				if twin := kept[wide]; twin != nil {
					wide = twin
				}
			}
			f := c.OnStored(t, narrow, finding.Confirmed, finding.Medium)
			for _, ix := range list {
				if ix.Kept == wide {
					f.Since = max(f.Since, ix.Since) // a new index makes an old one redundant
				}
			}
			f.Evidence = append(f.Evidence, rule.DefinitionOf("wider index "+wide.QName(), wide))
			f.Title = redact.Sprintf("%s is a prefix of %s, which can serve all its queries", narrow.Name.Short(), wide.Name)
			f.Detail = redact.Plain("Every INSERT writes to both indexes.")
			if rule.SizeOf(narrow.Kept).Known() {
				f.Detail = redact.Sprintf("%s takes %s, and every INSERT writes to both indexes.", narrow.Name.Name, sizeWords(narrow.Kept))
			}
			f.Fix = redact.Sprintf("Drop %s.", narrow.Name.Short())
			if doubt := doubts(c, narrow.Kept, wide); doubt != "" {
				f.Tag, f.Severity = finding.Concern, finding.Low
				f.Detail = redact.Append(f.Detail, "But %s.", doubt)
				f.Decide("Are the statements that use "+narrow.Name.Name+" as fast with "+wide.Name+"?", "the plans of these statements", "drop "+narrow.Name.Name+".")
			}
			f.DropIndex(t, narrow.Relation)
			f.Keeps = wide
			found(f)
		}
	},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		for _, narrow := range t.Indexes {
			wide := widerThan(c, narrow)
			if wide == nil || narrow.SinceReset().Scans.Or(0) > 0 && reportedUnused(c, wide) {
				continue // the one to drop is the wide one
			}
			found(redundant(c, narrow, wide))
		}
	},
}

// reportedUnused reports whether unused-index calls for the drop of an index: with young
// statistics it only notes it.
func reportedUnused(c *rule.Case, ix *workload.Index) bool {
	f, ok := unused(c, ix)
	return ok && f.Severity > finding.Nit && rule.InUse(ix.Table) > 0
}

func redundant(c *rule.Case, narrow, wide *workload.Index) rule.Found {
	f := rule.OnIndex(narrow)
	e := c.OfIndex(narrow)
	e = append(e, rule.DefinitionOf("wider index "+wide.QName(), wide))
	e.Number("scans of the wider index", wide.SinceReset().Scans, "scans", "pg_stat_user_indexes")
	e.Number("size of the wider index", rule.SizeOf(wide), "bytes", "pg_class")
	f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Low, e
	f.Title = redact.Sprintf("%s is a prefix of %s, which can serve all its queries", narrow.QName(), wide.Name)
	f.Detail = redact.Sprintf("%s takes %s, and every INSERT writes to both indexes.", narrow.Name, sizeWords(narrow))
	f.Fix = redact.Sprintf("Drop %s.", narrow.QName())
	if doubt := doubts(c, narrow, wide); doubt != "" {
		f.Tag = finding.Concern
		f.Detail = redact.Append(f.Detail, "But %s.", doubt)
		f.Decide("Are the statements that use "+narrow.Name+" as fast with "+wide.Name+"?", "the plans of these statements", "keep both indexes")
		f.Fix = redact.Sprintf("If so, drop %s. Otherwise check whether anything needs %s.", narrow.QName(), wide.Name)
	}
	f.Remedies, f.Keeps = []rule.Remedy{{Drop: narrow}}, wide
	return f
}

// scannedBy is the first node of the plans that uses an index, by the index's name.
var scannedBy = rule.Derive(func(c *rule.Case) map[string]*rule.Node {
	first := map[string]*rule.Node{}
	for _, p := range c.Plans {
		for n := range p.Nodes() {
			if n.Index != "" && first[n.Index] == nil {
				first[n.Index] = p.Node(n)
			}
		}
	}
	return first
})

// doubts says why the narrow index may be the better one; empty if nothing does.
func doubts(c *rule.Case, narrow, wide *workload.Index) string {
	if a, b, ok := opt.Two(rule.SizeOf(narrow), rule.SizeOf(wide)); ok && a > 0 && b >= redundantSize.In(c)*a {
		return fmt.Sprintf("%s is %.1f times as large", wide.Name, b/a)
	}
	if n := scannedBy.Of(c)[narrow.Name]; n != nil && (n.Schema == "" || n.Schema == narrow.Table.Schema) {
		return fmt.Sprintf("plan %d uses %s (#%d)", n.Plan.Number(), narrow.Name, n.ID)
	}
	if len(wide.Def.Include) > 0 {
		return wide.Name + " has INCLUDE columns"
	}
	if a, b, ok := opt.Two(narrow.SinceReset().Scans, wide.SinceReset().Scans); ok && a > 0 && a >= redundantScans.In(c)*b {
		return narrow.Name + " was scanned " + rule.Often(a) + ", " + wide.Name + " " + rule.Often(b)
	}
	return ""
}
