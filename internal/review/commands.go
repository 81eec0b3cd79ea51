package review

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// how describes how to get missing data: complete commands, and a remark beside or
// instead of them.
type how struct {
	say      string
	commands []string
}

func runs(commands ...string) how { return how{commands: commands} }

// The commands for a whole export and for the definitions.
const (
	exportCommand = "pgverdict export > export.sql && psql -X -f export.sql"
	dumpCommand   = "pg_dump --schema-only > schema.sql"
)

// psql returns the shell command that runs a query. Names in it come from the input,
// so the query is quoted.
func psql(query string) string { return "psql -X -c " + shellQuoted(query) }

func shellQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// describe returns the command that writes tables with their indexes to a file for
// the next review.
func describe(tables []string) string {
	line := "psql -X"
	for _, name := range tables {
		line += " -c " + shellQuoted(`\d `+pattern(name))
	}
	return line + " > tables.txt"
}

// pattern quotes a name for psql's \d, which folds unquoted names.
func pattern(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

var plainName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// explain is the statement that gets the plan of another, which it can print
// only if that has no hidden literal: run with what it takes if it has no
// parameters and writes nothing, else planned only. Even between BEGIN and
// ROLLBACK, a statement that writes locks its rows, and leaves them dead.
func (b *builder) explain(text redact.Text, q *sql.Query) (command string, ok bool) {
	raw := strings.Trim(withoutComments(text.Raw()), "; \t\r\n")
	switch {
	case raw == "" || b.show(redact.SQL(raw)) != raw || q == nil || q.Kind == sql.Other || q.Explained || len(raw) > longestCommand || endsInWord.MatchString(raw):
		return "", false
	}
	params, writes, ok := parameters(raw)
	if !ok {
		return "", false
	}
	switch {
	case params == 0 && writes:
		return "EXPLAIN " + raw + ";", true
	case params == 0:
		return "EXPLAIN (ANALYZE, BUFFERS) " + raw + ";", true
	case b.c.Server.Has(pgversion.GenericPlan):
		return "EXPLAIN (GENERIC_PLAN) " + raw + ";", true
	}
	nulls := strings.TrimSuffix(strings.Repeat("NULL, ", params), ", ")
	return fmt.Sprintf("SET plan_cache_mode = force_generic_plan;\nPREPARE pgverdict AS %s;\nEXPLAIN EXECUTE pgverdict(%s);\nDEALLOCATE pgverdict;", raw, nulls), true
}

// endsInWord matches a text that a list has cut off in the word that begins its next clause,
// and that is a statement all the same: FROM jobs WH.
var endsInWord = regexp.MustCompile(`(?i)\s(?:whe?|wher|ord|orde|gro?|grou|lim|limi|joi?|inn|inne|lef|righ?|hav|havi|havin|uni|unio|off|offs|offse|ret|retu|retur|returni?|returnin|sele?|selec)$`)

// withoutComments leaves out what an application writes beside its statements:
// it is no part of the query, and may say anything.
func withoutComments(text string) string {
	var b strings.Builder
	from := 0
	for t := range lex.Tokens(text) {
		if t.Kind == lex.Comment {
			b.WriteString(text[from:t.Start])
			from = t.End
		}
	}
	return b.String() + text[from:]
}

// longestCommand is how long a statement may be that a report prints to be
// pasted.
const longestCommand = 4000

// parameters is the highest number of a statement's parameters, and whether it
// may write. It is not ok where it begins as EXPLAIN takes none, and where
// pg_stat_statements put a parameter in the place of a literal that the grammar
// wants there, as in interval $1.
func parameters(text string) (highest int, writes, ok bool) {
	var before lex.Token
	begun := false
	for t := range lex.Tokens(text) {
		if t.Kind != lex.Comment && !begun {
			if begun = t.Text == "(" || t.Kind == lex.Word && explainable[strings.ToLower(t.Text)]; !begun {
				return 0, false, false
			}
		}
		switch t.Kind {
		case lex.Comment:
			continue
		case lex.Word:
			writes = writes || writing[strings.ToLower(t.Text)]
		case lex.Param:
			n := 0
			if _, err := fmt.Sscanf(t.Text, "$%d", &n); err != nil || n == 0 {
				return 0, false, false
			}
			highest = max(highest, n)
			if before.Kind == lex.Quoted || before.Kind == lex.Word && !beforeValue[strings.ToLower(before.Text)] {
				return 0, false, false
			}
			if before.Kind == lex.Symbol && before.Text == "(" && strings.HasSuffix(strings.ToLower(strings.TrimRight(text[:before.Start], " ")), "extract") {
				return 0, false, false
			}
		}
		before = t
	}
	return highest, writes, true
}

var explainable = map[string]bool{"select": true, "with": true, "values": true, "table": true, "insert": true, "update": true, "delete": true, "merge": true}

var writing = map[string]bool{"insert": true, "update": true, "delete": true, "merge": true, "into": true}

// beforeValue are the words that a value may follow.
var beforeValue = map[string]bool{}

func init() {
	for word := range strings.FieldsSeq("select distinct all where and or not in any some like ilike similar to between symmetric then else when case by on having " +
		"limit offset first next returning values set from is escape zone as using for filter over returning end default row array") {
		beforeValue[word] = true
	}
}

// granted asks for a privilege of the role that made the export, by its name if
// the export has it.
func (b *builder) granted(why, privilege string) (string, how) {
	role := b.c.Snapshot.ExportedBy
	if role == "" {
		return why + ". GRANT " + privilege + " TO that role", how{say: "Then export again"}
	}
	return why, how{"Then export again", []string{"GRANT " + privilege + " TO " + lex.QuoteIdent(role) + ";"}}
}
