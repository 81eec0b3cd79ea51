package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	jitMany  = rule.NewThreshold("statements", 3, "statements", "that lose by it: of one or two, see to these")
	jitSmall = rule.NewThreshold("small_share", 0.1, "share", "of a statement's time on compilation: the rest may be the shorter for it")
	jitLong  = rule.NewThreshold("long_ms", 1000, "ms", "a call that takes so long may gain by compiled code")
)

var jitOnOLTP = rule.Rule{
	ID:     "jit-on-oltp",
	Title:  "JIT compilation is on, and no statement gains by it",
	Sees:   "jit = on, three statements or more that spend a quarter of their time or more on compilation, and none that is compiled and runs long.",
	Why:    "Compilation pays for queries of seconds over many rows. Where all are short it is time lost at each call.",
	Silent: "Fewer such statements (jit-heavy-statement names them); a statement of a second or more a call that spends little on it; less than a hundredth of total execution time.",
	Fix:    "jit = off for the database; SET jit = on for the reports that gain by it.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/jit-decision.html",
	},
	Thresholds: []*rule.Threshold{jitMany, jitOfTime, jitOfAll, jitSmall, jitLong},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewSettings, workload.ViewStatements},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil || c.Snapshot.Settings["jit"].Value != "on" {
			return
		}
		losing, compiling := 0.0, 0.0
		for _, s := range c.Snapshot.Statements {
			jit := s.JITMs.Or(0)
			if !s.TopLevel || jit <= 0 {
				continue
			}
			if s.Hidden() {
				return // it may be a report
			}
			if jit < jitSmall.In(c)*s.TotalMs.Or(0) && s.MeanMs.Or(0) >= jitLong.In(c) {
				return // it may gain
			}
			if jit >= jitOfTime.In(c)*s.TotalMs.Or(0) && rule.OwnStatement(s, c.Statements[s]) {
				losing, compiling = losing+1, compiling+jit
			}
		}
		if losing < jitMany.In(c) || c.TotalMs() <= 0 || compiling < jitOfAll.In(c)*c.TotalMs() {
			return
		}
		f := c.OnSetting("jit")
		e := rule.Evidence(f.Evidence)
		e.Number("statements that spend a quarter of their time or more on it", opt.Of(losing), "statements", "pg_stat_statements")
		e.Number("time on it of these", opt.Of(compiling), "ms", "pg_stat_statements")
		e.Number("jit_above_cost", c.Snapshot.SettingNumber("jit_above_cost"), "planner units", "pg_settings")
		f.Aside = true
		f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
		f.Title = redact.Sprintf("jit is on, %d statements lose by it, and none of the exported ones is long enough to gain", int(losing))
		f.Detail = redact.Sprintf("They spend %s of total execution time on compilation. Judgment needed: whether reports that are not in the export run for seconds. "+
			"Whoever runs them knows; without that, switch it off for the roles of the application alone.", figures.Share(compiling/c.TotalMs()))
		f.Fix = redact.Plain("ALTER DATABASE ... SET jit = off, for new sessions; SET jit = on in the reports that gain by it.")
		found(f)
	},
}
