package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
)

// The page is one file with its style and script. Its policy allows nothing else
// to run or load. The page is complete without the script, which expands, draws,
// sorts and searches.

//go:embed html
var htmlFiles embed.FS

// pageParts are what all pages have.
type pageParts struct {
	style, script string
	formScript    string // of a page with a form
	template      *template.Template
}

// onPages are made for the first page: most reports are text.
var onPages = sync.OnceValue(func() pageParts {
	return pageParts{
		style:      htmlFile("page.css"),
		script:     "(() => {\n\"use strict\";\n" + htmlFile("dom.js") + htmlFile("nodes.js") + htmlFile("lines.js") + htmlFile("plan.js") + htmlFile("page.js") + "})();\n",
		formScript: htmlFile("form.js"),
		template:   template.Must(template.New("").Funcs(template.FuncMap{"glued": glued, "upperFirst": upperFirst, "sentence": sentence, "notRunnable": notRunnable, "stepNote": SafeStep.note, "reconLine": Recon.line, "convention": Convention.words, "assumed": (*DDL).assumed}).ParseFS(htmlFiles, "html/*.tmpl")),
	}
})

// policy allows the style and some scripts of a page, and what is said behind them.
func (p pageParts) policy(scripts string) string {
	return "default-src 'none'; style-src '" + hashOf(p.style) + "'; base-uri 'none'; script-src '" + hashOf(p.script) + "'" + scripts
}

// Form is what a page that is served has above the report.
type Form struct {
	Literals bool     // they were asked for
	Messages []string // about what was posted
	Script   template.JS
}

// FormPolicy is the policy of a page with a form. It can be posted to where the page
// comes from.
func FormPolicy() string {
	p := onPages()
	return p.policy(" '" + hashOf(p.formScript) + "'; form-action 'self'")
}

// longestLine is the length of a statement in its row. The whole statement is
// collapsed below it.
const longestLine = 110

// htmlFile returns an embedded file as it is on the page, for its hash.
func htmlFile(name string) string {
	b, err := htmlFiles.ReadFile("html/" + name)
	if err != nil {
		panic(err) // every binary embeds it
	}
	return clean(string(b))
}

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// htmlPage is the data of page.tmpl. The template escapes every text.
type htmlPage struct {
	*Report
	Policy        string
	Style         template.CSS
	Script        template.JS
	Headline      string // the first sentence of the verdict
	Rest          string // its other sentences
	Counts        string
	Symptom       []htmlFact
	NotGiven      string
	First, Others []htmlChange
	ThenTitle     string
	Between       string
	Compared      *htmlComparison // null unless BEFORE and AFTER were given
	Drawn         []htmlPlan      // the one that is expanded first
	PlanList      *htmlTable      // null if there are few plans
	Folded        []htmlPlan      // others, in one line
	FoldedTitle   string
	MorePlans     string
	Facts         []Recon // about the repository
	Shown         []shownMigration
	OtherFiles    []string    // migrations that are not shown in full
	Picture       *htmlSchema // null unless a schema was reviewed
	Sections      []htmlSection
	Counted       []string // findings that are not listed
	Tables        []htmlTable
	NotKnown      []Missing
	Connects      string // how the commands connect
	Warned        []string
	Form          *Form // null unless the page is served
}

// htmlFact is a fact of the symptom.
type htmlFact struct{ Label, Text string }

