package migrations

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var downFailsOnData = rule.Rule{
	ID:      "down-fails-on-data",
	Title:   "Down part that fails on rows of the new code",
	Sees:    "A down part that sets NOT NULL where the up part dropped it, makes a type narrower that the up part widened, or adds a CHECK or unique constraint that the up part loosened or dropped.",
	Why:     "Once the new code has written a NULL, a longer value or a duplicate, the down part fails, and the release cannot be taken back.",
	Silent:  "The down part leaves it loosened, or adds the constraint NOT VALID and does not validate it, or adds a column of the constraint: no row has values in it. Another unique constraint or primary key of the up part keeps the duplicates out.",
	Fix:     "Leave it loosened in the down part: the old code runs on the looser schema.",
	Sources: []string{"https://github.com/metabase/metabase/issues/44886"},
	Rank:    rule.RankChange,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		for _, s := range file.Down {
			for _, a := range tried(s, ddl.SetNotNull, ddl.AlterType, ddl.AddConstraint, ddl.CreateIndex) {
				up, why := loosened(c, file, a)
				if up == nil || addedBack(file, s, a) {
					continue
				}
				f := c.About(s, a.Table, finding.Confirmed, finding.Medium)
				f.Where.Input = opt.Some(file.DownInput)
				f.Title = redact.Sprintf("The down part fails once the new code has written %s", why)
				f.Detail = redact.Sprintf("It tightens again what line %d loosens. The rows that were written since then break it.", up.Line)
				f.Fix = redact.Plain("Leave it loosened in the down part: the old code runs on the looser schema.")
				found(f)
			}
		}
	},
}

// loosened returns the statement of the up part that loosens what an action of the
// down part tightens, and what the new code may have written since.
func loosened(c *rule.Case, file *migration.File, down *ddl.Action) (*migration.Statement, string) {
	for _, s := range statementsOf(file) {
		for _, up := range done(s) {
			switch {
			case down.Verb == ddl.SetNotNull && up.Verb == ddl.DropNotNull && sameColumn(up, down) && existing(c, s, up.Table):
				return s, "a NULL to " + actionColumn(down)
			case down.Verb == ddl.AlterType && up.Verb == ddl.AlterType && sameColumn(up, down) && up.Was != nil && down.Column != nil && up.Column != nil && isNarrower(up.Column.Type, down.Column.Type):
				return s, "a larger value to " + actionColumn(down)
			case down.Verb == ddl.AddConstraint && up.Verb == ddl.DropConstraint && sameTable(up, down) && existing(c, s, up.Table) && proven(file, down) && tightens(file, up, down):
				return s, "a row that breaks the " + constraintWords(down.Constraint)
			case down.Verb == ddl.CreateIndex && up.Verb == ddl.DropIndex && down.Index != nil && down.Index.Index != nil && down.Index.Index.Unique && sameTable(up, down) && up.Index != nil && up.Index.Index != nil && up.Index.Index.Unique &&
				slices.Equal(up.Index.Index.Columns(), down.Index.Index.Columns()) && !keepsUnique(file, down.Index.Index.Columns(), down):
				return s, "a duplicate"
			}
		}
	}
	return nil, ""
}

// proven reports whether the down part makes all rows keep a constraint that it adds: at
// once, or by a later VALIDATE CONSTRAINT.
func proven(file *migration.File, add *ddl.Action) bool {
	k := add.Constraint
	return k != nil && (k.Valid || slices.ContainsFunc(file.Down, func(s *migration.Statement) bool {
		return slices.ContainsFunc(tried(s, ddl.ValidateConstr), func(a *ddl.Action) bool {
			return sameTable(a, add) && a.Constraint != nil && a.Constraint.Name == k.Name
		})
	}))
}

// addedBack reports whether the down part adds a column of a constraint or index before
// it adds the constraint: what the new code has written does not break it.
func addedBack(file *migration.File, s *migration.Statement, a *ddl.Action) bool {
	var columns []string
	switch {
	case a.Constraint != nil:
		columns = a.Constraint.Columns
	case a.Index != nil && a.Index.Index != nil:
		columns = a.Index.Index.Columns()
	}
	for _, earlier := range file.Down {
		for _, b := range tried(earlier, ddl.AddColumn) {
			if earlier.Number <= s.Number && sameTable(a, b) && b.Column != nil && slices.Contains(columns, b.Column.Name) {
				return true
			}
		}
	}
	return false
}

// isNarrower reports whether values of a type may not fit another one.
func isNarrower(from, to catalog.TypeRef) bool {
	width := map[string]int{"smallint": 2, "integer": 4, "bigint": 8, "real": 4, "double precision": 8}
	switch {
	case isShorter(from, to):
		return true
	case width[from.Name] > 0 && width[to.Name] > 0:
		return width[to.Name] < width[from.Name]
	case from.Name == "numeric" && to.Name == "numeric":
		return len(to.Mods) > 0 && (len(from.Mods) == 0 || to.Mods[0] < from.Mods[0])
	}
	return false
}

// tightens reports whether a constraint of the down part is the one that the up part
// drops, and the up part puts none of its strictness in its place.
func tightens(file *migration.File, up, down *ddl.Action) bool {
	if up.Constraint == nil || down.Constraint == nil || !sameColumns(up.Constraint, down.Constraint) || down.Constraint.Type == catalog.ForeignKey && !down.Constraint.Valid {
		return false
	}
	if (down.Constraint.Type == catalog.Unique || down.Constraint.Type == catalog.PrimaryKey) && keepsUnique(file, down.Constraint.Columns, down) {
		return false
	}
	for _, s := range statementsOf(file) {
		for _, b := range done(s, ddl.AddConstraint) {
			if sameTable(b, down) && isUnique(b.Constraint) && isUnique(down.Constraint) && !slices.ContainsFunc(b.Constraint.Columns, func(n string) bool { return !slices.Contains(down.Constraint.Columns, n) }) {
				return false // the primary key keeps the duplicates out
			}
			if sameTable(b, down) && sameColumns(b.Constraint, down.Constraint) && (down.Constraint.Type != catalog.Check || plainText(b.Constraint.Expr.Text) == plainText(down.Constraint.Expr.Text)) {
				return false // the same again
			}
		}
	}
	return true
}

// keepsUnique reports whether the up part has another unique index over no more than
// the columns, or over expressions on them: rows that are equal in them collide there
// too.
func keepsUnique(file *migration.File, columns []string, down *ddl.Action) bool {
	for _, s := range statementsOf(file) {
		for _, b := range done(s, ddl.CreateIndex) {
			if sameTable(b, down) && b.Index != nil && b.Index.Index != nil && b.Index.Index.Unique && !b.Index.Index.Where.There() && within(b.Index.Index.Keys, columns) {
				return true
			}
		}
	}
	return false
}

func plainText(expr string) string {
	return strings.Trim(strings.Join(strings.Fields(expr), " "), "() ")
}
