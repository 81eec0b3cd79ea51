package schemas

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var rlsPolicyPerRow = rule.Rule{
	ID:      "rls-policy-per-row",
	Title:   "Policy that calls a function for each row",
	Sees:    "A policy that calls current_setting(), or a function of the schema that is not immutable, outside of a sub-select.",
	Why:     "The server evaluates the call for each row of a scan. In a sub-select without FROM it is evaluated once per statement.",
	Silent:  "The call is in a sub-select: (SELECT current_setting(...)). The function is IMMUTABLE.",
	Fix:     "Write the call as a sub-select. If its arguments are columns, compare the column with a set instead.",
	Sources: []string{manual + "ddl-rowsecurity.html", "https://supabase.com/docs/guides/database/postgres/row-level-security#call-functions-with-select"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if !t.RowSecurity {
			return
		}
		for i := range t.Policies {
			p := &t.Policies[i]
			calls := t.CallsPerRow(p.Using)
			if len(calls) == 0 {
				continue
			}
			call := calls[0]
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.MadeBy(p.Since, p.At)
			f.Title = redact.Sprintf("Policy %s of %s calls %s() for each row", quoted(p.Name), t.Name.Short(), call.Name)
			f.Detail = redact.Plain("A scan evaluates the call again for each row that it reads.")
			f.Decide("How many rows do the statements read by this policy?", "EXPLAIN (ANALYZE) as a role to which the policy applies", "write the call as a sub-select.")
			f.Fix = redact.Sprintf("Write the call as a sub-select, (SELECT %s(...)): it is evaluated once per statement.", call.Name)
			if call.OnRow {
				f.Detail = redact.Plain("Its arguments are columns, so it runs for each row that a scan reads, and no index can serve it.")
				f.Fix = redact.Plain("Compare the column with a set that is computed once: column IN (SELECT ...), with a function that takes no column.")
			} else if using, ok := wrapped(p.Using.Text, calls); ok {
				f.AddDDL("ALTER POLICY %s ON %s USING (%s)", quoted(p.Name), t.Name.Short(), using)
			}
			found(f)
		}
	},
}

// wrapped writes the calls of an expression as sub-selects. It reports false if it
// cannot find them in the text.
func wrapped(text string, calls []design.Call) (string, bool) {
	for _, call := range calls {
		if call.OnRow {
			return "", false
		}
		var out strings.Builder
		rest, changed := text, false
		for {
			at := strings.Index(rest, call.Name+"(")
			if at < 0 {
				break
			}
			s := lex.Scan(rest[at+len(call.Name):])
			from := s.Mark()
			if _, ok := s.Brackets(); !ok {
				return "", false
			}
			end := at + len(call.Name) + len(s.Since(from))
			out.WriteString(rest[:at] + "(SELECT " + rest[at:end] + ")")
			rest, changed = rest[end:], true
		}
		if !changed {
			return "", false
		}
		text = out.String() + rest
	}
	return text, true
}
