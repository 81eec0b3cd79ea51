package review

import (
	"fmt"
	"strings"
	"time"

	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rollout"
)

// rollouts says how the statements are shipped and taken back, and what the person
// on call does when a migration is wrong.
func (b *builder) rollouts(r *report.Report) {
	set := b.c.Migration
	plan := rollout.For(set)
	plan.Show = b.show
	r.Draft = func(dir string, now time.Time) ([]string, error) {
		d, err := rollout.For(set).Emit(dir, set.Files, b.keptRules(), now)
		return d.Paths, err
	}
	n := 0
	for i, f := range set.Files {
		for _, s := range f.Statements {
			if f.Engine == migration.PostgreSQL {
				rolledOut(plan, s, &r.Statements[n])
			}
			n++
		}
		out := &r.Migrations[i]
		if f.Engine != migration.PostgreSQL {
			out.WayBack, out.Rollback = dialectWayBack(f)
			continue
		}
		out.WayBack, out.Rollback = wayBack(plan, f)
	}
}

// keptRules returns a .pgverdict.yaml that fails a migration which does not keep what
// the migrations before it keep; empty if they keep nothing.
func (b *builder) keptRules() string {
	if b.c.Recon == nil {
		return ""
	}
	var out strings.Builder
	for _, k := range b.c.Recon.Conventions {
		if k.Rule != "" {
			fmt.Fprintf(&out, "  %s:\n    fail: true\n    reason: %d of %d %s, the last in %s\n", k.Rule, k.Kept, k.Of, k.Does, k.Basis)
		}
	}
	if out.Len() == 0 {
		return ""
	}
	return "# What the migrations of this repository keep already.\nrules:\n" + out.String()
}

// rolledOut fills in how a statement is shipped and taken back.
func rolledOut(plan *rollout.Plan, s *migration.Statement, out *report.DDL) {
	out.Reversible, out.BreaksCode, out.Deploy = string(plan.Reversible(s)), plan.BreaksCode(s), string(plan.Deploy(s))
	for i, step := range plan.Safe(s) {
		out.SafeRewrite = append(out.SafeRewrite, report.SafeStep{Step: i + 1, SQL: redact.MaskSecrets(step.SQL()), Transaction: string(step.Tx), Deploy: string(step.Deploy), Why: step.Why})
	}
	for i, undo := range plan.Back(s) {
		out.Rollback = append(out.Rollback, report.RollbackStep{Step: i + 1, SQL: redact.MaskSecrets(undo.SQL()), LosesData: undo.LosesData, Class: string(undo.Class), Note: undo.Note})
	}
}

// wayBack returns what the person on call does when a migration is wrong, and the
// statements that take its schema back.
func wayBack(plan *rollout.Plan, f *migration.File) (report.WayBack, []string) {
	a := plan.Answer(f)
	out := report.WayBack{Fits: string(a.Fits), Acts: []report.OnCall{}, Loses: orEmpty(a.Loses), Class: string(a.Class), Left: []report.LeftBehind{}}
	if a.NoReturn != nil {
		out.NoReturn = opt.Some(a.NoReturn.Line)
	}
	statements := []string{}
	for _, act := range a.Acts {
		sql := act.SQL
		if len(act.Back) > 0 {
			var list []string
			for _, undo := range act.Back {
				if text := redact.MaskSecrets(undo.SQL()); text != "" {
					list = append(list, text)
				}
			}
			sql, statements = strings.Join(list, "\n"), list
		}
		out.Acts = append(out.Acts, report.OnCall{Part: string(act.Part), Text: act.Text, SQL: sql})
	}
	for _, l := range a.Left {
		left := report.LeftBehind{Text: l.Text, Find: l.Find, Fix: l.Fix}
		if l.Statement != nil {
			left.Line = opt.Some(l.Statement.Line)
		}
		out.Left = append(out.Left, left)
	}
	return out, orEmpty(statements)
}
