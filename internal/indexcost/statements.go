package indexcost

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// update is a statement that can update rows, with the columns it sets.
type update struct {
	rows    float64
	columns []string
}

// volume is what the statements of one kind wrote to a table.
type volume struct{ rows, walBytes, calls float64 }

// tableWrites is what pg_stat_statements shows of the writes to one table.
type tableWrites struct {
	updates    []update
	unreadable float64 // rows of statements that may update it and do not parse

	inserted, updated, deleted volume // of statements with counted WAL
}

// collectWrites reads every statement that can write, once, by the table it writes to.
func collectWrites(snap *workload.Snapshot) map[*workload.Table]*tableWrites {
	writes := map[*workload.Table]*tableWrites{}
	if snap == nil {
		return writes
	}
	byName := map[string][]*workload.Table{}
	for _, t := range snap.Tables {
		byName[t.Name] = append(byName[t.Name], t)
	}
	of := func(t *workload.Table) *tableWrites {
		if writes[t] == nil {
			writes[t] = &tableWrites{}
		}
		return writes[t]
	}
	for _, st := range snap.Statements {
		text := strings.TrimSpace(st.Query.Raw())
		if len(text) >= 6 && strings.EqualFold(text[:6], "select") {
			continue // most of them; FOR UPDATE writes nothing that counts here
		}
		words := identifiers(text)
		updates := words["update"] || words["merge"]
		if !updates && !words["insert"] && !words["delete"] {
			continue
		}
		q, err := sql.Parse(text)
		if err != nil {
			for name := range words {
				for _, t := range byName[name] {
					if updates {
						of(t).unreadable += rowsOf(st)
					}
				}
			}
			continue
		}
		for part := range q.All {
			tables := targets(part, byName)
			for _, t := range tables {
				if len(tables) > 1 {
					// The name alone does not say which of them.
					if len(part.Set) > 0 {
						of(t).unreadable += rowsOf(st)
					}
					continue
				}
				of(t).add(st, part, part == q)
			}
		}
	}
	return writes
}

// add adds a statement. Its WAL is counted by kind only if the whole statement is the
// write.
func (w *tableWrites) add(st *workload.Statement, q *sql.Query, whole bool) {
	if len(q.Set) > 0 {
		u := update{rows: rowsOf(st)}
		for _, s := range q.Set {
			u.columns = append(u.columns, s.Column)
		}
		w.updates = append(w.updates, u)
	}
	bytes, known := recordBytes(st).Get()
	if !whole || !known {
		return
	}
	var v *volume
	switch q.Kind {
	case sql.Insert:
		v = &w.inserted
	case sql.Update, sql.Merge:
		v = &w.updated
	case sql.Delete:
		v = &w.deleted
	default:
		return
	}
	v.rows += rowsOf(st)
	v.walBytes += bytes
	v.calls += st.Calls.Or(0)
}

// rowsOf is the rows that a statement wrote; one per call in an old export without
// them.
func rowsOf(st *workload.Statement) float64 {
	return max(st.Rows.Or(st.Calls.Or(0)), 0)
}

// targets are the tables that a query may write to: one, unless several have its name
// and none of them is in public.
func targets(q *sql.Query, byName map[string][]*workload.Table) []*workload.Table {
	if q.Target == "" {
		return nil
	}
	target := sql.Table{Name: q.Target}
	for _, t := range q.Tables {
		if t.Ref() == q.Target {
			target = t
			break
		}
	}
	named := byName[target.Name]
	wanted := target.Schema
	if wanted == "" {
		if len(named) == 1 {
			return named
		}
		wanted = "public"
	}
	for _, t := range named {
		if t.Schema == wanted {
			return []*workload.Table{t}
		}
	}
	if target.Schema != "" {
		return nil
	}
	return named
}

// writesOf is the writes to a table; those to a partitioned table reach its partitions
// under the parent's name.
func (m *Model) writesOf(t *workload.Table) tableWrites {
	var sum tableWrites
	for depth := 0; t != nil && depth < maxPartitionDepth; t, depth = t.Parent, depth+1 {
		w := m.writes()[t]
		if w == nil {
			continue
		}
		sum.updates = append(sum.updates, w.updates...)
		sum.unreadable += w.unreadable
		sum.inserted.add(w.inserted)
		sum.updated.add(w.updated)
		sum.deleted.add(w.deleted)
	}
	return sum
}

// RowsWritten are the rows that the statements inserted into a table and updated in it.
func (m *Model) RowsWritten(t *workload.Table) (inserted, updated float64) {
	w := m.writesOf(t)
	return w.inserted.rows, w.updated.rows
}

// maxPartitionDepth ends a walk up the parents if an export has a cycle of them.
const maxPartitionDepth = 16

func (v *volume) add(w volume) {
	v.rows += w.rows
	v.walBytes += w.walBytes
	v.calls += w.calls
}
