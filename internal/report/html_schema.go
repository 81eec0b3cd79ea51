package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"github.com/pgverdict/pgverdict/internal/diagram"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
)

// The picture of a schema: a box for each table with its size, its keys and the columns
// that findings are about, and a line for each foreign key.

type htmlSchema struct {
	Title, Note string
	W, H        int
	Lines       []htmlLine
	Boxes       []htmlBox
}

type htmlLine struct {
	Path, Tip string
	From, To  string // ids of the boxes
	Name      string
}

type htmlBox struct {
	ID, Name, Label, Size string
	X, Y, W, H            int
	Marks                 []htmlMark
	Rows                  []htmlBoxRow
}

// htmlBoxRow is a column in a box, or the line that counts the others.
type htmlBoxRow struct {
	Title             string // in full, if it is cut
	Y                 int
	Key, Name, Beside string // "FK", "customer_id", "→ customers"
	Quiet             bool
	Marks             []htmlMark
}

// htmlMark links to a finding.
type htmlMark struct {
	link
	X     int
	Grave bool
	Title string
}

// Sizes of a box in px.
const (
	boxWidth    = 228
	nameHeight  = 27
	sizeHeight  = 14
	rowHeight   = 18
	letterWidth = 7.2 // of the widest usual font
	keyColumn   = 34  // where the names begin
)

// drawnTables is the number of tables that a picture shows. Of a larger schema it shows
// those with findings and their neighbours.
const drawnTables = 200

// hub is the number of foreign keys to a table from which no lines lead to it: it would
// hide the others.
const hub = 10

// listedColumns is the number of columns in a box.
const listedColumns = 16

// tablesDrawn returns the tables of the picture, as positions, in their order.
func (l *htmlLinks) tablesDrawn() []int {
	s := l.Schema
	all := make([]int, len(s.Relations))
	for i := range all {
		all[i] = i
	}
	if len(all) <= drawnTables {
		return all
	}
	worst := make([]finding.Severity, len(all)) // of the findings on the page
	told := make([]bool, len(all))
	at := map[string]int{}
	for i, r := range s.Relations {
		at[r.Name] = i
		for _, f := range r.allFindings() {
			if l.onPage[f] {
				told[i], worst[i] = true, max(worst[i], l.Findings[f].Severity)
			}
		}
	}
	order := slices.Clone(all)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(worst[b], worst[a]) })
	beside := map[int][]int{}
	for _, k := range s.ForeignKeys {
		a, known := at[k.Table]
		if b, there := at[k.Refers]; known && there {
			beside[a], beside[b] = append(beside[a], b), append(beside[b], a)
		}
	}
	drawn := map[int]bool{}
	for _, i := range order {
		if told[i] && len(drawn) < drawnTables*3/4 {
			drawn[i] = true
		}
	}
	for _, i := range order {
		if !told[i] || !drawn[i] {
			continue
		}
		for _, other := range beside[i] {
			if len(drawn) < drawnTables {
				drawn[other] = true
			}
		}
	}
	return slices.DeleteFunc(all, func(i int) bool { return !drawn[i] })
}

// allFindings are those of a table and of its columns.
func (r Relation) allFindings() []int {
	list := slices.Clone(r.Findings)
	for _, c := range r.Columns {
		list = append(list, c.Findings...)
	}
	return list
}

