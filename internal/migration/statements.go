package migration

import (
	"errors"
	"regexp"
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/lex"
)

// read splits a part of a source into statements and parses each of them, as an
// engine's or, if that is not known, as PostgreSQL's.
func (s *Source) read(p part, engine string) []*Statement {
	text, templates := plain(p.text)
	if templates {
		s.note("placeholders such as ${name} are read as names")
	}
	if dialect.Known(engine) {
		return s.readDialect(p, text, dialect.Engine(engine))
	}
	var list []*Statement
	ignores := ignoredIn(text)
	for _, piece := range lex.Statements(text) {
		for _, at := range unterminated(text[piece.Start:piece.End], unterminatedLines) {
			start, end := piece.Start+at.start, piece.Start+at.end
			st := &Statement{
				Line: s.lines.at(p.at + start), EndLine: s.lines.at(p.at + end),
				Text: p.text[start:end], Effect: &ddl.Effect{}, Tree: at.parsed.Tree, parsed: at.parsed, Err: at.err,
				start: p.at + start, end: p.at + end,
			}
			if strings.HasPrefix(piece.Command, `\watch`) {
				st.Loop = &Loop{Commits: true, Sleeps: true}
			}
			st.Ignored, ignores = ignores.before(end)
			st.string = p.stringOf(st.start)
			list = append(list, st)
		}
	}
	return list
}

// errSemicolon reports a statement that the server reads together with the next one.
var errSemicolon = errors.New("the semicolon behind it is missing")

// span is a statement in a text.
type span struct {
	start, end int
	parsed     ddl.Statement
	err        error
}

// beginWords begin statements that are told apart although a semicolon is missing.
var beginWords = map[string]bool{"alter": true, "create": true, "drop": true, "insert": true, "update": true, "delete": true, "truncate": true, "comment": true, "commit": true, "begin": true, "reindex": true}

// unterminatedLines is how many lines of a text that cannot be read are tried as
// beginnings of other statements.
const unterminatedLines = 30

// unterminated reads a statement. If it cannot be read, and a line in it begins
// another one, the semicolon between them is missing: both are read. At most tries
// lines are tried.
func unterminated(text string, tries int) []span {
	parsed, err := parse(text)
	whole := []span{{0, len(text), parsed, err}}
	if err == nil || len(text) > longInsert {
		return whole
	}
	depth, last := 0, 0
	for t := range lex.Tokens(text) {
		switch {
		case t.Kind == lex.Comment:
			continue
		case t.Text == "(":
			depth++
		case t.Text == ")":
			depth--
		case depth == 0 && last > 0 && t.Kind == lex.Word && beginWords[strings.ToLower(t.Text)] && strings.Contains(text[last:t.Start], "\n"):
			if tries--; tries < 0 {
				return whole
			}
			if first, err := parse(text[:last]); err == nil && first.Tree.Kind != "" {
				rest := unterminated(text[t.Start:], tries)
				for i := range rest {
					rest[i].start, rest[i].end = rest[i].start+t.Start, rest[i].end+t.Start
				}
				return append([]span{{0, last, ddl.Statement{}, errSemicolon}}, rest...)
			}
		}
		last = t.End
	}
	return whole
}

// longInsert is the length from which the rows of an INSERT are left out: their
// tree is many times as long, and the first row tells all that is asked.
const longInsert = 100_000

// parse reads a statement.
func parse(text string) (ddl.Statement, error) {
	if len(text) > longInsert {
		text = firstRow(text)
	}
	s, err := ddl.Parse(text)
	if err != nil {
		if named := withoutVariables(text); named != text {
			if s, err := ddl.Parse(named); err == nil {
				return s, nil
			}
		}
	}
	return s, err
}

// firstRow returns INSERT ... VALUES with the first row alone; any other statement
// as it is.
func firstRow(text string) string {
	depth, values := 0, false
	first := true
	for t := range lex.Tokens(text) {
		switch {
		case t.Kind == lex.Comment:
			continue
		case first && !strings.EqualFold(t.Text, "insert"):
			return text
		case depth == 0 && t.Kind == lex.Word && strings.EqualFold(t.Text, "values"):
			values = true
		case t.Text == "(":
			depth++
		case t.Text == ")":
			if depth--; depth == 0 && values {
				return text[:t.End]
			}
		}
		first = false
	}
	return text
}

var ignoreComment = regexp.MustCompile(`(?m)(?:--|/\*|\*)[ \t]*pgverdict:ignore[ \t]+([\w-]+(?:[ \t]*,[ \t]*[\w-]+)*)[ \t]*:?[ \t]*(.*?)[ \t]*(?:\*/[ \t]*)?\r?$`)

// ignores are the comments that switch rules off, by their place.
type ignores []ignore

type ignore struct {
	at     int
	rules  []string
	reason string
}

func ignoredIn(text string) ignores {
	if !strings.Contains(text, "pgverdict:ignore") {
		return nil
	}
	var list ignores
	for _, m := range ignoreComment.FindAllStringSubmatchIndex(text, -1) {
		one := ignore{at: m[0], reason: text[m[4]:m[5]]}
		for rule := range strings.SplitSeq(text[m[2]:m[3]], ",") {
			one.rules = append(one.rules, strings.TrimSpace(rule))
		}
		list = append(list, one)
	}
	return list
}

// before returns the rules of the comments before a position, and the comments
// after it.
func (l ignores) before(end int) (map[string]string, ignores) {
	var rules map[string]string
	for len(l) > 0 && l[0].at < end {
		if rules == nil {
			rules = map[string]string{}
		}
		for _, r := range l[0].rules {
			rules[r] = l[0].reason
		}
		l = l[1:]
	}
	return rules, l
}
