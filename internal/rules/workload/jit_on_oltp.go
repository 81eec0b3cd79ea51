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
	jitMany  = rule.NewThreshold("statements", 3, "statements", "that lose time: treat one or two by themselves")
	jitSmall = rule.NewThreshold("small_share", 0.1, "share", "of a statement's time on compilation: compiled code may shorten the rest")
	jitLong  = rule.NewThreshold("long_ms", 1000, "ms", "per call: a statement this long may benefit from compiled code")
)

var jitOnOLTP = rule.Rule{
	ID:     "jit-on-oltp",
	Title:  "JIT is on, but no statement benefits",
	Sees:   "jit = on, three statements or more that spend 25% of their time or more on compilation, and no compiled statement that runs long.",
	Why:    "Compilation pays off for queries of seconds over many rows. If all queries are short, each call loses time.",
	Silent: "Fewer such statements (jit-heavy-statement names them). A statement of 1 s or more per call that spends little time on compilation. Less than 1% of total execution time.",
	Fix:    "Set jit = off for the database. Set jit = on for reports that benefit.",
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
				return // possibly a report
			}
			if jit < jitSmall.In(c)*s.TotalMs.Or(0) && s.MeanMs.Or(0) >= jitLong.In(c) {
				return // possibly faster with JIT
			}
			if jit >= jitOfTime.In(c)*s.TotalMs.Or(0) && rule.OwnStatement(s, c.Statements[s]) {
				losing, compiling = losing+1, compiling+jit
			}
		}
		if losing < jitMany.In(c) || c.TotalMs() <= 0 || compiling < jitOfAll.In(c)*c.TotalMs() {
			return
		}
		f := c.OnSetting("jit")
		f.Number("statements with 25% of their time on JIT compilation", opt.Of(losing), "statements", "pg_stat_statements")
		f.Number("JIT compilation time", opt.Of(compiling), "ms", "pg_stat_statements")
		f.Number("jit_above_cost", c.Snapshot.SettingNumber("jit_above_cost"), "planner units", "pg_settings")
		f.Aside = true
		f.Tag, f.Severity = finding.Concern, finding.Low
		f.Title = redact.Sprintf("JIT is on: %d statements lose time, and no exported statement is long enough to benefit", int(losing))
		f.Detail = redact.Sprintf("These statements spend %s of total execution time on compilation.", figures.Share(compiling/c.TotalMs()))
		f.Decide("Can JIT be turned off for the database, or do long reports outside this export benefit?", "the people who run reports on this database", "set jit = off only for the roles of the application")
		f.Fix = redact.Plain("Run ALTER DATABASE ... SET jit = off, which applies to new sessions. Run SET jit = on in reports that benefit.")
		found(f)
	},
}
