package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/report"
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
	return upperFirst(strings.Join(parts, ", ")) + "."
}

// someIDs returns the first few of a list.
func someIDs(ids []string) string {
	const most = 5
	if len(ids) <= most {
		return strings.Join(ids, ", ")
	}
	return strings.Join(ids[:most-1], ", ") + ", ..."
}
