package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	fkRows  = NewThreshold("referencing_rows", 1_000, "rows", "a smaller table is scanned in less than a millisecond")
	fkLarge = NewThreshold("large_rows", 10_000, "rows", "from here on each delete of a referenced row is felt")
)

var missingFKIndex = Rule{
	ID:     "missing-fk-index",
	Title:  "A foreign key without an index on its columns",
	Sees:   "A foreign key whose columns lead no usable index of the referencing table.",
	Why:    "Each delete of a referenced row, and each change of its key, scans the referencing table to see whether anything points to it; so does a join from that side.",
	Silent: "The referencing table is small. A primary key or another index begins with the columns. The definitions of its indexes are not in the input.",
	Fix:    "CREATE INDEX CONCURRENTLY on the foreign key's columns.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
	},
	Thresholds: []*Threshold{fkRows, fkLarge},
	Rank:       rankRedundant,
	Needs:      []workload.View{workload.ViewClass, workload.ViewConstraint},
	Table: func(c *Case, t *workload.Table, found func(Found)) {
		rows, sized := t.RowCount().Get()
		if sized && rows < fkRows.In(c) || !sized && c.Snapshot.Has(workload.ViewTables) && !c.Snapshot.Has(workload.ViewClass) || t.Parent != nil && len(t.Indexes) == 0 {
			return
		}
		for _, k := range t.Constraints {
			if k.Type == "f" && len(k.Columns) > 0 && !ofWhole(t, k) && c.Snapshot.IndexesKnown(t) && !c.fkIndexed(t, k) {
				found(c.missingFK(t, k))
			}
		}
	},
}

// ofWhole reports whether the table that this one is a part of has the foreign
// key as well: of that it is said.
func ofWhole(t *workload.Table, k *workload.Constraint) bool {
	whole := wholeOf(t)
	return whole != nil && slices.ContainsFunc(whole.Constraints, func(of *workload.Constraint) bool { return of.Type == "f" && slices.Equal(of.Columns, k.Columns) })
}

func (c *Case) fkIndexed(t *workload.Table, k *workload.Constraint) bool {
	for _, ix := range t.Indexes {
		if ix.Valid.Or(true) && covers(ix.Def, k.Columns) {
			return true
		}
	}
	return false
}

// DeletedRows names the evidence of how much the index is needed by deletes.
const DeletedRows = "rows deleted from the referenced table"

func (c *Case) missingFK(t *workload.Table, k *workload.Constraint) Found {
	ref := c.Snapshot.Table(k.RefSchema, k.RefTable)
	rows, deleted := t.RowCount(), opt.Float{}
	if ref != nil {
		deleted = ref.Deleted
	}
	deletes := c.deletesFrom(ref)
	lookups := c.lookups(t, k.Columns)
	joins := len(lookups)
	share := c.shareOf(lookups)

	severity, tag := finding.Low, finding.Confirmed
	switch {
	case deleted.Or(0) > 0 && (k.OnDelete == "CASCADE" || strings.HasPrefix(k.OnDelete, "SET")):
		severity = finding.High
	case deleted.Or(0) > 0 || rows.Or(0) >= fkLarge.In(c) && (joins > 0 || !deleted.Known()):
		severity = finding.Medium
	case deleted.Known() && joins == 0:
		tag = finding.Concern
	}

	var e evidence
	e.text("foreign key", redact.Sprintf("%s: %s", redact.Plain(k.Name), k.Def), "pg_constraint")
	e.number("rows of the referencing table", rows, "rows", "pg_class")
	e.number(DeletedRows, deleted, "rows", "pg_stat_user_tables")
	e.number("deleted a day", c.deletedPerDay(ref), "rows", "pg_stat_user_tables")
	unknown := c.whyUnknown(t)
	if unknown == "" || joins > 0 {
		e.number("statements that look rows up by these columns", opt.Of(float64(joins)), "", "pg_stat_statements")
	}
	e.number("their share of the exported time", share, "share", "pg_stat_statements")
	e.number("share of the exported time that deletes on the referenced table take", c.shareOf(deletes), "share", "pg_stat_statements")
	e.number("sequential scans of the referencing table", t.SeqScan, "scans", "pg_stat_user_tables")

	ix := fkIndex(t, k)
	f := Found{Finding: finding.Finding{
		Tag: tag, Severity: severity, Evidence: e,
		Title: redact.Sprintf("%s (%s) references %s and has no index", t.QName(), strings.Join(ix.KeyList(), ", "), k.RefTable),
		Fix:   redact.Sprintf("Index on %s.", ix.String()),
		Where: finding.Where{Relation: t.QName()}, Share: c.shareOf(lookups),
	}}
	if deleted.Or(0) > 0 && len(deletes) > 0 {
		f.Share = c.shareOf(deletes)
	}
	scan := "the whole table"
	if n, ok := rows.Get(); ok {
		scan = "its " + figures.Count(n) + " rows"
	}
	columns := "this column"
	if len(k.Columns) > 1 {
		columns = "these columns"
	}
	switch d, ok := deleted.Get(); {
	case ok && d > 0:
		f.Detail = redact.Sprintf("%s rows were deleted from %s; each delete scans %s%s%s.", figures.Count(d), k.RefTable, scan, cascade(k), deleteTime(deletes, c.shareOf(deletes)))
	case joins > 0:
		f.Detail = redact.Sprintf("No rows have been deleted from %s so far, but %s%s %s on %s, and a DELETE would scan %s.",
			k.RefTable, figures.Plural(joins, "statement"), timeOf(share), verb(joins, "filter"), columns, scan)
	case ok && unknown != "":
		f.Detail = redact.Sprintf("No rows have been deleted from %s so far. Whether any statement filters on %s is unknown: %s. "+
			"Judgment needed: whether a statement filters on %s, or rows of %s will be deleted. pg_stat_statements with all texts and the application's code settle it. Without them, do not create the index yet.", k.RefTable, columns, unknown, columns, k.RefTable)
	case ok:
		f.Detail = redact.Sprintf("No rows have been deleted from %s so far and no exported statement filters on %s, so the missing index costs nothing today. "+
			"Judgment needed: whether that stays so. The application's code settles it. Without it, do not create the index.", k.RefTable, columns)
	default:
		f.Detail = redact.Sprintf("Each delete from %s scans %s. How often that happens is not in the input (pg_stat_user_tables).", k.RefTable, scan)
	}
	if tag == finding.Confirmed {
		f.Remedies = []Remedy{{Create: &proposal{Index: ix, Method: "defaults"}}}
		for _, s := range append(lookups, deletes...) {
			f.Remedies = append(f.Remedies, Remedy{Create: &proposal{Index: ix, Method: "defaults"}, For: s})
		}
	} else {
		f.Fix = redact.Sprintf("If not, create an index on %s.", ix.String())
		why := "no rows of the referenced table were deleted, and no exported statement filters on it"
		if unknown != "" {
			f.Fix = redact.Sprintf("If so, create an index on %s.", ix.String())
			why = "no rows of the referenced table were deleted, and whether a statement filters on it is unknown: " + unknown
		}
		f.Remedies = []Remedy{{Refused: &Refused{Index: *ix, Why: why}}}
	}
	return f
}

