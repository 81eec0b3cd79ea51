package workload

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	workMemDefault = rule.NewThreshold("work_mem", 4<<20, "bytes", "the default, chosen for small machines")
	workMemSpills  = rule.NewThreshold("statements", 3, "statements", "that spill: treat one or two by themselves")
	workMemCalls   = rule.NewThreshold("calls", 10, "calls", "fewer may be manual queries")
)

var workMemDefaultWithSpills = rule.Rule{
	ID:     "work-mem-default-with-spills",
	Title:  "work_mem is at its default and statements spill to disk",
	Sees:   "work_mem of 4 MB or less, and three statements or more that write 1 MB of temporary files per call or more.",
	Why:    "This one setting makes them all sort and hash on disk.",
	Silent: "Fewer statements that spill. A work_mem that was already raised.",
	Fix:    "Raise work_mem for the role that runs them, with the number of connections taken into account: each node of each running statement may use that much.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM",
	},
	Thresholds: []*rule.Threshold{workMemDefault, workMemSpills, workMemCalls, tempPerCall},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewSettings, workload.ViewStatements},
	Case: func(c *rule.Case, found func(rule.Found)) {
		mem, ok := c.Snapshot.SettingBytes("work_mem").Get()
		if !ok || mem > workMemDefault.In(c) {
			return
		}
		var list []*workload.Statement
		written := 0.0
		for _, s := range c.Snapshot.Statements {
			q := c.Statements[s]
			if s.TopLevel && q != nil && len(rule.OwnTables(q)) > 0 && s.Calls.Or(0) >= workMemCalls.In(c) && s.TempWritten.Or(0) >= tempPerCall.In(c)*s.Calls.Or(0) {
				list = append(list, s)
				written += s.TempWritten.Or(0) * workload.BlockSize
			}
		}
		if float64(len(list)) < workMemSpills.In(c) {
			return
		}
		slices.SortStableFunc(list, func(a, b *workload.Statement) int { return cmp.Compare(b.TempWritten.Or(0), a.TempWritten.Or(0)) })
		var ids []string
		for _, s := range list[:min(len(list), 4)] {
			ids = append(ids, c.Called(s)+" ("+figures.Bytes(s.TempWritten.Or(0)*workload.BlockSize/s.Calls.Or(1))+" per call)")
		}
		f := c.OnSetting("work_mem")
		f.Number("statements that spill", opt.Of(float64(len(list))), "statements", "pg_stat_statements")
		f.Number("temporary files in total", opt.Of(written), "bytes", "pg_stat_statements")
		f.Number("max_connections", c.Snapshot.SettingNumber("max_connections"), "", "pg_settings")
		f.Tag, f.Severity = finding.Confirmed, finding.Nit
		f.Title = redact.Sprintf("work_mem is %s, and %d statements write temporary files on every call", figures.Bytes(mem), len(list))
		f.Detail = redact.Sprintf("The largest are %s.", strings.Join(ids, ", "))
		f.Fix = redact.Plain("Run ALTER ROLE ... SET work_mem for the role that runs them. Choose enough for the largest, but not more than the machine has: every sort and hash of every running statement may use that much.")
		if n, ok := c.Snapshot.SettingNumber("max_connections").Get(); ok {
			f.Fix = redact.Append(f.Fix, "At max_connections (%s) and two such nodes each, 16 MB add up to %s.", figures.Count(n), figures.Bytes(n*2*(16<<20)))
		}
		found(f)
	},
}
