package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

// This file reads tables as psql's \d prints them (describeOneTableDetails in
// src/bin/psql/describe.c).

// description is the output of one \d, or a pasted part of it.
type description struct {
	line         int
	title        string // psql's name for its kind; empty if there is no title
	schema, name string
	columns      []describedColumn
	indexes      []string // lines of the indexes
	constraints  []string // lines of CHECK and FOREIGN KEY
	references   []string // lines of foreign keys of other tables
	triggers     []string
	options      string
	partitioned  bool
}

type describedColumn struct{ name, typ, modifiers, def string }

var (
	tableTitle = regexp.MustCompile(`^(\pL[\pL ]{0,40}?) ["“»«]([^"“”»«]+)["”«»]$`)
	indexLine  = regexp.MustCompile(`^("(?:[^"]|"")+") ((?:PRIMARY KEY|UNIQUE CONSTRAINT|UNIQUE), )?(btree|hash|gist|gin|brin|spgist|[a-z]+) \(`)
	constrains = regexp.MustCompile(`^("(?:[^"]|"")+") (FOREIGN KEY|CHECK|EXCLUDE) `)
	referenced = regexp.MustCompile(`^TABLE "(.+?)" CONSTRAINT (".+)$`)
)

// firstHeads are psql's names for the first column of the listing.
var firstHeads = []string{"column", "spalte", "colonne", "columna", "colonna", "coluna", "столбец", "kolumn", "kolumna", "列", "sloupec", "στήλη", "стовпець", "სვეტი", "欄位", "필드명"}

// IsListing reports whether these columns are of psql's listing of a table's columns.
func IsListing(columns []string) bool {
	return len(columns) > 1 && slices.Contains(firstHeads, columns[0]) && len(columns[1]) <= 20
}

func describes(text string) bool {
	return strings.Contains(text, `" btree (`) || strings.Contains(text, ", btree (") || listingHead(text)
}

// listingHead reports whether a line of the text is the header of a listing of
// columns.
func listingHead(text string) bool {
	for line := range strings.Lines(text) {
		if len(line) < 2000 && strings.ContainsAny(line, "|│") && headOf(plainLine(line)) != nil {
			return true
		}
	}
	return false
}

// plainLine returns a line without the prefix of a console, a mail or a comment.
func plainLine(s string) string {
	s = lex.Unprompted(s)
	if rest, ok := strings.CutPrefix(s, "-- "); ok {
		s = strings.TrimSpace(rest)
	}
	return strings.Trim(s, "`")
}

var bars = strings.NewReplacer("│", "|", "║", "|")