func cascade(k *workload.Constraint) string {
	if k.OnDelete == "" || k.OnDelete == "NO ACTION" || k.OnDelete == "RESTRICT" {
		return ""
	}
	return " (ON DELETE " + k.OnDelete + ")"
}

func verb(n int, word string) string {
	if n == 1 {
		return word + "s"
	}
	return word
}

func timeOf(share opt.Float) string {
	s, ok := share.Get()
	if !ok {
		return ""
	}
	return " (" + figures.Share(s) + " of the exported time)"
}

// lookups are the statements that look rows of the table up by the columns.
func (c *Case) lookups(t *workload.Table, columns []string) []*workload.Statement {
	var list []*workload.Statement
	for _, s := range c.on(t) {
		if looksUp(c.Statements[s], t, columns) {
			list = append(list, s)
		}
	}
	return list
}

func (c *Case) deletedPerDay(t *workload.Table) opt.Float {
	if t == nil {
		return opt.Float{}
	}
	return c.Snapshot.TablePerDay(t, func(t *workload.Table) opt.Float { return t.Deleted })
}

// deletesFrom are the statements that delete from a table.
func (c *Case) deletesFrom(t *workload.Table) []*workload.Statement {
	var list []*workload.Statement
	if t == nil {
		return nil
	}
	for _, s := range c.on(t) {
		if q := c.Statements[s]; q.Kind == sql.Delete && writes(q, t) {
			list = append(list, s)
		}
	}
	return list
}

func deleteTime(deletes []*workload.Statement, share opt.Float) string {
	if len(deletes) == 0 || !share.Known() {
		return ""
	}
	return fmt.Sprintf("; deleting takes %s of the exported time", figures.Share(share.Or(0)))
}

// shareOf is the share of the exported time that statements take together.
func (c *Case) shareOf(list []*workload.Statement) opt.Float {
	all, sum := c.TotalMs(), 0.0
	if all <= 0 || len(list) == 0 {
		return opt.Float{}
	}
	for _, s := range list {
		if s.TopLevel {
			sum += s.TotalMs.Or(0)
		}
	}
	return opt.Of(sum / all)
}

// looksUp reports whether a statement finds rows of the table by the columns:
// by values it is given, or through a join from a table that is itself
// narrowed down. A join the other way round looks up the referenced table, and
// one that nothing narrows reads both.
func looksUp(q *sql.Query, t *workload.Table, columns []string) bool {
	for _, part := range q.Parts {
		if looksUp(part, t, columns) {
			return true
		}
	}
	refs := map[string]bool{}
	for _, r := range q.Tables {
		if isTable(r, t) {
			refs[r.Ref()] = true
		}
	}
	if len(refs) == 0 {
		return false
	}
	mine := func(col sql.Column) bool {
		return refs[col.Table] || col.Table == "" && t.Column(col.Name) != nil
	}
	given, joined, narrowed := map[string]bool{}, map[string]string{}, map[string]bool{}
	for _, c := range q.Where {
		switch {
		case c.Value < sql.Runtime && c.Value != sql.NoValue && (c.Op == sql.Eq || c.Op == sql.In || c.Op == sql.Range):
			if !mine(c.Left) {
				narrowed[c.Left.Table] = true
			} else if c.Op != sql.Range {
				given[c.Left.Name] = true
			}
		case c.Op == sql.In && mine(c.Left): // IN (SELECT ...)
			given[c.Left.Name] = true
		case c.Op == sql.Eq && c.Other.Name != "" && mine(c.Left):
			joined[c.Left.Name] = c.Other.Table
		case c.Op == sql.Eq && c.Other.Name != "" && mine(c.Other):
			joined[c.Other.Name] = c.Left.Table
		}
	}
	for _, col := range columns {
		from, join := joined[col]
		if !given[col] && !(join && narrowed[from] && len(given) == 0) {
			return false
		}
	}
	return true
}