func writeHTML(w io.Writer, r *Report, o Options) error {
	l, drawn, counted := r.links(o)
	of := onPages()
	p := htmlPage{
		Report: r, Policy: of.policy("; form-action 'none'"), Style: template.CSS(of.style), Script: template.JS(of.script),
		Counts: r.counts(), First: l.changes(r.first()), Others: l.changes(r.others()), Between: r.between(),
		Sections: l.sections(), Counted: r.countedWords(counted), NotKnown: r.missingTogether(true), Connects: connects(r.Missing), Warned: r.warned(true),
	}
	if o.Full {
		p.NotGiven = r.Symptom.notGiven()
	}
	p.Headline, p.Rest = firstSentence(r.Summary.Verdict)
	if o.Form != nil {
		form := *o.Form
		form.Script = template.JS(of.formScript)
		p.Form, p.Policy = &form, FormPolicy()
	}
	p.Picture = l.picture()
	p.Compared = r.htmlComparison()
	p.Facts = r.reconShown(o.Full)
	p.Shown, p.OtherFiles = r.shownMigrations(o.Full)
	labels, texts := r.Symptom.answers()
	for i := range labels {
		p.Symptom = append(p.Symptom, htmlFact{labels[i], texts[i]})
	}
	p.ThenTitle = thenTitle(r.first(), r.others())
	if len(r.Queries) > 0 {
		p.Tables = append(p.Tables, l.queries())
	}
	if r.listsWorkload() {
		p.Tables = append(p.Tables, l.workload(r.Workload)...)
	}
	p.PlanList = l.plans()
	if len(drawn) > 0 {
		open := l.expandedPlan(drawn)
		p.Drawn = append(p.Drawn, l.plan(open, true, o.Full))
		others := slices.DeleteFunc(slices.Clone(drawn), func(i int) bool { return i == open })
		for _, i := range others {
			if len(others) < fewPlans {
				p.Drawn = append(p.Drawn, l.plan(i, false, o.Full))
			} else {
				p.Folded = append(p.Folded, l.plan(i, false, o.Full))
			}
		}
		p.FoldedTitle = figures.Plural(len(p.Folded), "more plan")
	}
	if more := len(r.Plans) - len(drawn); more > 0 {
		p.MorePlans = figures.Plural(more, "more plan")
	}
	out := &cleaned{w: w}
	if err := of.template.ExecuteTemplate(out, "page", p); err != nil {
		return err
	}
	return out.flush()
}

// cleaned writes lines without control characters, such as bidirectional marks, which a
// template does not escape.
type cleaned struct {
	w    io.Writer
	rest []byte // of the last line
}

func (c *cleaned) Write(b []byte) (int, error) {
	from := len(c.rest)
	c.rest = append(c.rest, b...)
	whole := bytes.LastIndexByte(c.rest[from:], '\n') + 1
	if whole > 0 {
		whole += from
	} else if from > longLine { // data, where nothing that is cleaned has this in it
		whole = bytes.LastIndex(c.rest, []byte("},{")) + 1
	}
	if whole > 0 {
		if _, err := io.WriteString(c.w, clean(string(c.rest[:whole]))); err != nil {
			return 0, err
		}
		c.rest = append(c.rest[:0], c.rest[whole:]...)
	}
	return len(b), nil
}

// longLine is the length from which on a line is written in parts.
const longLine = 64 << 10

func (c *cleaned) flush() error {
	_, err := io.WriteString(c.w, clean(string(c.rest)))
	return err
}

// fewPlans is the number of plans from which on those that are not expanded share a line.
const fewPlans = 5

// grave is the severity from which the severity of a finding is highlighted.
const grave = finding.High

// counts returns the number of findings by severity.
func (r *Report) counts() string {
	var parts []string
	for s := finding.Severe; s > finding.Nit; s-- {
		if n := r.Summary.Counts[s.String()]; n > 0 {
			parts = append(parts, figures.Count(float64(n))+" "+s.String())
		}
	}
	return strings.Join(parts, ", ")
}

// link is a link within the page.
type link struct {
	To   string `json:"to"`
	Text string `json:"text"`
}

// htmlLinks is a report with the parts of it that are on the page, so that every
// link has a target.
type htmlLinks struct {
	*Report
	drawn      map[int]bool    // plans
	listed     []int           // findings in the order of the page
	onPage     map[int]bool    // the same, as a set
	statements map[string]link // by query id
	tables     map[string]link // by name
	indexes    map[string]link
}

// htmlFindings is the maximum number of findings on a page.
const htmlFindings = 200

func (r *Report) links(o Options) (l *htmlLinks, drawn, counted []int) {
	l = &htmlLinks{
		Report: r, drawn: map[int]bool{}, onPage: map[int]bool{},
		statements: map[string]link{}, tables: map[string]link{}, indexes: map[string]link{},
	}
	drawn = r.drawnOnPage()
	for _, i := range drawn {
		l.drawn[i] = true
	}
	for _, i := range r.inOrder(true) {
		if len(l.listed) < htmlFindings && (o.Full || r.Findings[i].Severity > finding.Nit) {
			l.listed, l.onPage[i] = append(l.listed, i), true
		} else {
			counted = append(counted, i)
		}
	}
	if w := r.Workload; r.listsWorkload() {
		for i, s := range w.Statements[:min(len(w.Statements), htmlStatements)] {
			l.statements[s.QueryID] = link{fmt.Sprintf("#q%d", i+1), fmt.Sprintf("Q%d", i+1)}
		}
		for i, t := range w.Tables[:min(len(w.Tables), htmlTables)] {
			l.tables[t.Name] = link{fmt.Sprintf("#t%d", i+1), bareName(t.Name)}
		}
		for i, x := range w.Indexes[:min(len(w.Indexes), htmlIndexes)] {
			l.indexes[x.Name] = link{fmt.Sprintf("#x%d", i+1), bareName(x.Name)}
		}
	}
	if r.Schema != nil {
		for _, t := range l.tablesDrawn() {
			name := r.Schema.Relations[t].Name
			l.tables[name] = link{fmt.Sprintf("#s%d", t+1), bareName(name)}
		}
	}
	return l, drawn, counted
}

