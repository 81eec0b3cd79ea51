package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var dropColumnTakesIndex = rule.Rule{
	ID:      "drop-column-takes-index",
	Title:   "DROP COLUMN removes indexes and constraints",
	Sees:    "DROP COLUMN of a column that an index names as key, in an expression, in its predicate or in INCLUDE, or that a unique constraint or a CHECK of the table mentions.",
	Why:     "They are removed silently. Without a unique index duplicates become possible; without the only index of a foreign key, each delete of a referenced row scans the table.",
	Silent:  "The column or the table is new. An index on this column alone: nothing else needs it.",
	Fix:     "Create the index or constraint without the column first, concurrently. Keep the definitions for the rollback.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.DropColumn) {
			if !oldColumn(a) {
				continue
			}
			severity, more := finding.Nit, []ddl.Object(nil)
			for _, o := range a.Takes {
				switch {
				case o.Stops || o.Kind == "column" || o.Kind == "sequence" || o.Kind == "default":
					continue
				case o.Unique:
					severity = finding.High
				default:
					severity = max(severity, finding.Medium)
				}
				more = append(more, o)
			}
			if len(more) == 0 || severity == finding.Medium && onlyOwn(a, more) {
				continue
			}
			f := c.About(s, a.Table, finding.Confirmed, severity)
			f.Title = redact.Sprintf("DROP COLUMN %s also removes %s", actionColumn(a), takes(more))
			f.Detail = redact.Plain("The server drops them without a word.")
			if severity == finding.High {
				f.Detail = redact.Append(f.Detail, "Duplicates become possible.")
			}
			for _, o := range more {
				if o.Definition != "" {
					f.Evidence = append(f.Evidence, finding.Evidence{Name: o.Kind + " " + o.Name, Value: o.Definition, Source: "schema"})
				}
			}
			f.Fix = redact.Plain("Create what is still needed without the column first, concurrently. Keep the definitions for the rollback.")
			found(f)
		}
	},
}

// onlyOwn reports whether all that goes with a column is about this column alone.
func onlyOwn(a *ddl.Action, list []ddl.Object) bool {
	if a.Table == nil {
		return false
	}
	for _, o := range list {
		k := a.Table.Constraint(o.Name)
		switch {
		case k != nil && k.Type == catalog.Check && len(k.Expr.Columns) <= 1, k != nil && k.Type != catalog.Check && len(k.Columns) == 1:
		case o.Kind == "index" && strings.HasSuffix(strings.TrimRight(o.Definition, "; "), "("+actionColumn(a)+")"):
		default:
			return false
		}
	}
	return true
}
