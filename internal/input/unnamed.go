package input

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/rows"
	"github.com/pgverdict/pgverdict/workload"
)

// A result column that is an expression has the name of its function, pg_size_pretty or
// round, or one in the language of who wrote the query. What it holds is in the query.

// keeping are the functions whose result is their argument, rounded, cut off or written in
// another form.
var keeping = map[string]bool{"round": true, "trunc": true, "ceil": true, "ceiling": true, "floor": true, "left": true, "substr": true, "substring": true, "coalesce": true, "to_char": true, "trim": true, "btrim": true,
	"ltrim": true, "rtrim": true, "replace": true, "regexp_replace": true, "pg_size_pretty": true, "lower": true, "date_trunc": true}

// measuring are the functions that measure a relation, and the columns that their results
// are.
var measuring = map[string]string{"pg_relation_size": "table_size", "pg_table_size": "table_size", "pg_total_relation_size": "total_size", "pg_indexes_size": "indexes_size"}

// lastSelect matches where a query may begin.
var lastSelect = regexp.MustCompile(`(?mi)^(?:\w*[=-][>#] ?)?select\b`)

// shared are the columns that a query shows of several relations under other names.
var shared = map[string]bool{"relname": true, "nspname": true, "oid": true, "pid": true}

// byName returns the items of a select list that are the columns of a result which shows
// some of them, in their order; nil if one is none of them. A column of a star is itself.
func byName(items, columns []string) (list []string) {
	if slices.ContainsFunc(items, func(item string) bool { return item == "*" || strings.HasSuffix(item, ".*") }) {
		for _, c := range columns {
			item := c
			for _, other := range items {
				if name, _ := itemName(other); name == c {
					item = other
				}
			}
			list = append(list, item)
		}
		return list
	}
	for _, item := range items {
		if n := len(list); n < len(columns) {
			if name, of := itemName(item); cmp.Or(name, of) == columns[n] {
				list = append(list, item)
			}
		}
	}
	if len(list) < len(columns) {
		return nil
	}
	return list
}

// sided reports whether a name is that of a column of sessions with the side of a wait in
// front of it: holder_state.
func sided(name, column string) bool {
	switch column {
	case "state", "query", "usename", "application_name", "xact_start", "query_start", "state_change", "wait_event", "wait_event_type", "mode":
		return strings.HasSuffix(name, "_"+column)
	}
	return false
}

// seqScans matches the call of pg-extras and of Heroku whose result has no other name for the
// scans than count.
var seqScans = regexp.MustCompile(`(?i)\bseq[_-]scans\b[^\n]*\n[^|]{0,200}$`)

// expressed returns the columns of a result with the names that the query has for those of
// them which are called by a function or in other words; nil if there are none, or the query
// is of another result.
func expressed(before []byte, columns []string) []string {
	if slices.Equal(columns, []string{"name", "count"}) && seqScans.Match(before) {
		return []string{"relname", "seq_scan"}
	}
	items := selected(string(before))
	if at := lastSelect.FindAllIndex(before, -1); len(items) != len(columns) && at != nil { // an apostrophe in the prose before it
		items = selected(string(before[at[len(at)-1][0]:]))
	}
	if len(items) != len(columns) {
		items = byName(items, columns)
	}
	if items == nil {
		return nil
	}
	of, times := make([]string, len(items)), map[string]int{}
	for i, item := range items {
		var plain string
		if plain, of[i] = itemName(item); plain != "" && plain != columns[i] {
			return nil
		}
		times[of[i]]++
	}
	var named []string
	for i, c := range columns {
		unnamed := keeping[c] || measuring[c] != "" && measuring[c] != of[i]
		other := !unnamed && of[i] != c && !shared[of[i]] && !sided(c, of[i]) && (workload.Reads(of[i]) && !workload.Reads(c) || c == "size")
		if ages := strings.HasSuffix(of[i], "_age"); ages && !slices.Contains(columns, "pid") { // of one of two sessions
			continue
		}
		if of[i] == "" || times[of[i]] > 1 || slices.Contains(columns, of[i]) || !unnamed && !other {
			continue
		}
		if named == nil {
			named = slices.Clone(columns)
		}
		named[i] = of[i]
	}
	return named
}

