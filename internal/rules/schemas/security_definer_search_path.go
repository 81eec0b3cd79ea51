package schemas

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var securityDefinerSearchPath = rule.Rule{
	ID:      "security-definer-search-path",
	Title:   "SECURITY DEFINER function without a search_path",
	Sees:    "A function or procedure with SECURITY DEFINER and no SET search_path.",
	Why:     "It runs with the rights of its owner and looks names up in the search_path of the caller. A caller who can create objects, at least temporary ones, can put another table or function in their place.",
	Silent:  "The function sets search_path. It has a BEGIN ATOMIC body, of which names were looked up when it was created. Functions in C.",
	Fix:     "Set search_path on the function, with pg_temp last.",
	Sources: []string{manual + "sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		for _, last := range c.Schema.Functions() {
			for _, fn := range append([]catalog.Function{*last}, last.Overloads...) {
				if fn.Definer && !fn.Path && !fn.Atomic && fn.Language != "c" && fn.Language != "internal" {
					found(withoutPath(c, fn))
				}
			}
		}
	},
}

func withoutPath(c *rule.Case, fn catalog.Function) rule.Found {
	kind := "function"
	if fn.Procedure {
		kind = "procedure"
	}
	f := c.OnObject(fn.Name.String(), fn.Since, fn.At, finding.Confirmed, finding.High)
	f.Title = redact.Sprintf("%s %s is SECURITY DEFINER and sets no search_path", rule.Upper(kind), fn.Name.Short())
	f.Detail = redact.Plain("It runs with the rights of its owner and looks names up in the search_path of the caller, who can put an own object, at least a temporary one, in the place of each.")
	f.Fix = redact.Sprintf("Set search_path on the %s, with pg_temp last. Add other schemas that its body names without a schema.", kind)
	f.AddDDL("ALTER %s %s(%s) SET search_path = %s, pg_temp", strings.ToUpper(kind), fn.Name.String(), fn.Args, quoted(fn.Name.Schema))
	return f
}
