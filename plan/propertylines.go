package plan

import (
	"regexp"
	"strings"
)

// propertyLines read text lines that hold several JSON properties or name them
// differently, by the first name on the line. Any other line is one property
// under the printed name. A reader reports whether it could read the whole
// line.
var propertyLines = map[string]func(r *textReader, to *[]Property, value string) bool{
	"Buffers":     (*textReader).buffersLine,
	"I/O Timings": (*textReader).ioLine,
	"WAL":         (*textReader).walLine,
	"Sort Method": (*textReader).sortLine,
	"Buckets":     (*textReader).hashLine,
	"Batches":     (*textReader).hashAggLine,
	"Planned Partitions": func(r *textReader, to *[]Property, value string) bool {
		return r.pairs(to, "Planned Partitions: "+value, hashAggNames)
	},
	"Hits":              (*textReader).memoizeLine,
	"Heap Blocks":       (*textReader).heapBlocksLine,
	"Tuples":            (*textReader).mergeLine,
	"Storage":           (*textReader).storageLine,
	"Sampling":          (*textReader).samplingLine,
	"Full-sort Groups":  (*textReader).fullSortLine,
	"Pre-sorted Groups": (*textReader).preSortedLine,
	"Memory":            (*textReader).memoryLine,
	"Foreign File Size": (*textReader).fileSizeLine,
	"Group Key":         (*textReader).groupKeyLine,
	"Hash Key":          (*textReader).hashKeyLine,
	"Sort Key":          (*textReader).sortKeyLine,
	"Timing":            (*textReader).jitTimingLine,
	"Options":           (*textReader).jitOptionsLine,
	"Subplan Duration": func(_ *textReader, to *[]Property, value string) bool { // Citus
		ms := readMs(value)
		add(to, "Subplan Duration", Value{Number: ms})
		return ms.Known()
	},
}

// propertyForm is what all tables say about a property of the text format, so that a line
// is looked up once.
type propertyForm struct {
	name   string
	kind   propertyKind
	kinded bool // its kind is not guessed
	read   func(r *textReader, to *[]Property, value string) bool
	once   bool
	owners []string
}

// propertyForms are the properties that lines of the text format begin with, by name.
var propertyForms = map[string]*propertyForm{}

func init() { // their readers look up properties in turn
	for name, kind := range propertyKinds {
		propertyForms[name] = &propertyForm{name: name, kind: kind, kinded: true}
	}
	for name, read := range propertyLines {
		f := propertyForms[name]
		if f == nil {
			f = &propertyForm{name: name}
			propertyForms[name] = f
		}
		f.read = read
	}
	for name, f := range propertyForms {
		f.once, f.owners = onlyOnce[name], ownersOf[name]
	}
}

func isKnownProperty(name string) bool { return propertyForms[name] != nil }

// add appends a property.
func add(to *[]Property, name string, v Value) { *to = append(*to, Property{Name: name, Value: v}) }

// counters reads "a=1 b=2" into properties. names maps a and b to JSON names.
func counters(to *[]Property, s string, names map[string]string) bool {
	ok := true
	for s != "" {
		var key, value string
		key, s, _ = strings.Cut(s, "=")
		value, s, _ = strings.Cut(s, " ")
		s = strings.TrimLeft(s, " ")
		name := names[strings.TrimLeft(key, " ")]
		f, good := parseFigure(strings.TrimSuffix(value, "kB"))
		if name == "" || !good {
			ok = false
			continue
		}
		add(to, name, Value{Number: f})
	}
	return ok
}

// read reads "shared hit=1 read=2, temp read=3 written=4" and reports whether it could.
func (b *Buffers) read(s string) bool {
	*b = Buffers{}
	ok := s != ""
	for s != "" {
		var group string
		group, s, _ = strings.Cut(s, ", ")
		kind, rest, _ := strings.Cut(group, " ")
		for rest != "" {
			var one string
			one, rest, _ = strings.Cut(rest, " ")
			what, value, _ := strings.Cut(one, "=")
			f, good := parseFigure(value)
			known := false
			for i := range bufferNames {
				if n := &bufferNames[i]; good && n.kind == kind && n.what == what {
					*b.all()[i] = f
					known = true
				}
			}
			ok = ok && known
		}
	}
	return ok && *b != Buffers{}
}

func (r *textReader) buffersLine(to *[]Property, value string) bool {
	b := &r.buffers
	ok := b.read(value)
	r.p.buffers++
	switch {
	case !ok:
		return false
	case to == &r.node.Properties:
		r.node.Buffers = *b
		return true
	case r.section == "Planning":
		r.p.planningBuffers = true
	}
	for i, v := range b.all() {
		if v.Known() {
			add(to, bufferNames[i].name, Value{Number: *v})
		}
	}
	return true
}