// cells splits a row of the listing, into n cells at most if n is above 0.
func cells(s string, n int) []string {
	s = bars.Replace(s)
	if rest, ok := strings.CutPrefix(s, "|"); ok {
		s = strings.TrimSuffix(strings.TrimRight(rest, " "), "|")
	}
	if !strings.Contains(s, "|") {
		return nil
	}
	list := strings.SplitN(s, "|", max(n, -1))
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// headOf returns the header of a listing of columns; nil if the line is none.
func headOf(s string) []string {
	head := cells(s, -1)
	if len(head) < 2 || !IsListing([]string{strings.ToLower(head[0]), head[1]}) {
		return nil
	}
	return head
}

// descriptionsIn returns the listings in a text, whole or in parts.
func descriptionsIn(lines []string) []*description {
	var found []*description
	var d *description
	begin := func(line int) {
		d = &description{line: line}
		found = append(found, d)
	}
	section := ""
	for i := 0; i < len(lines); i++ {
		s := plainLine(lines[i])
		head := headOf(s)
		m := tableTitle.FindStringSubmatch(s)
		switch {
		case m != nil && i+1 < len(lines) && (headOf(plainLine(lines[i+1])) != nil || isRule(plainLine(lines[i+1]))):
			begin(i + 1)
			d.title = strings.ToLower(m[1])
			if d.schema, d.name, _ = strings.Cut(m[2], "."); d.name == "" {
				d.schema, d.name = "", d.schema
			}
		case head != nil:
			if d == nil || d.title == "" || len(d.columns) > 0 {
				begin(i + 1)
			}
			i = d.rows(lines, i+1, head) - 1
			section = ""
		case isIndexLine(s):
			if d == nil {
				begin(i + 1)
			}
			d.indexes = append(d.indexes, s)
		case d == nil:
		case constrains.MatchString(s):
			d.constraints = append(d.constraints, s)
		case referenced.MatchString(s):
			if section == "Referenced by" {
				d.references = append(d.references, s)
			}
		case strings.HasPrefix(s, "Partition key: "):
			d.partitioned = true
		case strings.HasPrefix(s, "Options: "):
			d.options = strings.TrimPrefix(s, "Options: ")
		case strings.HasSuffix(s, ":"):
			section = strings.TrimSuffix(s, ":")
		case section == "Triggers" && strings.Contains(s, " EXECUTE "):
			d.triggers = append(d.triggers, s)
		}
	}
	return found
}

func isIndexLine(s string) bool {
	return strings.HasPrefix(s, `"`) && strings.Contains(s, " (") && indexLine.MatchString(s)
}

func isRule(s string) bool {
	return s != "" && strings.Trim(bars.Replace(s), "-+|─┼┌┬┐├┤═ ") == ""
}

// rows reads the listing of columns and returns the line after it.
func (d *description) rows(lines []string, from int, head []string) int {
	at := func(name string, other int) int {
		for i, h := range head {
			if strings.EqualFold(h, name) {
				return i
			}
		}
		return other
	}
	null, def, modifiers := at("Nullable", 3), at("Default", 4), at("Modifiers", -1)
	if len(head) < 5 || modifiers >= 0 { // up to PostgreSQL 9.6
		null, def, modifiers = -1, -1, max(modifiers, 2)
	}
	for i := from; i < len(lines); i++ {
		s := plainLine(lines[i])
		if isRule(s) {
			continue
		}
		row := cells(s, len(head))
		if len(row) < 2 {
			return i
		}
		cell := func(i int) string {
			if i < 0 || i >= len(row) {
				return ""
			}
			return row[i]
		}
		c := describedColumn{name: row[0], typ: row[1], modifiers: cell(null), def: cell(def)}
		if modifiers >= 0 {
			c.modifiers = cell(modifiers)
			_, c.def, _ = strings.Cut(c.modifiers, "default ")
		}
		if c.name != "" {
			d.columns = append(d.columns, c)
		}
	}
	return len(lines)
}

// describe adds a listing to the snapshot.
func (r *reader) describe(d *description, scans []Scan) {
	kind := "r"
	switch words := strings.Fields(d.title); {
	case d.partitioned || slices.Contains(words, "partitioned"):
		kind = "p"
	case slices.Contains(words, "foreign"):
		kind = "f"
	case slices.Contains(words, "materialized"):
		kind = "m"
	}
	if slices.ContainsFunc([]string{"index", "sequence", "type", "toast", "view"}, func(w string) bool { return strings.Contains(d.title, w) }) && kind != "m" {
		return // not a table
	}
	if d.name == "" && !d.named(scans) {
		r.warn(d.line, `the title of the listing, such as Table "public.orders", which names the table`, nil)
		return
	}
	t := r.snap.TableFor(d.schema, d.name)
	if t.Kind == "" {
		t.Kind = kind
	}
	for _, c := range d.columns {
		col := t.ColumnFor(c.name)
		if col.Type == "" {
			col.Type = lex.TypeName(c.typ)
		}
		if !col.NotNull.Known() {
			col.NotNull = opt.Some(strings.Contains(c.modifiers, "not null"))
		}
		if c.def != "" && col.Default.Empty() && !strings.HasPrefix(c.def, "generated ") {
			col.Default = redact.SQL(c.def)
		}
	}
	for _, s := range d.indexes {
		if err := r.describedIndex(t, s); err != nil {
			r.warn(d.line, `an index as psql's \d prints it`, err)
		}
	}
	for _, s := range d.constraints {
		r.describedConstraint(t, s)
	}
	for _, s := range d.references {
		m := referenced.FindStringSubmatch(s)
		if schema, name, ok := lex.Scan(m[1]).Qualified(); ok {
			r.describedConstraint(r.snap.TableFor(schema, name), m[2])
		}
	}
	for _, s := range d.triggers {
		t.Triggers = append(t.Triggers, "CREATE TRIGGER "+s)
	}
	if d.options != "" {
		t.Options = options(t.Options, d.options)
	}
	r.read++
}

// named finds the table of a listing without a title: the table that a plan
// reads by an index of the listing, or else the only table that the plan reads.
func (d *description) named(scans []Scan) bool {
	tables := map[Scan]bool{}
	for _, s := range scans {
		tables[Scan{Schema: s.Schema, Table: s.Table}] = true
		for _, line := range d.indexes {
			if name, ok := lex.Scan(line).Name(); ok && (name == s.Index || name == s.Table+"_pkey") {
				d.schema, d.name = s.Schema, s.Table
				return true
			}
		}
	}
	for only := range tables {
		d.schema, d.name = only.Schema, only.Table
	}
	return len(tables) == 1
}

// flags follow an index's definition.
var flags = regexp.MustCompile(`( (CLUSTER|INVALID|DEFERRABLE|INITIALLY DEFERRED|REPLICA IDENTITY)|, tablespace "[^"]+")+$`)

// describedIndex reads "orders_pkey" PRIMARY KEY, btree (id).
func (r *reader) describedIndex(t *workload.Table, s string) error {
	m := indexLine.FindStringSubmatch(s)
	if m == nil {
		return fmt.Errorf("expected an access method and its keys")
	}
	body := strings.TrimPrefix(s[len(m[1])+1:], m[2])
	flagged := flags.FindString(body)
	body = strings.TrimRight(body[:len(body)-len(flagged)], " ;,.")
	unique := ""
	if m[2] != "" {
		unique = "UNIQUE "
	}
	text := fmt.Sprintf("CREATE %sINDEX %s ON %s USING %s", unique, m[1], t.QName(), body)
	def, err := workload.ParseIndexDef(text)
	if err != nil {
		return err
	}
	ix := r.snap.IndexFor(t, def.Name)
	fill(ix, def.IndexDef, text)
	ix.ConstraintKnown = true
	if !ix.Valid.Known() {
		ix.Valid = opt.Some(!strings.Contains(flagged, " INVALID"))
	}
	for flag, set := range map[string]*opt.Value[bool]{" REPLICA IDENTITY": &ix.ReplicaIdentity, " CLUSTER": &ix.Clustered} {
		if strings.Contains(flagged, flag) {
			*set = opt.Some(true)
		}
	}
	c := workload.Constraint{Name: def.Name, Columns: keyColumns(def.IndexDef), Valid: opt.Some(true)}
	switch {
	case strings.HasPrefix(m[2], "PRIMARY"):
		c.Type = "p"
	case strings.HasPrefix(m[2], "UNIQUE CONSTRAINT"):
		c.Type = "u"
	default:
		return nil
	}
	r.constraint(t, c)
	return nil
}

// describedConstraint reads "orders_fkey" FOREIGN KEY (a) REFERENCES b(id).
func (r *reader) describedConstraint(t *workload.Table, s string) {
	sc := lex.Scan(s)
	name, ok := sc.Name()
	if !ok {
		return
	}
	if c, err := workload.ParseConstraintDef(sc.Rest()); err == nil {
		c.Name = name
		r.constraint(t, c)
	}
}
