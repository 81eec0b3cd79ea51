package migration

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/lex"
)

// Try plays statements behind all files, as a migration that follows them, and
// returns them. undo takes them back; the effects stay what they were.
func (s *Set) Try(text string) (list []*Statement, undo func()) {
	mark := s.Catalog.Mark()
	p := &player{c: s.Catalog, session: newSession(Settings{}), number: s.last()}
	first := p.number + 1
	p.version, _ = s.Server.Major()
	var tx *Transaction
	f := &File{Engine: PostgreSQL, Tool: Plain, Before: mark, Input: -1, DownInput: -1}
	for _, piece := range lex.Split(text) {
		p.number++
		st := &Statement{File: f, Number: p.number, Line: piece.Line, EndLine: piece.EndLine, Text: piece.Text, Effect: &ddl.Effect{}}
		st.parsed, st.Err = parse(piece.Text)
		st.Tree, st.first = st.parsed.Tree, first
		if st.verb() == "begin" {
			tx = &Transaction{Kind: Explicit}
		}
		st.Tx = tx
		p.enter(tx)
		st.In = p.session.now
		if st.Err == nil {
			p.statement(st)
		}
		if verb := st.verb(); verb == "commit" || verb == "rollback" {
			p.leave(verb == "rollback")
			tx = nil
		}
		f.Statements = append(f.Statements, st)
	}
	return f.Statements, func() { s.Catalog.Rewind(mark) }
}

// last is the number of the last statement of the files.
func (s *Set) last() int {
	n := 0
	for _, f := range s.Files {
		for _, st := range f.Statements {
			n = max(n, st.Number)
		}
	}
	return n
}