func (l *htmlLinks) picture() *htmlSchema {
	s := l.Schema
	if s == nil || len(s.Relations) == 0 {
		return nil
	}
	drawn := l.tablesDrawn()
	h := &htmlSchema{Title: figures.Plural(len(s.Relations), "table")}
	at := map[string]int{} // positions among the boxes
	for i, t := range drawn {
		at[s.Relations[t].Name] = i
	}
	keys, referred := map[string][]ForeignKey{}, map[string]int{}
	for _, k := range s.ForeignKeys {
		keys[k.Table] = append(keys[k.Table], k)
		if _, there := at[k.Table]; there && k.Refers != k.Table {
			referred[k.Refers]++
		}
	}
	var boxes []diagram.Box
	rowOf := make([]map[string]int, len(drawn))
	for i, t := range drawn {
		box, rows := l.box(t, keys[s.Relations[t].Name], referred[s.Relations[t].Name])
		h.Boxes, rowOf[i] = append(h.Boxes, box), rows
		boxes = append(boxes, diagram.Box{W: box.W, H: box.H})
	}
	var lines []diagram.Line
	var of []ForeignKey
	var hubs []string
	for name, n := range referred {
		if _, there := at[name]; there && isHub(n, len(drawn)) {
			hubs = append(hubs, bareName(name))
		}
	}
	slices.Sort(hubs)
	for _, t := range drawn {
		for _, k := range keys[s.Relations[t].Name] {
			to, there := at[k.Refers]
			if !there || len(k.Columns) == 0 || isHub(referred[k.Refers], len(drawn)) {
				continue
			}
			from := at[k.Table]
			line := diagram.Line{From: from, To: to, FromY: rowOf[from][k.Columns[0]], ToY: nameHeight / 2}
			if len(k.Others) > 0 && rowOf[to][k.Others[0]] > 0 {
				line.ToY = rowOf[to][k.Others[0]]
			}
			lines, of = append(lines, line), append(of, k)
		}
	}
	const width = 1430
	h.W, h.H = diagram.Place(boxes, lines, width)
	for i := range boxes {
		h.Boxes[i].X, h.Boxes[i].Y = boxes[i].X, boxes[i].Y
	}
	for i, line := range lines {
		k := of[i]
		h.Lines = append(h.Lines, htmlLine{line.Path, line.Tip, h.Boxes[line.From].ID, h.Boxes[line.To].ID,
			fmt.Sprintf("%s (%s) → %s", bareName(k.Table), strings.Join(k.Columns, ", "), bareName(k.Refers))})
	}
	h.Note = l.pictureNote(len(drawn), hubs)
	return h
}

func isHub(referred, drawn int) bool { return referred >= hub && drawn > 2*hub }

// pictureNote says what the picture leaves out.
func (l *htmlLinks) pictureNote(drawn int, hubs []string) string {
	var said []string
	if all := len(l.Schema.Relations); drawn < all {
		said = append(said, fmt.Sprintf("The picture shows %d of the %s tables: those with the gravest findings, and the tables that they are connected with.", drawn, figures.Count(float64(all))))
	}
	if len(hubs) > 0 {
		const most = 5
		names := hubs
		if len(names) > most {
			names = append(names[:most:most], "others")
		}
		said = append(said, fmt.Sprintf("No lines lead to %s: many tables refer to it, and each names it beside the key.", figures.List(names)))
		if len(hubs) > 1 {
			said[len(said)-1] = fmt.Sprintf("No lines lead to %s: many tables refer to each of them and name it beside the key.", figures.List(names))
		}
	}
	return strings.Join(said, " ")
}

