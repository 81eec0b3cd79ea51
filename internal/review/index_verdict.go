package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// indexVerdict is what a report on indexes alone begins with: which to create and which
// to drop, those apart that somebody has to decide.
func (b *builder) indexVerdict(r *report.Report) string {
	var create, drop, decide []string
	for _, rec := range r.Recommendations {
		sure := slices.ContainsFunc(rec.Findings, func(i int) bool { return b.found[i].Tag != finding.Concern || b.found[i].Question.Empty() })
		switch {
		case rec.Action != "create_index" && rec.Action != "drop_index":
		case !sure:
			decide = append(decide, rec.ID)
		case rec.Action == "create_index":
			create = append(create, rec.ID)
		default:
			drop = append(drop, rec.ID)
		}
	}
	var parts []string
	for _, p := range []struct {
		verb string
		ids  []string
	}{{"create", create}, {"drop", drop}, {"decide about", decide}} {
		if n := len(p.ids); n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s (%s)", p.verb, figures.Plural(n, "index"), someIDs(p.ids)))
		}
	}
	if len(parts) == 0 {
		return "No index to create or to drop."
	}
	return upperFirst(strings.Join(parts, ", ")) + "." + b.knee(r)
}

// A few of the new indexes that give most of what all of them save.
const (
	mostOfAll   = 0.9
	fewestInAll = 4
)

// knee says which few indexes give most of what all new ones save; empty if it needs more
// than half of them.
func (b *builder) knee(r *report.Report) string {
	var all, few []string
	for _, rec := range r.Recommendations {
		if rec.Action == "create_index" {
			all = append(all, rec.ID)
		}
	}
	for _, choice := range rule.SelectionOf.Of(b.c).Choices {
		at := slices.IndexFunc(r.Recommendations, func(rec report.Recommendation) bool {
			return rec.Index != nil && specBegins(*rec.Index, *indexSpec(b.printable(choice.Index)))
		})
		if at < 0 {
			return "" // it is not proposed
		}
		if id := r.Recommendations[at].ID; !slices.Contains(few, id) {
			few = append(few, id)
		}
		if choice.Reached < mostOfAll {
			continue
		}
		if len(all) < fewestInAll || 2*len(few) > len(all) {
			return ""
		}
		slices.SortFunc(few, func(x, y string) int { return cmp.Compare(slices.Index(all, x), slices.Index(all, y)) })
		verb := "gives"
		if len(few) > 1 {
			verb = "give"
		}
		return fmt.Sprintf(" %s %s %s of what all new indexes save, by estimated cost.", figures.List(few), verb, figures.Share(choice.Reached))
	}
	return ""
}

// specBegins reports whether a new index has the keys of another one first, and its rows.
func specBegins(wide, narrow report.IndexSpec) bool {
	return wide.Schema == narrow.Schema && wide.Table == narrow.Table && wide.Method == narrow.Method && wide.Where == narrow.Where &&
		len(wide.Keys) >= len(narrow.Keys) && slices.Equal(wide.Keys[:len(narrow.Keys)], narrow.Keys)
}

// someIDs returns the first few of a list.
func someIDs(ids []string) string {
	const most = 5
	if len(ids) <= most {
		return strings.Join(ids, ", ")
	}
	return strings.Join(ids[:most-1], ", ") + ", ..."
}
