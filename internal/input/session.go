package input

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/rows"
	"github.com/pgverdict/pgverdict/internal/schema"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// oneQuery matches a query that stands alone beside its result. In any other SQL, what
// looks like the rule of a table may be a comment, and the lines around it statements.
var oneQuery = regexp.MustCompile(`(?is)^\s*(?:select|with|table|values|show)\b[^;]*;\s*$`)

// ofServer matches a query of the server's own views, whose result is what was pasted.
var ofServer = regexp.MustCompile(`(?i)\bpg_[a-z]`)

// comment matches a comment of a script: one that lines begin with, or a block. The rule
// of a psql table begins with more dashes.
var comment = regexp.MustCompile(`(?ms)^[ \t]*--(?:[ \t][^\n]*)?$|/\*.*?\*/`)

// code is a script with its comments blank, byte for byte: what a script quotes in one is
// no result. It is the text itself if that is no script.
func code(text []byte) []byte {
	if !isSQL(text) {
		return text
	}
	text = bytes.Clone(text)
	for _, c := range comment.FindAllIndex(text, -1) {
		for i := c[0]; i < c[1]; i++ {
			if text[i] != '\n' {
				text[i] = ' '
			}
		}
	}
	return text
}

// otherSystem matches the views of MySQL, SQL Server and Oracle.
var otherSystem = regexp.MustCompile(`(?i)\binnodb_\w|\bperformance_schema\.|\bsys\.dm_\w|\bv\$\w`)

// rowsInSet matches the line behind a result of MySQL.
var rowsInSet = regexp.MustCompile(`(?m)^\d+ rows? in set\b`)

// query matches the word that a query begins with.
var query = regexp.MustCompile(`(?i)\bselect\b`)

// arrow matches what people write behind a line of a table, with an arrow to it.
var arrow = regexp.MustCompile(`(?m)^[^\n|]*\|[^\n]*?(\s+(?:[←⬅◄◀]|\s<--?\s)[^\n|]*)$`)

// partedHeader matches the header of a table, and the blank lines between it and its rule.
var partedHeader = regexp.MustCompile(`(?m)^([^\n]*\|[^\n]*\n)((?:[ \t]*\n)+)[ \t]*\+?-{2,}(?:\+-+)+\+?[ \t]*$`)

// session returns the documents of a text that holds several results, as people copy
// them out of a terminal: one for each result that is a known view, and one for the
// rest if it has a plan. It returns none if the text is one document, with what was found in
// it and is not read.
func session(path string, text []byte) (docs []*Doc, left *results) {
	whole := bytes.Clone(text) // the reader's buffer is used again
	text = bytes.Clone(text)
	var remarks, parted [][]int
	if bytes.IndexByte(text, '|') >= 0 { // else there are none, and looking takes long
		remarks = arrow.FindAllSubmatchIndex(text, -1)
	}
	for _, m := range remarks {
		for i := m[2]; i < m[3]; i++ {
			text[i] = ' '
		}
	}
	if bytes.Contains(text, []byte("-+-")) {
		parted = partedHeader.FindAllSubmatchIndex(text, -1)
	}
	for _, m := range parted { // the header to its rule
		copy(text[m[2]:m[5]], append(slices.Clone(text[m[4]:m[5]]), text[m[2]:m[3]]...))
	}
	filled := rows.Unfilled(text)
	in := &results{path: path, text: text, script: code(text), apart: len(remarks)+len(parted) > 0 || filled, foreign: otherSystem.Match(text)}
	in.framed()
	in.frameless()
	in.tuples()
	in.headerless()
	in.stated()
	in.coveredIndexes()
	if len(in.all) == 0 {
		return literals(path, whole), in
	}
	slices.SortFunc(in.all, func(a, b result) int { return cmp.Compare(a.From, b.From) })
	for i := range in.all {
		in.take(i)
	}
	return in.documents(), in
}

