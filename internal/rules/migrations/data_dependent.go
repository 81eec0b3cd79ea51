package migrations

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var dataDependent = rule.Rule{
	ID:      "data-dependent",
	Title:   "Constraint that existing rows may break",
	Sees:    "A unique index, unique constraint, primary key, CHECK, foreign key, SET NOT NULL or VALIDATE on a table that was there before.",
	Why:     "If one row breaks it, the statement fails and the release stops. On a copy with other rows it passes.",
	Silent:  "NOT VALID. USING INDEX. Proven by a validated CHECK. The column is new in this migration. A key or foreign key over the same columns holds already, or is dropped in the same file. New tables.",
	Fix:     "Count the rows that break it before the release.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.AddConstraint, ddl.SetNotNull, ddl.ValidateConstr, ddl.CreateIndex) {
			query := breakers(c, s, a)
			if query == "" || isKept(s, a) || c.ExtentOf(a.Table).Rows.Or(1) == 0 || a.Constraint != nil && a.Constraint.Type == catalog.ForeignKey && holdsNulls(s, a.Table, a.Constraint.Columns) {
				continue
			}
			f := c.About(s, a.Table, finding.Concern, finding.Medium)
			f.Title = redact.Sprintf("%s fails if a row of %s breaks it", enforcedWhat(a), named(c, s, a.Table))
			f.Detail = redact.Plain("The files do not show the rows.")
			f.Decide("Does any row break it?", "run: "+query, "run the query before the release.")
			f.Fix = redact.Sprintf("Run before the release: %s", query)
			if k := a.Constraint; k != nil && !isUnique(k) && slices.ContainsFunc(append(slices.Clone(k.Columns), k.Expr.Columns...), func(n string) bool { return isNewColumn(c, s, a.Table.Column(n)) }) {
				// The query cannot run before the columns are there.
				f.Decide("Does any row break it?", "run, once the columns are there: "+query, "add it with NOT VALID, and VALIDATE it in a later release.")
				f.Fix = redact.Sprintf("Add it with NOT VALID, and run this before VALIDATE CONSTRAINT: %s", query)
			}
			found(f)
		}
	},
}

// holdsNulls reports whether the file has added one of the columns without a default and
// has not written to the table since: every row has NULL in it.
func holdsNulls(s *migration.Statement, table *catalog.Relation, columns []string) bool {
	if s.File == nil {
		return false
	}
	holds := false
	for _, earlier := range statementsOf(s.File) {
		if earlier.Number > s.Number {
			break
		}
		for _, a := range done(earlier, ddl.AddColumn, ddl.Write) {
			switch {
			case a.Table == nil || a.Table.OID != table.OID:
			case a.Verb == ddl.Write:
				holds = false
			case a.Column != nil && !a.Column.Default.There() && slices.Contains(columns, a.Column.Name):
				holds = true
			}
		}
	}
	return holds
}

// isKept reports whether what an action enforces was enforced until then: by another
// constraint or unique index of the table, or by one that the file drops for it.
func isKept(s *migration.Statement, a *ddl.Action) bool {
	k := a.Constraint
	if a.Verb == ddl.CreateIndex {
		k = &catalog.Constraint{Type: catalog.Unique, Columns: a.Index.Index.Columns()}
	}
	if k == nil || a.Table == nil || a.Verb == ddl.ValidateConstr || k.NullsEqual {
		return false
	}
	keeps := func(old *catalog.Constraint) bool {
		switch {
		case old == nil || !old.Valid || old.NotEnforced:
			return false
		case isUnique(k) && isUnique(old):
			return within(keysOf(old.Columns), k.Columns)
		}
		return k.Type == catalog.ForeignKey && sameColumns(old, k) && old.RefName.Name == k.RefName.Name && slices.Equal(old.RefColumns, k.RefColumns)
	}
	for _, old := range a.Table.Constraints {
		if old.Name != k.Name && old.Since < s.Number && keeps(&old) {
			return true
		}
	}
	for _, earlier := range statementsOf(s.File) {
		for _, d := range done(earlier, ddl.DropConstraint, ddl.DropIndex) {
			switch {
			case !sameTable(d, a):
			case d.Verb == ddl.DropConstraint && keeps(d.Constraint):
				return true
			case d.Verb == ddl.DropIndex && d.Index != nil && d.Index.Index != nil && d.Index.Index.Unique && !d.Index.Index.Where.There() && isUnique(k) &&
				len(d.Index.Index.Keys) > 0 && within(d.Index.Index.Keys, k.Columns):
				return true
			}
		}
		if earlier == s {
			break
		}
	}
	return false
}

func keysOf(columns []string) []catalog.Key {
	keys := make([]catalog.Key, len(columns))
	for i, name := range columns {
		keys[i].Column = name
	}
	return keys
}

func enforcedWhat(a *ddl.Action) string {
	switch a.Verb {
	case ddl.SetNotNull:
		return "SET NOT NULL of " + actionColumn(a)
	case ddl.CreateIndex:
		return "The unique index"
	case ddl.ValidateConstr:
		return "VALIDATE CONSTRAINT"
	}
	return "The " + constraintWords(a.Constraint)
}

// breakers returns the query that counts the rows that break what an action enforces;
// empty if it enforces nothing about old rows.
func breakers(c *rule.Case, s *migration.Statement, a *ddl.Action) string {
	if a.Table == nil {
		return ""
	}
	from := " FROM " + a.Table.Name.String()
	oldOnes := func(columns []string) bool {
		return slices.ContainsFunc(columns, func(n string) bool { return !isNewColumn(c, s, a.Table.Column(n)) })
	}
	unique := func(columns []string) string {
		if len(columns) == 0 || !oldOnes(columns) || holdsNulls(s, a.Table, columns) {
			return ""
		}
		list := strings.Trim(columnWords(columns), "()")
		return "SELECT " + list + ", count(*)" + from + " GROUP BY " + list + " HAVING count(*) > 1;"
	}
	switch a.Verb {
	case ddl.SetNotNull:
		if a.Reads && oldOnes([]string{columnName(a)}) {
			return "SELECT count(*)" + from + " WHERE " + actionColumn(a) + " IS NULL;"
		}
		return ""
	case ddl.CreateIndex:
		if a.Index == nil || a.Index.Index == nil || !a.Index.Index.Unique || a.Index.Index.Where.There() {
			return ""
		}
		return unique(a.Index.Index.Columns())
	}
	k := a.Constraint
	if k == nil || a.Verb == ddl.AddConstraint && (!k.Valid || k.NotEnforced || usesIndex(a)) {
		return ""
	}
	switch k.Type {
	case catalog.Unique, catalog.PrimaryKey:
		return unique(k.Columns)
	case catalog.Check:
		if a.Verb == ddl.AddConstraint && !a.Reads || k.Expr.Text == "" || !oldOnes(k.Expr.Columns) {
			return ""
		}
		return "SELECT count(*)" + from + " WHERE NOT (" + strings.TrimSpace(k.Expr.Text) + ");"
	case catalog.ForeignKey:
		if a.Verb == ddl.AddConstraint && !a.Reads || len(k.Columns) != 1 || len(k.RefColumns) > 1 {
			return ""
		}
		ref := "id"
		if len(k.RefColumns) == 1 {
			ref = k.RefColumns[0]
		}
		return "SELECT count(*)" + from + " c WHERE c." + quoted(k.Columns[0]) + " IS NOT NULL AND NOT EXISTS (SELECT FROM " + k.RefName.String() + " p WHERE p." + quoted(ref) + " = c." + quoted(k.Columns[0]) + ");"
	}
	return ""
}