// drawnOnPage returns the plans that a page draws: those of a full text report, and every
// plan with a finding that matters, as long as the page stays one that a browser opens.
func (r *Report) drawnOnPage() []int {
	const mostNodes = 20_000
	list, _ := r.drawn(true)
	nodes := 0
	for _, i := range r.inOrder(false) {
		p, ok := r.Findings[i].Where.Plan.Get()
		if !ok || p >= len(r.Plans) || r.Findings[i].Severity < finding.Medium || r.Plans[p].SlowestRun != nil || slices.Contains(list, p) {
			continue
		}
		if nodes += len(r.whole(p).Nodes); nodes > mostNodes {
			break
		}
		list = append(list, p)
	}
	slices.Sort(list)
	return list
}

// listsWorkload reports whether the page lists the workload. With the sizes alone of the
// tables of a schema, its picture has them.
func (r *Report) listsWorkload() bool {
	return r.Workload != nil && (r.Schema == nil || len(r.Workload.Statements) > 0)
}

// expandedPlan returns the drawn plan that is expanded: that of the first finding.
func (l *htmlLinks) expandedPlan(drawn []int) int {
	for _, i := range l.listed {
		if p, ok := l.Findings[i].Where.Plan.Get(); ok && l.drawn[p] {
			return p
		}
	}
	return drawn[0]
}

func (l *htmlLinks) toNode(plan, node int) (link, bool) {
	text := fmt.Sprintf("#%d", node)
	if len(l.Plans) > 1 {
		text = fmt.Sprintf("plan %d, %s", plan+1, text)
	}
	return link{fmt.Sprintf("#p%dn%d", plan, node), text}, l.drawn[plan]
}

func (l *htmlLinks) toFindings(list []int) []link {
	var links []link
	for _, i := range list {
		if l.onPage[i] {
			links = append(links, link{"#" + l.Findings[i].ID, l.Findings[i].ID + " " + l.Findings[i].Rule})
		}
	}
	return links
}

// toIDs links to findings and changes by their id.
func toIDs(ids []string) []link {
	var links []link
	for _, id := range ids {
		links = append(links, link{"#" + id, id})
	}
	return links
}

// places links to the node, statement, table and index of a finding.
func (l *htmlLinks) places(w Where) []link {
	var links []link
	if p, ok := w.Plan.Get(); ok && w.Node.Known() {
		if to, ok := l.toNode(p, w.Node.Or(0)); ok {
			links = append(links, to)
			if line := l.Plans[p].textLine(w.Node.Or(0)); line > 0 {
				links = append(links, link{fmt.Sprintf("#p%dl%d", p, line), fmt.Sprintf("line %d", line)})
			}
		}
	}
	for _, place := range []struct {
		name *string
		of   map[string]link
	}{{w.QueryID, l.statements}, {w.Relation, l.tables}, {w.Index, l.indexes}} {
		if place.name == nil {
			continue
		}
		if to, ok := place.of[*place.name]; ok {
			links = append(links, to)
		}
	}
	return links
}

type htmlChange struct {
	Recommendation
	GainLabel  string
	Script     string // its SQL, with what each step says
	ByHand     string // what to do, if no SQL does it
	NoRollback string // why there is none
	Long       string // how much SQL it is, if it is folded
	Stages     []SafeStep
	Deploys    string
	LockOf     string // the earlier change that takes the same lock
	CautionsOf string
	Cautions   string
	Locks      bool
	Notes      []string // why parts of its write cost are unknown
	Why        []link
	Rows       string // whether a rewritten query returns the same rows
	Beside     string // what stands for what in it, and which index serves it
}

