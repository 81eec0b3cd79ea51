package migrations

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var defaultDroppedWithAdd = rule.Rule{
	ID:      "default-dropped-with-add",
	Title:   "New NOT NULL column that running code cannot fill",
	Sees:    "ADD COLUMN ... NOT NULL DEFAULT and DROP DEFAULT of that column in the same release. Also SET NOT NULL on a column that the same release adds without a default.",
	Why:     "The code that is running during the deploy does not name the column. Without a default its INSERT fails with error 23502.",
	Silent:  "The table is new in this migration. The default stays until a later release. A trigger that the same release creates sets the column before each INSERT.",
	Fix:     "Keep the default in this release. Drop it in the release after the code names the column. In Django, use db_default.",
	Sources: []string{docAlter, "https://docs.djangoproject.com/en/stable/ref/models/fields/#db-default"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.AddColumn) {
			if a.Column == nil || a.Column.Identity != "" || a.Column.Generated != "" || a.Column.Type.Serial {
				continue
			}
			drop, how := defaultGone(c, s, a)
			if drop == nil || filledByTrigger(c, s, a) {
				continue
			}
			f := c.About(drop, a.Table, finding.Confirmed, finding.High)
			f.Title = redact.Sprintf("INSERT of the running code fails: %s is NOT NULL and has no default after %s", quoted(a.Column.Name), how)
			f.Detail = redact.Sprintf("%s is added in %s. The code that is running during the deploy does not name the column, so its INSERT fails with error 23502.", quoted(a.Column.Name), at(drop, s))
			f.Fix = redact.Sprintf("Give %s a default, and keep it until the release after the code names the column. Then drop the default. In Django, use db_default.", quoted(a.Column.Name))
			found(f)
		}
	},
}

// defaultGone returns the statement after which a column that a statement adds is NOT
// NULL without a default, and what makes it so.
func defaultGone(c *rule.Case, s *migration.Statement, add *ddl.Action) (by *migration.Statement, how string) {
	notNull, filled := add.Column.NotNull, add.Column.Default.There()
	if notNull && !filled {
		return nil, "" // fails by itself
	}
	verbs := []ddl.Verb{ddl.DropDefault, ddl.SetDefault, ddl.SetStorage, ddl.SetNotNull, ddl.DropNotNull, ddl.DropColumn}
	var list []deed
	for _, b := range done(s, verbs...) {
		list = append(list, deed{s: s, a: b})
	}
	for _, d := range append(list, afterInRelease(c, s, add.Table, verbs...)...) {
		if !sameColumn(add, d.a) {
			continue
		}
		switch d.a.Verb {
		case ddl.DropDefault:
			filled, how = false, "DROP DEFAULT"
		case ddl.SetDefault:
			filled = true
		case ddl.SetStorage:
			filled = filled || d.a.To == "identity"
		case ddl.SetNotNull:
			notNull, how = true, "SET NOT NULL"
		default:
			notNull = false
		}
		if by = nil; notNull && !filled {
			by = d.s
		}
	}
	return by, how
}

// filledByTrigger reports whether a trigger of the same release sets a column that a
// statement adds, before each INSERT.
func filledByTrigger(c *rule.Case, s *migration.Statement, add *ddl.Action) bool {
	const before, insert = 2, 4 // bits of the node
	for _, d := range afterInRelease(c, s, add.Table, ddl.CreateTrigger) {
		n := d.a.Node
		if n.Get("timing").Int()&before == 0 || n.Get("events").Int()&insert == 0 {
			continue
		}
		calls := n.Strs("funcname")
		for _, file := range c.Migration.Files {
			for other := range rule.EachChange(file.Statements) {
				for _, f := range done(other, ddl.CreateFunction) {
					if name := f.Node.Strs("funcname"); slices.Equal(name, calls) && strings.Contains(other.Text, "NEW."+quoted(add.Column.Name)) {
						return true
					}
				}
			}
		}
	}
	return false
}
