package schema

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/diag"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/workload"
)

// Scan is a table that a plan in the same input reads, the index that it is read by, if
// any, and the line on which the plan begins. A listing without a title is matched with it.
type Scan struct {
	Schema, Table, Index string
	Line                 int
}

// HasPasted reports whether a text that is mainly something else holds
// definitions.
func HasPasted(head []byte) bool { return hasPasted(string(head)) }

func hasPasted(text string) bool {
	if describes(text) {
		return true
	}
	for line := range strings.Lines(text) {
		if s := lex.Unprompted(line); beginsDefinition(s) || isIndexLine(s) {
			return true
		}
	}
	return false
}

// ReadPasted reads the definitions among prose, queries and plans. The warnings
// report what looked like a definition and could not be read.
func ReadPasted(name, text string, scans []Scan, snap *workload.Snapshot) []*diag.SyntaxError {
	r := reader{name: name, snap: snap}
	lines := strings.Split(text, "\n")
	for _, p := range definitionsIn(lines) {
		if ends := strings.HasSuffix(p.Text, ";"); !ends && !wellFormed(p.Text) {
			continue
		}
		r.below = belowPlan(p, scans)
		r.piece(p)
	}
	r.below = false
	for _, d := range descriptionsIn(lines) {
		r.describe(d, scans)
	}
	return r.warnings
}

// belowPlan reports whether an index is created below a plan that reads its table, as in a
// ticket that goes on with the fix. If a plan below that reads the table without it, or if
// the server printed the definition, it was there.
func belowPlan(p lex.Piece, scans []Scan) bool {
	def, err := workload.ParseIndexDef(p.Text)
	if err != nil {
		return false
	}
	below, again, used := false, false, false
	for _, s := range scans {
		if s.Table != def.Table || s.Schema != "" && def.Schema != "" && s.Schema != def.Schema {
			continue
		}
		below = below || s.Line < p.Line
		again = again || s.Line > p.Line
		used = used || s.Line > p.Line && s.Index == cmp.Or(def.Name, s.Index) && s.Index != ""
	}
	printed := def.Schema != "" && serverForm.MatchString(p.Text)
	return below && (used || !again) && !printed
}

// serverForm matches a part of what pg_get_indexdef prints and nobody types.
var serverForm = regexp.MustCompile(`\sUSING \w+ \(`)

// wellFormed reports whether a text is a definition and not a sentence.
func wellFormed(text string) bool {
	scratch := reader{snap: new(workload.Snapshot)}
	return scratch.statement(text) == nil
}

var definition = regexp.MustCompile(`(?i)^(create\s+((global|local|temp|temporary|unlogged|foreign)\s+)*table|create\s+(unique\s+)?index|alter\s+table|drop\s+index)\s`)

func beginsDefinition(s string) bool { return definition.MatchString(s + " ") }

// maxDefinition is the maximum number of lines of a definition.
const maxDefinition = 2000

// definitionsIn returns the definitions that begin on a line of their own, as
// typed or as a console echoed them. It leaves out those inside of EXPLAIN,
// which did not run as such, and indexes that are dropped again.
func definitionsIn(lines []string) []lex.Piece {
	var found []lex.Piece
	for i := 0; i < len(lines); i++ {
		s := strings.Trim(lex.Unprompted(lines[i]), "`")
		if len(s) > 7 && strings.EqualFold(s[:7], "explain") || strings.EqualFold(s, "explain") {
			for i+1 < len(lines) && !strings.Contains(lines[i], ";") && strings.TrimSpace(lines[i+1]) != "" {
				i++
			}
			continue
		}
		if !beginsDefinition(s) {
			continue
		}
		text, behind := definitionAt(lines, i)
		if dropped, ok := droppedIndexes(text); ok {
			found = slices.DeleteFunc(found, func(p lex.Piece) bool {
				def, err := workload.ParseIndexDef(p.Text)
				return err == nil && slices.Contains(dropped, def.Name)
			})
		} else {
			found = append(found, lex.Piece{Text: text, Line: i + 1})
		}
		i = behind - 1
	}
	return found
}

// Echoed returns a text in which only the definitions that ran at psql's prompt are left, on
// their lines; nil if none did. What stands elsewhere beside results may be a proposal.
func Echoed(text []byte) []byte {
	lines := strings.Split(string(text), "\n")
	ran := make([]string, len(lines))
	any := false
	for i := 0; i < len(lines); i++ {
		if !lex.Prompted(lines[i]) || !beginsDefinition(lex.Unprompted(lines[i])) {
			continue
		}
		_, behind := definitionAt(lines, i)
		if behind < len(lines) && strings.HasPrefix(strings.ToUpper(lex.Unprompted(lines[i])), strings.TrimSpace(lines[behind])+" ") { // CREATE TABLE
			any = true
			copy(ran[i:behind], lines[i:behind])
		}
		i = behind - 1
	}
	if !any {
		return nil
	}
	return []byte(strings.Join(ran, "\n"))
}

// definitionAt returns the definition that begins on a line, up to its semicolon
// or to its last closing bracket and what follows that, and the line after it.
func definitionAt(lines []string, first int) (text string, behind int) {
	var b strings.Builder
	depth, brackets := 0, false
	for i := first; i < len(lines) && i < first+maxDefinition; i++ {
		s := strings.Trim(lex.Unprompted(lines[i]), "`")
		if i > first && (lex.Prompted(lines[i]) || depth == 0 && (s == "" || brackets && !goesOn(s) || beginsDefinition(s))) {
			return b.String(), i
		}
		for t := range lex.Tokens(s) {
			switch {
			case t.Text == "(":
				depth, brackets = depth+1, true
			case t.Text == ")":
				depth = max(0, depth-1)
			case t.Text == ";" && depth == 0:
				b.WriteString(s[:t.End])
				return b.String(), i + 1
			}
		}
		b.WriteString(s + "\n")
	}
	return b.String(), min(len(lines), first+maxDefinition)
}

var continues = regexp.MustCompile(`(?i)^(\(|where|include|with|tablespace|partition|using|on|inherits|nulls|add|alter|and|or|default)\b`)

// goesOn reports whether a line continues the definition before it.
func goesOn(s string) bool {
	return strings.HasPrefix(s, "(") || strings.HasPrefix(s, ";") || continues.MatchString(s)
}

// droppedIndexes returns the names in a DROP INDEX.
func droppedIndexes(text string) (names []string, ok bool) {
	s := lex.Scan(text)
	if !s.Words("drop", "index") {
		return nil, false
	}
	s.Words("concurrently")
	s.Words("if", "exists")
	for {
		_, name, ok := s.Qualified()
		if !ok {
			return names, true
		}
		names = append(names, name)
		if !s.Symbol(",") {
			return names, true
		}
	}
}
