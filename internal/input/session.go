package input

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/pgverdict/pgverdict/internal/rows"
	"github.com/pgverdict/pgverdict/internal/schema"
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

// equality matches a condition that gives a column one value: relname = 'orders',
// relid = 'orders'::regclass.
var equality = regexp.MustCompile(`(?i)\b(?:(\w+)\s*=\s*'([^']+)'(?:::(\w+))?)`)

// either matches a word after which a condition need not hold.
var either = regexp.MustCompile(`(?i)\b(?:or|not|union)\b`)

// named returns a result with the column that names its rows, which the query before it
// gives one value: SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'orders'. It
// is nil if the result does not lack one, or the query gives none.
func named(text []byte, from int, s rows.Section, columns []string) []byte {
	lacks := workload.Lacks(columns)
	if lacks == "" {
		return nil
	}
	query := text[from:s.From]
	if at := bytes.LastIndex(bytes.ToLower(query), []byte("select")); at >= 0 {
		query = query[at:]
	}
	value := ""
	for _, m := range equality.FindAllSubmatch(query, -1) {
		column := string(bytes.ToLower(m[1]))
		if column != lacks && !workload.Same(lacks, column) && !bytes.EqualFold(m[3], []byte("regclass")) {
			continue
		}
		if value != "" && value != string(m[2]) {
			return nil
		}
		value = string(m[2])
	}
	if value == "" || either.Match(query) {
		return nil
	}
	return s.With(text, lacks, value)
}

// session returns the documents of a text that holds several results, as people copy
// them out of a terminal: one for each result that is a known view, and one for the
// rest if it has a plan. It returns none if the text is one document, with the results
// that look like those of a view and that nothing reads.
func session(path string, text []byte) (docs []*Doc, unread []string) {
	all := rows.Sections(code(text))
	arrays := rows.Arrays(text)
	if len(all) == 0 && len(arrays) > 1 && ownStart(text) < 0 && !plan.Sniff(text) {
		all = arrays
	}
	for _, f := range rows.Fenced(text) { // JSON, or a table without a rule
		apart := !slices.ContainsFunc(all, func(s rows.Section) bool { return s.From < f.To && f.From < s.To })
		if apart && workload.Sniff(text[f.From:f.To]) {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b rows.Section) int { return cmp.Compare(a.From, b.From) })
	if len(all) == 0 {
		return nil, nil
	}
	text = bytes.Clone(text) // the reader's buffer is used again
	var read []rows.Section  // those that are known
	var other error          // what the first one is that no rule uses
	var left []string
	described := false // a table, by psql's \d
	for i, s := range all {
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
		if schema.IsListing(columns) {
			described = true
			continue
		}
		from := 0
		if i > 0 {
			from = all[i-1].To
		}
		if whole := named(text, from, s, columns); whole != nil {
			read = append(read, s)
			docs = append(docs, &Doc{Reader: bytes.NewReader(whole), Path: path, Kind: Rows, Format: "csv"})
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
		line := fmt.Sprintf("%s:%d: not read, %s", path, 1+bytes.Count(text[:s.From], []byte("\n")), why)
		if left = append(left, line); workload.Familiar(columns) {
			unread = append(unread, line)
		}
	}
	rest := rows.Without(text, read)
	withPlan := plan.Sniff(rest)
	switch {
	case len(docs) == 0 && !withPlan:
		query := rows.Without(text, all)
		switch asked := oneQuery.Match(query) && !ofServer.Match(query); {
		case len(left) > 0 && asked:
			return []*Doc{{Reader: bytes.NewReader(query), Path: path, Kind: SQL, Format: "sql", Left: left}}, nil
		case other != nil && !described:
			return []*Doc{{Reader: bytes.NewReader(nil), Path: path, Kind: Other, Reason: other, Left: left[1:]}}, nil
		}
		return nil, unread
	case len(docs) == 0 && other == nil:
		return nil, unread
	case len(docs) == 1 && len(arrays) > 0 && read[0] == arrays[0]:
		return nil, nil // the rows, and what a driver says of their columns
	case len(docs) == 1 && !withPlan && !described && len(left) == 0 && workload.Sniff(text):
		return nil, nil // one result, with or without prose around it
	}
	if withPlan {
		docs = slices.Concat([]*Doc{{Reader: bytes.NewReader(rest), Path: path, Kind: Plan}}, docs)
	}
	docs[len(docs)-1].Left = left
	if described {
		docs = append(docs, &Doc{Reader: bytes.NewReader(rest), Path: path, Kind: Schema, Format: "sql", Beside: true})
	}
	return docs, nil
}
