package indexes

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	fkRows  = rule.NewThreshold("referencing_rows", 1_000, "rows", "a smaller table is scanned in less than a millisecond")
	fkSaved = rule.NewThreshold("saved_share", 0.02, "share", "an index that saves less of a statement's estimated cost does not serve it")
	fkLarge = rule.NewThreshold("large_rows", 10_000, "rows", "from here on each DELETE of a referenced row takes noticeably longer")
)

var missingFKIndex = rule.Rule{
	ID:     "missing-fk-index",
	Title:  "Foreign key without an index",
	Sees:   "A foreign key whose columns are not the leading columns of any usable index of the referencing table. In a migration, a foreign key that it adds, if no index of the schema or of its files serves it. In a schema, each foreign key that no index serves.",
	Why:    "Each DELETE of a referenced row, and each change of its key, scans the referencing table for references. A join from that side does the same.",
	Silent: "The referencing table is small. A primary key or another index begins with the columns, or, of several, with the one that is named after the other table. The index definitions are not in the input.",
	Fix:    "Create an index on the foreign key's columns with CREATE INDEX CONCURRENTLY.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
	},
	Thresholds: []*rule.Threshold{fkRows, fkLarge, fkSaved},
	Rank:       rule.RankRedundant,
	Needs:      []workload.View{workload.ViewClass, workload.ViewConstraint},
	Change:     newFKs,
	Relation:   designedFKs,
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		rows, sized := t.RowCount().Get()
		if sized && rows < fkRows.In(c) || !sized && c.Snapshot.Has(workload.ViewTables) && !c.Snapshot.Has(workload.ViewClass) || t.Parent != nil && len(t.Indexes) == 0 {
			return
		}
		for _, k := range t.Constraints {
			if k.Type == "f" && len(k.Columns) > 0 && !ofWhole(t, k) && c.Snapshot.IndexesKnown(t) && !c.FKIndexed(t, k) {
				found(missingFK(c, t, k))
			}
		}
	},
}

// newFKs reports the foreign keys that a statement of a migration adds and that no
// index serves after all files.
func newFKs(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
	seen := map[string]bool{}
	for i := range s.Effect.Actions {
		a := &s.Effect.Actions[i]
		t := a.Table
		if a.Verb == ddl.CreateTable {
			t = a.Other
		}
		if s.Effect.Refused != "" || t == nil || a.Verb != ddl.CreateTable && a.Verb != ddl.AddConstraint && a.Verb != ddl.AddColumn {
			continue
		}
		for _, k := range c.ForeignKeysAtEnd(t) {
			if k.Since != s.Number || k.Inherited || seen[k.Name] || slices.ContainsFunc(c.IndexesAtEnd(t), func(ix *catalog.Relation) bool { return ix.Index.LeadsWith(k.Columns) }) {
				continue
			}
			seen[k.Name] = true
			columns := strings.Join(k.Columns, ", ")
			f := c.Sized(s, t, finding.Medium)
			f.Title = redact.Sprintf("No index begins with (%s), the new foreign key of %s to %s", columns, t.Name.Short(), k.RefName.Short())
			f.Detail = redact.Sprintf("Each DELETE of a row of %s, and each change of its key, scans %s for references.", k.RefName.Short(), t.Name.Short())
			f.Fix = redact.Sprintf("Create an index on %s (%s): before the key with CONCURRENTLY, or at once if the table is new.", t.Name.Short(), columns)
			found(f)
		}
	}
}

// designedFKs reports the foreign keys of a table of a schema that no index serves.
func designedFKs(c *rule.Case, t *design.Table, found func(rule.Found)) {
	for _, k := range t.ForeignKeys() {
		if t.FindsReferences(k) {
			continue
		}
		acts := k.OnDelete == "CASCADE" || strings.HasPrefix(k.OnDelete, "SET")
		f := c.InSchema(t, finding.Confirmed, finding.Medium)
		f.AtConstraint(k)
		extent := c.ExtentOfTable(t)
		f.Number("rows of the referencing table", extent.Rows, "rows", "exports")
		f.Number("size of the referencing table", extent.Bytes, "bytes", "exports")
		scan := "all of " + t.Name.Short()
		if extent.Rows.Known() {
			scan = "all " + extent.String() + " of " + t.Name.Short()
		}
		switch size := extent.Size(); {
		case size == rule.Tiny:
			f.Severity = finding.Nit
		case size >= rule.Large && acts:
			f.Severity = finding.High
		}
		columns, target := design.ColumnList(k.Columns), t.Schema.ReferredName(k).Short()
		f.Title = redact.Sprintf("Foreign key on %s %s to %s has no index", t.Name.Short(), columns, target)
		ix, how := nearest(t, k)
		if how == "begins with a part" {
			scan = "all rows of " + t.Name.Short() + " with the same " + lex.QuoteIdent(ix.Index.Columns()[0])
		}
		f.Detail = redact.Sprintf("Each DELETE of a row of %s, and each change of its key, scans %s for references (ON DELETE %s).", target, scan, cmp.Or(k.OnDelete, "NO ACTION"))
		switch how {
		case "leaves out rows":
			f.Detail = redact.Append(f.Detail, "%s begins with %s, but holds only the rows WHERE %s.", ix.Name.Short(), columns, ix.Index.Where.Text)
		case "later":
			f.Detail = redact.Append(f.Detail, "%s has the column, but does not begin with it.", ix.Name.Short())
		}
		if deleted := deletedFrom(c, t.Target(k)); deleted.Known() {
			f.Number("rows deleted from the referenced table", deleted, "rows", "pg_stat_user_tables")
			f.More = redact.Sprintf("%s deleted from %s so far.", rule.Counted(deleted.Or(0), "row"), target)
		}
		f.Fix = redact.Sprintf("Create an index that begins with %s.", columns)
		f.AddDDL("CREATE INDEX ON %s %s", t.Name.Short(), columns)
		found(f)
	}
}

