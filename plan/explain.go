package plan

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// TextLine is a line of a plan in the text format.
type TextLine struct {
	Node int // the ID of the node that it is about
	Text string
}

// Explain returns the tree of a plan in the text format of EXPLAIN, whatever the format
// of the input was. show formats a text of the user's SQL: redacted or raw.
func (p *Plan) Explain(show func(Text) string) []TextLine {
	e := explainer{show: show, written: map[string]bool{}}
	e.node(p.Root, "", 0, 2)
	return e.lines
}

type explainer struct {
	show    func(Text) string
	lines   []TextLine
	list    []Property      // of a node, with its buffers
	written map[string]bool // those that are
}

func (e *explainer) line(n *Node, column int, text string) {
	e.lines = append(e.lines, TextLine{n.ID, strings.Repeat(" ", column) + strings.ReplaceAll(text, "\n", " ")})
}

// node writes a node whose line starts at a column, and below it its properties and its
// children.
func (e *explainer) node(n *Node, arrow string, at, inside int) {
	e.line(n, at, arrow+n.words(quoted)+n.figures())
	e.properties(n, inside, n.Properties, &n.Buffers)
	for _, w := range n.Workers {
		e.worker(n, inside, w)
	}
	for _, c := range n.Children {
		column := inside
		if c.SubplanName != "" {
			e.line(c, column, c.SubplanName)
			column += 2
		}
		e.node(c, "->  ", column, column+6)
	}
}

func (e *explainer) worker(n *Node, column int, w Worker) {
	e.line(n, column, fmt.Sprintf("Worker %d:  %s", w.ID, actual(Float{}, w.Ms, w.Rows, w.Loops, n.decimals)))
	e.properties(n, column+2, w.Properties, nil)
}

// figures returns the costs and the actual figures of a node in brackets.
func (n *Node) figures() string {
	var b strings.Builder
	if cost, ok := n.TotalCost.Get(); ok {
		fmt.Fprintf(&b, "  (cost=%.2f..%.2f rows=%.0f width=%.0f)", n.StartupCost.Or(0), cost, n.PlanRows.Or(0), n.PlanWidth.Or(0))
	}
	switch loops, ok := n.Loops.Get(); {
	case ok && loops == 0:
		b.WriteString(" (never executed)")
	case ok:
		b.WriteString(" (" + actual(n.StartupMs, n.Ms, n.Rows, n.Loops, n.decimals) + ")")
	}
	return b.String()
}

// actual formats the figures of an execution, the start only if it is known.
func actual(start, ms, rows, loops Float, decimals bool) string {
	said := "actual"
	if ms.Known() {
		if said += " time="; start.Known() {
			said += fmt.Sprintf("%.3f..", start.Or(0))
		}
		said += fmt.Sprintf("%.3f", ms.Or(0))
	}
	format := " rows=%.0f"
	if decimals {
		format = " rows=%.2f"
	}
	return said + fmt.Sprintf(format+" loops=%.0f", rows.Or(0), loops.Or(0))
}

var plainIdentifier = regexp.MustCompile(`^[a-z_][a-z0-9_$]*$`)

