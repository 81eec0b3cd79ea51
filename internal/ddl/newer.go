package ddl

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// newer is what a statement has of PostgreSQL 18's syntax, by the position of the
// constraint that it belongs to. No grammar here reads it: Parse takes it out.
type newer struct {
	virtual     map[int]bool // a generated column that is not stored
	notEnforced map[int]bool
	notNull     map[int]bool // a CHECK that stands for NOT NULL as a table constraint
	any         bool         // something of 18 is in the statement
}

func (n newer) none() bool { return !n.any }

// Parse reads one statement for Run. The error is one of sql.Tree's. The syntax of
// PostgreSQL 18 that DDL has is read too.
func Parse(text string) (Statement, error) {
	s := Statement{Text: text}
	tree, err := sql.Tree(text)
	if err == nil {
		s.Tree = tree
		return s, nil
	}
	older, n := without18(text)
	if !n.any {
		return s, err
	}
	tree, err2 := sql.Tree(older)
	if err2 != nil {
		return s, err
	}
	s.Text, s.Tree, s.newer = older, tree, n
	mark(&s)
	return s, nil
}

// without18 returns a text in the grammar of 17, and the positions in it at which
// something of 18 stood.
func without18(text string) (string, newer) {
	n := newer{virtual: map[int]bool{}, notEnforced: map[int]bool{}, notNull: map[int]bool{}}
	toks := tokens(text)
	word := func(i int, w string) bool {
		return i >= 0 && i < len(toks) && toks[i].Kind == lex.Word && strings.EqualFold(toks[i].Text, w)
	}
	var b strings.Builder
	at := 0
	put := func(from, to int, with string) {
		b.WriteString(text[at:from])
		b.WriteString(with)
		at = to
		n.any = true
	}
	generated := false // inside of GENERATED ALWAYS AS ( ... )
	depth, opened := 0, -1
	for i, t := range toks {
		switch {
		case t.Text == "(":
			depth++
			if word(i-1, "as") && word(i-2, "always") {
				generated, opened = true, depth
			}
		case t.Text == ")":
			if generated && depth == opened {
				generated = false
				switch {
				case word(i+1, "virtual"):
					put(toks[i+1].Start, toks[i+1].End, "STORED")
					n.virtual[b.Len()] = true
				case !word(i+1, "stored"):
					put(t.End, t.End, " STORED")
					n.virtual[b.Len()] = true
				}
			}
			depth--
		case word(i, "not") && word(i+1, "enforced"):
			put(t.Start, toks[i+1].End, "")
			n.notEnforced[b.Len()] = true
		case word(i, "enforced") && !word(i-1, "not"):
			put(t.Start, t.End, "")
		case word(i, "without") && word(i+1, "overlaps"):
			put(t.Start, toks[i+1].End, "")
		case word(i, "period") && i > 0 && toks[i-1].Text == ",":
			put(t.Start, t.End, "")
		case word(i, "not") && word(i+1, "null") && i+2 < len(toks) && tableConstraint(toks, i):
			if name, ok := toks[i+2].Name(); ok {
				put(t.Start, t.Start, "")
				n.notNull[b.Len()] = true
				put(t.Start, toks[i+2].End, "CHECK ("+lex.QuoteIdent(name)+" IS NOT NULL)")
			}
		}
	}
	b.WriteString(text[at:])
	return b.String(), n
}

// tableConstraint reports whether NOT NULL at a position begins a table constraint:
// ADD NOT NULL a, CONSTRAINT c NOT NULL a.
func tableConstraint(toks []lex.Token, i int) bool {
	is := func(j int, w string) bool { return j >= 0 && strings.EqualFold(toks[j].Text, w) }
	return is(i-1, "add") || is(i-2, "constraint") && (is(i-3, "add") || is(i-3, ",") || is(i-3, "(")) || is(i-1, ",") || is(i-1, "(")
}

func tokens(text string) []lex.Token {
	var list []lex.Token
	for t := range lex.Tokens(text) {
		if t.Kind != lex.Comment {
			list = append(list, t)
		}
	}
	return list
}

// mark moves each position to the location of the constraint that it belongs to: the
// last one that begins at or before it.
func mark(s *Statement) {
	var starts []int
	Walk(s.Tree, func(n sql.Node) bool {
		if n.Kind == "Constraint" {
			starts = append(starts, location(n))
		}
		return true
	})
	move := func(m map[int]bool) map[int]bool {
		moved := map[int]bool{}
		for pos := range m {
			best := -1
			for _, st := range starts {
				if st <= pos {
					best = max(best, st)
				}
			}
			moved[best] = true
		}
		return moved
	}
	s.newer.virtual, s.newer.notEnforced, s.newer.notNull = move(s.newer.virtual), move(s.newer.notEnforced), move(s.newer.notNull)
}

// needsNewer refuses what only 18 has on an older server.
func (r *run) needsNewer(k catalog.Constraint) {
	switch {
	case k.NotEnforced:
		r.needs(18, "NOT ENFORCED")
	case k.Type == catalog.NotNull:
		r.needs(18, "NOT NULL as a table constraint")
	}
}
