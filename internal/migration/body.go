package migration

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// code is the source of a DO block, a function or a procedure.
type code struct {
	text, language string
	line           int  // of its beginning in the file
	elsewhere      bool // it is written elsewhere: line is that of the call
}

// codeOf returns the code that a statement runs; its text is empty if none is known.
func codeOf(s *Statement, c *catalog.Catalog) code {
	switch s.Tree.Kind {
	case "DoStmt":
		b := code{language: "plpgsql", line: s.Line}
		for _, arg := range s.Tree.List("args") {
			value := arg.Get("arg.String.sval").String()
			switch arg.Get("defname").String() {
			case "as":
				b.text = value
			case "language":
				b.language = value
			}
		}
		for t := range lex.Tokens(s.Text) {
			if t.Kind == lex.String && len(t.Text) > len(b.text) {
				b.line += strings.Count(s.Text[:t.Start], "\n")
				break
			}
		}
		return b
	case "CallStmt":
		return called(sql.Node{Kind: "FuncCall", Result: s.Tree.Get("funccall")}, s, c)
	case "SelectStmt":
		if targets := s.Tree.List("targetList"); len(targets) == 1 && !s.Tree.Get("fromClause").Exists() {
			if call := targets[0].Child("val"); call.Kind == "FuncCall" {
				return called(call, s, c)
			}
		}
	}
	return code{}
}

func called(call sql.Node, s *Statement, c *catalog.Catalog) code {
	name := call.Strs("funcname")
	if len(name) == 0 {
		return code{}
	}
	of := catalog.Name{Name: name[len(name)-1]}
	if len(name) > 1 {
		of.Schema = name[len(name)-2]
	}
	if f := c.Function(of); f != nil {
		return code{text: f.Body, language: f.Language, line: s.Line, elsewhere: true}
	}
	return code{}
}

// errBuilt reports a statement whose text is put together when it runs.
var errBuilt = errors.New("EXECUTE of a text that is put together when it runs")

// read returns the statements in the code.
func (b code) read(of *Statement) []*Statement {
	r := bodyReader{code: b, of: of, lines: linesOf(b.text)}
	switch strings.ToLower(b.language) {
	case "sql":
		for _, p := range lex.Split(b.text) {
			r.add(p.Start, b.text[p.Start:p.End], nil)
		}
	case "plpgsql":
		for t := range lex.Tokens(b.text) {
			if t.Kind != lex.Comment {
				r.tokens = append(r.tokens, t)
			}
		}
		r.block()
	}
	return r.list
}

// bodyReader reads PL/pgSQL as far as it runs SQL: the control structures around
// statements, not expressions.
type bodyReader struct {
	code
	of     *Statement
	lines  lines
	tokens []lex.Token
	at     int
	loops  []*Loop // that are open
	opened []opened
	left   bool // a RETURN may have ended it
	list   []*Statement
}

// opened is a control structure that has not ended.
type opened struct {
	sure  bool // what it holds runs
	first int  // the statements in it begin with this one
}

func (r *bodyReader) open(sure bool) { r.opened = append(r.opened, opened{sure, len(r.list)}) }

func (r *bodyReader) add(at int, text string, err error) {
	s := &Statement{File: r.of.File, Line: r.line, Text: text, Effect: &ddl.Effect{}, Err: err}
	if !r.elsewhere {
		s.Line += r.lines.at(at) - 1
	}
	s.EndLine = s.Line
	if !r.elsewhere {
		s.EndLine += strings.Count(text, "\n")
	}
	if err == nil {
		s.parsed, s.Err = parse(text)
		s.Tree = s.parsed.Tree
	}
	if n := len(r.loops); n > 0 {
		s.Loop = r.loops[n-1]
	}
	s.certain = !r.left && !slices.ContainsFunc(r.opened, func(o opened) bool { return !o.sure })
	r.list = append(r.list, s)
}

// word returns the word of a token in lower case; empty if there is none.
func (r *bodyReader) word(i int) string {
	if i < len(r.tokens) && r.tokens[i].Kind == lex.Word {
		return strings.ToLower(r.tokens[i].Text)
	}
	return ""
}

// upTo moves behind the next of the words, or of a semicolon, outside of brackets
// and of CASE expressions. It returns the place of what it stopped at.
func (r *bodyReader) upTo(words string) int {
	depth, cases := 0, 0
	for ; r.at < len(r.tokens); r.at++ {
		w := r.word(r.at)
		switch text := r.tokens[r.at].Text; {
		case text == "(", text == "[":
			depth++
		case text == ")", text == "]":
			depth--
		case depth > 0:
		case text == ";" && cases == 0, cases == 0 && w != "" && w == words:
			r.at++
			return r.at - 1
		case w == "case":
			cases++
		case w == "end" && cases > 0:
			cases--
		}
	}
	return r.at
}

