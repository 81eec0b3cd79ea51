package migration

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/lex"
)

// play plays the dumps, the files that were applied before, and the files under
// review.
func (m *reader) play(dumps []*Source, base, review []*File) {
	p := &player{c: catalog.New(), start: m.start()}
	p.version, _ = m.Server.Major()
	p.others, p.said = map[string]*dialect.Schema{}, map[string]bool{}
	p.versions, p.whole = m.Versions, m.WholeSchema
	for _, d := range dumps {
		if d.engine == PostgreSQL {
			p.dump(d)
		} else {
			p.dialectDump(d)
		}
	}
	if len(dumps) > 0 {
		p.c.Complete = true
		m.set.Schema = Dumped
		left, applied := review, []*File(nil)
		if m.dumped == PostgreSQL {
			left, applied = p.withoutApplied(review)
		}
		if review = left; len(left) == 0 && !m.WholeSchema {
			p.c, review, dumps, m.set.Schema = catalog.New(), applied, nil, NoSchema
			applied, m.pendingKnown = nil, false
			for _, f := range review {
				f.Notes = append(f.Notes, "the schema dump has what the migrations create: they are read without it")
			}
		}
		for _, f := range applied {
			m.set.Skipped = append(m.set.Skipped, Skipped{f.Input, "the schema dump has what it creates"})
		}
		base = nil // the dump has it
	} else if len(base) > 0 {
		m.set.Schema = Played
	}
	if m.set.Pending = m.pendingKnown; m.pendingKnown {
		oneForAll(review)
	}
	m.set.Before = p.c.Mark()
	start, home := p.c.Mark(), ""
	for i, f := range review {
		// Without a dump, each history is a database of its own.
		if i == 0 || f.home != home && len(dumps) == 0 && !m.WholeSchema {
			home = f.home
			p.c.Rewind(start)
			if len(dumps) == 0 {
				clear(p.others)
			}
			for _, old := range before(base, home) {
				p.base(old)
			}
			m.set.Before = p.c.Mark()
		}
		p.file(f)
	}
	m.set.After = p.c.Mark()
	if m.WholeSchema {
		m.set.Described = p.described()
	}
	m.set.Catalog, m.set.Files, m.set.NotJudged, m.set.Unread = p.c, review, p.notJudged, p.unread
}

// before returns the files that were applied before those of a history: its own, or
// all of them if it has none.
func before(base []*File, home string) []*File {
	var own []*File
	for _, f := range base {
		if f.home == home {
			own = append(own, f)
		}
	}
	if len(own) == 0 {
		return base
	}
	return own
}

// start is what the user says of every session.
func (m *reader) start() Settings {
	s := Settings{LockTimeout: Milliseconds(m.LockTimeout), StatementTimeout: Milliseconds(m.StatementTimeout)}
	if s.LockTimeout.Known() {
		s.LockBy = cmp.Or(m.LockBy, "--lock-timeout")
	}
	return s
}

type player struct {
	c       *catalog.Catalog
	version int
	start   Settings
	session *session
	number  int // of the last statement
	tx      *Transaction
	mark    catalog.Mark // when tx began
	deep    int          // calls within calls

	others   map[string]*dialect.Schema // of MySQL and SQLite, by engine
	versions map[string]string
	said     map[string]bool // the engines of which was said what is not judged

	whole     bool // the schema behind all files is asked for
	notJudged []string
	unread    []Unread
}

// dumped are the words that begin the statements of a dump that tell the schema.
var dumped = map[string]bool{"create": true, "alter": true, "drop": true, "set": true, "select": true, "grant": true, "revoke": true, "comment": true}

// dump plays a schema dump. Its rows and owners tell nothing here.
func (p *player) dump(s *Source) {
	p.session = newSession(Settings{})
	for _, piece := range lex.Split(s.Text) {
		word, _, _ := strings.Cut(piece.Text, " ")
		if !dumped[strings.ToLower(word)] || strings.Contains(piece.Text, " OWNER TO ") || strings.EqualFold(word, "select") && !strings.Contains(piece.Text, "set_config") {
			continue
		}
		parsed, err := parse(piece.Text)
		if err != nil {
			p.unread = append(p.unread, Unread{s.Input, piece.Line, err})
			continue
		}
		p.c.At = catalog.Place{Input: s.Input, Line: piece.Line}
		p.statement(&Statement{Text: piece.Text, Tree: parsed.Tree, parsed: parsed})
		p.c.Forget()
	}
}

// base plays a file that was applied before.
func (p *player) base(f *File) {
	if f.Engine != PostgreSQL {
		p.dialectBase(f)
		return
	}
	p.session, p.c.At = newSession(p.start), catalog.Place{}
	for _, s := range f.Statements {
		if s.Err == nil {
			p.session.enter(s.Tx)
			p.statement(s)
		}
	}
}

// file plays a file under review, and takes it back again to see what is left.
func (p *player) file(f *File) {
	if f.Engine != PostgreSQL {
		p.dialectFile(f)
		return
	}
	f.Before = p.c.Mark()
	if len(f.Statements) == 0 || f.Statements[0].Tx == nil || f.Statements[0].Tx != p.tx {
		p.session = newSession(p.start)
	}
	first := p.number + 1
	for _, s := range f.Statements {
		p.number++
		s.Number, s.first = p.number, first
		if s.Tx != nil && s.Tx.Files > 1 {
			s.first = min(first, s.Tx.Statements[0].Number)
		}
		p.enter(s.Tx)
		s.In = p.session.now
		p.c.At = catalog.Place{Input: f.Input, Line: s.Line}
		if s.Err == nil {
			p.statement(s)
		}
		if s.Tx != nil && s.Tx.EndedBy == s {
			p.leave(s.verb() == "rollback")
		}
	}
	p.takeBack(f)
}

