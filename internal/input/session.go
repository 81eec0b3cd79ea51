package input

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/rows"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// oneQuery matches a query that stands alone beside its result. In any other SQL, what
// looks like the rule of a table may be a comment, and the lines around it statements.
var oneQuery = regexp.MustCompile(`(?is)^\s*(?:select|with|table|values|show)\b[^;]*;\s*$`)

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

// session returns the documents of a text that holds several results, as people copy
// them out of a terminal: one for each result that is a known view, and one for the
// rest if it has a plan. It is nil if the text is one document.
func session(path string, text []byte) []*Doc {
	all := rows.Sections(code(text))
	if len(all) == 0 {
		return nil
	}
	text = bytes.Clone(text) // the reader's buffer is used again
	var docs []*Doc
	var known []rows.Section
	var left []string
	for _, s := range all {
		part := text[s.From:s.To]
		switch {
		case workload.Sniff(part):
			known = append(known, s)
			docs = append(docs, &Doc{Reader: bytes.NewReader(s.Only(text)), Path: path, Kind: Rows, Format: "csv"})
		case !bytes.Contains(part, []byte("QUERY PLAN")):
			if columns := rows.Columns(part); len(columns) > 0 {
				why := cmp.Or(workload.Unusable(columns), "it is no known view: "+strings.Join(columns[:min(len(columns), 6)], ", "))
				left = append(left, fmt.Sprintf("%s:%d: not read, %s", path, 1+bytes.Count(text[:s.From], []byte("\n")), why))
			}
		}
	}
	rest := rows.Without(text, known)
	withPlan := plan.Sniff(rest)
	if len(known) == 0 {
		if rest = rows.Without(text, all); withPlan || len(left) == 0 || !oneQuery.Match(rest) {
			return nil
		}
		return []*Doc{{Reader: bytes.NewReader(rest), Path: path, Kind: SQL, Format: "sql", Left: left}}
	}
	if len(known) == 1 && !withPlan && len(left) == 0 && workload.Sniff(text) {
		return nil // one result, with or without prose around it
	}
	if withPlan {
		docs = slices.Concat([]*Doc{{Reader: bytes.NewReader(rest), Path: path, Kind: Plan}}, docs)
	}
	docs[len(docs)-1].Left = left
	return docs
}
