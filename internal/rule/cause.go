package rule

import (
	"cmp"
	"slices"

	"github.com/pgverdict/pgverdict/internal/account"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// Ranks of causes, highest first. If two rules see one cause, the higher one names
// it.
const (
	RankSettings   = 100 // a setting forced the plan
	RankStale      = 95  // the table's statistics are old
	rankEstimate   = 90  // the deepest misestimate
	RankRewrite    = 92  // the query computes what it does not need, whatever the estimates
	RankUnsargable = 80  // a cast or a function keeps the index out
	RankJoin       = 70  // the missing inner index explains the scan below it
	RankLimit      = 65  // ORDER BY with LIMIT: which index is walked
	RankScan       = 60
	RankBitmap     = 50
	RankSpill      = 40
	RankShape      = 35 // of a join, where none of the above explains it
	RankWork       = 31 // what a node does, where no cause is known
	RankRead       = 30 // how the rows are read: cold, one by one, all to be counted

	// Findings on one index, and on one table or statement.
	RankInvalid   = 34
	RankDuplicate = 30
	RankRedundant = 20
	RankUnused    = 10
	RankTable     = 8
	RankWorkload  = 5
	RankText      = 1 // what a text alone says explains nothing else
	RankChange    = 1 // what a statement of a migration does: no finding takes the place of another
	RankDesign    = 1 // what a schema shows, likewise
)

// mergeCauses keeps one finding per cause. Partitions of one table are merged, and a
// symptom is listed by the finding that names its cause.
func mergeCauses(all []Found) []Found {
	all = foldPartitions(all)
	order := make([]*Found, len(all)) // a finding is large
	for i := range all {
		order[i] = &all[i]
	}
	slices.SortStableFunc(order, func(a, b *Found) int {
		return cmp.Or(cmp.Compare(b.rank(), a.rank()), cmp.Compare(b.ImpactMs.Or(0), a.ImpactMs.Or(0)))
	})
	kept := make([]Found, 0, len(all))
	for _, f := range order {
		if h := causeOf(kept, f); h != nil {
			if f.of.Rest != nil {
				continue // the cause says more
			}
			if h.proposesSame(f) && !h.absorb(*f) {
				continue // nothing beyond the plan's own statement
			}
			what := f.Title
			if !f.Short.Empty() {
				what = f.Short
			}
			h.Explains = append(h.Explains, finding.Explained{Rule: f.Rule, Title: what})
			if f.Query != nil && h.Plan == nil && !h.Share.Known() {
				h.Share, h.Severity = f.Share, max(h.Severity, f.Severity) // it costs what the statement does
			}
			if f.addsIndexFor(h) {
				h.Remedies = append(h.Remedies, f.Remedies...)
				h.Fix, h.Index = f.Fix, f.Index
			}
			continue
		}
		kept = append(kept, *f)
	}
	keepReplacements(kept)
	return kept
}

// keepReplacements withdraws the drop of an index that replaces another one:
// dropping both would leave none.
func keepReplacements(all []Found) {
	replaced := map[string]string{} // indexes that are dropped, by what replaces them
	for _, f := range all {
		if f.Keeps != nil {
			replaced[f.Keeps.QName()] = f.index.Name
		}
	}
	for i := range all {
		f := &all[i]
		gone := replaced[f.Where.Index]
		if gone == "" || f.Keeps != nil || !slices.ContainsFunc(f.Remedies, Remedy.drops) {
			continue
		}
		f.Remedies, f.Severity = nil, finding.Nit
		f.More = redact.Append(f.More, "This index replaces %s.", gone)
		f.Fix = redact.Sprintf("Drop %s first, and decide on this one afterwards.", gone)
	}
}

// drops reports whether a change takes an index away.
func (r Remedy) drops() bool { return r.Drop != nil || r.Dropped != "" }

// causeOf returns the kept finding that explains f; nil if there is none.
func causeOf(kept []Found, f *Found) *Found {
	for i := range kept {
		h := &kept[i]
		switch {
		case h.Plan == f.Plan && h.causes(f):
			return h
		case f.index != nil && h.index == f.index && h.rank() > f.rank():
			return h
		case f.Table != nil && f.rank() == RankTable && h.Where.Relation == f.Where.Relation && h.proposes():
			return h // why the table is read so often has been found
		case f.addsIndexFor(h), h.proposesSame(f):
			return h
		case f.Query != nil && h.explains(f):
			return h // why the statement takes its time has been found
		}
	}
	return nil
}

// causes reports whether the finding explains another one on the same plan.
func (f *Found) causes(other *Found) bool {
	return other.Plan != nil && f.Plan == other.Plan && f.rank() > other.rank() && !f.doubtful(other) && (f.explainsNode(other) || f.sortsFor(other))
}

// isSymptom reports whether one of the findings on its plan explains this one.
func (f *Found) isSymptom(onPlan []*Found) bool {
	return slices.ContainsFunc(onPlan, func(h *Found) bool { return h.causes(f) })
}

// doubtful reports whether the finding is a question, and the other is proved and more
// severe: a question does not take its place.
func (f *Found) doubtful(other *Found) bool {
	return f.Tag == finding.Concern && other.Tag == finding.Confirmed && other.Severity > f.Severity
}

// explainsNode reports whether the finding explains the node of another one, and
// the node that is slow because of that. A condition on an expression has no
// statistics, so it explains a wrong estimate wherever that does harm.
func (f *Found) explainsNode(other *Found) bool {
	return slices.Contains(f.Covered, other.node()) && (other.Hurts == nil || f.rank() >= RankUnsargable || slices.Contains(f.Covered, other.Hurts))
}

// addsIndexFor reports whether f proposes the index for the table of h, which is
// scanned sequentially again and again.
func (f *Found) addsIndexFor(h *Found) bool {
	return f.of.Selects && h.of.WantsIndex && f.Table != nil && f.Table == h.Table
}

// explains reports whether the finding explains the time of a statement: it is on
// that statement or on a table that the statement scans sequentially, or it proposes
// an index on a column that the statement or its foreign key checks search.
func (f *Found) explains(slow *Found) bool {
	if slow.of.Spills && f.of.Selects {
		return false // an index may not avoid the sort or the hash: only the plan shows which one spills
	}
	if slow.Statement != nil && f.Statement == slow.Statement {
		return f.rank() > slow.rank() && f.Severity > finding.Nit
	}
	if slow.Statement != nil && slices.ContainsFunc(f.Remedies, func(r Remedy) bool { return r.Create != nil && r.For == slow.Statement }) {
		return true
	}
	if f.proposes() && slices.Contains(slow.Checked, f.Where.Relation) {
		return true
	}
	if f.rank() == RankTable && f.Table != nil && f.Table == slow.ReadWhole {
		return true
	}
	for _, t := range slow.Named {
		if f.Where.Relation != t.QName() {
			continue
		}
		for _, r := range f.Remedies {
			if r.Create != nil && r.Create.Index != nil && len(r.Create.Index.Keys) > 0 && LooksUp(slow.Query, t, []string{r.Create.Index.Keys[0].Column}) {
				return true
			}
		}
	}
	return false
}

// proposes reports whether a finding calls for a new index.
func (f *Found) proposes() bool {
	return slices.ContainsFunc(f.Remedies, func(r Remedy) bool { return r.Create != nil })
}

func (f *Found) node() *plan.Node {
	if id, ok := f.Where.Node.Get(); ok {
		return f.Plan.At(id)
	}
	return nil
}

// sortsFor reports whether the index that f proposes provides the order of the sort
// that another finding is on.
func (f *Found) sortsFor(other *Found) bool {
	n := other.node()
	if n == nil || n.Type != "Sort" && n.Type != "Incremental Sort" {
		return false
	}
	for _, r := range f.Remedies {
		if r.Create == nil || !r.Create.Ordered {
			continue
		}
		for up := f.node(); up != nil; up = up.Parent {
			if up == n {
				return true
			}
		}
	}
	return false
}

// memberRatio is how many times more a member must read than those before it for
// the finding to be placed on it.
const memberRatio = 2

// foldPartitions merges the findings of one rule on the members of one Append, with
// their count and sum. The finding is placed on the first member, or on one that
// reads far more. Scans of CTEs are not merged: they read no table.
func foldPartitions(all []Found) []Found {
	type place struct {
		rule string
		plan *Plan
		over *plan.Node
	}
	type folded struct {
		at      int                 // in out
		count   int                 // findings
		covered map[*plan.Node]bool // by any of them, if there are several
	}
	folds := map[place]*folded{}
	out := make([]Found, 0, len(all))
	for _, f := range all {
		if f.Plan == nil || f.node() == nil || f.node().Parent == nil || f.node().Is("CTE Scan") || !f.node().Parent.Is("Append", "Merge Append", "Custom Scan") {
			out = append(out, f)
			continue
		}
		key := place{f.Rule, f.Plan, f.node().Parent}
		fold := folds[key]
		if fold == nil {
			folds[key] = &folded{at: len(out), count: 1}
			out = append(out, f)
			continue
		}
		i := fold.at
		covers := out[i].Covered
		if fold.covered == nil {
			fold.covered, covers = map[*plan.Node]bool{}, slices.Clone(covers)
			for _, n := range covers {
				fold.covered[n] = true
			}
		}
		for _, n := range f.Covered { // the join above the members is covered once
			if !fold.covered[n] {
				fold.covered[n] = true
				covers = append(covers, n)
			}
		}
		fold.count++
		remedies := append(out[i].Remedies, f.Remedies...)
		sum := opt.Sum(out[i].ImpactMs, f.ImpactMs)
		severity := max(out[i].Severity, f.Severity)
		if effort(f.node()) > memberRatio*effort(out[i].node()) {
			out[i] = f
		}
		out[i].ImpactMs, out[i].Covered, out[i].Severity, out[i].Remedies = sum, covers, severity, remedies
	}
	for _, fold := range folds {
		n := fold.count
		if n < 2 {
			continue
		}
		f := &out[fold.at]
		f.Cost = f.Plan.CostOf(f.Covered...)
		f.Severity = max(f.Severity, f.rated(f.Cost))
		what, where := "scans", "more table"
		if f.node().Relation == "" {
			what, where = "nodes", "more node"
		}
		f.Detail = redact.Sprintf("All %d %s together %s. %s", n, what, f.Cost.Took(), f.Detail)
		f.Title = redact.Sprintf("%s, and the same in %s", f.Title, figures.Plural(n-1, where))
		f.Evidence = append(f.Evidence, finding.Evidence{Name: "partitions", Value: float64(n), Source: "plan"})
		f.onMembers()
	}
	return out
}

// rated returns the severity that the rule itself gives if the finding's nodes cost
// so much: the rule may cap it.
func (f *Found) rated(sum Cost) (severity finding.Severity) {
	if f.of.Node == nil {
		return f.Severity
	}
	p := f.Plan
	p.summed = &sum
	defer func() { p.summed = nil }()
	f.of.Node(p.Case, p.Node(f.node()), func(again Found) {
		if !p.Analyzed {
			again.onEstimates()
		}
		severity = max(severity, again.Severity)
	})
	return severity
}

// onMembers decides which of the indexes proposed for the members of an Append are
// kept: one on the partitioned table for partitions; all of them for tables that
// inherit or are combined by the query. If the catalog does not show which they are,
// one is kept.
func (f *Found) onMembers() {
	s := f.Plan.Case.Snapshot
	var kept []Remedy
	seen := map[string]bool{}
	refused := false
	for _, r := range f.Remedies {
		switch {
		case r.Refused != nil && refused:
			continue // of another part, for the same reason
		case r.Create == nil || r.Create.Index == nil:
			refused = r.Refused != nil
			kept = append(kept, r)
			continue
		}
		ix := r.Create.Index
		var child *workload.Table
		if s != nil {
			child = s.Table(ix.Schema, ix.Table)
		}
		switch {
		case account.PartOf(f.node()) == "": // tables that a UNION combines
		case child == nil && len(seen) > 0 && ix.Parts == "":
			continue
		case child == nil && ix.Parts == "":
			f.Title = redact.Sprintf("%s (create the index on each table, or on the partitioned table)", f.Title)
		}
		if name := ix.Schema + "." + ix.String(); !seen[name] {
			seen[name] = true
			kept = append(kept, r)
		}
	}
	f.Remedies = kept
}
