package input

import (
	"bytes"
	"cmp"
	"regexp"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/workload"
)

// What the query or the title above a result says of it: the table that all its rows are of,
// their schema, the setting that it shows. The names that the query gives to its columns are
// in unnamed.go, and what prose says in owner.go.

// equality matches a condition that gives a column one value: relname = 'orders',
// relid = 'orders'::regclass.
var equality = regexp.MustCompile(`(?i)\b(?:(\w+)\s*=\s*(?:'([^']+)'(?:::(\w+))?|(\d+)\b))`)

// either matches a word after which a condition need not hold.
var either = regexp.MustCompile(`(?i)\b(?:or|not|union)\b`)

// nameOf returns the name of the table or index that all rows of a result are of, which the
// query before it gives: SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname =
// 'orders', or a title. It is empty if neither does, or the result lacks no name.
func (in *results) nameOf(before []byte, lacks string) string {
	if lacks == "" {
		return ""
	}
	query := before
	if at := bytes.LastIndex(bytes.ToLower(query), []byte("select")); at >= 0 {
		query = query[at:]
	}
	value, schema := "", ""
	for _, m := range equality.FindAllSubmatch(query, -1) {
		column := string(bytes.ToLower(m[1]))
		if column == "schemaname" || column == "nspname" || column == "table_schema" {
			schema = string(m[2])
		}
		if column != lacks && !workload.Same(lacks, column) && !bytes.EqualFold(m[3], []byte("regclass")) {
			continue
		}
		is := cmp.Or(string(m[2]), string(m[4]))
		if value != "" && value != is {
			return ""
		}
		value = is
	}
	if value == "" && lacks == "relname" {
		for _, m := range measured.FindAllSubmatch(query, -1) {
			if is := string(m[1]); value == "" || value == is {
				value = is
			} else {
				return ""
			}
		}
		if indexName.MatchString(value) {
			return "" // what measures tables measures indexes, too
		}
	}
	switch {
	case value != "" && either.Match(query):
		return ""
	case schema != "" && value != "" && lacks == "relname" && !strings.Contains(value, "."):
		return lex.QuoteIdent(schema) + "." + lex.QuoteIdent(value)
	case value == "" && lacks == "relname":
		return in.titled(before)
	}
	return value
}

// shows matches a statement that shows a setting.
var shows = regexp.MustCompile(`(?i)\bshow\s+(\w+)\s*;`)

// showed returns the setting that the last statement of a text shows; empty if it shows none.
func showed(before []byte) string {
	list := shows.FindAllSubmatch(before, -1)
	if list == nil {
		return ""
	}
	return string(bytes.ToLower(list[len(list)-1][1]))
}

// schemaOf returns the schema of which a query selects all tables, if it is not the one that
// is assumed otherwise.
func schemaOf(before []byte) string {
	at := bytes.LastIndex(bytes.ToLower(before), []byte("select"))
	if at < 0 || either.Match(before[at:]) {
		return ""
	}
	schema := ""
	for _, m := range equality.FindAllSubmatch(before[at:], -1) {
		switch string(bytes.ToLower(m[1])) {
		case "schemaname", "nspname", "table_schema":
			if schema != "" && schema != string(m[2]) {
				return ""
			}
			schema = string(m[2])
		}
	}
	if schema == "public" {
		return ""
	}
	return schema
}

// A function measures a table that it is given the name of. The names of indexes end in
// words of their own.
var (
	measured  = regexp.MustCompile(`(?i)\b(?:pgstattuple|pgstattuple_approx|pg_(?:total_)?relation_size|pg_table_size|pg_indexes_size)\s*\(\s*'([^']+)'`)
	indexName = regexp.MustCompile(`(?i)_(?:idx|index|pkey|key|excl)\d*$`)
)

// measuredIndex returns the index whose size is all that a result has, by the call that
// measures it; empty if it has anything else.
func measuredIndex(before []byte, columns []string) string {
	if len(columns) != 1 || measuring[columns[0]] == "" && columns[0] != "pg_size_pretty" {
		return ""
	}
	calls := measured.FindAllSubmatch(before, -1)
	if calls == nil {
		return ""
	}
	if name := string(calls[len(calls)-1][1]); indexName.MatchString(name) {
		return name
	}
	return ""
}

// A title calls a table by its name behind the word, or by its name alone.
var (
	viewTitle  = regexp.MustCompile(`(?i)\bpg_(?:stat\w*_tables|class|relation_size|stattuple)\b\W*\s(?:for|of|on|de|von|für|para|pour|di)\s+["'\x60*]*(\w+(?:\.\w+)?)["'\x60*]*\W*$`)
	indexTitle = regexp.MustCompile(`(?i)\bind(?:ex|exes|ices|izes)\s+(?:on|of|for|in|auf|de|sur)\s+(?:table\s+)?["'\x60]+(\w+(?:\.\w+)?)["'\x60*]*(?:\s*\([^()]*\))?\W*$`)
	tableTitle = regexp.MustCompile(`(?i)\b(?:table|relation|tabla|tabela|tabelle)\b\s*(?:[:=]\s*["'\x60*]*|["'\x60*]+)(\w+(?:\.\w+)?)["'\x60*]*\W*$`)
	nameTitle  = regexp.MustCompile(`^\W*(\w+(?:\.\w+)?)\W*$`)
)

// titled returns the name of the table that the last line of a text is a title of; empty
// if it may be something else. A name alone is one if the whole text uses it as a table.
func (in *results) titled(before []byte) string {
	last := bytes.TrimRight(before, " \t\r\n\x60")
	last = last[bytes.LastIndexByte(last, '\n')+1:]
	for _, title := range [...]*regexp.Regexp{tableTitle, viewTitle, indexTitle} {
		if m := title.FindSubmatch(last); m != nil {
			return string(m[1])
		}
	}
	if m := nameTitle.FindSubmatch(last); m != nil && in.isTable(string(m[1])) {
		return string(m[1])
	}
	return ""
}

// tableUse matches a name that SQL or a plan uses as a table's.
var tableUse = regexp.MustCompile(`(?i)\b(?:on|from|join|into|update|table)\s+["\x60]?(?:\w+\.)?(\w+)`)

// isTable reports whether SQL or a plan in the text uses a name as a table's.
func (in *results) isTable(name string) bool {
	if in.tables == nil {
		in.tables = map[string]bool{}
		for _, m := range tableUse.FindAllSubmatch(in.text, -1) {
			in.tables[strings.ToLower(string(m[1]))] = true
		}
	}
	return in.tables[strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])]
}
