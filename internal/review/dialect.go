package review

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rollout"
	"github.com/pgverdict/pgverdict/internal/rules/migrations"
)

// dialectEffect reports what a statement of MySQL or SQLite does. These engines have no
// locks by mode: what waits is told by the algorithm, or by the one writer of SQLite.
func dialectEffect(out *report.DDL, s *migration.Statement) {
	e := s.Dialect
	out.Kind, out.Deploy = e.KindWords(), "any"
	out.Supported, out.Refused = e.Refused == "", e.Refused
	out.Class = string(dialectClass(e))
	existing := e.OnExisting() && out.Supported
	out.Rewrites = existing && e.Rebuilds
	out.Scans = existing && (e.Reads || e.Kind == dialect.CreateIndex)
	if out.Rewrites {
		out.Rewritten = append(out.Rewritten, e.Table)
	}
	if out.Scans {
		out.Scanned = append(out.Scanned, e.Table)
		out.DependsOn = append(out.DependsOn, "rows of "+e.Table)
	}
	out.OnlineSafe = out.Supported && (!existing || e.DML && !out.Rewrites)
	if out.Supported && existing {
		lost, changed := migrations.Removes(s)
		if lost {
			out.Reversible = "data-loss"
		}
		if out.BreaksCode = lost || changed; lost {
			out.Deploy = "after-code"
		} else if changed {
			out.Deploy = "none-safe"
		}
	}
	for _, f := range e.Facts {
		if f.Assumed != "" {
			out.Assumptions = append(out.Assumptions, f.Assumed)
		}
	}
	if e.Algorithm == dialect.NoAlgorithm {
		return
	}
	out.Online = &report.OnlineDDL{Algorithm: e.Algorithm.String(), DML: e.DML, Rebuilds: e.Rebuilds, Why: []string{}}
	for _, f := range e.Facts {
		if f.Why != "" {
			out.Online.Why = append(out.Online.Why, f.Why)
		}
	}
}

// dialectMissing is what was not given and would change what is said of migrations of
// MySQL and SQLite.
func (b *builder) dialectMissing() []report.Missing {
	set := b.c.Migration
	out := []report.Missing{}
	first := set.Files[0]
	command := "sqlite3 FILE .dump > schema.sql"
	if first.Engine == string(dialect.MySQL) {
		command = "mysqldump --no-data DATABASE > schema.sql"
	}
	if set.Schema == migration.NoSchema {
		out = append(out, missing("schema", "which columns, indexes, triggers and foreign keys the tables have. Without it the worst case is assumed", runs(command)))
	}
	if first.VersionAssumed && first.Engine == string(dialect.MySQL) {
		out = append(out, missing("server version", "which version runs this: without it MySQL "+first.EngineVersion.String()+" is assumed", how{say: "Give --engine mysql:8.0.36"}))
	}
	for i := range out {
		out[i].Rules = []string{}
	}
	return out
}

// dialectClass says what the duration of a statement grows with.
func dialectClass(e *dialect.Effect) ddl.Class {
	switch e.Kind {
	case dialect.Insert, dialect.Update, dialect.Delete:
		return ddl.RowWrites
	case dialect.CreateIndex:
		if !e.NewHere {
			return ddl.Build
		}
	case dialect.Select, dialect.Other, dialect.OtherDDL:
		return ddl.Unknown
	}
	switch {
	case e.NewHere:
		return ddl.Instant
	case e.Rebuilds:
		return ddl.Rewrite
	case e.Reads:
		return ddl.Build
	}
	return ddl.Instant
}

// dialectWayBack says what the person on call does when a migration of MySQL or SQLite
// is wrong. Its down part is printed, not judged.
func dialectWayBack(f *migration.File) (report.WayBack, []string) {
	out := report.WayBack{Fits: string(rollout.CodeAlone), Acts: []report.OnCall{}, Loses: []string{}, Class: string(ddl.Unknown), Left: []report.LeftBehind{}}
	var changes []*migration.Statement
	for _, s := range f.Statements {
		e := s.Dialect
		if e == nil || e.Refused != "" {
			continue
		}
		if e.IsDDL() {
			changes = append(changes, s)
		}
		lost, changed := migrations.Removes(s)
		if changed && out.Fits == string(rollout.CodeAlone) {
			out.Fits = string(rollout.Together)
		}
		if lost {
			out.Fits = string(rollout.NoWayBack)
			out.Loses = append(out.Loses, "the data of "+e.Table)
			if !out.NoReturn.Known() {
				out.NoReturn = opt.Some(s.Line)
			}
		}
	}
	act := func(part rollout.Part, text, sql string) {
		out.Acts = append(out.Acts, report.OnCall{Part: string(part), Text: text, SQL: sql})
	}
	if f.Engine == string(dialect.MySQL) && len(changes) > 0 {
		act(rollout.TheRun, "If it hangs, find who holds the metadata lock. End the migration first, with KILL QUERY.", "SELECT * FROM sys.schema_table_lock_waits;\nSHOW FULL PROCESSLIST;")
	}
	statements := []string{}
	for _, s := range f.Down {
		statements = append(statements, redact.MaskSecrets(s.Text)+";")
	}
	switch {
	case len(statements) > 0:
		act(rollout.TheSchema, "Run the down part. It was not judged for "+dialect.Engine(f.Engine).String()+".", strings.Join(statements, "\n"))
	case len(changes) > 0:
		act(rollout.TheSchema, "There is no down part: write the reverse statements before the release.", "")
	}
	if len(out.Loses) > 0 {
		act(rollout.TheData, "Bring back the data from a backup.", "")
	}
	if f.Engine == string(dialect.MySQL) && len(changes) > 1 {
		out.Left = append(out.Left, report.LeftBehind{
			Text: "The statements before the one that failed stay done: MySQL commits each of them.",
			Find: "SHOW CREATE TABLE " + changes[0].Dialect.Table + ";", Fix: "",
		})
	}
	return out, statements
}
