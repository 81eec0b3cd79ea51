package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var sqliteExclusiveLock = rule.Rule{
	ID:      "sqlite-exclusive-lock",
	Title:   "SQLite: long write that locks the database",
	Sees:    "A file that copies a table or builds an index on an existing one, and sets neither busy_timeout nor WAL. Once per file.",
	Why:     "SQLite has one writer. Without WAL readers wait too, and without busy_timeout the others get SQLITE_BUSY at once.",
	Silent:  "PRAGMA busy_timeout or journal_mode=WAL in the file. New tables.",
	Fix:     "Run the migration while the application is stopped, or set journal_mode=WAL and busy_timeout on all connections.",
	Sources: []string{"https://www.sqlite.org/wal.html", "https://www.sqlite.org/lockingv3.html"},
	Rank:    rule.RankChange,
	Engine:  sqliteEngine,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		var long *migration.Statement
		what := ""
		for _, s := range file.Statements {
			if _, is := sets(s, "busy_timeout"); is {
				return
			}
			if mode, is := sets(s, "journal_mode"); is && mode == "wal" {
				return
			}
			if e := s.Dialect; e != nil && e.Kind == dialect.CreateIndex && e.OnExisting() && long == nil {
				long, what = s, "The build of index "+e.Name
			}
		}
		if copies := tableCopies(file); len(copies) > 0 {
			long, what = copies[0].drop, "The copy of "+copies[0].Table
		}
		if long == nil {
			return
		}
		f := aboutTable(c, long, long.Dialect.Table, finding.Concern, finding.Low)
		f.Title = redact.Sprintf("%s locks the database: no other connection writes until it is done", what)
		f.Detail = redact.Plain("SQLite has one writer. Without WAL readers wait too, and without busy_timeout the others get SQLITE_BUSY at once.")
		f.Decide("Does the application run during the migration?", "PRAGMA journal_mode and busy_timeout of its connections", "stop it for the migration.")
		f.Fix = redact.Plain("Run the migration while the application is stopped, or set journal_mode=WAL and busy_timeout on all connections.")
		found(f)
	},
}
