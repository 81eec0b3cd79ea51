package lex

import (
	"slices"
	"strings"
)

// Piece is one statement of a text and the line on which it starts.
type Piece struct {
	Text string
	Line int

	Start, End int    // its first and its last token in the text
	EndLine    int    // of its last token
	Copy       bool   // COPY ... FROM stdin, whose data is skipped
	Command    string // psql's command that ended it: "\\watch 5"
}

// Split splits a text into statements. It skips psql's commands and COPY ... FROM
// stdin, and keeps a body between BEGIN ATOMIC and END whole. It is linear in the
// text and never fails.
func Split(text string) []Piece {
	return slices.DeleteFunc(Statements(text), func(p Piece) bool { return p.Copy })
}

// Statements is Split with COPY ... FROM stdin as a statement. Its data is skipped.
func Statements(text string) []Piece {
	s := splitter{text: text, line: 1, start: -1}
	for s.at < len(text) {
		s.step()
	}
	s.finish(len(text))
	return s.pieces
}

type splitter struct {
	text   string
	at     int
	start  int // of the current statement; -1 between statements
	end    int // of its last token
	line   int // of position counted
	seen   int // position up to which lines are counted
	words  []string
	atomic int // depth of BEGIN ATOMIC and CASE in it
	pieces []Piece
}

func (s *splitter) step() {
	c := s.text[s.at]
	if c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v' {
		s.at++
		return
	}
	kind, end := Next(s.text, s.at)
	switch kind {
	case Comment:
	case Backslash:
		// A psql command runs to the end of its line.
		if n := strings.IndexByte(s.text[s.at:], '\n'); n >= 0 {
			end = s.at + n
		} else {
			end = len(s.text)
		}
		if s.start >= 0 && (strings.HasPrefix(s.text[s.at:], `\g`) || strings.HasPrefix(s.text[s.at:], `\watch`)) {
			s.finish(s.at)
			s.pieces[len(s.pieces)-1].Command = strings.TrimSpace(s.text[s.at:end])
			s.words = s.words[:0]
		}
	case Symbol:
		if c == ';' && s.atomic == 0 {
			s.finish(s.at)
			if s.copies() {
				s.pieces[len(s.pieces)-1].Copy = true
				end = s.endOfCopy(end)
			}
			s.words = s.words[:0]
			break
		}
		s.begin()
	case Word:
		s.begin()
		w := strings.ToLower(s.text[s.at:end])
		if len(s.words) < 64 {
			s.words = append(s.words, w)
		}
		switch {
		case w == "atomic" && len(s.words) > 1 && s.words[len(s.words)-2] == "begin":
			s.atomic = 1
		case s.atomic > 0 && w == "case":
			s.atomic++
		case s.atomic > 0 && w == "end":
			s.atomic--
		}
	default:
		s.begin()
	}
	if s.start >= 0 && kind != Comment && kind != Backslash {
		s.end = end
	}
	s.at = end
}

func (s *splitter) begin() {
	if s.start < 0 {
		s.start = s.at
	}
}

func (s *splitter) finish(end int) {
	if s.start >= 0 {
		s.line += strings.Count(s.text[s.seen:s.start], "\n")
		s.seen = s.start
		s.pieces = append(s.pieces, Piece{
			Text: strings.TrimSpace(s.text[s.start:end]), Line: s.line,
			Start: s.start, End: s.end, EndLine: s.line + strings.Count(s.text[s.start:s.end], "\n"),
		})
	}
	s.start, s.atomic = -1, 0
}

// copies reports whether the statement that just ended is COPY ... FROM stdin.
func (s *splitter) copies() bool {
	if len(s.words) == 0 || s.words[0] != "copy" {
		return false
	}
	for i, w := range s.words {
		if w == "stdin" && i > 0 && s.words[i-1] == "from" {
			return true
		}
	}
	return false
}

// endOfCopy returns the position after the line \. that ends the data of COPY.
func (s *splitter) endOfCopy(from int) int {
	if i := strings.Index(s.text[from:], "\n\\."); i >= 0 {
		return from + i + 3
	}
	return len(s.text)
}
