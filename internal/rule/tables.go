package rule

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// UpdatesOf returns the statements that update a table.
func (c *Case) UpdatesOf(t *workload.Table) []*workload.Statement {
	return slices.DeleteFunc(c.On(t), func(s *workload.Statement) bool {
		q := c.Statements[s]
		return q.Kind != sql.Update || !Writes(q, t)
	})
}

// IsColumnOf reports whether a column that a statement names may be a table's.
func IsColumnOf(q *sql.Query, t *workload.Table, col sql.Column) bool {
	for _, x := range q.Tables {
		if IsTable(x, t) && (col.Table == x.Ref() || col.Table == "") {
			return true
		}
	}
	return false
}

// HasColumn reports whether an index has the column among its keys, and so can
// find rows by it.
func HasColumn(ix *workload.Index, column string) bool {
	for _, k := range ix.Def.Keys {
		if k.Column == column {
			return true
		}
	}
	return false
}

// OnTable begins a finding about a table.
func OnTable(t *workload.Table) Found {
	return Found{Finding: finding.Finding{Where: finding.Where{Relation: t.QName()}}, Table: t}
}

// Option returns a table's own storage parameter, or else the server's setting, or
// else the server's default.
func (c *Case) Option(t *workload.Table, parameter, setting string, otherwise float64) float64 {
	if v, err := strconv.ParseFloat(t.Options[parameter], 64); err == nil {
		return v
	}
	return c.Snapshot.SettingNumber(setting).Or(otherwise)
}

// WritersOf returns the statement with most calls of those that write to a table.
func (c *Case) WritersOf(t *workload.Table, pick func(*workload.Statement) bool) *workload.Statement {
	var best *workload.Statement
	for _, s := range c.On(t) {
		if !Writes(c.Statements[s], t) || !pick(s) {
			continue
		}
		if best == nil || s.Calls.Or(0) > best.Calls.Or(0) {
			best = s
		}
	}
	return best
}

// Temporary reports whether a table is one of the session's own: only these
// are read through local buffers.
func (n *Node) Temporary() bool {
	return strings.HasPrefix(n.Schema, "pg_temp") || n.SelfBuffers().LocalHit.Or(0)+n.SelfBuffers().LocalRead.Or(0) > 0
}
