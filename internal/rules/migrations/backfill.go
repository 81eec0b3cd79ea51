package migrations

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// write is a statement that writes rows, and as many as a table has: UPDATE, DELETE,
// MERGE, or INSERT and CREATE TABLE from the rows of another table.
type write struct {
	s     *migration.Statement
	a     *ddl.Action
	word  string            // "UPDATE"
	rows  *catalog.Relation // the table whose rows it goes through
	bound bound
}

// bound says how many of the table's rows one run goes through.
type bound int

const (
	whole     bound = iota // all of them, or as many as the condition leaves, with nothing that limits it
	selective              // those with a given value: how many is not known
	batch                  // a range of a key, a LIMIT, a list
	single                 // the rows of one key
)

// writesOf returns the writes of a statement that go through rows that were there
// before the migration.
func writesOf(c *rule.Case, s *migration.Statement) []write {
	var list []write
	for _, a := range done(s, ddl.Write, ddl.CreateRelationAs) {
		w := write{s: s, a: a, word: a.Name, rows: a.Table}
		switch {
		case a.Verb == ddl.CreateRelationAs:
			w.word, w.rows = "CREATE TABLE AS", source(c, s, a)
		case a.Name == "INSERT":
			if a.Query == nil || !selects(a.Query) {
				continue
			}
			w.word, w.rows = "INSERT ... SELECT", source(c, s, a)
		case a.Name != "UPDATE" && a.Name != "DELETE" && a.Name != "MERGE":
			continue
		}
		if w.rows == nil || !existing(c, s, w.rows) || w.rows.Temporary || migration.Bookkeeping(w.rows.Name.Name) || strings.HasPrefix(w.rows.Name.Name, "pg_") ||
			a.Table != nil && (a.Table.Temporary || migration.Bookkeeping(a.Table.Name.Name)) {
			continue
		}
		w.bound = boundOf(c, w)
		list = append(list, w)
	}
	return list
}

// selects reports whether an INSERT takes its rows from a table.
func selects(q *sql.Query) bool {
	for _, arm := range q.Arms {
		for one := range arm.All {
			if len(one.Tables) > 0 {
				return true
			}
		}
	}
	return false
}

// source returns the largest table that was there before among those that an INSERT or
// CREATE TABLE AS reads in full.
func source(c *rule.Case, s *migration.Statement, a *ddl.Action) *catalog.Relation {
	var most *catalog.Relation
	for _, r := range s.Effect.Reads {
		if most == nil || c.ExtentOf(r).Rows.Or(0) > c.ExtentOf(most).Rows.Or(0) {
			most = r
		}
	}
	if most != nil {
		return most
	}
	for _, l := range s.Effect.Locks {
		if !l.New && l.Relation.IsTable() && l.Mode == ddl.AccessShare && (a.Table == nil || l.Relation.OID != a.Table.OID) {
			return l.Relation
		}
	}
	if a.Query != nil {
		for one := range a.Query.All {
			for _, t := range one.Tables {
				if a.Table == nil || t.Name != a.Table.Name.Name {
					return &catalog.Relation{Name: catalog.Name{Schema: t.Schema, Name: t.Name}, Kind: catalog.Table, Assumed: true}
				}
			}
		}
	}
	return nil
}

// boundOf says how many rows a write goes through in one run.
func boundOf(c *rule.Case, w write) bound {
	q := w.a.Query
	if q == nil {
		return whole
	}
	ranges := map[string]int{}
	best := whole
	for one := range q.All {
		if one.Limit && one.Kind == sql.Select && len(one.Tables) > 0 {
			best = max(best, batch)
		}
		for _, cond := range one.Where {
			name := cond.Left.Name
			switch {
			case name == "":
			case name == "ctid":
				best = max(best, batch)
			case cond.Op == sql.Range:
				ranges[name]++
				if ranges[name] >= 2 || strings.Contains(strings.ToUpper(cond.Operator), "BETWEEN") {
					best = max(best, batch)
				}
			case cond.Op == sql.In && cond.InSize > 0 && cond.InSize <= 1000 && isKey(c, w.rows, name):
				best = max(best, batch)
			case cond.Op == sql.Eq && (cond.Value == sql.Const || cond.Value == sql.Param || cond.Value == sql.Stable || w.s.Loop != nil && len(one.Tables) == 1):
				if isKey(c, w.rows, name) {
					best = max(best, single)
				} else {
					best = max(best, selective)
				}
			case cond.Op == sql.In && cond.InSize > 0 && cond.InSize <= 1000:
				best = max(best, selective)
			}
		}
	}
	return best
}

