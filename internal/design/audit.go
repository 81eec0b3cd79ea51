package design

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// A Stamp is what a column records about the writing of its row.
type Stamp int

const (
	CreatedAt Stamp = iota
	UpdatedAt
	CreatedBy
	UpdatedBy
)

// stamps are the usual names of such columns, with words joined by _.
var stamps = [...][]string{
	CreatedAt: {"created_at", "created_on", "created", "inserted_at", "date_created", "create_time", "created_time", "creation_date", "created_date", "create_date", "created_ts", "ctime"},
	UpdatedAt: {"updated_at", "updated_on", "updated", "modified_at", "modified_on", "modified", "changed_at", "last_modified", "last_updated", "date_updated", "date_modified", "update_time", "updated_time", "write_date", "last_modified_at", "updated_date", "mtime"},
	CreatedBy: {"created_by", "created_by_id", "creator_id", "creator", "created_by_user_id", "inserted_by", "create_uid"},
	UpdatedBy: {"updated_by", "updated_by_id", "modified_by", "modified_by_id", "changed_by", "last_modified_by", "updated_by_user_id", "write_uid"},
}

// Stamped returns the column of a table that records a stamp; nil if there is none.
func (t *Table) Stamped(s Stamp) *catalog.Column {
	for i := range t.Columns {
		if slices.Contains(stamps[s], strings.Join(Words(t.Columns[i].Name), "_")) {
			return &t.Columns[i]
		}
	}
	return nil
}

// Joins reports whether a table does nothing but join others: besides foreign keys it
// has at most a key and stamps.
func (t *Table) Joins() bool {
	refers := 0
	for i := range t.Columns {
		col := &t.Columns[i]
		switch {
		case t.References(col.Name) != nil:
			refers++
		case !slices.Contains(t.Key(), col.Name) && !t.isStamp(col):
			return false
		}
	}
	return refers > 1
}

func (t *Table) isStamp(col *catalog.Column) bool {
	for s := range stamps {
		if t.Stamped(Stamp(s)) == col {
			return true
		}
	}
	return false
}

// Tracks reports whether a table is one whose rows people add and change: no list of
// codes, no record of what happened, and no join of two others.
func (t *Table) Tracks() bool {
	return !t.isList() && !t.IsLog() && !t.IsRecord() && !t.Joins() && len(t.Columns) > 1
}

// Without returns the tables that people change and that lack a stamp, if two thirds
// of at least four such tables have it, and how many have it.
func (s *Schema) Without(stamp Stamp) (without []*Table, with int) {
	for _, t := range s.Tables {
		switch {
		case !t.Tracks():
		case t.Stamped(stamp) != nil:
			with++
		default:
			without = append(without, t)
		}
	}
	if all := with + len(without); all < leastNames || !isMost(with, all) {
		return nil, with
	}
	return without, with
}

// Sets returns the trigger that sets a column when a row is updated; nil if there is
// none: one before UPDATE whose function names the column or takes its name.
func (t *Table) Sets(column string) *catalog.Trigger {
	for i := range t.Triggers {
		g := &t.Triggers[i]
		if !g.Row || g.Disabled || g.Timing != "BEFORE" || !slices.Contains(g.Events, "UPDATE") {
			continue
		}
		f := t.Schema.Function(g.Function)
		if f == nil || strings.Contains(strings.ToLower(f.Body), strings.ToLower(column)) || strings.Contains(g.Definition, column) {
			return g
		}
	}
	return nil
}
