package review

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/workload"
)

// What pg_stat_statements counts and no application sent: what export and the
// commands of a report run, psql's own queries, and looks at plans.
var (
	// ownMark is in every statement of the script, and the name that a report's
	// commands prepare under.
	ownMark = regexp.MustCompile(`(?i)/\* pgverdict \*/|^\s*(?:prepare|execute|deallocate) pgverdict\b`)
	// ownBefore are the script's statements until 0.1, which carried no mark.
	ownBefore  = regexp.MustCompile(`(?is)^\s*SELECT\b.*\bAS (?:` + strings.Join(ownColumns, "|") + `)\b`)
	ownColumns = []string{"too_old", "some_hidden", "has_statements", "search_path"}
	copyOut    = regexp.MustCompile(`(?is)^\s*COPY\s*\(.*\)\s*TO\s+STDOUT\b`)
	explainOf  = regexp.MustCompile(`(?i)^\s*(?:/\*.*?\*/\s*)?EXPLAIN\b`)
	// session are what the script and psql set.
	session = regexp.MustCompile(`(?i)^\s*SET\s+(?:default_transaction_read_only|lock_timeout|statement_timeout|DateStyle|TimeZone|extra_float_digits|client_encoding|plan_cache_mode)\b`)
	// source is what a FROM or a JOIN names; a bracket is a query, or a function.
	source = regexp.MustCompile(`(?i)\b(?:FROM|JOIN)\s+(?:ONLY\s+)?("?[a-z_][\w$]*"?(?:\s*\.\s*"?[a-z_][\w$]*"?)?)\s*(\(?)`)
)

// byHand is how often at most a query of the catalog that psql makes has run:
// a person's \d, and not a driver that asks before every statement.
const byHand = 100

// settingMs is how much time SET takes in all before it is the application's.
const settingMs = 100

// ofTool reports whether a statement is no part of the workload. An expression
// is tried on the few texts that begin so or hold its word: there may be many thousands.
func ofTool(st *workload.Statement) bool {
	text := st.Query.Raw()
	start := strings.TrimLeft(text, " \t\n\f\r")
	begins := func(word string) bool { return len(start) >= len(word) && strings.EqualFold(start[:len(word)], word) }
	switch {
	case (strings.Contains(text, "/*") || begins("prepare") || begins("execute") || begins("deallocate")) && ownMark.MatchString(text),
		begins("select") && lex.Holds(text, ownColumns...) && ownBefore.MatchString(text),
		(begins("explain") || begins("/*")) && explainOf.MatchString(text):
		return true
	case begins("copy") && copyOut.MatchString(text):
		return readsOnly(text, "pg_")
	case begins("set") && session.MatchString(text):
		return st.TotalMs.Or(0) < settingMs
	}
	return st.Calls.Or(0) <= byHand && lex.Holds(text, "pg_catalog") && readsOnly(text, "pg_catalog.pg_")
}

// readsOnly reports whether all relations of a query have names that begin so.
func readsOnly(text, prefix string) bool {
	found := false
	for _, m := range source.FindAllStringSubmatch(text, -1) {
		name := strings.ToLower(strings.ReplaceAll(m[1], " ", ""))
		if m[2] == "(" || strings.HasPrefix(name, "locked") || strings.HasPrefix(name, "busy") {
			continue
		}
		if !strings.HasPrefix(name, prefix) {
			return false
		}
		found = true
	}
	return found
}

// withoutTools leaves out what no application sent, and says so where it took
// time that would be missed.
func (m *inputSet) withoutTools(groups []oneExport) {
	for i, g := range groups {
		var ms, all float64
		known := !g.snap.IsCut(workload.ViewStatements)
		dropped := g.snap.Drop(ofTool)
		for _, st := range dropped {
			ms += st.TotalMs.Or(0)
		}
		for _, st := range g.snap.Statements {
			all += st.TotalMs.Or(0)
			known = known && st.TotalMs.Known()
		}
		if known && i == len(groups)-1 && ms > shareWorthSaying*(all+ms) {
			m.notes = append(m.notes, fmt.Sprintf("%s from psql, EXPLAIN and the pgverdict export skipped: %s of total execution time", figures.Plural(len(dropped), "statement"), figures.Share(ms/(all+ms))))
		}
	}
}
