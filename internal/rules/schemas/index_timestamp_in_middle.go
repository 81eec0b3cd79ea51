package schemas

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var indexTimestampInMiddle = rule.Rule{
	ID:    "index-timestamp-in-middle",
	Title: "Index with a timestamp before a column of equality",
	Sees:  "A B-tree index in which a timestamp or a date comes before a reference, a status or another column that queries compare with =.",
	Why: "Timestamps are searched by range. Within a range, the entries of all values of the next column are mixed: a search reads the whole range and keeps few entries. With the " +
		"columns swapped, the matching entries are adjacent.",
	Silent: "The index is unique. The column behind the timestamp is the primary key, which makes an order of rows definite. The timestamp says that a row is deleted or done, and is " +
		"searched by IS NULL. Another index has the columns the other way round.",
	Fix:     "Put the columns of equality first and the timestamp last.",
	Sources: []string{manual + "indexes-multicolumn.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, ix := range c.IndexesOf(t) {
			if ix.Index.Method != "btree" || !onlySearches(ix) {
				continue
			}
			ranged, equal := timestampFirst(t, ix.Index)
			if ranged == nil {
				continue
			}
			better := swapped(ix.Index.Columns(), ranged.Name, equal.Name)
			if len(better) == 0 || slices.ContainsFunc(t.Indexes(), func(other *catalog.Relation) bool { return begins(other, better) }) {
				continue
			}
			f := c.OnStored(t, ix, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("%s has the timestamp %s before %s", ix.Name.Short(), quoted(ranged.Name), quoted(equal.Name))
			f.Detail = redact.Sprintf("A search for one %s within a range of %s reads the entries of the whole range and keeps few of them.", quoted(equal.Name), quoted(ranged.Name))
			f.Decide("Do the queries compare "+equal.Name+" with = and "+ranged.Name+" by range?", "the queries, or pg_stat_statements", "put "+equal.Name+" first.")
			var names []string
			for _, name := range better {
				names = append(names, quoted(name))
			}
			f.Fix = redact.Sprintf("If so, create an index on (%s) and drop this one.", strings.Join(names, ", "))
			if !ix.Index.Where.There() && len(ix.Index.Include) == 0 && len(ix.Index.Columns()) == len(ix.Index.Keys) {
				f.CreateIndex(c, t, "("+strings.Join(names, ", ")+")")
				f.DropIndex(t, ix.Relation)
			}
			found(f)
		}
	},
}

// timestampFirst returns a timestamp of an index and the first column behind it that
// queries compare with =; nil if there are none.
func timestampFirst(t *design.Table, ix *catalog.Index) (ranged, equal *catalog.Column) {
	for _, k := range ix.Keys {
		col := t.Column(k.Column)
		switch {
		case col == nil:
		case ranged != nil && len(t.Key()) == 1 && t.Key()[0] == k.Column:
			return nil, nil // the order of rows is definite: what follows is there to be read
		case ranged == nil && isMoment(t, col):
			ranged = col
		case ranged != nil && isEquality(t, col):
			return ranged, col
		}
	}
	return nil, nil
}

// endings are the words of timestamps that are searched by IS NULL.
var endings = []string{"deleted", "removed", "archived", "discarded", "disabled", "revoked", "cancelled", "canceled", "trashed", "hidden", "suspended", "banned", "read", "seen", "processed", "completed", "finished", "locked", "claimed", "resolved", "acknowledged"}

// isMoment reports whether a column is a timestamp or a date that is searched by range.
func isMoment(t *design.Table, col *catalog.Column) bool {
	typ := t.Schema.BaseType(col)
	return !typ.Array && (strings.HasPrefix(typ.Name, "timestamp") || typ.Name == "date") &&
		!slices.ContainsFunc(design.Words(col.Name), func(w string) bool { return slices.Contains(endings, w) })
}

// isEquality reports whether a column is one that queries compare with =: a reference,
// a boolean, an enum, a status.
func isEquality(t *design.Table, col *catalog.Column) bool {
	if slices.Contains(t.Key(), col.Name) {
		return false
	}
	typ, words := t.Schema.BaseType(col), design.Words(col.Name)
	d := t.Schema.Type(catalog.Name{Schema: typ.Schema, Name: typ.Name})
	last := words[len(words)-1]
	return t.References(col.Name) != nil || typ.Name == "boolean" || typ.Name == "uuid" || d != nil && d.Kind == 'e' ||
		slices.Contains([]string{"id", "status", "state", "type", "kind", "category", "code", "level", "channel", "region", "country", "currency"}, last)
}

// swapped returns columns with one of them moved before another.
func swapped(columns []string, ranged, equal string) []string {
	i, j := slices.Index(columns, ranged), slices.Index(columns, equal)
	if i < 0 || j < i {
		return nil
	}
	out := slices.Insert(slices.Delete(slices.Clone(columns), j, j+1), i, equal)
	return out
}

// begins reports whether an index begins with columns up to their first timestamp.
func begins(ix *catalog.Relation, columns []string) bool {
	have := ix.Index.Columns()
	return ix.Index.Valid && len(have) >= len(columns) && slices.Equal(have[:len(columns)], columns)
}