// block reads from the beginning of the code, or of a block in it.
func (r *bodyReader) block() {
	for r.at < len(r.tokens) {
		start := r.at
		switch w := r.word(start); w {
		case "declare":
			for r.at < len(r.tokens) && (r.word(r.at) != "begin" || r.tokens[r.at-1].Text != ";" && r.word(r.at-1) != "declare") {
				r.at++
			}
		case "begin":
			r.open(true)
			r.at++
		case "exception": // it catches what fails from the beginning of the block on
			if n := len(r.opened); n > 0 {
				r.opened[n-1].sure = false
				for _, s := range r.list[r.opened[n-1].first:] {
					s.certain = false
				}
			}
			r.at++
		case "else":
			r.at++
		case "if", "case":
			r.open(false)
			r.facts(start, r.upTo("then"))
		case "elsif", "elseif", "when":
			r.facts(start, r.upTo("then"))
		case "loop":
			r.at++
			r.open(false)
			r.loops = append(r.loops, new(Loop))
		case "while", "for", "foreach":
			end := r.upTo("loop")
			r.query(start, end)
			r.open(false)
			r.loops = append(r.loops, new(Loop))
			r.facts(start, end)
		case "end":
			if n := len(r.opened); n > 0 {
				r.opened = r.opened[:n-1]
			}
			if r.word(start+1) == "loop" && len(r.loops) > 0 {
				r.loops = r.loops[:len(r.loops)-1]
			}
			r.upTo(";")
		case "return", "exit", "continue":
			r.left = true
			fallthrough
		default:
			if text := r.tokens[start].Text; text == "<<" || text == ";" || text == ">>" {
				if r.at++; text == "<<" && r.at < len(r.tokens) {
					r.at++ // the label
				}
				continue
			}
			end := r.upTo(";")
			r.facts(start, end)
			r.statement(start, end)
		}
	}
}

// query reads the statement that a FOR loop runs over.
func (r *bodyReader) query(start, end int) {
	for i := start; i < end; i++ {
		if r.word(i) == "in" {
			if w := r.word(i + 1); w == "select" || w == "with" || w == "execute" {
				r.statement(i+1, end)
			}
			return
		}
	}
}

var controlWords = map[string]bool{
	"raise": true, "return": true, "exit": true, "continue": true, "get": true, "null": true, "open": true, "fetch": true, "close": true, "move": true,
	"assert": true, "commit": true, "rollback": true, "savepoint": true, "release": true,
}

// statement reads one statement.
func (r *bodyReader) statement(start, end int) {
	first := r.word(start)
	if first == "" || controlWords[first] || end <= start {
		return
	}
	if end > start+1 {
		if next := r.tokens[start+1].Text; next == ":=" || next == "=" || next == "." || next == "[" || next == ":" {
			return // an assignment
		}
	}
	from, to := r.tokens[start].Start, r.tokens[end-1].End
	text := []byte(r.text[from:to])
	switch first {
	case "perform":
		copy(text, "SELECT ")
	case "execute":
		r.execute(start, end)
		return
	}
	if first != "create" { // CREATE TABLE AS has none; SELECT INTO a variable does
		r.withoutTargets(text, from, start, end)
	}
	r.add(from, string(text), nil)
}

// withoutTargets blanks INTO variable, ... of a statement.
func (r *bodyReader) withoutTargets(text []byte, from, start, end int) {
	depth := 0
	for i := start; i < end; i++ {
		switch {
		case r.tokens[i].Text == "(":
			depth++
		case r.tokens[i].Text == ")":
			depth--
		}
		if depth > 0 || r.word(i) != "into" || i > start && (r.word(i-1) == "insert" || r.word(i-1) == "merge") {
			continue
		}
		last := i + 1
		if r.word(last) == "strict" {
			last++
		}
		for last+2 < end && (r.tokens[last+1].Text == "," || r.tokens[last+1].Text == ".") {
			last += 2
		}
		if last < end {
			blank(text[r.tokens[i].Start-from : r.tokens[last].End-from])
		}
		return
	}
}

// execute reads EXECUTE of a constant.
func (r *bodyReader) execute(start, end int) {
	at, text := r.tokens[start].Start, r.text[r.tokens[start].Start:r.tokens[end-1].End]
	if start+1 < end && r.tokens[start+1].Kind == lex.String && (start+2 == end || r.word(start+2) == "using" || r.word(start+2) == "into") {
		if t := r.tokens[start+1]; t.Text != "" {
			r.add(at, strings.TrimSpace(unquoted(t.Text)), nil)
			return
		}
	}
	r.add(at, text, errBuilt)
}

// unquoted returns what a string literal stands for.
func unquoted(s string) string {
	if s[0] == '$' {
		if tag := strings.IndexByte(s[1:], '$') + 2; tag > 1 && len(s) >= 2*tag {
			return s[tag : len(s)-tag]
		}
		return s
	}
	s = s[strings.IndexByte(s, '\'')+1:]
	return strings.ReplaceAll(strings.TrimSuffix(s, "'"), "''", "'")
}

var progressTable = regexp.MustCompile(`(?i)progress|backfill|batch|checkpoint|watermark`)

// facts notes in the open loops what a statement is.
func (r *bodyReader) facts(start, end int) {
	if len(r.loops) == 0 {
		return
	}
	var of Loop
	switch r.word(start) {
	case "commit":
		of.Commits = true
	case "raise":
		of.Progress = true
	case "insert", "update":
		if start+2 < end {
			of.Progress = progressTable.MatchString(r.tokens[start+1].Text) || r.word(start+1) == "into" && progressTable.MatchString(r.tokens[start+2].Text)
		}
	}
	for i := start; i < end; i++ {
		switch w := r.word(i); {
		case strings.HasPrefix(w, "pg_sleep"):
			of.Sleeps = true
		case w == "pg_stat_replication", w == "pg_replication_slots", w == "replay_lag", strings.Contains(w, "replay_lsn"), strings.Contains(w, "_lag") && i+1 < end && r.tokens[i+1].Text == "(":
			of.Lag = true
		}
	}
	for _, l := range r.loops {
		l.Commits, l.Sleeps, l.Lag, l.Progress = l.Commits || of.Commits, l.Sleeps || of.Sleeps, l.Lag || of.Lag, l.Progress || of.Progress
	}
}
