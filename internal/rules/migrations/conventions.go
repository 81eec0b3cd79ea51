package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// departure returns the finding on a file that does not keep a convention of the
// migrations before it. A convention tells what the next reader expects; it never
// makes a danger smaller.
func departure(c *rule.Case, file *migration.File, id, title, fix string) (rule.Found, bool) {
	if c.Recon == nil {
		return rule.Found{}, false
	}
	for _, d := range c.Recon.DeparturesOf(file.Path) {
		if d.Rule != id {
			continue
		}
		f := rule.Found{File: file}
		if i := slices.IndexFunc(file.Statements, func(s *migration.Statement) bool { return d.Line >= s.Line && d.Line <= s.EndLine }); i >= 0 {
			f = c.About(file.Statements[i], nil, finding.Confirmed, finding.Low)
		}
		f.Tag, f.Severity = finding.Confirmed, finding.Low
		f.Title = redact.Plain(title)
		f.Detail = redact.Sprintf("%s The last one that does is %s.", d.Says, d.Basis)
		f.Fix = redact.Plain(fix)
		return f, true
	}
	return rule.Found{}, false
}