// ioLine reads "shared read=0.1 write=0.2, temp read=0.3", and "read=0.1" of 13
// and 14.
func (r *textReader) ioLine(to *[]Property, value string) bool {
	ok := true
	for value != "" {
		var group string
		group, value, _ = strings.Cut(value, ", ")
		kind := ""
		if word, rest, found := strings.Cut(group, " "); found && !strings.Contains(word, "=") {
			kind, group = word, rest
		}
		names, known := ioNames[kind]
		if !known {
			names = ioNames[""]
		}
		ok = counters(to, group, names) && known && ok
	}
	return ok
}

// ioNames are the figures of a line of I/O timings by the kind of the blocks.
var ioNames = map[string]map[string]string{
	"":             {"read": "I/O Read Time", "write": "I/O Write Time"},
	"shared":       {"read": "Shared I/O Read Time", "write": "Shared I/O Write Time"},
	"shared/local": {"read": "Shared I/O Read Time", "write": "Shared I/O Write Time"},
	"local":        {"read": "Local I/O Read Time", "write": "Local I/O Write Time"},
	"temp":         {"read": "Temp I/O Read Time", "write": "Temp I/O Write Time"},
}

func (r *textReader) walLine(to *[]Property, value string) bool {
	value, full, found := strings.Cut(value, " buffers full=")
	ok := counters(to, value, walNames)
	if found {
		f, good := parseFigure(full)
		add(to, "WAL Buffers Full", Value{Number: f})
		ok = ok && good
	}
	return ok
}

func (r *textReader) heapBlocksLine(to *[]Property, value string) bool {
	return counters(to, value, heapBlockNames)
}

func (r *textReader) mergeLine(to *[]Property, value string) bool {
	return counters(to, value, mergeNames)
}

func (r *textReader) memoryLine(to *[]Property, value string) bool {
	return counters(to, value, memoryNames)
}

var (
	walNames       = map[string]string{"records": "WAL Records", "fpi": "WAL FPI", "bytes": "WAL Bytes"}
	heapBlockNames = map[string]string{"exact": "Exact Heap Blocks", "lossy": "Lossy Heap Blocks"}
	mergeNames     = map[string]string{"inserted": "Tuples Inserted", "updated": "Tuples Updated", "deleted": "Tuples Deleted", "skipped": "Tuples Skipped"}
	memoryNames    = map[string]string{"used": "Memory Used", "allocated": "Memory Allocated"}
)

// laterName is a further name on a line of several properties, with the spaces
// before it: the server prints two, web pages reduce them to one, editors
// expand them to four.
var laterName = regexp.MustCompile(` +((?:Batches|Memory Usage|Disk Usage|Misses|Evictions|Overflows|(?:Average |Peak )?(?:Memory|Disk)|Maximum Storage|Sort Methods?): )`)

func twoBlanks(s string) string {
	for i, blanks := 0, 0; i < len(s); i++ {
		switch {
		case s[i] == ' ':
			blanks++
			continue
		case blanks > 0 && blanks != 2 && s[i] >= 'A' && s[i] <= 'S': // as all these names begin
			return laterName.ReplaceAllString(s, "  $1")
		}
		blanks = 0
	}
	return s
}

// pairs reads "A: 1  B: 2kB (originally 4)". names maps A and B to JSON names.
func (r *textReader) pairs(to *[]Property, s string, names map[string]string) bool {
	ok := true
	for s = twoBlanks(s); s != ""; {
		var one string
		one, s, _ = strings.Cut(s, "  ")
		key, value, _ := strings.Cut(one, ": ")
		name := names[key]
		value, original, changed := strings.Cut(value, " (originally ")
		f, good := parseFigure(strings.TrimSuffix(value, "kB"))
		if name == "" || !good {
			ok = false
			continue
		}
		add(to, name, Value{Number: f})
		if before := originalNames[name]; before != "" {
			// JSON always prints the original value, text only if it changed.
			if changed {
				f, good = parseFigure(strings.TrimSuffix(original, ")"))
				ok = ok && good
			}
			add(to, before, Value{Number: f})
		}
	}
	return ok
}

var (
	hashNames     = map[string]string{"Buckets": "Hash Buckets", "Batches": "Hash Batches", "Memory Usage": "Peak Memory Usage"}
	originalNames = map[string]string{"Hash Buckets": "Original Hash Buckets", "Hash Batches": "Original Hash Batches"}
	hashAggNames  = map[string]string{"Planned Partitions": "Planned Partitions", "Batches": "HashAgg Batches",
		"Memory Usage": "Peak Memory Usage", "Disk Usage": "Disk Usage"}
	memoizeNames = map[string]string{"Hits": "Cache Hits", "Misses": "Cache Misses", "Evictions": "Cache Evictions",
		"Overflows": "Cache Overflows", "Memory Usage": "Peak Memory Usage"}
)

