package migrations

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlDuplicateIndex = rule.Rule{
	ID:      "mysql-duplicate-index",
	Title:   "MySQL: index that another one serves",
	Sees:    "A new index whose columns are the first columns of another index of the table, in the same order.",
	Why:     "Each index slows down writes and takes space in memory. The longer one serves the same queries.",
	Silent:  "Unique indexes, FULLTEXT and SPATIAL indexes, expressions, and the same columns in another order. A foreign key uses either index.",
	Fix:     "Leave out the shorter index.",
	Sources: []string{mysqlManual + "multiple-column-indexes.html"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Tables:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := s.Dialect
		if e == nil || e.Refused != "" {
			return
		}
		added, others := newKeys(e)
		for _, k := range added {
			if k.Kind != dialect.Plain || k.Text != "" || len(k.Columns) == 0 {
				continue
			}
			for _, o := range others {
				plain := o.Kind == dialect.Plain || o.Kind == dialect.Unique || o.Kind == dialect.Primary
				if o == k || !plain || o.Text != "" || len(o.Columns) < len(k.Columns) || !slices.EqualFunc(k.Columns, o.Columns[:len(k.Columns)], strings.EqualFold) {
					continue
				}
				if len(o.Columns) == len(k.Columns) && o.Kind == dialect.Plain && slices.Index(others, o) > slices.Index(others, k) {
					continue // the later one of two equal ones is reported
				}
				f := aboutTable(c, s, e.Table, finding.Confirmed, finding.Medium)
				f.Where.Index, f.Where.Column = k.Name, first(k.Columns)
				f.Title = redact.Sprintf("Index %s on %s (%s) is served by %s on (%s)", k.Name, e.Table, strings.Join(k.Columns, ", "), keyName(o), strings.Join(o.Columns, ", "))
				f.Detail = redact.Plain("The same queries use the other one. This index costs each write.")
				f.Fix = redact.Sprintf("Leave out index %s.", k.Name)
				found(f)
				break
			}
		}
	},
}

// keyName names a key.
func keyName(k *dialect.Key) string {
	switch {
	case k.Kind == dialect.Primary:
		return "the primary key"
	case k.Name != "":
		return k.Name
	case k.Kind == dialect.Unique:
		return "the unique key"
	}
	return "the index"
}
