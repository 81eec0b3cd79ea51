package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// The maximum number of lines of each list on a page. JSON has all.
const htmlStatements, htmlTables, htmlIndexes = 50, 100, 200

// htmlTable is a sortable list.
type htmlTable struct {
	Name, Title, Note string
	Columns           []htmlColumn
	Groups            []htmlGroup
	Linked            bool // a row has links
}

type htmlColumn struct {
	Name   string
	Figure bool
}

// htmlGroup is a group of rows with a heading. Most lists have one group without
// heading.
type htmlGroup struct {
	Title link
	Rows  []htmlRow
}

type htmlRow struct {
	ID    string
	What  string // its kind in search results
	Idle  bool   // an index without scans
	Cells []htmlCell
	Links []link
}

type htmlCell struct {
	Words  string
	Full   string // the whole text, if the words are its start
	Figure bool
	Long   bool    // takes the remaining width
	Value  string  // the value for sorting, if not its words
	Bar    float64 // of 100; negative: none
}

// whole sets the whole text of a cell with the start of a statement.
func (c *htmlCell) whole(statement string) { c.Full, c.Long = statement, true }

// workload returns the lists of a text report with more lines, and links from each
// line to findings and changes.
func (l *htmlLinks) workload(w *Workload) []htmlTable {
	statements := l.table(w.statementList(htmlStatements, longestLine))
	for i := range statements.rows() {
		s, row := &w.Statements[i], &statements.rows()[i]
		row.ID, row.What, row.Links = fmt.Sprintf("q%d", i+1), "statement", l.onStatement(s)
		row.Cells[len(row.Cells)-1].whole(s.label())
	}
	statements.lastTo(1)
	tables := l.table(w.tableList(htmlTables))
	for i := range tables.rows() {
		row := &tables.rows()[i]
		row.ID, row.What, row.Links = fmt.Sprintf("t%d", i+1), "table", l.onTable(w.Tables[i].Name)
	}
	indexes := l.table(w.indexList(htmlIndexes))
	for i := range indexes.rows() {
		x, row := &w.Indexes[i], &indexes.rows()[i]
		row.ID, row.What, row.Links, row.Idle = fmt.Sprintf("x%d", i+1), "index", l.onIndex(x), role(*x) == noScan
		row.Cells[0].Full = x.Definition
	}
	l.groupByTable(&indexes, w)
	var all []htmlTable
	for _, t := range []htmlTable{statements, tables, indexes, l.table(w.walList()), l.table(w.logList(longestLine))} {
		if len(t.rows()) == 0 {
			continue
		}
		for _, g := range t.Groups {
			t.Linked = t.Linked || slices.ContainsFunc(g.Rows, func(r htmlRow) bool { return len(r.Links) > 0 })
		}
		all = append(all, t)
	}
	return all
}

func (t *htmlTable) rows() []htmlRow { return t.Groups[0].Rows }

func (l *htmlLinks) table(from list) htmlTable {
	t := htmlTable{Name: strings.ReplaceAll(from.title, " ", "-"), Title: upperFirst(from.title), Note: from.note}
	most := make([]float64, len(from.head))
	for i, name := range from.head {
		t.Columns = append(t.Columns, htmlColumn{name, from.right[i]})
		for _, row := range from.rows {
			most[i] = max(most[i], row[i].value.Or(0))
		}
	}
	group := htmlGroup{}
	for _, row := range from.rows {
		var h htmlRow
		for i, c := range row {
			cell := htmlCell{Words: c.words, Figure: from.right[i], Bar: -1}
			if v, ok := c.value.Get(); ok {
				cell.Value = strconv.FormatFloat(v, 'g', -1, 64)
				if from.bars[i] && most[i] > 0 {
					cell.Bar = rounded(100 * v / most[i])
				}
			}
			h.Cells = append(h.Cells, cell)
		}
		group.Rows = append(group.Rows, h)
	}
	t.Groups = []htmlGroup{group}
	return t
}

// lastTo moves the last column, the one to read, to a position in front of the figures.
func (t *htmlTable) lastTo(at int) {
	last := len(t.Columns) - 1
	t.Columns = slices.Insert(t.Columns[:last], at, t.Columns[last])
	for i := range t.rows() {
		row := &t.rows()[i]
		row.Cells = slices.Insert(row.Cells[:last], at, row.Cells[last])
	}
}

// drop removes a column.
func (t *htmlTable) drop(column int) {
	t.Columns = slices.Delete(t.Columns, column, column+1)
	for i := range t.rows() {
		row := &t.rows()[i]
		row.Cells = slices.Delete(row.Cells, column, column+1)
	}
}