// literals returns the documents that are texts in a program.
func literals(path string, text []byte) (docs []*Doc) {
	if ownStart(text) >= 0 || plan.Sniff(text) {
		return nil
	}
	for _, l := range rows.Literals(text) {
		inside := append(bytes.Repeat([]byte("\n"), l.Line-1), l.Text...)
		found, left := session(path, inside)
		switch {
		case len(found) > 0:
			docs = append(docs, found...)
		case workload.Sniff(l.Text):
			docs = append(docs, &Doc{Reader: bytes.NewReader(inside), Path: path, Kind: Rows, Format: "csv"})
		}
		if n := len(docs); n > 0 {
			docs[n-1].Left = append(docs[n-1].Left, left.lines(left.familiar())...)
		}
	}
	return docs
}

// result is a relation in a text.
type result struct {
	rows.Section
	in     []byte     // the text that it is read from, with the same offsets
	keyed  rows.Keyed // if its rows are in no table
	bare   bool       // without a frame
	array  bool       // of JSON
	remark bool       // in a comment of a script that asks the server nothing
	bared  *bared     // if its rows have no header
	ready  []byte     // if its rows are not in a table: they, on their lines
	why    string     // they are not read; empty if they are
}

// results are the relations in a text, and the documents that they are.
type results struct {
	path         string
	text, script []byte // script has no comments
	all          []result
	read         []rows.Section // those that are known
	docs         []*Doc
	notes        []note // on what is not read
	described    bool   // a table, by psql's \d
	foreign      bool   // the text names what only other systems have
	apart        bool   // one cannot be read from the text as a whole
	asked        int    // where the last query begins, or the text before it
	tables       map[string]bool
	groups       map[string]map[string]bool // what each object is in, which is an object's name if it is in several
	kinds        map[string]*kind           // by the columns, which results repeat
}

// kind is what the columns of a result tell.
type kind struct {
	known, familiar, tableless, textless bool
	lacks, why, otherwise                string
}

func (in *results) kindOf(columns []string) *kind {
	key := strings.Join(columns, "\x00")
	k := in.kinds[key]
	if k == nil {
		k = &kind{known: workload.Knows(columns), familiar: workload.Familiar(columns), textless: workload.Textless(columns)}
		if k.known {
			k.tableless = workload.Tableless(columns)
		} else {
			k.lacks, k.why = workload.Lacks(columns), workload.Recognize(columns)
		}
		if in.kinds == nil {
			in.kinds = map[string]*kind{}
		}
		in.kinds[key] = k
	}
	return k
}

// askedBefore limits how far before a result its query is looked for.
const askedBefore = 4 << 10

// askedBehind limits how far behind a result the line is looked for that ends it.
const askedBehind = 80

// at returns the rows of a result on the line on which it begins.
func (in *results) at(s result, rows []byte) []byte {
	return append(bytes.Repeat([]byte("\n"), bytes.Count(in.text[:s.From], []byte("\n"))), rows...)
}

// add adds relations that are in no part of those so far.
func (in *results) add(list ...result) {
	for _, one := range list {
		if !slices.ContainsFunc(in.all, func(r result) bool { return r.From < one.To && one.From < r.To }) {
			in.all = append(in.all, one)
		}
	}
}

// framed finds the relations that no text has by chance.
func (in *results) framed() {
	for _, s := range rows.Sections(in.script) {
		in.all = append(in.all, result{Section: s, in: in.script})
	}
	arrays := rows.Arrays(in.text)
	if len(in.all) == 0 && len(arrays) > 1 && ownStart(in.text) < 0 && !plan.Sniff(in.text) {
		for _, s := range arrays {
			in.all = append(in.all, result{Section: s, in: in.text, array: true})
		}
	}
	for _, f := range rows.Fenced(in.text) { // JSON, or a table without a rule
		if inside := in.text[f.From:f.To]; !isSQL(inside) && in.kindOf(rows.Columns(inside)).known && rows.Bare(rows.Comments(inside)) == nil {
			in.add(result{Section: f, in: in.text})
		}
	}
	embedded := rows.Embedded(in.text)
	if embedded == nil || isSQL(in.text) || ownStart(in.text) >= 0 || plan.Sniff(in.text) || workload.SniffLog(in.text) { // a literal can hold anything
		return
	}
	for _, s := range embedded {
		if in.kindOf(rows.Columns(in.text[s.From:s.To])).known {
			before := len(in.all)
			in.add(result{Section: s, in: in.text})
			in.apart = in.apart || len(in.all) > before
		}
	}
}

