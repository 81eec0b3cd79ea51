package input

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/pgverdict/pgverdict/internal/rows"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// oneQuery matches a query that stands alone beside its result. In any other SQL, what
// looks like the rule of a table may be a comment, and the lines around it statements.
var oneQuery = regexp.MustCompile(`(?is)^\s*(?:select|with|table|values|show)\b[^;]*;\s*$`)

// ofServer matches a query of the server's own views, whose result is what was pasted.
var ofServer = regexp.MustCompile(`(?i)\bpg_[a-z]`)

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
	var read []rows.Section // those that are known
	var other error         // what the first one is that no rule uses
	var left []string
	for _, s := range all {
		part := text[s.From:s.To]
		if workload.Sniff(part) {
			read = append(read, s)
			docs = append(docs, &Doc{Reader: bytes.NewReader(s.Only(text)), Path: path, Kind: Rows, Format: "csv"})
			continue
		}
		columns := rows.Columns(part)
		if len(columns) == 0 || bytes.Contains(part, []byte("QUERY PLAN")) {
			continue
		}
		why := workload.Recognize(columns)
		if why != "" {
			read = append(read, s)
			if other == nil {
				other = errors.New(why)
			}
		}
		why = cmp.Or(why, workload.Ambiguous(columns), workload.Unknown(columns))
		left = append(left, fmt.Sprintf("%s:%d: not read, %s", path, 1+bytes.Count(text[:s.From], []byte("\n")), why))
	}
	rest := rows.Without(text, read)
	withPlan := plan.Sniff(rest)
	switch {
	case len(docs) == 0 && !withPlan:
		query := rows.Without(text, all)
		switch asked := oneQuery.Match(query) && !ofServer.Match(query); {
		case len(left) > 0 && asked:
			return []*Doc{{Reader: bytes.NewReader(query), Path: path, Kind: SQL, Format: "sql", Left: left}}
		case other != nil:
			return []*Doc{{Reader: bytes.NewReader(nil), Path: path, Kind: Other, Reason: other, Left: left[1:]}}
		}
		return nil
	case len(docs) == 0 && other == nil:
		return nil
	case len(docs) == 1 && !withPlan && len(left) == 0 && workload.Sniff(text):
		return nil // one result, with or without prose around it
	}
	if withPlan {
		docs = slices.Concat([]*Doc{{Reader: bytes.NewReader(rest), Path: path, Kind: Plan}}, docs)
	}
	docs[len(docs)-1].Left = left
	return docs
}
