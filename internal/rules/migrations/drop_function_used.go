package migrations

import (
	"regexp"
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var dropFunctionUsed = rule.Rule{
	ID:      "drop-function-used",
	Title:   "DROP FUNCTION that is still called",
	Sees:    "DROP FUNCTION or PROCEDURE of a function that a trigger, a policy, a default, an index, a view or the body of another function uses.",
	Why:     "The server refuses it if the use is recorded. The body of another function is a string: its next call fails.",
	Silent:  "Nothing that is known uses the function. The files create it again.",
	Fix:     "Change what uses the function first.",
	Sources: []string{manual + "sql-dropfunction.html", manual + "ddl-depend.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range tried(s, ddl.DropObject) {
			if a.Target != "function" && a.Target != "procedure" || s.Effect.Missing != "" {
				continue
			}
			used := slices.Clone(a.Takes)
			if c.Migration.Catalog != nil && c.Migration.Catalog.Function(catalog.Name{Name: a.Name}) == nil {
				for _, other := range c.Migration.Catalog.Functions() {
					if mentionsCall(other.Body, a.Name) {
						used = append(used, ddl.Object{Kind: "function", Name: other.Name.Short()})
					}
				}
			}
			if len(used) == 0 {
				continue
			}
			f := c.About(s, nil, finding.Confirmed, finding.High)
			f.Title = redact.Sprintf("DROP of function %s: %s uses it", a.Name, takes(used))
			f.Detail = redact.Plain("Its next use fails.")
			if s.Effect.Refused != "" {
				f.Detail = redact.Plain("The server refuses the drop.")
			}
			f.Fix = redact.Sprintf("First change %s.", takes(used))
			found(f)
		}
	},
}

// mentionsCall reports whether a body calls a function.
func mentionsCall(body, name string) bool {
	if body == "" || name == "" {
		return false
	}
	return regexp.MustCompile(`(?i)(^|[^\w.]|\w\.)` + regexp.QuoteMeta(name) + `\s*\(`).MatchString(body)
}