// frameless finds the relations whose columns show that they are some.
func (in *results) frameless() {
	if ownStart(in.text) >= 0 {
		return
	}
	if whole, err := rows.Open("", bytes.NewReader(in.text)); err == nil && whole.Format() == "pairs" && in.kindOf(whole.Columns()).known {
		return // a pair can look like a header
	}
	for _, s := range append(rows.Bare(in.script), rows.Separated(in.script)...) {
		one := result{Section: s, in: in.script, bare: true}
		columns := rows.Columns(in.script[s.From:s.To])
		if k := in.kindOf(columns); k.known || k.familiar || settingNames(one, columns) != nil {
			in.add(one)
		}
	}
	if comments := rows.Comments(in.text); comments != nil {
		remark := isSQL(in.text) && !asks(in.script)
		for _, s := range append(rows.Sections(comments), rows.Bare(comments)...) {
			if k := in.kindOf(rows.Columns(comments[s.From:s.To])); k.known || k.lacks != "" || k.why != "" {
				in.add(result{Section: s, in: comments, remark: remark})
			}
		}
	}
	keyed := rows.KeyedObjects(in.text)
	if t := bytes.TrimSpace(in.text); !bytes.HasPrefix(t, []byte("{")) && !bytes.HasPrefix(t, []byte("[")) {
		keyed = append(keyed, rows.Counters(in.script)...)
	}
	in.groups = map[string]map[string]bool{}
	for _, k := range keyed {
		if _, one := k.Named(); one != "" {
			if in.groups[one] == nil {
				in.groups[one] = map[string]bool{}
			}
			in.groups[one][k.Key] = true
		}
	}
	for _, k := range keyed {
		of := in.kindOf(k.Columns)
		familiar := of.familiar && (!k.Inline || of.lacks == "relname" || of.lacks == "indexrelname") // else prose
		if of.known || familiar || in.ofStatements(k) {
			in.add(result{Section: k.Section, in: in.text, keyed: k})
		}
	}
}

// ofStatements reports whether the rows are known with their names, which are statements.
func (in *results) ofStatements(k rows.Keyed) bool {
	return k.Each(workload.IsStatement) && in.kindOf(append(slices.Clip(k.Columns), "query")).known
}

// asks reports whether a script only asks the server for its own views, and so comments in
// it may quote what the server answered.
func asks(script []byte) bool {
	begins := true
	for t := range lex.Tokens(string(script)) {
		switch {
		case t.Kind == lex.Comment:
		case t.Text == ";":
			begins = true
		case begins && t.Kind == lex.Word:
			if !asking[strings.ToLower(t.Text)] {
				return false
			}
			begins = false
		case begins && t.Text != "(":
			return false
		}
	}
	return ofServer.Match(script)
}

// asking are the words that begin statements which change no data and no definitions.
var asking = map[string]bool{"select": true, "with": true, "table": true, "show": true, "values": true, "set": true, "reset": true, "explain": true, "analyze": true, "vacuum": true}