// groupByTable groups the indexes by table, the largest table first. The column of
// tables becomes the headings of the groups.
func (l *htmlLinks) groupByTable(t *htmlTable, w *Workload) {
	const column = 1
	rank := map[string]int{}
	for i, table := range w.Tables {
		rank[table.Name] = i - len(w.Tables)
	}
	order := make([]int, len(t.rows()))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rank[w.Indexes[a].Table] - rank[w.Indexes[b].Table] })
	t.drop(column)
	var groups []htmlGroup
	for _, i := range order {
		title := link{l.tables[w.Indexes[i].Table].To, bareName(w.Indexes[i].Table)}
		if n := len(groups); n == 0 || groups[n-1].Title != title {
			groups = append(groups, htmlGroup{Title: title})
		}
		groups[len(groups)-1].Rows = append(groups[len(groups)-1].Rows, t.rows()[i])
	}
	if len(groups) > 0 {
		t.Groups = groups
	}
}

// said links to the findings for which about holds, and to their changes.
func (l *htmlLinks) said(about func(Finding) bool) []link {
	var list []int
	var ids []string
	for i, f := range l.Findings {
		if l.onPage[i] && about(f) {
			list = append(list, i)
			ids = append(ids, l.recommended(i)...)
		}
	}
	return append(l.toFindings(list), toIDs(unique(ids))...)
}

func (l *htmlLinks) onStatement(s *Statement) []link {
	links := l.said(func(f Finding) bool { return is(f.Where.QueryID, s.QueryID) })
	for _, c := range l.Recommendations {
		serves := slices.ContainsFunc(c.Serves, func(x Serves) bool { return is(x.QueryID, s.QueryID) })
		if to := (link{"#" + c.ID, c.ID}); serves && !slices.Contains(links, to) {
			links = append(links, to)
		}
	}
	return links
}

func (l *htmlLinks) onTable(name string) []link {
	return l.said(func(f Finding) bool { return is(f.Where.Relation, name) && f.Where.Index == nil })
}

// onIndex also links to the plan nodes that use the index.
func (l *htmlLinks) onIndex(x *Index) []link {
	links := l.said(func(f Finding) bool { return is(f.Where.Index, x.Name) })
	for i := range l.Plans {
		if !l.drawn[i] {
			continue
		}
		p := l.whole(i)
		for k := range p.Nodes {
			if len(links) >= mostLinks {
				break
			}
			if n := p.described(&p.Nodes[k]); n.Index != nil && (strings.HasSuffix(x.Name, "."+*n.Index) || strings.HasSuffix(x.Name, `."`+*n.Index+`"`)) {
				to, _ := l.toNode(i, n.ID)
				links = append(links, to)
			}
		}
	}
	return links
}

// mostLinks is the maximum number of links per line.
const mostLinks = 8

func is(name *string, wanted string) bool { return name != nil && *name == wanted }

// queries returns the queries of a log, each with a link to its worst plan.
func (l *htmlLinks) queries() htmlTable {
	logged := list{title: "queries", note: l.loggedTitle(), head: loggedHead, right: loggedRight, bars: columns(1)}
	for i, words := range l.loggedRows(longestLine, func(s string) string { return s }) {
		q := l.Queries[i]
		logged.rows = append(logged.rows, []item{
			word(words[0]), {words: words[1], value: q.TotalMs}, {words: words[2], value: opt.Of(float64(q.Plans))}, {words: words[3], value: q.WorstMs}, word(words[4]),
		})
	}
	t := l.table(logged)
	for i := range t.rows() {
		t.rows()[i].Cells[4].whole(l.Queries[i].Query)
		if l.drawn[l.Queries[i].Worst] {
			t.Linked, t.rows()[i].Links = true, []link{{fmt.Sprintf("#p%d", l.Queries[i].Worst), "worst plan"}}
		}
	}
	t.lastTo(1)
	return t
}

// plans lists all plans, the slowest first, with the node that takes most of the time and
// the gravest finding of each; null if there are few.
func (l *htmlLinks) plans() *htmlTable {
	if len(l.Plans) < severalPlans || len(l.Queries) > 0 {
		return nil
	}
	order := l.slowestFirst()
	from := list{title: "plans", note: "the slowest first", head: []string{"plan", "query or file", "time", "most time in", "finding"}, right: columns(2), bars: columns(2)}
	for _, i := range order {
		p := &l.Plans[i]
		from.rows = append(from.rows, []item{
			{words: fmt.Sprintf("plan %d", i+1), value: opt.Of(float64(i + 1))}, name(oneLine(cmp.Or(p.Query, l.Inputs[p.Input].Path), longestLine)), figure(p.ExecutionMs, figures.Ms), word(l.culprit(i)), word(l.worstOf(i)),
		})
	}
	t := l.table(from)
	t.Name, t.Linked = "plan-list", true
	for k, i := range order {
		row := &t.rows()[k]
		if l.Plans[i].Query != "" {
			row.Cells[1].whole(l.Plans[i].Query)
		}
		if l.drawn[i] {
			row.Links = append(row.Links, link{fmt.Sprintf("#p%d", i), "tree"})
		}
		id, _, _ := strings.Cut(l.worstOf(i), " ")
		if slices.ContainsFunc(l.listed, func(f int) bool { return l.Findings[f].ID == id }) {
			row.Links = append(row.Links, link{"#" + id, id})
		}
	}
	return &t
}
