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

var mysqlReservedWord = rule.Rule{
	ID:      "mysql-reserved-word",
	Title:   "MySQL: name that is a reserved word",
	Sees:    "A new table or column whose name is a reserved word of MySQL 8.0.",
	Why:     "It needs backticks in each query. Queries without them fail, often only after an upgrade.",
	Silent:  "Other names.",
	Fix:     "Choose another name.",
	Sources: []string{mysqlManual + "keywords.html"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Tables:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := s.Dialect
		if e == nil {
			return
		}
		say := func(f rule.Found, what, name string) {
			f.Title = redact.Sprintf("%s %s has a reserved word of MySQL 8.0 as its name", what, name)
			f.Detail = redact.Plain("It needs backticks in each query.")
			f.Fix = redact.Plain("Choose another name.")
			found(f)
		}
		reserved := func(name string) bool { return slices.Contains(mysqlReserved, strings.ToLower(name)) }
		if e.Kind == dialect.CreateTable && reserved(e.Table) {
			say(aboutTable(c, s, e.Table, finding.Confirmed, finding.Low), "Table", e.Table)
		}
		for _, col := range newMySQLColumns(s) {
			if reserved(col.Name) {
				say(aboutColumn(c, s, col, finding.Confirmed, finding.Low), "Column", e.Table+"."+col.Name)
			}
		}
	},
}

// mysqlReserved are reserved words that are common as names: those that 8.0 added, and
// some older ones.
var mysqlReserved = strings.Fields("cume_dist dense_rank empty except first_value function grouping groups intersect json_table lag last_value lateral lead nth_value ntile of over " +
	"percent_rank rank recursive row_number rows system window key keys order group index read range condition option interval usage desc release schema trigger")