// take reads one of the relations: as a document, or as a line that says why not.
func (in *results) take(i int) {
	s := in.all[i]
	if s.bared != nil {
		in.takeBared(s)
		return
	}
	switch {
	case s.why != "":
		in.note(s, s.why).useless = true
		return
	case s.ready != nil:
		in.put(s, s.ready, nil)
		return
	}
	part := s.in[s.From:s.To]
	columns := rows.Columns(part)
	if s.keyed.Columns != nil {
		columns = s.keyed.Columns
	}
	whole := func() []byte { return s.Only(s.in) }
	last := 0
	if i > 0 {
		last = in.all[i-1].To
	}
	if query.Match(in.text[last:s.From]) {
		in.asked = last // a query can have several results
	}
	before := in.text[max(in.asked, s.From-askedBefore):s.From]
	var lost []error
	with := func(names []string, column, value string) func() []byte {
		return func() (csv []byte) {
			csv, lost = s.With(in.path, s.in, names, column, value)
			return csv
		}
	}
	names := expressed(before, columns)
	if table := s.keyed.Columns == nil && !s.array; table {
		shown := columns
		if names != nil {
			shown = names
		}
		switch said := ofStatementsView.Match(before); {
		case in.kindOf(shown).textless:
			if of := statementNames(s, shown, said); of != nil {
				names = of
			} else if said && !in.kindOf(shown).known { // their figures are known
				columns, whole = append(slices.Clip(shown), "query"), with(names, "query", "")
				in.apart = true
			}
		case !in.kindOf(shown).known:
			if of := settingNames(s, shown); of != nil {
				names = of
			}
		}
	}
	if names != nil && s.keyed.Columns == nil && !s.array {
		columns, in.apart = names, true
		whole = with(names, "", "")
	}
	of := in.kindOf(columns)
	lacks := of.lacks
	surely, one := s.keyed.Named()
	switch {
	case in.foreign && otherSystem.Match(before), rowsInSet.Match(in.text[s.From:min(s.To+askedBehind, len(in.text))]):
		in.read = append(in.read, s.Section)
		in.note(s, "this is a result of another database system. For PostgreSQL, export the statistics: pgverdict export").useless = true
		return
	case s.remark:
		in.note(s, "a result in a comment of a script. Paste it alone, or export the statistics: pgverdict export").familiar = true
		return
	case of.known:
		in.apart = in.apart || s.bare
		if s.keyed.Columns != nil {
			whole = func() []byte { return in.at(s, s.keyed.With("")) }
		} else if of.tableless {
			if name := in.nameOf(before, "relname"); name != "" {
				whole = with(names, "relname", name)
				in.apart = true
			}
		} else if name := in.nameOf(before, "relation"); name != "" && !s.array && workload.Lockless(columns) {
			whole = with(names, "relation", name) // of one table, by its query
			in.apart = true
		} else if name := schemaOf(before); name != "" && !s.array && workload.Schemaless(columns) {
			whole = with(names, "schemaname", name)
			in.apart = true
		}
	case len(columns) == 0 || bytes.Contains(part, []byte("QUERY PLAN")):
		return
	case schema.IsListing(columns):
		in.described = true
		return
	case in.ofStatements(s.keyed):
		whole = func() []byte { return in.at(s, s.keyed.With("query")) }
	case lacks != "" && (surely || one != "" && (len(in.groups[one]) > 1 || in.isTable(one))):
		whole = func() []byte { return in.at(s, s.keyed.With(lacks)) }
	default:
		if len(columns) > 1 && !of.familiar && of.why == "" {
			if k, ok := rows.Transposed(s.in, s.Section); ok && in.kindOf(k.Columns).familiar {
				s.keyed, columns = k, k.Columns
				of = in.kindOf(columns)
				lacks = of.lacks
			}
		}
		name := ""
		if index := measuredIndex(before, columns); index != "" {
			whole, in.apart = with([]string{"index_size"}, "indexrelname", index), true
			break
		}
		if !s.keyed.Inline { // a query has its result below it
			if name = in.nameOf(before, lacks); name == "" && lacks == "relname" {
				name = cmp.Or(ownerIn(s.keyed.Titles), owner(before))
			}
		}
		renamed, found := s.keyed, false
		if s.keyed.Inline && lacks == "relname" {
			renamed, found = s.keyed.Renamed(named)
		}
		switch {
		case found:
			whole = func() []byte { return in.at(s, renamed.With(lacks)) }
		case len(columns) == 1 && columns[0] != "" && (showed(before) == columns[0] || workload.IsSetting(columns[0])):
			whole = with([]string{"setting"}, "name", columns[0])
		case s.keyed.Columns == nil && name != "":
			whole = with(names, lacks, name)
		case s.keyed.Columns == nil:
			in.leave(s, columns)
			return
		case name != "":
			whole = func() []byte { return in.at(s, s.keyed.Called(name).With(lacks)) }
		case of.known:
			whole = func() []byte { return in.at(s, s.keyed.With("")) }
		default:
			in.leave(s, columns)
			return
		}
		in.apart = true
	}
	in.read = append(in.read, s.Section)
	in.docs = append(in.docs, &Doc{Reader: bytes.NewReader(whole()), Path: in.path, Kind: Rows, Format: "csv", Lost: lost, At: in.watchedAt(s)})
}

// put adds the document of a result that the text as a whole is not.
func (in *results) put(s result, text []byte, lost []error) {
	in.apart = true
	in.read = append(in.read, s.Section)
	in.docs = append(in.docs, &Doc{Reader: bytes.NewReader(text), Path: in.path, Kind: Rows, Format: "csv", Lost: lost, At: in.watchedAt(s)})
}