// selected returns the select list of the last query in a text.
func selected(text string) []string {
	var lines strings.Builder
	for line := range strings.Lines(text) {
		lines.WriteString(lex.Unprompted(strings.TrimRight(line, "\r\n")) + "\n")
	}
	text = lines.String()
	from, to, depth := -1, -1, 0
	for t := range lex.Tokens(text) {
		switch word := strings.ToLower(t.Text); {
		case t.Text == "(":
			depth++
		case t.Text == ")":
			depth--
		case t.Kind == lex.Word && word == "select" && (from < 0 || to >= 0 && depth <= 0):
			from, to, depth = t.End, -1, 0
		case t.Kind == lex.Word && word == "from" && from >= 0 && to < 0 && depth == 0:
			to = t.Start
		}
	}
	if from < 0 {
		return nil
	}
	if to < 0 { // SELECT pg_size_pretty(pg_total_relation_size('orders'));
		end := strings.IndexByte(text[from:], ';')
		if end < 0 {
			return nil
		}
		to = from + end
	}
	return lex.List(text[from:to])
}

// ages are how long ago the times of a session are.
var ages = map[string]string{"xact_start": "xact_age", "query_start": "query_age", "state_change": "state_age"}

// agePattern matches an item that is such an age, as an interval or in seconds.
var agePattern = regexp.MustCompile(`(?is)^\s*(?:(extract\s*\(\s*epoch\s+from)\s*)?\(?\s*(?:(?:now|clock_timestamp|statement_timestamp|transaction_timestamp)\s*\(\s*\)|current_timestamp)\s*-\s*(?:\w+\.)?(xact_start|query_start|state_change)\b[\s)]*(?:::\s*\w+\s*)?(?:as\s+|\s)?\s*"?[\w ]*"?\s*$`)

// agedBy matches age(now(), xact_start) and age(clock_timestamp(), query_start).
var agedBy = regexp.MustCompile(`(?is)^\s*age\s*\(\s*(?:\w+\s*\(\s*\)|current_timestamp)\s*,\s*(?:\w+\.)?(xact_start|query_start|state_change)\s*\)`)

// frozen matches the age of a transaction ID: age(datfrozenxid), mxid_age(c.relminmxid).
var frozen = regexp.MustCompile(`(?is)^\s*(?:mxid_)?age\s*\(\s*(?:\w+\.)?(datfrozenxid|datminmxid|relfrozenxid|relminmxid|xmin|catalog_xmin|backend_xmin)\s*\)`)

// aged returns the column that an item of a select list is if that is how long ago a time
// is; empty if it is not.
func aged(item string) string {
	if m := agePattern.FindStringSubmatch(item); m != nil {
		if name := ages[strings.ToLower(m[2])]; m[1] == "" {
			return name
		}
		return ages[strings.ToLower(m[2])] + "_s"
	}
	if m := agedBy.FindStringSubmatch(item); m != nil {
		return ages[strings.ToLower(m[1])]
	}
	if m := frozen.FindStringSubmatch(item); m != nil {
		return strings.ToLower(m[1]) + "_age"
	}
	return ""
}

// itemName returns the name that an item of a select list gives to its column, and the one
// column that it shows, of which it changes no unit.
func itemName(item string) (name, of string) {
	var tokens []lex.Token
	for t := range lex.Tokens(item) {
		if t.Kind != lex.Comment {
			tokens = append(tokens, t)
		}
	}
	n := len(tokens)
	if n == 0 {
		return "", ""
	}
	if written, ok := tokens[n-1].Name(); ok && (n == 1 || tokens[n-2].Text == "." || strings.EqualFold(tokens[n-2].Text, "as") || tokens[n-2].Text == ")") {
		name = strings.ReplaceAll(strings.ToLower(written), " ", "_")
		if n > 1 && tokens[n-2].Text != "." {
			n--
		}
	}
	if of := aged(item); of != "" {
		return name, of
	}
	measured, index := "", false
	for i, t := range tokens[:n] {
		next := ""
		if i+1 < n {
			next = tokens[i+1].Text
		}
		word := strings.ToLower(t.Text)
		switch {
		case t.Kind == lex.Operator && t.Text != "::", t.Text == "*":
			return name, "" // of another unit, or of several columns
		case t.Kind == lex.String && measured != "":
			index = index || indexName.MatchString(strings.Trim(t.Text, "'"))
		case t.Kind != lex.Word && t.Kind != lex.Quoted, i > 0 && tokens[i-1].Text == "::", next == ".":
		case next == "(" && measuring[word] != "":
			measured = measuring[word]
		case next == "(" && !keeping[word]:
			return name, ""
		case next == "(" || word == "as":
		case measured != "" && word == "reltoastrelid":
			return name, "" // of another relation
		case measured != "":
			index = index || strings.HasPrefix(word, "index")
		case of != "" && of != word:
			return name, ""
		default:
			of = word
		}
	}
	switch {
	case measured == "table_size" && index:
		return name, "index_size"
	case measured != "":
		return name, measured
	}
	return name, of
}

