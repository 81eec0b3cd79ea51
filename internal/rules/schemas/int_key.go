package schemas

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var intKeyDays = rule.NewThreshold("days_left", 20*365, "days", "at the current insert rate: later is not for today's design to solve")

var intKey = rule.Rule{
	ID:         "int-key",
	Title:      "Key of at most four bytes",
	Sees:       "A primary key or identity of type integer or smallint, and the columns that refer to it.",
	Why:        "It ends at 2,147,483,647. Then every INSERT fails, and the change to bigint rewrites the table and each one that refers to it.",
	Silent:     "bigint. A part of a key of several columns that counts within the others. A key without a sequence that nothing refers to and that is not the id of the table: the number of a shard, a kind. A smallint key of a short list, such as countries. Another key of a short list, or of a table that exports show to be small or to grow slowly, is low.",
	Fix:        "Change the key and the columns that refer to it to bigint, while the tables are small.",
	Sources:    []string{manual + "datatype-numeric.html#DATATYPE-INT"},
	Thresholds: []*rule.Threshold{intKeyDays},
	Rank:       rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for i := range t.Columns {
			col := &t.Columns[i]
			alone := len(t.Key()) == 1 && t.Key()[0] == col.Name
			if !t.Schema.IsNarrow(col) || col.Inherited || !alone && col.Identity == "" && !design.IsSerial(col) || t.References(col.Name) != nil || isAssigned(t, col) {
				continue
			}
			most := design.LargestOf(t.Schema.BaseType(col))
			f := c.InSchema(t, finding.Confirmed, finding.Medium)
			f.AtColumn(col)
			f.Title = redact.Sprintf("Key %s is %s: it ends at %s", columnOf(t, col.Name), t.Schema.BaseType(col), largest(t.Schema.BaseType(col)))
			f.Detail = redact.Plain("Then every INSERT fails, and the change to bigint rewrites the table.")
			narrow := referring(t, col)
			if len(narrow) > 0 {
				f.Detail = redact.Sprintf("Then every INSERT fails, and the change to bigint rewrites the table and those that refer to it: %s.", rule.Words(rule.FirstFew(names(narrow))))
			}
			extent := sized(c, &f, t)
			switch {
			case t.IsLookup() && most < math.MaxInt32:
				continue // a smallint was chosen for a short list
			case t.IsLookup():
				f.Severity = finding.Low
				f.Detail = redact.Plain("It looks like a short list, which never gets there. Another type than that of the other keys is then the only cost.")
			case extent.Size() == rule.Tiny:
				f.Severity = finding.Low
				f.Detail = redact.Append(f.Detail, "The table has %s: the change is cheap now.", extent)
			}
			if days, known := daysTo(c, t, most).Get(); known {
				f.Number("days left at the current insert rate", opt.Of(days), "days", "pg_stat_user_tables")
				f.More = redact.Sprintf("At the current insert rate the values last %s.", figures.Days(days))
				if days > intKeyDays.In(c) {
					f.Severity = min(f.Severity, finding.Low)
				}
			}
			f.Fix = redact.Plain("Change the key to bigint, and every column that refers to it.")
			for _, r := range narrow {
				f.AddDDL("%s", toBigint(r.table, r.column))
			}
			f.AddDDL("%s", toBigint(t, col))
			if seq := t.Schema.Get(col.Sequence); seq != nil && design.IsSerial(col) && seq.SeqType != "bigint" {
				f.AddDDL("ALTER SEQUENCE %s AS bigint", seq.Name.Short())
			}
			found(f)
		}
	},
}

// isAssigned reports whether the application gives a key its numbers, and they do not grow
// with the rows: the number of a shard, a kind.
func isAssigned(t *design.Table, col *catalog.Column) bool {
	if col.Identity != "" || design.IsSerial(col) || col.Default.There() || len(t.Relation.Referrers) > 0 || col.Name == "id" {
		return false
	}
	name := design.Words(col.Name)
	own := design.Words(t.Name.Name)
	last := len(name) - 1
	return last < 1 || name[last] != "id" || !design.SameNoun(name[last-1], own[len(own)-1]) || slices.Contains([]string{"shard", "partition", "bucket", "slot"}, name[last-1])
}

// reference is a column that refers to a key.
type reference struct {
	table  *design.Table
	column *catalog.Column
}

func names(list []reference) []string {
	var out []string
	for _, r := range list {
		out = append(out, columnOf(r.table, r.column.Name))
	}
	return out
}

// referring returns the narrow columns that refer to a key alone.
func referring(t *design.Table, key *catalog.Column) []reference {
	var list []reference
	for _, from := range append(t.Referrers(), t) {
		for _, k := range from.ForeignKeys() {
			if k.Ref != t.OID {
				continue
			}
			for name, to := range pairs(from, k) {
				col := from.Column(name)
				if to == key.Name && col != nil && t.Schema.IsNarrow(col) && !slices.ContainsFunc(list, func(r reference) bool { return r.table == from && r.column == col }) {
					list = append(list, reference{from, col})
				}
			}
		}
	}
	return list
}

// daysTo returns for how many days the values of a key last at the rate of inserts
// that exports show.
func daysTo(c *rule.Case, t *design.Table, most int64) opt.Float {
	perDay, rows := insertsPerDay(c, t).Or(0), c.ExtentOfTable(t).Rows
	if perDay <= 0 || !rows.Known() {
		return opt.Float{}
	}
	return opt.Of(max(float64(most)-rows.Or(0), 0) / perDay)
}