// nearest returns the index that comes nearest to serving a foreign key, and what keeps
// it from that; nil if none is near.
func nearest(t *design.Table, k *catalog.Constraint) (ix *catalog.Relation, how string) {
	for _, ix := range t.Indexes() {
		keys := ix.Index.Columns()
		switch {
		case !ix.Index.Valid || len(keys) == 0:
		case ix.Index.Where.There() && len(keys) >= len(k.Columns) && !slices.ContainsFunc(k.Columns, func(name string) bool { return !slices.Contains(keys[:len(k.Columns)], name) }):
			return ix, "leaves out rows"
		case ix.Index.Where.There():
		case len(k.Columns) > 1 && slices.Contains(k.Columns, keys[0]):
			return ix, "begins with a part"
		case len(k.Columns) == 1 && slices.Contains(keys[1:], k.Columns[0]):
			return ix, "later"
		}
	}
	return nil, ""
}

// deletedFrom returns how many rows were deleted from a table, as far as exports tell.
func deletedFrom(c *rule.Case, t *design.Table) opt.Float {
	if t == nil {
		return opt.Float{}
	}
	if table := c.Exported(t.Relation); table != nil {
		return table.Deleted
	}
	return opt.Float{}
}

// ofWhole reports whether the table that this one is a part of has the same foreign
// key: the finding is on that table.
func ofWhole(t *workload.Table, k *workload.Constraint) bool {
	whole := rule.WholeOf(t)
	return whole != nil && slices.ContainsFunc(whole.Constraints, func(of *workload.Constraint) bool { return of.Type == "f" && slices.Equal(of.Columns, k.Columns) })
}