// quoted returns a name as the server prints it. Keywords are not known here.
func quoted(name string) string {
	if name == "" || plainIdentifier.MatchString(name) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// textGroup is a line of the text format that has several properties. Its parts are in
// the order in which they are printed.
type textGroup struct {
	head, between string
	zeros         bool // a figure of 0 is printed
	parts         []textPart
}

// textPart is a property in such a line: before, its value, after.
type textPart struct{ name, before, after string }

var textGroups = []textGroup{
	{"Buffers: ", " ", false, bufferParts()},
	{"I/O Timings: ", " ", false, []textPart{
		{"I/O Read Time", "read=", ""}, {"I/O Write Time", "write=", ""}, {"Shared I/O Read Time", "shared read=", ""}, {"Shared I/O Write Time", "shared write=", ""},
		{"Local I/O Read Time", "local read=", ""}, {"Local I/O Write Time", "local write=", ""}, {"Temp I/O Read Time", "temp read=", ""}, {"Temp I/O Write Time", "temp write=", ""},
	}},
	{"WAL: ", " ", false, []textPart{{"WAL Records", "records=", ""}, {"WAL FPI", "fpi=", ""}, {"WAL Bytes", "bytes=", ""}, {"WAL Buffers Full", "buffers full=", ""}}},
	{"", "  ", true, []textPart{{"Hash Buckets", "Buckets: ", ""}, {"Original Hash Buckets", "", ""}, {"Hash Batches", "Batches: ", ""}, {"Original Hash Batches", "", ""}, {"Peak Memory Usage", "Memory Usage: ", "kB"}}},
	{"", "  ", true, []textPart{{"Planned Partitions", "Planned Partitions: ", ""}, {"HashAgg Batches", "Batches: ", ""}, {"Peak Memory Usage", "Memory Usage: ", "kB"}, {"Disk Usage", "Disk Usage: ", "kB"}}},
	{"", "  ", true, []textPart{{"Cache Hits", "Hits: ", ""}, {"Cache Misses", "Misses: ", ""}, {"Cache Evictions", "Evictions: ", ""}, {"Cache Overflows", "Overflows: ", ""}, {"Peak Memory Usage", "Memory Usage: ", "kB"}}},
	{"Heap Blocks: ", " ", false, []textPart{{"Exact Heap Blocks", "exact=", ""}, {"Lossy Heap Blocks", "lossy=", ""}}},
	{"Tuples: ", " ", false, []textPart{{"Tuples Inserted", "inserted=", ""}, {"Tuples Updated", "updated=", ""}, {"Tuples Deleted", "deleted=", ""}, {"Tuples Skipped", "skipped=", ""}}},
	{"", "  ", true, []textPart{{"Storage", "Storage: ", ""}, {"Maximum Storage", "Maximum Storage: ", "kB"}}},
	{"", "  ", true, []textPart{{"Sort Method", "Sort Method: ", ""}, {"Sort Space Type", "", ": "}, {"Sort Space Used", "", "kB"}}},
	{"Memory: ", "  ", true, []textPart{{"Memory Used", "used=", "kB"}, {"Memory Allocated", "allocated=", "kB"}}},
}

func bufferParts() []textPart {
	var list []textPart
	for _, b := range bufferNames {
		list = append(list, textPart{b.name, b.kind + " " + b.what + "=", ""})
	}
	return list
}

// notInText are the properties that JSON has and text says by the words of the node, or
// not at all.
var notInText = map[string]bool{
	"Partial Mode": true, "Async Capable": true, "Custom Plan Provider": true, "Command": true, "Original Hash Buckets": true, "Original Hash Batches": true,
}

// properties writes the properties of a node or of a worker. A line with several of them
// is where the first of them is. The buffers of a node are not among its properties: they
// are in front of the times for reading and writing them, or last.
func (e *explainer) properties(n *Node, column int, list []Property, buffers *Buffers) {
	if buffers != nil {
		at := slices.IndexFunc(list, func(p Property) bool {
			return strings.Contains(p.Name, "I/O Read Time") || strings.Contains(p.Name, "I/O Write Time") || strings.HasPrefix(p.Name, "WAL ")
		})
		if at < 0 {
			at = len(list)
		}
		e.list = append(e.list[:0], list[:at]...)
		for i, v := range buffers.all() {
			if v.Or(0) != 0 {
				e.list = append(e.list, Property{bufferNames[i].name, Value{Number: *v}})
			}
		}
		e.list = append(e.list, list[at:]...)
		list = e.list
	}
	clear(e.written)
	for _, p := range list {
		if e.written[p.Name] || notInText[p.Name] {
			continue
		}
		if g := groupOf(p.Name, list); g != nil {
			for _, part := range g.parts {
				e.written[part.name] = true
			}
			if text := e.group(g, list); text != "" {
				e.line(n, column, text)
			}
			continue
		}
		for _, text := range e.property(n, p) {
			e.line(n, column, text)
		}
	}
}

// groupOf returns the line that a property is part of, together with the others that the
// node has: several lines have a Memory Usage.
func groupOf(name string, list []Property) *textGroup {
	for i := range textGroups {
		g := &textGroups[i]
		if !slices.ContainsFunc(g.parts, func(p textPart) bool { return p.name == name }) {
			continue
		}
		if slices.ContainsFunc(g.parts, func(p textPart) bool { _, has := find(list, p.name); return has && p.name != "Peak Memory Usage" }) {
			return g
		}
	}
	return nil
}

func (e *explainer) group(g *textGroup, list []Property) string {
	var said []string
	kind := ""
	for _, part := range g.parts {
		v, has := find(list, part.name)
		if (part.name == "Planned Partitions" || part.name == "Disk Usage") && v.Number.Or(0) == 0 {
			continue // JSON alone prints the zero
		}
		if !has || notInText[part.name] || v.Text.Empty() && (!v.Number.Known() || !g.zeros && v.Number.Or(0) == 0) {
			continue
		}
		before, value := part.before, e.value(part.name, v)
		// "shared hit=1 read=2, temp read=3": the kind stands once.
		if k, what, ok := strings.Cut(before, " "); ok && strings.HasSuffix(before, "=") && k != "buffers" {
			if k == kind {
				before = what
			} else if kind != "" {
				said[len(said)-1] += ","
			}
			kind = k
		}
		if original, has := find(list, "Original "+part.name); has && original.Number != v.Number {
			value += " (originally " + e.value(part.name, original) + ")"
		}
		if part.name == "Sort Space Used" && len(said) > 1 { // "Memory: " is in front of it
			said[len(said)-1] += value + part.after
			continue
		}
		said = append(said, before+value+part.after)
	}
	if len(said) == 0 {
		return ""
	}
	return g.head + strings.Join(said, g.between)
}

// property returns the lines of a property that has lines of its own.
func (e *explainer) property(n *Node, p Property) []string {
	switch {
	case p.Name == "Grouping Sets":
		var list []string
		for _, set := range p.Value.List() {
			for _, keys := range set.Group() {
				name := strings.TrimSuffix(keys.Name, "s")
				if len(keys.Value.List()) == 0 || keys.Name == "Sort Key" {
					list = append(list, name+": "+e.value(name, keys.Value))
				}
				for _, key := range keys.Value.List() {
					if keys.Name != "Sort Key" {
						list = append(list, name+": "+cmp.Or(e.value(name, key), "()"))
					}
				}
			}
		}
		return list
	case p.Name == "Target Tables":
		var list []string
		for _, target := range p.Value.List() {
			on := *n
			schema, _ := find(target.Group(), "Schema")
			relation, _ := find(target.Group(), "Relation Name")
			alias, _ := find(target.Group(), "Alias")
			on.Schema, on.Relation, on.Alias = schema.Text.Raw(), relation.Text.Raw(), alias.Text.Raw()
			list = append(list, on.words(quoted))
		}
		return list
	case p.Name == "JIT":
		list := []string{"JIT:"}
		for _, x := range p.Value.Group() {
			var parts []string
			for _, y := range x.Value.Group() {
				unit := ""
				if y.Value.Number.Known() {
					unit = " ms"
				}
				parts = append(parts, y.Name+" "+e.value(y.Name+" Time", y.Value)+unit)
			}
			if len(parts) == 0 {
				parts = []string{e.value(x.Name, x.Value)}
			}
			list = append(list, "  "+x.Name+": "+strings.Join(parts, ", "))
		}
		return list
	case p.Name == "Full-sort Groups" || p.Name == "Pre-sorted Groups":
		return []string{p.Name + ": " + e.sortGroups(p.Value.Group())}
	case propertyKinds[p.Name] == flag && p.Value.Text.Raw() != "true":
		return nil
	case strings.HasPrefix(p.Name, "Rows Removed by ") && p.Value.Number.Or(1) == 0:
		return nil
	}
	text := e.value(p.Name, p.Value)
	if text == "" {
		return nil
	}
	return []string{p.Name + ": " + text}
}

// sortGroups formats the groups of an incremental sort.
func (e *explainer) sortGroups(list []Property) string {
	var said []string
	for _, p := range list {
		switch space, ok := strings.CutPrefix(p.Name, "Sort Space "); {
		case ok:
			for _, size := range p.Value.Group() {
				said = append(said, strings.TrimSuffix(size.Name, " Sort Space Used")+" "+space+": "+e.value(size.Name, size.Value)+"kB")
			}
		case p.Name == "Sort Methods Used" && len(p.Value.List()) == 1:
			said = append(said, "Sort Method: "+e.value(p.Name, p.Value))
		case p.Name == "Sort Methods Used":
			said = append(said, "Sort Methods: "+e.value(p.Name, p.Value))
		default:
			said = append(said, e.value(p.Name, p.Value))
		}
	}
	return strings.Join(said, "  ")
}

// value formats a value in one line. Values within it have their names.
func (e *explainer) value(name string, v Value) string {
	switch {
	case len(v.List()) > 0:
		var list []string
		for _, x := range v.List() {
			list = append(list, e.value(name, x))
		}
		return strings.Join(list, ", ")
	case len(v.Group()) > 0:
		var list []string
		for _, x := range v.Group() {
			list = append(list, x.Name+": "+e.value(x.Name, x.Value))
		}
		return strings.Join(list, "  ")
	case !v.Number.Known():
		return e.show(v.Text)
	case strings.HasSuffix(name, " Time"):
		return fmt.Sprintf("%.3f", v.Number.Or(0))
	}
	return strconv.FormatFloat(v.Number.Or(0), 'f', -1, 64)
}