// takeBack plays the part that takes a file back, and undoes it again.
func (p *player) takeBack(f *File) {
	if !f.HasDown {
		return
	}
	mark, session, tx := p.c.Mark(), p.session, p.tx
	p.session = newSession(p.start)
	first := p.number + 1
	for _, s := range f.Down {
		p.number++
		s.Number, s.first = p.number, first
		p.session.enter(s.Tx)
		s.In = p.session.now
		if s.Err == nil {
			p.statement(s)
		}
	}
	f.Left = left(p.c, f.Before)
	p.c.Rewind(mark)
	p.session, p.tx = session, tx
}

func (p *player) enter(tx *Transaction) {
	p.session.enter(tx)
	if tx != p.tx {
		p.tx, p.mark = tx, p.c.Mark()
	}
}

// leave ends a transaction of the file. ROLLBACK takes its statements back.
func (p *player) leave(rolledBack bool) {
	p.session.leave(rolledBack)
	if rolledBack && p.tx != nil {
		p.c.Rewind(p.mark)
	}
	p.tx = nil
}

// statement runs a statement, and those in its body. A failure of ours costs this
// statement alone.
func (p *player) statement(s *Statement) {
	mark := p.c.Mark()
	defer func() {
		if cause := recover(); cause != nil {
			p.c.Rewind(mark)
			s.Err, s.Effect = fmt.Errorf("pgverdict failed on it, which is a bug: %v", cause), &ddl.Effect{}
		}
	}()
	p.c.Now, p.c.Path = s.Number, p.session.now.Path
	run := s.parsed
	run.Version, run.TimeZone, run.Block, run.First = p.version, p.session.now.TimeZone, s.Tx != nil, max(s.first, 1)
	s.Effect = ddl.Run(p.c, run)
	p.session.run(s.Tree)
	if p.deep < 3 {
		p.body(s)
	}
}

// body runs the statements of a DO block or of a routine that is called.
func (p *player) body(s *Statement) {
	code := codeOf(s, p.c)
	if code.text == "" {
		return
	}
	p.deep++
	defer func() { p.deep-- }()
	s.Body = code.read(s)
	commits := slices.ContainsFunc(s.Body, func(b *Statement) bool { return b.Loop != nil && b.Loop.Commits })
	tx := s.Tx
	if tx == nil && !(commits && s.Tree.Kind != "SelectStmt") {
		tx = &Transaction{Kind: Block, Statements: s.Body, Why: "a DO block is one transaction", WayOut: "run the statement by itself, outside of the block"}
		if s.Tree.Kind != "DoStmt" {
			tx.Why = "what a statement calls runs in one transaction"
		}
	}
	mark := p.c.Mark()
	for _, b := range s.Body {
		b.Number, b.first, b.In, b.Tx = s.Number, s.first, p.session.now, tx
		if b.Err != nil || b.Tree.Kind == "TransactionStmt" {
			continue
		}
		b.parsed.Routine = true
		p.statement(b)
		merge(s.Effect, b.Effect)
		if s.Effect.NoBlock = s.Effect.NoBlock || b.certain && b.Effect.NoBlock; b.certain && b.Effect.Refused != "" { // it ends all of it
			s.Effect.Refused, s.Effect.Missing = b.Effect.Refused, b.Effect.Missing
			if !commits {
				p.c.Rewind(mark)
			}
			return
		}
	}
}

// order of the classes, by what takes longer.
var longer = []ddl.Class{ddl.Instant, ddl.Waits, ddl.Unknown, ddl.RowWrites, ddl.Scan, ddl.Build, ddl.Rewrite}

// merge adds what a statement of a body does to what the whole does.
func merge(to, e *ddl.Effect) {
	for _, l := range e.Locks {
		i := slices.IndexFunc(to.Locks, func(o ddl.Lock) bool { return o.Relation.OID == l.Relation.OID })
		switch {
		case i < 0:
			to.Locks = append(to.Locks, l)
		case l.Mode > to.Locks[i].Mode:
			to.Locks[i].Mode = l.Mode
		}
	}
	slices.SortStableFunc(to.Locks, func(a, b ddl.Lock) int { return int(b.Mode - a.Mode) })
	union := func(to *[]*catalog.Relation, more []*catalog.Relation) {
		for _, r := range more {
			if !slices.ContainsFunc(*to, func(o *catalog.Relation) bool { return o.OID == r.OID }) {
				*to = append(*to, r)
			}
		}
	}
	union(&to.Rewrites, e.Rewrites)
	union(&to.Reads, e.Reads)
	union(&to.Rebuilds, e.Rebuilds)
	if slices.Index(longer, e.Class) > slices.Index(longer, to.Class) {
		to.Class = e.Class
	}
	for _, a := range e.Assumed {
		if !slices.Contains(to.Assumed, a) {
			to.Assumed = append(to.Assumed, a)
		}
	}
}