func (r *textReader) hashLine(to *[]Property, value string) bool {
	return r.pairs(to, "Buckets: "+value, hashNames)
}

func (r *textReader) hashAggLine(to *[]Property, value string) bool {
	return r.pairs(to, "Batches: "+value, hashAggNames)
}

func (r *textReader) memoizeLine(to *[]Property, value string) bool {
	return r.pairs(to, "Hits: "+value, memoizeNames)
}

// sortLine reads "quicksort  Memory: 25kB".
func (r *textReader) sortLine(to *[]Property, value string) bool {
	method, space, found := strings.Cut(twoBlanks(value), "  ")
	add(to, "Sort Method", plain(method))
	if !found {
		return true
	}
	typ, size, _ := strings.Cut(space, ": ")
	f, ok := parseFigure(strings.TrimSuffix(size, "kB"))
	if !ok || typ != "Memory" && typ != "Disk" {
		return false
	}
	add(to, "Sort Space Used", Value{Number: f})
	add(to, "Sort Space Type", plain(typ))
	return true
}

func (r *textReader) storageLine(to *[]Property, value string) bool {
	where, size, found := strings.Cut(twoBlanks(value), "  Maximum Storage: ")
	add(to, "Storage", plain(where))
	if !found {
		return where == "Memory" || where == "Disk"
	}
	f, ok := parseFigure(strings.TrimSuffix(size, "kB"))
	add(to, "Maximum Storage", Value{Number: f})
	return ok
}

func (r *textReader) fileSizeLine(to *[]Property, value string) bool {
	f, ok := parseFigure(strings.TrimSuffix(value, " b"))
	if ok {
		add(to, "Foreign File Size", Value{Number: f})
	}
	return ok
}

// samplingLine reads "system ('20'::real) REPEATABLE ('7'::double precision)".
func (r *textReader) samplingLine(to *[]Property, value string) bool {
	value, seed, repeatable := strings.Cut(value, " REPEATABLE (")
	method, parameters, ok := strings.Cut(value, " (")
	add(to, "Sampling Method", plain(method))
	if ok {
		add(to, "Sampling Parameters", typed("Sampling Parameters", strings.TrimSuffix(parameters, ")")))
	}
	if repeatable {
		add(to, "Repeatable Seed", condition(strings.TrimSuffix(seed, ")")))
	}
	return ok
}

func (r *textReader) fullSortLine(to *[]Property, value string) bool {
	return sortGroups(to, "Full-sort Groups", value)
}

func (r *textReader) preSortedLine(to *[]Property, value string) bool {
	return sortGroups(to, "Pre-sorted Groups", value)
}

// sortGroups reads an Incremental Sort's "7  Sort Method: quicksort  Average
// Memory: 30kB  Peak Memory: 31kB".
func sortGroups(to *[]Property, name, value string) bool {
	count, rest, _ := strings.Cut(twoBlanks(value), "  ")
	f, ok := parseFigure(count)
	if !ok {
		return false
	}
	group := []Property{{"Group Count", Value{Number: f}}}
	for rest != "" {
		var one string
		one, rest, _ = strings.Cut(rest, "  ")
		key, value, _ := strings.Cut(one, ": ")
		switch key {
		case "Sort Method", "Sort Methods":
			add(&group, "Sort Methods Used", typed("Sort Methods Used", value))
			continue
		}
		which, space, _ := strings.Cut(key, " ")
		f, good := parseFigure(strings.TrimSuffix(value, "kB"))
		if !good || space != "Memory" && space != "Disk" {
			ok = false
			continue
		}
		block := "Sort Space " + space
		if last := len(group) - 1; group[last].Name != block {
			add(&group, block, Value{})
		}
		add(&group[len(group)-1].Value.own().group, which+" Sort Space Used", Value{Number: f})
	}
	add(to, name, valuesOf(group...))
	return ok
}

// Keys of an Aggregate. A single Group Key line is the property Group Key.
// Several of them, and each Hash Key, become Grouping Sets. A Sort Key starts
// a grouping set.

func (r *textReader) sortKeyLine(to *[]Property, value string) bool {
	if r.node.Type != "Aggregate" {
		add(to, "Sort Key", typed("Sort Key", value))
		return true
	}
	sets := groupingSets(to)
	*sets = append(*sets, valuesOf(Property{"Sort Key", typed("Sort Key", value)}))
	return true
}