// box returns the box of a table, and the height of each column in it.
func (l *htmlLinks) box(t int, keys []ForeignKey, referred int) (htmlBox, map[string]int) {
	r := l.Schema.Relations[t]
	b := htmlBox{ID: fmt.Sprintf("s%d", t+1), Name: bareName(r.Name), W: boxWidth}
	b.Size = r.size()
	if referred > 0 {
		b.Size = strings.TrimPrefix(b.Size+fmt.Sprintf(", ← %d", referred), ", ")
	}
	to := map[string]string{} // what a column refers to
	for _, k := range keys {
		for _, c := range k.Columns {
			if to[c] == "" {
				to[c] = bareName(k.Refers)
			}
		}
	}
	var shown []Column
	for _, c := range r.Columns {
		if c.Key || to[c.Name] != "" || l.anyOnPage(c.Findings) {
			shown = append(shown, c)
		}
	}
	slices.SortStableFunc(shown, func(a, b Column) int { return cmp.Compare(columnRank(a, to), columnRank(b, to)) })
	shown = shown[:min(len(shown), listedColumns)]
	y, rows := nameHeight, map[string]int{}
	if b.Size != "" {
		y += sizeHeight
	}
	for _, c := range shown {
		row := htmlBoxRow{Y: y + 13, Name: c.Name, Beside: shortType(c.Type)}
		switch {
		case c.Key && to[c.Name] != "":
			row.Key, row.Beside = "PK", "→ "+to[c.Name]
		case c.Key:
			row.Key = "PK"
		case to[c.Name] != "":
			row.Key, row.Beside = "FK", "→ "+to[c.Name]
		}
		row.Marks = l.marks(c.Findings, b.W)
		whole := row.Name + " " + row.Beside
		room := float64(b.W-keyColumn-8-markWidth(row.Marks)) / letterWidth
		row.Name = oneLine(row.Name, int(room))
		if left := int(room) - displaywidth.String(row.Name) - 1; left >= 4 {
			row.Beside = oneLine(row.Beside, left)
		} else {
			row.Beside = ""
		}
		if row.Name+" "+row.Beside != whole {
			row.Title = whole
		}
		rows[c.Name] = y + rowHeight/2
		y += rowHeight
		b.Rows = append(b.Rows, row)
	}
	if more := len(r.Columns) - len(shown); more > 0 {
		what := "more column"
		if len(shown) == 0 {
			what = "column"
		}
		b.Rows = append(b.Rows, htmlBoxRow{Y: y + 13, Name: figures.Plural(more, what), Quiet: true})
		y += rowHeight
	}
	b.H = y + 6
	b.Marks = l.marks(r.Findings, b.W)
	b.Label = oneLine(b.Name, int(float64(b.W-20-markWidth(b.Marks))/(letterWidth+.9)))
	return b, rows
}

// columnRank orders the columns of a box: the primary key, foreign keys, the others.
func columnRank(c Column, to map[string]string) int {
	switch {
	case c.Key:
		return 0
	case to[c.Name] != "":
		return 1
	}
	return 2
}

// size is the size of a table in words: "24 M rows, 1.6 GB"; empty if it is not known.
func (r Relation) size() string {
	var parts []string
	if rows, known := r.Rows.Get(); known {
		parts = append(parts, figures.Plural(rows, "row"))
	}
	if bytes, known := r.Bytes.Get(); known {
		parts = append(parts, figures.Bytes(bytes))
	}
	return strings.Join(parts, ", ")
}

func (l *htmlLinks) anyOnPage(list []int) bool {
	return slices.ContainsFunc(list, func(i int) bool { return l.onPage[i] })
}

const markStep = 30 // width of a mark

// marks returns the links to the gravest findings, from left to right at the right edge
// of a box.
func (l *htmlLinks) marks(list []int, width int) []htmlMark {
	const most = 3
	list = slices.DeleteFunc(slices.Clone(list), func(i int) bool { return !l.onPage[i] })
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(l.Findings[b].Severity, l.Findings[a].Severity) })
	shown := list[:min(len(list), most)]
	var out []htmlMark
	for k, i := range shown {
		f := l.Findings[i]
		m := htmlMark{link: link{"#" + f.ID, f.ID}, X: width - 6 - markStep*(len(shown)-1-k), Grave: f.Severity >= grave, Title: f.Severity.String() + ", " + f.Rule + ": " + f.Title}
		if k == most-1 && len(list) > most {
			var rest []string
			for _, j := range list[k:] {
				rest = append(rest, l.Findings[j].ID+" "+l.Findings[j].Rule)
			}
			m.Text, m.Title = fmt.Sprintf("+%d", len(list)-k), strings.Join(rest, ", ")
		}
		out = append(out, m)
	}
	return out
}

func markWidth(list []htmlMark) int { return markStep * len(list) }

// shortTypes are names of types as people write them.
var shortTypes = strings.NewReplacer("character varying", "varchar", "character(", "char(", "double precision", "double", " without time zone", "")

var zoned = regexp.MustCompile(`^(time|timestamp)(\(\d\))? with time zone`)

func shortType(s string) string { return shortTypes.Replace(zoned.ReplaceAllString(s, "${1}tz$2")) }
