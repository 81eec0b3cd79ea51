package report

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
)

// findings writes a list per section.
func (t *ticket) findings(r *Report) {
	listed, counted := r.listed(t.full)
	for _, s := range sections {
		of := slices.DeleteFunc(slices.Clone(listed), func(i int) bool { return r.Findings[i].Section != s.letter })
		for n, i := range of {
			if n == 0 {
				t.WriteString(t.heading(3, t.prose(s.letter+": "+strings.ToLower(s.title))) + "\n")
			}
			t.finding(r, i)
			t.add(findingPart, "finding", "")
		}
	}
	if len(counted) > 0 {
		for _, line := range r.countedWords(counted) {
			t.line(t.prose(sentence(line)))
		}
		t.add(findingPart, "number of other findings", "")
	}
	for _, i := range listed {
		t.places(r, r.Findings[i])
	}
}

// finding writes a finding: its severity and rule, what was seen, and the changes for it.
func (t *ticket) finding(r *Report, i int) {
	f := r.Findings[i]
	head := t.bold(t.prose(f.ID+" "+f.Severity.String())) + " " + t.prose(f.Rule)
	if at := r.spot(f); at != "" {
		head += " " + t.code(at)
	}
	said := r.said(i, t.full) + f.atPlaces()
	if ids := r.recommended(i); len(ids) > 0 {
		said += " -> " + strings.Join(ids, ", ")
	}
	t.WriteString(t.item(head + ": " + t.prose(said)))
}

// places lists where a finding is, if it tells the same of many places.
func (t *ticket) places(r *Report, f Finding) {
	if len(f.Places) == 0 {
		return
	}
	list := f.Places
	if !t.full {
		list = list[:min(len(list), ticketPlaces)]
	}
	t.WriteString("\n")
	for _, p := range list {
		t.WriteString(t.item(t.prose(r.placeLine(p))))
	}
	if more := len(f.Places) - len(list); more > 0 {
		t.WriteString(t.item(t.prose("and "+figures.Count(float64(more))+" more:") + " " + t.code("--detail full")))
	}
	t.add(evidencePart, "list of places", "Places of "+f.ID)
}

// ticketPlaces is the number of places of a finding in a short ticket: a comment has a
// limit.
const ticketPlaces = 30

// evidence writes the figures of the findings with their sources, collapsed.
func (t *ticket) evidence(r *Report) {
	listed, _ := r.listed(t.full)
	for _, i := range listed {
		f := r.Findings[i]
		sources, values := f.bySource()
		for _, source := range sources {
			t.WriteString(t.item(t.bold(t.prose(f.ID)) + " " + t.prose(source) + ": " + t.code(strings.Join(values[source], "; "))))
		}
		t.add(evidencePart, evidenceName, "Evidence")
	}
}
