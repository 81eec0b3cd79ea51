package rule

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// naming finds statements by the tables that they name, at any level.
type naming struct {
	byTable map[string][]*workload.Statement
	unread  []string // texts that could not be read, in lower case
	hidden  bool     // there are statements without a text
}

var namingOf = Derive(func(c *Case) *naming {
	m := &naming{byTable: map[string][]*workload.Statement{}}
	for _, s := range c.Snapshot.Statements {
		if q := c.Statements[s]; q != nil {
			m.add(s, q)
		} else if c.Explained[s] {
			continue
		} else if s.Hidden() || s.Query.Empty() {
			m.hidden = true
		} else {
			m.unread = append(m.unread, strings.ToLower(s.Query.Raw()))
		}
	}
	return m
})

// On returns the statements that name a table, in the order of the snapshot. Rules
// on tables look only at these, because there may be thousands of both.
func (c *Case) On(t *workload.Table) []*workload.Statement {
	var list []*workload.Statement
	for _, s := range namingOf.Of(c).byTable[t.Name] {
		if names(c.Statements[s], t) {
			list = append(list, s)
		}
	}
	return list
}

// UnreadOn reports whether a statement that could not be read may be on a
// table.
func (c *Case) UnreadOn(t *workload.Table) bool {
	m := namingOf.Of(c)
	if m.hidden {
		return true
	}
	name := strings.ToLower(t.Name)
	for _, text := range m.unread {
		if strings.Contains(text, name) {
			return true
		}
	}
	return false
}

func (m *naming) add(s *workload.Statement, q *sql.Query) {
	for _, x := range q.Tables {
		if list := m.byTable[x.Name]; len(list) == 0 || list[len(list)-1] != s {
			m.byTable[x.Name] = append(list, s)
		}
	}
	for _, part := range q.Parts {
		m.add(s, part)
	}
}

func names(q *sql.Query, t *workload.Table) bool {
	for _, x := range q.Tables {
		if IsTable(x, t) {
			return true
		}
	}
	for _, part := range q.Parts {
		if names(part, t) {
			return true
		}
	}
	return false
}

// IsTable reports whether a statement's table is that one; a name without a schema
// matches any schema.
func IsTable(x sql.Table, t *workload.Table) bool {
	return x.Name == t.Name && (x.Schema == "" || x.Schema == t.Schema)
}

// Writes reports whether a table is the one that a statement changes.
func Writes(q *sql.Query, t *workload.Table) bool {
	return q.Target != "" && len(q.Tables) > 0 && IsTable(q.Tables[0], t)
}
