package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
)

// This file decides which findings a report lists, in which order, and what it
// says about each one.

// section is one of the three sections of findings.
type section struct {
	letter, title string
	ask           func(FollowUp) string // the text to paste for what is left open
}

var sections = []section{
	{"C", "Critical", func(f FollowUp) string { return f.C }},
	{"A", "Confirmed", func(FollowUp) string { return "" }},
	{"B", "Needs judgment", func(f FollowUp) string { return f.B }},
}

// listedFindings is the number of findings in a short report; others are counted.
const listedFindings = 12

// foldFrom is the number of findings of one rule from which a short report lists
// the worst one with the names of the others.
const foldFrom = 3

// alike groups the findings of a rule on many tables or indexes, and if there are more
// findings than a short report lists, on many plans or statements. It lists them in the
// entry of the first one, the worst.
func (r *Report) alike() map[int][]int {
	type key struct{ rule, section string }
	groups, several := map[key][]int{}, 0
	for _, f := range r.Findings {
		if f.Severity > finding.Nit {
			several++
		}
	}
	for i, f := range r.Findings {
		many := several > listedFindings && (f.Where.Plan.Known() || f.Where.QueryID != nil)
		if (f.Where.object() != "" || many) && f.Severity > finding.Nit {
			k := key{f.Rule, f.Section}
			groups[k] = append(groups[k], i)
			if lead, ok := r.Summary.Lead.Get(); ok && lead == i { // it is told, whatever its severity
				list := groups[k]
				copy(list[1:], list)
				list[0] = i
			}
		}
	}
	of := map[int][]int{}
	for _, list := range groups {
		if len(list) >= foldFrom {
			of[list[0]] = list[1:]
		}
	}
	return of
}

// object is the table or index of a finding; empty if it is on a plan or a
// statement, where the name says too little.
func (w Where) object() string {
	switch {
	case w.Plan.Known() || w.QueryID != nil:
		return ""
	case w.Index != nil:
		return *w.Index
	case w.Relation != nil:
		return *w.Relation
	}
	return ""
}

// listed returns the findings that a report lists, and those that it only counts.
// A full report lists all. A short one lists the most severe, without nits, and
// one per group of alike findings.
func (r *Report) listed(full bool) (listed, counted []int) {
	all := r.inOrder(true)
	if full {
		return all, nil
	}
	named := map[int]bool{}
	for _, others := range r.alike() {
		for _, i := range others {
			named[i] = true
		}
	}
	all = slices.DeleteFunc(all, func(i int) bool { return named[i] })
	gravest := slices.Clone(all)
	slices.SortStableFunc(gravest, func(a, b int) int { return int(r.Findings[b].Severity) - int(r.Findings[a].Severity) })
	keep := map[int]bool{}
	for _, i := range gravest {
		if r.Findings[i].Severity > finding.Nit && len(keep) < listedFindings {
			keep[i] = true
		}
	}
	for _, i := range all {
		if keep[i] {
			listed = append(listed, i)
		} else {
			counted = append(counted, i)
		}
	}
	return listed, counted
}

// inOrder returns the findings by section, with or without nits.
func (r *Report) inOrder(nits bool) []int {
	var list []int
	for _, s := range sections {
		for i, f := range r.Findings {
			if f.Section == s.letter && (nits || f.Severity > finding.Nit) {
				list = append(list, i)
			}
		}
	}
	return list
}

// countedWords describes the findings that are not listed, by severity and rule:
// "5 low findings not shown: 4 unused-index, index-bloat".
func (r *Report) countedWords(counted []int) []string {
	var lines []string
	for severity := finding.Severe; severity >= finding.Nit; severity-- {
		var rules []string
		of, n := map[string]int{}, 0
		for _, i := range counted {
			if f := r.Findings[i]; f.Severity == severity {
				if of[f.Rule] == 0 {
					rules = append(rules, f.Rule)
				}
				of[f.Rule]++
				n++
			}
		}
		if n == 0 {
			continue
		}
		for k, rule := range rules {
			if of[rule] > 1 {
				rules[k] = fmt.Sprintf("%d %s", of[rule], rule)
			}
		}
		kind := severity.String()
		if severity == finding.Nit {
			kind = "minor"
		}
		lines = append(lines, fmt.Sprintf("%s not shown: %s", figures.Plural(n, kind+" finding"), strings.Join(rules, ", ")))
	}
	return lines
}

// Label sets the id of each finding: its section and number.
func (r *Report) Label() {
	n := map[string]int{}
	for i := range r.Findings {
		f := &r.Findings[i]
		n[f.Section]++
		f.ID = fmt.Sprintf("%s%d", f.Section, n[f.Section])
	}
}