// isKey reports whether a column alone is unique in a table. Of a table that is not
// known, id is taken for its key.
func isKey(c *rule.Case, t *catalog.Relation, column string) bool {
	if t == nil || t.Assumed {
		return column == "id"
	}
	for _, k := range t.Constraints {
		if (k.Type == catalog.PrimaryKey || k.Type == catalog.Unique) && len(k.Columns) == 1 && k.Columns[0] == column {
			return true
		}
	}
	return slices.ContainsFunc(c.IndexesAtEnd(t), func(ix *catalog.Relation) bool {
		return ix.Index.Unique && len(ix.Index.Keys) == 1 && ix.Index.Keys[0].Column == column && !ix.Index.Where.There()
	})
}

// backfills returns the writes of a statement that are backfills: those that one run
// does not limit, and those in a loop.
func backfills(c *rule.Case, s *migration.Statement) []write {
	return slices.DeleteFunc(writesOf(c, s), func(w write) bool { return s.Loop == nil && w.bound != whole })
}

// mayTouch reports whether a write may go through rows enough to count: not on a tiny
// table, and not by a key.
func (w write) mayTouch(c *rule.Case) bool {
	return w.bound != single && c.WorkedOn(w.s, w.rows).Size() != rule.Tiny
}

// commits reports whether a loop keeps what it has done: it commits, and nothing around
// it forbids that.
func (w write) commits() bool {
	return w.s.Loop != nil && w.s.Loop.Commits && !inOuterBlock(w.s)
}

// inOuterBlock reports whether the statement whose body this one is in runs inside a
// transaction block, where a body cannot COMMIT.
func inOuterBlock(s *migration.Statement) bool {
	outer := outerOf(s)
	return outer != nil && outer != s && outer.Tx != nil && outer.Tx.Kind != migration.Block
}

// outerOf returns the statement of the file whose body a statement is in, or the
// statement itself.
func outerOf(s *migration.Statement) *migration.Statement {
	if s.File == nil {
		return s
	}
	for _, outer := range s.File.Statements {
		if outer == s || slices.Contains(slices.Collect(rule.EachChange(outer.Body)), s) {
			return outer
		}
	}
	return s
}

// guard says how a write leaves out the rows that are done.
func (w write) guarded() bool {
	q := w.a.Query
	if q == nil {
		return false
	}
	text := strings.ToLower(strings.Join(strings.Fields(w.s.Text), " "))
	if w.word == "DELETE" || strings.Contains(text, "on conflict") || strings.Contains(text, "not exists") || w.word == "MERGE" {
		return true
	}
	set := w.columnsSet()
	for one := range q.All {
		about := false
		rule.EachCond(one.Where, func(cond sql.Cond) {
			about = about || slices.Contains(set, cond.Left.Name)
			for _, col := range slices.Concat(cond.ExprColumns, cond.Others) {
				about = about || slices.Contains(set, col.Name)
			}
		})
		if about {
			return true
		}
	}
	if _, where, ok := strings.Cut(text, " where "); ok {
		for _, name := range set {
			if strings.Contains(where, strings.ToLower(name)+" is distinct from") {
				return true
			}
		}
	}
	return w.word != "UPDATE" && (strings.Contains(text, "left join") || strings.Contains(text, "except"))
}

var (
	limitText = regexp.MustCompile(`(?i)\blimit\s+(\d+)`)
	rangeText = regexp.MustCompile(`[+*]\s*(\d{4,})`)
	sizeText  = regexp.MustCompile(`(?i)\b\w*(?:batch|chunk|limit|step)\w*\s+(?:constant\s+)?(?:int|integer|bigint|int4|int8|smallint)\b[^;,)]*?(?::=|default|=)\s*(\d+)`)
)

// batchSize returns the rows of one batch, as a literal or the default of a parameter
// tells; 0 if nothing does.
func (w write) batchSize() float64 {
	largest := 0.0
	for _, re := range []*regexp.Regexp{limitText, rangeText} {
		for _, m := range re.FindAllStringSubmatch(w.s.Text, -1) {
			n, _ := strconv.ParseFloat(m[1], 64)
			largest = max(largest, n)
		}
	}
	if largest > 0 {
		return largest
	}
	for _, m := range sizeText.FindAllStringSubmatch(outerOf(w.s).Text, -1) {
		n, _ := strconv.ParseFloat(m[1], 64)
		largest = max(largest, n)
	}
	return largest
}

// columnsSet names the columns that the writes of a statement assign.
func (w write) columnsSet() []string {
	var list []string
	if w.a.Query == nil {
		return nil
	}
	for one := range w.a.Query.All {
		for _, set := range one.Set {
			list = append(list, set.Column)
		}
	}
	return list
}
