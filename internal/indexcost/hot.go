package indexcost

import (
	"fmt"
	"math"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/workload"
)

// equalValues is how far the HOT share may exceed what the SET lists allow before it
// shows that statements set columns to the values they had: such an update is HOT
// whatever is indexed.
const equalValues = 0.05

// fewStatements is the share of a table's updates below which the known statements do
// not represent it.
const fewStatements = 0.5

// hotLoss is the share of a table's HOT updates that an index prevents.
type hotLoss struct {
	share opt.Float // of all updates of the table; at most, where a note says so
	notes []string
}

// hotLossOf compares the columns that UPDATE statements set with those of the table's
// indexes, with this index and without it. existing is the index itself if it exists.
func (m *Model) hotLossOf(t *workload.Table, def workload.IndexDef, existing *workload.Index) hotLoss {
	updated, known := t.Updated.Get()
	hot, hotKnown := t.HotUpdated.Get()
	switch {
	case !known || !hotKnown || !countable(updated):
		return hotLoss{notes: []string{"the number of HOT updates is not in the data: export pg_stat_user_tables"}}
	case updated == 0:
		return hotLoss{share: opt.Of(0.0)}
	}
	columns := m.Blocking(def)
	if len(columns) == 0 {
		return hotLoss{share: opt.Of(0.0)}
	}
	h := selectivity.Share(hot / updated)
	w := m.writesOf(t)
	if len(w.updates) == 0 && existing == nil && h == 0 {
		return hotLoss{share: opt.Of(0.0)}
	}
	if len(w.updates) == 0 {
		return hotLoss{notes: []string{fmt.Sprintf(
			"%s updates are HOT today. Whether they set the indexed columns is not in the data (export pg_stat_statements)", figures.Count(hot))}}
	}

	all, without, with := m.splitUpdates(t, w, columns, existing)
	loss := hotLoss{}
	if existing != nil {
		loss.share = lossOfExisting(h, all, without, with)
		if !loss.share.Known() {
			loss.notes = append(loss.notes, "no update is HOT today, so the HOT share without this index is unknown")
		}
	} else {
		loss = lossOfNew(h, all, without, with, w.unreadable)
	}
	if all < fewStatements*updated {
		loss.notes = append(loss.notes, fmt.Sprintf("the statements in the data account for %s of the table's updates", figures.Share(all/updated)))
	}
	for _, def := range t.Triggers {
		upper := strings.ToUpper(def)
		if strings.Contains(upper, "BEFORE") && strings.Contains(upper, "UPDATE") && strings.Contains(upper, "ROW") {
			loss.notes = append(loss.notes, "a BEFORE UPDATE trigger may set more columns than the statements do")
			break
		}
	}
	return loss
}

// splitUpdates counts the rows of all updates, of those that touch no column of another
// index, and of these the ones that do not touch the index's own columns either.
func (m *Model) splitUpdates(t *workload.Table, w tableWrites, columns map[string]bool, existing *workload.Index) (all, without, with float64) {
	others := map[string]bool{}
	for _, i := range t.Indexes {
		if i != existing {
			for c := range m.Blocking(i.Def) {
				others[c] = true
			}
		}
	}
	for _, u := range w.updates {
		all += u.rows
		if u.touches(others) {
			continue
		}
		without += u.rows
		if !u.touches(columns) {
			with += u.rows
		}
	}
	return all, without, with
}

// UpdatesKeptFromHOT is the share of a table's known updates that are not HOT because
// of this index alone; absent if no statement is known that updates it. Whether the
// pages would have room is not considered.
func (m *Model) UpdatesKeptFromHOT(ix *workload.Index) opt.Float {
	w := m.writesOf(ix.Table)
	all, without, with := m.splitUpdates(ix.Table, w, m.Blocking(ix.Def), ix)
	if all <= 0 {
		return opt.Float{}
	}
	return opt.Of((without - with) / all)
}

// UpdatesSetting is the share of a table's known updates that set a column of the
// index; absent if no statement is known that updates it.
func (m *Model) UpdatesSetting(ix *workload.Index) opt.Float {
	columns := m.Blocking(ix.Def)
	all, set := 0.0, 0.0
	for _, u := range m.writesOf(ix.Table).updates {
		all += u.rows
		if u.touches(columns) {
			set += u.rows
		}
	}
	if all <= 0 {
		return opt.Float{}
	}
	return opt.Of(set / all)
}

// lossOfNew scales the present HOT share h by the rows whose statements would touch an
// indexed column only because of the new index.
func lossOfNew(h, all, without, with, unreadable float64) hotLoss {
	switch {
	case all <= 0 || h == 0:
		return hotLoss{share: opt.Of(0.0)}
	case without <= 0:
		// By their texts no update can be HOT; those that are set columns to
		// the values they had, and may do so with the new columns.
		return hotLoss{share: opt.Of(0.0), notes: []string{
			"the statements set indexed columns without changing them, so the effect of another index on HOT updates is unknown"}}
	}
	lost := selectivity.Share(h * (without - with) / without)
	loss := hotLoss{share: opt.Of(lost)}
	if h > without/all+equalValues && lost > 0 {
		loss.notes = append(loss.notes, fmt.Sprintf(
			"at most %s of the updates are no longer HOT, perhaps none: statements set columns without changing them", figures.Share(lost)))
	}
	if unreadable > 0 {
		// The unread ones all touch the new index's columns, or none does.
		high := selectivity.Share(h * (without - with + unreadable) / (without + unreadable))
		low := selectivity.Share(h * (without - with) / (without + unreadable))
		loss.share = opt.Of(high)
		loss.notes = append(loss.notes, fmt.Sprintf("between %s and %s of the updates are no longer HOT: some UPDATE statements could not be read", figures.Share(low), figures.Share(high)))
	}
	return loss
}

// lossOfExisting is the share of updates that would be HOT without the index. It is
// unknown if no update is HOT, because only these tell whether the pages have room.
func lossOfExisting(h, all, without, with float64) opt.Float {
	switch {
	case all <= 0 || without == with:
		return opt.Of(0.0)
	case with <= 0 || h == 0:
		return opt.Float{}
	}
	return opt.Of(selectivity.Share(math.Min(h*without/with, math.Max(without/all, h)) - h))
}

// Blocking is the columns whose change prevents a HOT update because of an index: its
// keys, included columns, and the columns of its expressions and predicate
// (RelationGetIndexAttrBitmap).
func (m *Model) Blocking(def workload.IndexDef) map[string]bool {
	if def.Method == "brin" {
		if m.snap.ServerVersion().Has(pgversion.SummarizingHOT) {
			return nil
		}
	}
	columns := map[string]bool{}
	for _, k := range def.Keys {
		if k.Column != "" {
			columns[k.Column] = true
			continue
		}
		for name := range identifiers(k.Expr.Raw()) {
			columns[name] = true
		}
	}
	for _, name := range def.Include {
		columns[name] = true
	}
	for name := range identifiers(def.Where.Raw()) {
		columns[name] = true
	}
	return columns
}

// touches reports whether an update sets one of the columns.
func (u update) touches(columns map[string]bool) bool {
	for _, c := range u.columns {
		if columns[c] {
			return true
		}
	}
	return false
}