// beyondVerdict returns what is said of the finding of the verdict without what the
// verdict says already.
func (r *Report) beyondVerdict(title string, said []string) []string {
	if !strings.Contains(r.Summary.Verdict, title) {
		return said
	}
	said = slices.DeleteFunc(said[1:], func(s string) bool { return strings.Contains(r.Summary.Verdict, s) })
	return append([]string{"See the verdict."}, said...)
}

// said is a finding in a sentence or two: what was seen, the figures that carry
// it, and the question that decides a concern. If no change is proposed and it
// matters, it says what to do about it. What is critical is said in full.
func (r *Report) said(i int, full bool) string {
	f := r.Findings[i]
	parts := []string{sentence(r.title(f)), f.Brief}
	if full {
		parts[1] = f.Detail
	}
	parts = append(parts, labelled("Affects: ", f.Blast))
	if f.Question != "" {
		parts = append(parts, "To decide: "+f.Question)
		if full {
			parts = append(parts, labelled("Settled by: ", f.Settles), labelled("Without it: ", f.Default))
		}
	}
	if len(r.recommended(i)) == 0 && (full || f.Section == "C" || f.Section == "A" && f.Severity > finding.Low) {
		parts = append(parts, f.Fix)
	}
	if lead, ok := r.Summary.Lead.Get(); ok && lead == i && !full {
		parts = r.beyondVerdict(f.Title, parts)
	}
	if full {
		var also []string
		for _, s := range f.Explained {
			if !slices.Contains(also, s.Title) {
				also = append(also, s.Title)
			}
		}
		parts = append(parts, labelled("Also explains: ", strings.Join(also, "; ")))
	} else {
		parts = append(parts, r.alsoOn(r.alike()[i]))
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}

// labelled is a sentence behind its label; empty without one.
func labelled(label, s string) string {
	if s == "" {
		return ""
	}
	return label + sentence(s)
}

// alsoOn names the objects of the other findings in a group.
func (r *Report) alsoOn(others []int) string {
	if len(others) == 0 {
		return ""
	}
	const most = 5
	var names []string
	for _, i := range others {
		f := r.Findings[i]
		name := cmp.Or(r.spot(f), f.Where.object(), r.nodeOf(f), r.statementOf(f))
		if r.Schema != nil {
			name = Place{Relation: f.Where.Relation, Column: f.Where.Column, Index: f.Where.Index}.name()
		}
		names = append(names, name)
	}
	said := fmt.Sprintf("Same on %d more: ", len(others)) + strings.Join(names[:min(len(names), most)], ", ")
	if len(names) > most {
		return said + " and others."
	}
	return said + "."
}

// nodeOf names the node of a finding: "plan 2 #1"; empty if it is on none.
func (r *Report) nodeOf(f Finding) string {
	plan, ok := f.Where.Plan.Get()
	if !ok {
		return ""
	}
	var name string
	if len(r.Plans) > 1 {
		name = fmt.Sprintf("plan %d", plan+1)
	}
	if node, ok := f.Where.Node.Get(); ok {
		name = strings.TrimSpace(fmt.Sprintf("%s #%d", name, node))
	}
	return cmp.Or(name, "the plan")
}

// statementOf names the statement of a finding by its number in the report, or else by
// its title.
func (r *Report) statementOf(f Finding) string {
	if r.Workload != nil && f.Where.QueryID != nil {
		for i, s := range r.Workload.Statements {
			if s.QueryID == *f.Where.QueryID && i < listed {
				return fmt.Sprintf("Q%d", i+1)
			}
		}
	}
	return oneLine(f.Title, longestValue/2)
}

// title is the title of a finding, with its plan if there are several.
func (r *Report) title(f Finding) string {
	if p, ok := f.Where.Plan.Get(); ok && len(r.Plans) > 1 {
		return fmt.Sprintf("plan %d: %s", p+1, f.Title)
	}
	return f.Title
}

// words formats the value of the evidence.
func (e Evidence) words() string {
	v, ok := e.Value.(float64)
	if !ok {
		return fmt.Sprint(e.Value)
	}
	switch e.Unit {
	case "ms":
		return figures.Ms(v)
	case "bytes":
		return figures.Bytes(v)
	case "kB":
		return figures.KB(v)
	case "share":
		return figures.Share(v)
	case "days":
		return figures.Days(v)
	case "":
		return figures.Count(v)
	}
	if strings.Contains(strings.ToLower(e.Name), strings.TrimSuffix(e.Unit, "s")) {
		return figures.Count(v)
	}
	return figures.Count(v) + " " + e.Unit
}

// bySource returns the evidence of a finding, grouped by source.
func (f Finding) bySource() (sources []string, figures map[string][]string) {
	figures = map[string][]string{}
	for _, e := range f.Evidence {
		if figures[e.Source] == nil {
			sources = append(sources, e.Source)
		}
		figures[e.Source] = append(figures[e.Source], e.Name+" "+oneLine(e.words(), longestValue))
	}
	return sources, figures
}

// longestValue is the maximum length of a condition or definition in a report.
const longestValue = 160