func missingFK(c *rule.Case, t *workload.Table, k *workload.Constraint) rule.Found {
	ref := c.Snapshot.Table(k.RefSchema, k.RefTable)
	rows, deleted := t.RowCount(), opt.Float{}
	if ref != nil {
		deleted = ref.Deleted
	}
	deletes := deletesFrom(c, ref)
	ix := rule.FKIndex(t, k)
	found := lookups(c, t, k.Columns)
	chosen := slices.ContainsFunc(rule.SelectionOf.Of(c).Choices, func(choice indexadvisor.Choice) bool {
		return choice.Index.Schema == t.Schema && choice.Index.Table == t.Name && len(choice.Index.Keys) > 0 && choice.Index.Keys[0].Column == ix.Keys[0].Column
	})
	var lookups []*workload.Statement // that the index serves
	for _, s := range found {
		if chosen || c.Advisor.SavedShare(*ix, s).Or(1) >= fkSaved.In(c) {
			lookups = append(lookups, s)
		}
	}
	joins := len(lookups)
	share := c.ShareOf(lookups...)

	severity, tag := finding.Low, finding.Confirmed
	switch {
	case deleted.Or(0) > 0 && (k.OnDelete == "CASCADE" || strings.HasPrefix(k.OnDelete, "SET")):
		severity = finding.High
	case deleted.Or(0) > 0 || rows.Or(0) >= fkLarge.In(c) && (joins > 0 || !deleted.Known()):
		severity = finding.Medium
	case deleted.Known() && joins == 0:
		tag = finding.Concern
	}

	var e rule.Evidence
	e.Text("foreign key", redact.Sprintf("%s: %s", redact.Plain(k.Name), k.Def), "pg_constraint")
	e.Number("rows of the referencing table", rows, "rows", "pg_class")
	e.Number("rows deleted from the referenced table", deleted, "rows", "pg_stat_user_tables")
	e.Number("rows deleted per day", deletedPerDay(c, ref), "rows", "pg_stat_user_tables")
	unknown := c.WhyUnknown(t)
	if unknown == "" || len(found) > 0 {
		e.Number("statements that filter on these columns", opt.Of(float64(len(found))), "", "pg_stat_statements")
	}
	e.Number("their share of total execution time", share, "share", "pg_stat_statements")
	e.Number("share of total execution time of deletes on the referenced table", c.ShareOf(deletes...), "share", "pg_stat_statements")
	e.Number("sequential scans of the referencing table", t.SeqScan, "scans", "pg_stat_user_tables")

	f := rule.Found{Finding: finding.Finding{
		Tag: tag, Severity: severity, Evidence: e,
		Title: redact.Sprintf("Foreign key on %s (%s) to %s has no index", t.QName(), strings.Join(ix.KeyList(), ", "), k.RefTable),
		Where: finding.Where{Relation: t.QName()}, Share: c.ShareOf(lookups...),
	}}
	if deleted.Or(0) > 0 && len(deletes) > 0 {
		f.Share = c.ShareOf(deletes...)
	}
	scan := "all of " + t.Name
	if n, ok := rows.Get(); ok {
		scan = "all " + figures.Count(n) + " rows of " + t.Name
	}
	columns := "this column"
	if len(k.Columns) > 1 {
		columns = "these columns"
	}
	switch d, ok := deleted.Get(); {
	case ok && d > 0:
		f.Detail = redact.Sprintf("%s rows were deleted from %s. Each DELETE scans %s%s.", figures.Count(d), k.RefTable, scan, cascade(k))
		if share, known := c.ShareOf(deletes...).Get(); known && len(deletes) > 0 {
			f.More = redact.Sprintf("The deletes take %s of total execution time.", figures.Share(share))
		}
	case joins > 0:
		f.SaysShare = true
		f.Detail = redact.Sprintf("No rows have been deleted from %s so far, but %s%s %s on %s, and a DELETE would scan %s.",
			k.RefTable, figures.Plural(joins, "statement"), rule.TimeOf(share), rule.Verb(joins, "filter"), columns, scan)
	case ok && unknown != "" && len(found) == 0:
		f.Detail = redact.Sprintf("No rows have been deleted from %s so far. Whether any statement filters on %s is unknown: %s.", k.RefTable, columns, unknown)
		f.Decide("Does a statement filter on "+columns+", or will rows of "+k.RefTable+" be deleted?", "pg_stat_statements with all texts, and the application's code", "do not create the index yet")
	case ok && len(found) > 0:
		f.Detail = redact.Sprintf("No rows have been deleted from %s so far. %s %s on %s, but this index would save less than %s of the estimated cost.",
			k.RefTable, figures.Plural(len(found), "statement"), rule.Verb(len(found), "filter"), columns, figures.Share(fkSaved.In(c)))
		if unknown != "" {
			f.Detail = redact.Append(f.Detail, "Whether other statements do is unknown: %s.", unknown)
		}
		f.Decide("Will rows of "+k.RefTable+" be deleted?", "the application's code", "do not create the index")
	case ok:
		f.Detail = redact.Sprintf("No rows have been deleted from %s so far and no exported statement filters on %s, so the missing index costs nothing today.", k.RefTable, columns)
		f.Decide("Will rows of "+k.RefTable+" be deleted, or will a statement filter on "+columns+"?", "the application's code", "do not create the index")
	default:
		f.Detail = redact.Sprintf("Each DELETE from %s scans %s. How often that happens is unknown (pg_stat_user_tables is missing).", k.RefTable, scan)
	}
	if tag == finding.Confirmed {
		f.Remedies = []rule.Remedy{{Create: &rule.Proposal{Index: ix, Method: "defaults"}, ForKey: &rule.KeyCheck{Deleted: deleted.Or(0)}}}
		for _, s := range append(lookups, deletes...) {
			f.Remedies = append(f.Remedies, rule.Remedy{Create: &rule.Proposal{Index: ix, Method: "defaults"}, For: s, ForKey: &rule.KeyCheck{Deleted: deleted.Or(0)}})
		}
	} else {
		f.Fix = redact.Sprintf("If so, create an index on %s.", ix.String())
		why := "no rows of the referenced table were deleted, and no exported statement filters on it"
		if len(found) > 0 {
			why = "no rows of the referenced table were deleted, and the index would not serve the statements that filter on it"
		}
		if unknown != "" {
			why = "no rows of the referenced table were deleted, and whether a statement filters on it is unknown: " + unknown
		}
		f.Remedies = []rule.Remedy{{Refused: &rule.Refused{Index: *ix, Why: why}}}
	}
	return f
}

func cascade(k *workload.Constraint) string {
	if k.OnDelete == "" || k.OnDelete == "NO ACTION" || k.OnDelete == "RESTRICT" {
		return ""
	}
	return " (ON DELETE " + k.OnDelete + ")"
}

func deletedPerDay(c *rule.Case, t *workload.Table) opt.Float {
	if t == nil {
		return opt.Float{}
	}
	return c.Snapshot.TablePerDay(t, func(t *workload.Table) opt.Float { return t.Deleted })
}

// deletesFrom are the statements that delete from a table.
func deletesFrom(c *rule.Case, t *workload.Table) []*workload.Statement {
	var list []*workload.Statement
	if t == nil {
		return nil
	}
	for _, s := range c.On(t) {
		if q := c.Statements[s]; q.Kind == sql.Delete && rule.Writes(q, t) {
			list = append(list, s)
		}
	}
	return list
}