// cells calls look for each of the first rows of a result, with its cells.
func (s result) cells(look func(cells []string)) {
	r, err := rows.Open("", bytes.NewReader(s.Only(s.in)))
	for n := 0; err == nil && n < mostLooked; n++ {
		row, failed := r.Next()
		if errors.Is(failed, io.EOF) {
			return
		}
		if failed == nil {
			var cells []string
			for i := range r.Columns() {
				cell, _ := row.Value(i)
				cells = append(cells, strings.Trim(cell, "`* "))
			}
			look(cells)
		}
	}
}

// mostLooked is the number of rows that tell what a column has.
const mostLooked = 100

// settingNames returns the columns of a result with the names of pg_settings, if the cells of
// one are settings of the server: their values are in the next one, unless it has another value
// than theirs. nil if none is.
func settingNames(s result, columns []string) []string {
	n, settings := 0, make([]int, len(columns))
	s.cells(func(cells []string) {
		n++
		for i, cell := range cells {
			name, _, _ := strings.Cut(cell, " ")
			if i < len(settings) && workload.IsSetting(name) {
				settings[i]++
			}
		}
	})
	for i := 0; i+1 < len(columns); i++ {
		if settings[i] < 2 || 2*settings[i] < n || otherValue.MatchString(columns[i+1]) {
			continue
		}
		names := make([]string, len(columns)) // no other column is of the view
		for j, c := range columns {
			if names[j] = c; c == "name" || c == "setting" || c == "unit" && j < i {
				names[j] = "_" + c
			}
		}
		names[i], names[i+1] = "name", "setting"
		return names
	}
	return nil
}

// otherValue matches a column of values that settings do not have, or that are of something
// else.
var otherValue = regexp.MustCompile(`(?:^|_)(?:recommended|recommendation|suggested|suggestion|proposed|proposal|target|desired|ideal|new|after|should|before|old|default|boot|reset|unit|type|context|source|description|desc|note|notes|why|purpose|meaning|min|max|empfohlen|vorschlag|recomendado|sugerido)(?:_|$)`)

// ofStatementsView matches the name of the view that lists statements.
var ofStatementsView = regexp.MustCompile(`(?i)\bpg_stat_statements\b`)

// statementNames returns the columns of a result of statements with the name of their text for
// the one that has it under any name: its cells are statements, or the longest words in rows
// that are said to be of pg_stat_statements. nil if there is none.
func statementNames(s result, columns []string, said bool) []string {
	n, statements, words, length := 0, make([]int, len(columns)), make([]int, len(columns)), make([]int, len(columns))
	s.cells(func(cells []string) {
		n++
		for i, cell := range cells[:min(len(cells), len(columns))] {
			length[i] += len(cell)
			switch {
			case workload.IsStatement(cell):
				statements[i]++
			case !figure.MatchString(cell):
				words[i]++
			}
		}
	})
	text := -1
	for i, c := range columns {
		is := statements[i] == n || said && !workload.Reads(c) && statements[i]+words[i] == n
		if is && n > 0 && (text < 0 || length[i] > length[text]) {
			text = i
		}
	}
	if text < 0 {
		return nil
	}
	names := slices.Clone(columns)
	names[text] = "query"
	return names
}