func (r *textReader) groupKeyLine(to *[]Property, value string) bool {
	if _, several := find(*to, "Grouping Sets"); r.node.Type != "Aggregate" || !several && value != "()" {
		if _, second := find(*to, "Group Key"); !second {
			add(to, "Group Key", typed("Group Key", value))
			return true
		}
	}
	sets := groupingSets(to)
	if last := len(*sets) - 1; last >= 0 {
		set := &(*sets)[last].own().group
		if key := (*set)[len(*set)-1].Name; key == "Group Keys" || key == "Sort Key" {
			if key == "Sort Key" {
				add(set, "Group Keys", Value{})
			}
			keys := &(*set)[len(*set)-1].Value
			keys.own().list = append(keys.own().list, keySet(value))
			return true
		}
	}
	*sets = append(*sets, valuesOf(Property{"Group Keys", listOf(keySet(value))}))
	return true
}

func (r *textReader) hashKeyLine(to *[]Property, value string) bool {
	sets := groupingSets(to)
	*sets = append(*sets, valuesOf(Property{"Hash Keys", listOf(keySet(value))}))
	return true
}

// groupingSets returns the list of grouping sets. A single Group Key read
// before becomes its first element.
func groupingSets(to *[]Property) *[]Value {
	for i := range *to {
		if (*to)[i].Name == "Grouping Sets" {
			return &(*to)[i].Value.own().list
		}
	}
	for i := range *to {
		if p := &(*to)[i]; p.Name == "Group Key" {
			*p = Property{"Grouping Sets", listOf(valuesOf(Property{"Group Keys", listOf(p.Value)}))}
			return &p.Value.own().list
		}
	}
	add(to, "Grouping Sets", Value{})
	return &(*to)[len(*to)-1].Value.own().list
}

func keySet(value string) Value {
	if value == "()" {
		return Value{}
	}
	return typed("Group Key", value)
}

// jitTimingLine reads "Generation 1.9 ms (Deform 0.3 ms), Inlining 0.0 ms,
// ..., Total 3.1 ms".
func (r *textReader) jitTimingLine(to *[]Property, value string) bool {
	var group []Property
	ok := true
	for _, one := range strings.Split(value, ", ") {
		name, rest, _ := strings.Cut(one, " ")
		ms, deform, nested := strings.Cut(rest, " (Deform ")
		f, good := parseFigure(strings.TrimSuffix(ms, " ms"))
		ok = ok && good
		v := Value{Number: f}
		if nested {
			d, good := parseFigure(strings.TrimSuffix(deform, " ms)"))
			ok = ok && good
			v = valuesOf(Property{"Deform", Value{Number: d}}, Property{"Total", v})
		}
		add(&group, name, v)
	}
	add(to, "Timing", valuesOf(group...))
	return ok
}

func (r *textReader) jitOptionsLine(to *[]Property, value string) bool {
	var group []Property
	for _, one := range strings.Split(value, ", ") {
		name, on, _ := strings.Cut(one, " ")
		add(&group, name, plain(on))
	}
	add(to, "Options", valuesOf(group...))
	return true
}

// readTrigger reads "Trigger a for constraint b on c: time=1.2 calls=3". Names
// are printed unquoted and can contain spaces.
func readTrigger(s string) (t Trigger, ok bool) {
	i := strings.LastIndex(s, ": time=")
	if i < 0 {
		if i = strings.LastIndex(s, ": calls="); i < 0 {
			return t, false
		}
	}
	names, figures := s[:i], s[i+2:]
	if ms, rest, timed := strings.Cut(figures, " calls="); timed {
		var good bool
		if t.Ms, good = parseFigure(strings.TrimPrefix(ms, "time=")); !good {
			return t, false
		}
		figures = "calls=" + rest
	}
	if t.Calls, ok = parseFigure(strings.TrimPrefix(figures, "calls=")); !ok {
		return t, false
	}
	if before, relation, found := cutLast(names, " on "); found {
		names, t.Relation = before, relation
	}
	names = strings.TrimPrefix(names, "Trigger ")
	if constraint, found := strings.CutPrefix(names, "for constraint "); found {
		t.Constraint = constraint
		return t, true
	}
	t.Name, t.Constraint, _ = strings.Cut(names, " for constraint ")
	return t, true
}

func cutLast(s, sep string) (before, behind string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// readSettings reads "a = 'x', b = 'y, z'".
func readSettings(value string) []Property {
	var list []Property
	for _, one := range splitList(value) {
		name, v, _ := strings.Cut(one, " = ")
		if len(v) >= 2 && v[0] == '\'' && v[len(v)-1] == '\'' {
			v = strings.ReplaceAll(v[1:len(v)-1], "''", "'")
		}
		add(&list, name, plain(v))
	}
	return list
}

// readMs reads "1.234 ms".
func readMs(value string) Float {
	number, ok := strings.CutSuffix(value, " ms")
	if !ok {
		return Float{}
	}
	f, _ := parseFigure(number)
	return f
}