func (l *htmlLinks) changes(list []Recommendation) []htmlChange {
	var out []htmlChange
	for i, c := range list {
		h := htmlChange{
			Recommendation: c, GainLabel: l.GainLabel(), Script: c.script(true), Long: c.cut(), Stages: c.stages(), Deploys: c.deploys(), LockOf: sameLock(list[:i], c), CautionsOf: sameCautions(list[:i], c), Cautions: cautions(c), Locks: c.Lock.Mode != noLock, Why: l.toFindings(c.Findings),
			Rows: c.rowsWords(), Beside: c.notesWords(),
		}
		if c.byHand() {
			h.ByHand = c.asProse()
		}
		if why, ok := strings.CutPrefix(c.Rollback, "-- "); ok && !strings.Contains(why, "\n") {
			h.NoRollback = sentence(upperFirst(why))
		}
		if c.WriteCost != nil {
			h.Notes = c.WriteCost.Notes
		}
		out = append(out, h)
	}
	return out
}

// htmlSection is a section of findings.
type htmlSection struct {
	Title, Letter, Ask string
	Findings           []htmlFinding
}

type htmlFinding struct {
	Finding
	Title    string
	Spot     string // the file and line in a migration
	Object   string // the table, for the filter
	Grave    bool
	Changes  []link
	Places   []link
	Evidence []htmlEvidence
	AtTitle  string   // "39 places"
	At       []string // of a finding that tells the same of many places
	AtMore   string

	Alike      []htmlFinding // others of its rule, collapsed below it
	AlikeTitle string
}

// pagePlaces is the number of places of a finding on a page.
const pagePlaces = 300

type htmlEvidence struct {
	Source, Name, Words string
	Figure              bool
}

func (l *htmlLinks) sections() []htmlSection {
	var list []htmlSection
	alike, below := l.alike(), map[int]bool{}
	for i, others := range alike {
		for _, k := range others {
			below[k] = l.onPage[i]
		}
	}
	for _, s := range sections {
		h := htmlSection{Title: s.title, Letter: s.letter, Ask: s.ask(l.FollowUp)}
		for _, i := range l.listed {
			if l.Findings[i].Section != s.letter || below[i] {
				continue
			}
			f := l.finding(i)
			for _, k := range alike[i] {
				if l.onPage[k] {
					f.Alike = append(f.Alike, l.finding(k))
				}
			}
			f.AlikeTitle = l.alsoOn(alike[i])
			h.Findings = append(h.Findings, f)
		}
		if len(h.Findings) > 0 {
			list = append(list, h)
		}
	}
	return list
}

// object is the table that a finding is about, by itself or by its index or its node.
func (l *htmlLinks) object(w Where) string {
	switch {
	case w.Relation != nil:
		return bareName(*w.Relation)
	case w.Plan.Known() && w.Node.Known():
		p := l.whole(w.Plan.Or(0))
		if n := p.described(&p.Nodes[w.Node.Or(0)]); n.Relation != nil {
			return bareName(*n.Relation)
		}
	case w.Index != nil && l.Workload != nil:
		for _, x := range l.Workload.Indexes {
			if x.Name == *w.Index {
				return bareName(x.Table)
			}
		}
	}
	return ""
}

func (l *htmlLinks) finding(i int) htmlFinding {
	f := l.Findings[i]
	h := htmlFinding{
		Finding: f, Title: l.title(f), Grave: f.Severity >= grave, Spot: l.spot(f), Object: l.object(f.Where), Changes: toIDs(l.recommended(i)), Places: l.places(f.Where),
	}
	if len(f.Places) > 0 {
		h.AtTitle = figures.Plural(len(f.Places), "place")
		for _, p := range f.Places[:min(len(f.Places), pagePlaces)] {
			h.At = append(h.At, l.placeLine(p))
		}
		if more := len(f.Places) - len(h.At); more > 0 {
			h.AtMore = fmt.Sprintf("And %s more: --format json has all of them.", figures.Count(float64(more)))
		}
	}
	source := ""
	for _, e := range f.Evidence {
		_, isFigure := e.Value.(float64)
		line := htmlEvidence{e.Source, e.Name, e.words(), isFigure}
		if e.Source == source {
			line.Source = ""
		}
		source = e.Source
		h.Evidence = append(h.Evidence, line)
	}
	return h
}
