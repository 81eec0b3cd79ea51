package dialect

import "strings"

// Piece is one statement of a text: its first and the end of its last byte.
type Piece struct{ Start, End int }

// Split splits a text into statements as the engine's client does: for MySQL by the
// DELIMITER in force, with the bodies of routines and triggers whole. It is linear
// in the text and never fails.
func Split(e Engine, text string) []Piece {
	s := splitter{engine: e, text: text, delimiter: ";", start: -1}
	for s.at < len(text) {
		s.step()
	}
	s.finish()
	return s.pieces
}

type splitter struct {
	engine     Engine
	text       string
	at         int
	start, end int // of the current statement; start is -1 between two
	delimiter  string
	words      int
	first      string // of the words of the statement
	body       bool   // CREATE of what may have a body with statements
	begun      bool   // BEGIN of the body was seen
	depth      int    // of BEGIN, CASE, IF, LOOP, WHILE and REPEAT in the body
	previous   string
	pieces     []Piece
}

func (s *splitter) step() {
	text, at := s.text, s.at
	c := text[at]
	switch {
	case c <= ' ':
		s.at++
		return
	case s.depth == 0 && strings.HasPrefix(text[at:], s.delimiter):
		s.finish()
		s.at += len(s.delimiter)
		return
	}
	if end := s.comment(); end > 0 {
		s.at = end
		return
	}
	if s.start < 0 {
		if s.engine == MySQL && s.setDelimiter() {
			return
		}
		s.start = at
		s.words, s.first, s.body, s.begun, s.depth, s.previous = 0, "", false, false, 0, ""
	}
	switch {
	case c == '\'' || c == '"' || c == '`':
		s.at = s.quoted(c)
	case c == '[' && s.engine == SQLite:
		s.at = s.quoted(']')
	case isWord(c):
		end := at
		for end < len(text) && isWord(text[end]) {
			end++
		}
		s.word(strings.ToLower(text[at:end]))
		s.at = end
	default:
		s.previous = text[at : at+1]
		s.at++
	}
	s.end = s.at
}

// comment returns the end of a comment here; 0 if there is none. What stands in
// /*! ... */ is executed by MySQL, and no comment.
func (s *splitter) comment() int {
	text := s.text[s.at:]
	line := strings.HasPrefix(text, "--") && (s.engine == SQLite || len(text) == 2 || text[2] <= ' ')
	line = line || s.engine == MySQL && text[0] == '#'
	switch {
	case line:
		if n := strings.IndexByte(text, '\n'); n >= 0 {
			return s.at + n + 1
		}
		return len(s.text)
	case strings.HasPrefix(text, "/*"):
		end := len(s.text)
		if n := strings.Index(text[2:], "*/"); n >= 0 {
			end = s.at + n + 4
		}
		if s.engine == MySQL && strings.HasPrefix(text, "/*!") {
			if s.start < 0 {
				s.start = s.at
			}
			s.end = end
		}
		return end
	}
	return 0
}

// setDelimiter reads the client's command DELIMITER.
func (s *splitter) setDelimiter() bool {
	text := s.text[s.at:]
	const word = "delimiter"
	if len(text) <= len(word) || !strings.EqualFold(text[:len(word)], word) || text[len(word)] != ' ' && text[len(word)] != '\t' {
		return false
	}
	line, _, _ := strings.Cut(text, "\n")
	s.at += len(line)
	if d := strings.Fields(line[len(word):]); len(d) > 0 {
		s.delimiter = d[0]
	}
	return true
}

func (s *splitter) quoted(quote byte) int {
	text := s.text
	for i := s.at + 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && s.engine == MySQL && quote != '`':
			i++
		case text[i] == quote && quote != ']' && i+1 < len(text) && text[i+1] == quote:
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return len(text)
}

// bodies are the words after CREATE that begin what has a body.
var bodies = map[string]bool{"trigger": true, "procedure": true, "function": true, "event": true}

func (s *splitter) word(w string) {
	if s.words++; s.words == 1 {
		s.first = w
	}
	switch {
	case s.first != "create" || s.words > 12 || s.begun:
	case w == "table":
		s.first = w
	case bodies[w]:
		s.body = true
	}
	if s.body {
		switch w {
		case "begin":
			s.begun = true
			s.depth++
		case "case":
			if s.begun && s.previous != "end" {
				s.depth++
			}
		case "if", "loop", "while", "repeat":
			// END IF, IF EXISTS and the function IF() open nothing.
			if s.begun && s.engine == MySQL && s.previous != "end" && !s.call() {
				s.depth++
			}
		case "end":
			s.depth = max(s.depth-1, 0)
		}
	}
	s.previous = w
}

// call reports whether the word here is a function, or IF of IF [NOT] EXISTS: it is
// inside a statement, not at its start.
func (s *splitter) call() bool {
	switch s.previous {
	case ";", "begin", "then", "else", "do", ":", "loop", "repeat":
		return false
	}
	return true
}

func (s *splitter) finish() {
	if s.start >= 0 {
		s.pieces = append(s.pieces, Piece{s.start, s.end})
	}
	s.start, s.depth = -1, 0
}

// Standard returns a statement with its strings as the standard quotes them, so that
// what hides literals finds them: MySQL has double quotes and backslashes, too.
func Standard(e Engine, text string) string {
	if e != MySQL || !strings.ContainsAny(text, `"\`) {
		return text
	}
	var b strings.Builder
	s := splitter{engine: e, text: text}
	for s.at < len(text) {
		c := text[s.at]
		switch {
		case c == '\'' || c == '"':
			end := s.quoted(c)
			inner := strings.TrimSuffix(text[s.at+1:end], string(c))
			b.WriteString("'" + strings.NewReplacer(`\`, "", "'", "").Replace(inner) + "'")
			s.at = end
		case c == '`':
			end := s.quoted(c)
			b.WriteString(text[s.at:end])
			s.at = end
		default:
			if end := s.comment(); end > 0 {
				s.at = end
				b.WriteByte(' ')
				continue
			}
			b.WriteByte(c)
			s.at++
		}
	}
	return b.String()
}
