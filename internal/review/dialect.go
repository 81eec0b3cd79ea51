package review

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/report"
)

// dialectEffect reports what a statement of MySQL or SQLite does. These engines have no
// locks by mode: what waits is told by the algorithm, or by the one writer of SQLite.
func dialectEffect(out *report.DDL, e *dialect.Effect) {
	out.Kind = e.KindWords()
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