// watched matches the line that psql writes above a result that it repeats. It has a title, too,
// if one is set.
var watched = regexp.MustCompile(`(?m)^[ \t>]*(?:.*\t)?(\S[^\t\n]*?) \(every \d+(?:\.\d+)?s\)[ \t]*$`)

// watchedLayouts are the forms of its time, which the locale decides.
var watchedLayouts = []string{"Mon Jan _2 15:04:05 2006", "Mon 02 Jan 2006 03:04:05 PM MST", "Mon 02 Jan 2006 15:04:05 MST", "Mon Jan _2 15:04:05 MST 2006", "2006-01-02 15:04:05", "2006-01-02 15:04:05-07", "02.01.2006 15:04:05"}

// watchedAt returns the time of a result that psql repeated; zero if it did not.
func (in *results) watchedAt(s result) time.Time {
	const near = 120
	above := in.text[max(s.From-near, 0):min(s.From+near, s.To)]
	var last time.Time
	for _, m := range watched.FindAllSubmatchIndex(above, -1) {
		if between := above[m[1]:max(min(s.From, near), m[1])]; len(bytes.TrimSpace(between)) > 0 {
			continue // another result's
		}
		for _, layout := range watchedLayouts {
			if at, err := time.Parse(layout, string(above[m[2]:m[3]])); err == nil {
				last = at
			}
		}
	}
	return last
}

// sections returns where the relations are.
func (in *results) sections() (list []rows.Section) {
	for _, s := range in.all {
		list = append(list, s.Section)
	}
	return list
}

// documents returns what the text is if it is not one document.
func (in *results) documents() (docs []*Doc) {
	all := in.sections()
	rest := rows.Without(in.text, in.read)
	withPlan, useless := plan.Sniff(rest), slices.ContainsFunc(in.notes, func(n note) bool { return n.useless })
	var log []byte // beside results
	if len(in.docs) > 0 || useless {
		in.account(all)
	}
	if (len(in.docs) > 0 || useless) && !withPlan {
		if log = rows.Without(in.text, all); !workload.SniffLog(log) {
			log = nil
		}
	}
	switch {
	case len(in.docs) == 0 && !withPlan:
		query := rows.Without(in.text, all)
		switch asked := oneQuery.Match(query) && !ofServer.Match(query) && !shows.Match(query); {
		case len(in.notes) > 0 && asked:
			return []*Doc{{Reader: bytes.NewReader(query), Path: in.path, Kind: SQL, Format: "sql", Left: in.lines(in.notes)}}
		case useless && !in.described:
			why := in.useless()
			docs = []*Doc{{Reader: bytes.NewReader(nil), Path: in.path, Kind: Other, Reason: why, Left: in.lines(in.notes)}}
			if log != nil {
				docs = append(docs, &Doc{Reader: bytes.NewReader(log), Path: in.path, Kind: Log})
			}
			return docs
		}
		return nil
	case len(in.docs) == 0 && !useless:
		return nil
	case len(in.docs) == 1 && in.all[0].array && in.read[0] == in.all[0].Section:
		return nil // the rows, and what a driver says of their columns
	case len(in.docs) == 1 && !withPlan && !in.described && len(in.notes) == 0 && log == nil && !in.apart && schema.Echoed(rest) == nil && workload.Sniff(in.script):
		return nil // one result, with or without prose around it
	}
	docs = in.docs
	if withPlan {
		docs = slices.Concat([]*Doc{{Reader: bytes.NewReader(rest), Path: in.path, Kind: Plan}}, docs)
	}
	if log != nil {
		docs = append(docs, &Doc{Reader: bytes.NewReader(log), Path: in.path, Kind: Log, Beside: true})
	}
	for _, line := range in.lines(in.notes) {
		docs[len(docs)-1].Left = append(docs[len(docs)-1].Left, workload.Why(line))
	}
	definitions := schema.Echoed(rest)
	if in.described {
		definitions = rest
	}
	if definitions != nil {
		docs = append(docs, &Doc{Reader: bytes.NewReader(definitions), Path: in.path, Kind: Schema, Format: "sql", Beside: true})
	}
	return docs
}
