package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var indexReplacedTooEarly = rule.Rule{
	ID:      "index-replaced-too-early",
	Title:   "Index dropped before its successor is built",
	Sees:    "DROP INDEX, and later in the files CREATE INDEX on the same table whose first key is that of the dropped index.",
	Why:     "During the whole build no index serves the queries: they scan the table. If the build fails outside of a transaction, neither index is left.",
	Silent:  "The successor is built first. Both are in one transaction on a table known to be tiny. The type of its first column changes in between: the server would build the index again under its lock. No schema tells the keys of the dropped index.",
	Fix:     "Create the new index first, under another name. Then drop the old one, then rename.",
	Sources: []string{docIndex, docDropIndex},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.DropIndex) {
			later, made := indexSuccessor(c, s, a)
			if later == nil {
				continue
			}
			together := sameTransaction(s, later)
			if together && c.ExtentOf(a.Table).Size() == rule.Tiny || retypedBetween(c, s, later, a) {
				continue
			}
			f := c.About(s, a.Table, finding.Confirmed, finding.Medium)
			f.Where.Index = a.Index.Name.String()
			scans := scansOf(c, a.Index)
			f.Number("scans", scans, "scans", "pg_stat_user_indexes")
			if scans.Or(0) > 0 || !together {
				f.Severity = finding.High
			}
			key := keyWords1(a.Index)
			f.Title = redact.Sprintf("%s is dropped before %s is built: until then no index of %s begins with %s", a.Index.Name.Short(), quoted(made.Name), named(c, s, a.Table), key)
			f.Detail = redact.Sprintf("Queries scan the table until the new index in %s is built.", at(s, later))
			if !together {
				f.Detail = redact.Append(f.Detail, "If that build fails, neither index is left.")
			}
			f.Fix = redact.Plain("Create the new index first, under another name. Then drop the old one, then rename.")
			found(f)
		}
	},
}

// retypedBetween reports whether the type of a dropped index's first column changes before
// its successor is built.
func retypedBetween(c *rule.Case, drop, build *migration.Statement, a *ddl.Action) bool {
	at := histories.Of(c).at
	return slices.ContainsFunc(afterOn(c, drop, a.Table, ddl.AlterType), func(d deed) bool {
		return d.at < at[build] && columnName(d.a) == a.Index.Index.Keys[0].Column
	})
}

func keyWords1(ix *catalog.Relation) string {
	if k := ix.Index.Keys[0]; k.Column == "" {
		return "its expression"
	}
	return quoted(ix.Index.Keys[0].Column)
}

// indexSuccessor returns the later action that creates an index with the first key of
// a dropped one; nil if there is none, or if one was created before.
func indexSuccessor(c *rule.Case, s *migration.Statement, drop *ddl.Action) (*migration.Statement, *ddl.Action) {
	if drop.Index == nil || drop.Index.Index == nil || len(drop.Index.Index.Keys) == 0 || drop.Table == nil || !existing(c, s, drop.Index) {
		return nil, nil
	}
	first := drop.Index.Index.Keys[0]
	same := func(b *ddl.Action) bool {
		if !sameTable(drop, b) || b.Index == nil || b.Index.Index == nil || len(b.Index.Index.Keys) == 0 {
			return false
		}
		k := b.Index.Index.Keys[0]
		return k.Column == first.Column && k.Expr.Text == first.Expr.Text
	}
	if slices.ContainsFunc(beforeOn(c, s, drop.Table, ddl.CreateIndex), func(d deed) bool { return same(d.a) }) {
		return nil, nil
	}
	for _, d := range afterInRelease(c, s, drop.Table, ddl.CreateIndex) {
		if same(d.a) {
			return d.s, d.a
		}
	}
	return nil, nil
}
