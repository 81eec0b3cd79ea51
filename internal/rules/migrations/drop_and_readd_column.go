package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var dropAndReaddColumn = rule.Rule{
	ID:      "drop-and-readd-column",
	Title:   "Column or table dropped and added again",
	Sees:    "DROP COLUMN and ADD COLUMN of one name, or DROP TABLE and CREATE TABLE of one name, in the files. Also a DROP COLUMN and an ADD COLUMN of the same type in one statement, which may be a rename.",
	Why:     "Every value is replaced by the default or NULL. Generators write this where a change of type, length or nullability was meant.",
	Silent:  "The column or table is new in this migration.",
	Fix:     "Change the column in place: SET NOT NULL by a validated CHECK, ALTER TYPE for a longer type, or a new column with backfill for another type.",
	Sources: []string{docAlter, "https://github.com/prisma/migrate/issues/208", "https://github.com/typeorm/typeorm/issues/3357"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.DropColumn) {
			if !oldColumn(a) {
				continue
			}
			if by, again := readded(c, s, a); again != nil {
				f := c.About(s, a.Table, finding.Critical, finding.Severe)
				lost(&f, s, "every value of "+rule.TableWords(a.Table)+"."+actionColumn(a))
				f.Title = redact.Sprintf("Column %s is dropped and added again: all of its values are lost", actionColumn(a))
				f.Detail = redact.Plain("Every value is replaced by the default, or by NULL.")
				if by != s {
					f.Detail = redact.Append(f.Detail, "The column is added again in %s.", at(s, by))
				}
				f.Fix = redact.Plain(inPlace(a, again))
				found(f)
			} else if add := sameTypeAdded(s, a); add != nil {
				f := c.About(s, a.Table, finding.Concern, finding.High)
				f.Title = redact.Sprintf("DROP COLUMN %s and ADD COLUMN %s in one statement: a rename in disguise?", actionColumn(a), actionColumn(add))
				f.Detail = redact.Plain("Both have one type. Generators write a rename as a drop and an add, which loses the values.")
				f.Decide("Was a rename meant?", "the change in the model that the migration was generated from", "copy the values into the new column before the old one is dropped.")
				f.Fix = redact.Plain("Add the new column, copy the values, switch the code, and drop the old column in a later release.")
				found(f)
			}
		}
		for _, a := range onExisting(c, s, ddl.DropTable) {
			if a.Table == nil || a.Table.Kind != catalog.Table && a.Table.Kind != catalog.Partitioned {
				continue
			}
			if later := recreated(c, s, a); later != nil {
				f := c.About(s, a.Table, finding.Critical, finding.Severe)
				lost(&f, s, "every row of "+rule.TableWords(a.Table))
				f.Title = redact.Sprintf("Table %s is dropped and created again: all of its rows are lost", rule.TableWords(a.Table))
				f.Detail = redact.Sprintf("The table is created again in %s.", at(s, later))
				f.Fix = redact.Plain("Change the table in place, or create the new table under another name, copy the rows in batches, and swap the names.")
				found(f)
			}
		}
	},
}

// inPlace says how a column changes in place from what is dropped to what is added.
func inPlace(dropped, added *ddl.Action) string {
	was, is := dropped.Was, added.Column
	if was == nil {
		was = dropped.Column
	}
	name := actionColumn(added)
	switch {
	case was == nil || is == nil || was.Type.Name == "":
		return "Change the column in place: ALTER COLUMN ... TYPE, SET DEFAULT or SET NOT NULL."
	case was.Type.String() == is.Type.String() && !was.NotNull && is.NotNull:
		return "Only NOT NULL differs: fill the NULLs in batches, add CHECK (" + name + " IS NOT NULL) NOT VALID, validate it, then SET NOT NULL."
	case was.Type.String() == is.Type.String():
		return "The type is the same: change the default or the constraint with ALTER COLUMN " + name + "."
	case isText(was.Type) && isText(is.Type):
		return "Only the length differs: use ALTER COLUMN " + name + " TYPE " + is.Type.String() + "."
	}
	return "Add the column under another name, copy the values in batches, switch the code, and drop the old column in a later release."
}

// sameTypeAdded returns the action of the statement that adds a column of the type of
// a dropped one, if it is the only one.
func sameTypeAdded(s *migration.Statement, dropped *ddl.Action) *ddl.Action {
	was := dropped.Was
	if was == nil {
		was = dropped.Column
	}
	adds := done(s, ddl.AddColumn)
	if was == nil || was.Type.Name == "" || len(adds) != 1 || len(done(s, ddl.DropColumn)) != 1 || !sameTable(adds[0], dropped) || adds[0].Column == nil || adds[0].Column.Type.String() != was.Type.String() {
		return nil
	}
	return adds[0]
}
