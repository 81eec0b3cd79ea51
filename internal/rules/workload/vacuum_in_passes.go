package workload

import (
	"cmp"
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var vacuumPassesLogged = rule.NewThreshold("passes_logged", 2, "passes", "of all indexes by one run in a server log")

var vacuumPasses = rule.NewThreshold("passes", 1, "passes", "of all indexes, before the table is read to its end: one is enough if the dead rows fit into memory")

var vacuumInPasses = rule.Rule{
	ID:     "vacuum-in-passes",
	Title:  "VACUUM reads all indexes again and again",
	Sees:   "A row of pg_stat_progress_vacuum that has read the indexes (index_vacuum_count) before the table was scanned to its end. In a server log: a run with two index scans or more.",
	Why:    "VACUUM remembers dead rows in maintenance_work_mem. When it is full, it reads all indexes of the table, forgets the rows, and goes on. With large indexes that is most of its time.",
	Silent: "One pass, at the end of the table.",
	Fix:    "Raise maintenance_work_mem, or autovacuum_work_mem, for the next run. Up to 16 more than 1 GB is not used; 17 needs far less memory.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/progress-reporting.html#VACUUM-PROGRESS-REPORTING", "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-MAINTENANCE-WORK-MEM",
	},
	Thresholds: []*rule.Threshold{vacuumPasses, vacuumPassesLogged},
	Rank:       rule.RankTable,
	Needs:      []workload.View{workload.ViewVacuumProgress, workload.ViewLog},
	Either:     true,
	Case: func(c *rule.Case, found func(rule.Found)) {
		if f, ok := passesLogged(c); ok {
			found(f)
		}
		for _, v := range c.Snapshot.Vacuuming {
			passes, read := v.IndexPasses.Or(0), v.Scanned.Or(0)/max(v.Total.Or(0), 1)
			if passes < vacuumPasses.In(c) || read >= 1 || read <= 0 {
				continue
			}
			source := string(workload.ViewVacuumProgress)
			var e rule.Evidence
			e.Number("passes of the indexes so far", v.IndexPasses, "", source)
			e.Number("table scanned", opt.Of(read), "share", source)
			f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e}}
			f.Title = redact.Sprintf("VACUUM of %s has read all its indexes %s, at %s of the table", cmp.Or(v.Relation, "a table"), figures.Plural(int(passes), "time"), figures.Share(read))
			f.Detail = redact.Sprintf("Its memory for dead rows was full each time. At this rate it reads them about %s.", figures.Plural(int(math.Ceil(passes/read)), "time"))
			f.Fix = redact.Plain("Let it run: what it has removed stays removed. For the next run raise maintenance_work_mem, for autovacuum autovacuum_work_mem (up to 16 more than 1 GB is not used), and drop indexes that nobody needs.")
			found(f)
		}
	},
}

// passesLogged is the finding on the run in a server log that read the indexes most often.
func passesLogged(c *rule.Case) (rule.Found, bool) {
	l := c.Snapshot.Log
	if l == nil || len(l.Vacuums) == 0 {
		return rule.Found{}, false
	}
	v := slices.MaxFunc(l.Vacuums, func(a, b *workload.LogVacuum) int { return cmp.Compare(a.Passes, b.Passes) })
	if v.Passes < vacuumPassesLogged.In(c) {
		return rule.Found{}, false
	}
	source := string(workload.ViewLog)
	var e rule.Evidence
	e.Number("index scans of a run", opt.Of(v.Passes), "", source)
	f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Low}}
	took := ""
	if v.PassesSeconds > 0 {
		e.Number("time of that run", opt.Of(v.PassesSeconds*1000), "ms", source)
		took = " in " + figures.Ms(v.PassesSeconds*1000)
		if v.PassesSeconds >= 3600 {
			f.Severity = finding.Medium
		}
	}
	f.Evidence = e
	f.Title = redact.Sprintf("Vacuum of %s read all its indexes %s%s", cmp.Or(v.Table, "a table"), figures.Plural(int(v.Passes), "time"), took)
	f.Detail = redact.Plain("Its memory for dead rows was full each time: once would do.")
	f.Fix = redact.Plain("Raise autovacuum_work_mem, or maintenance_work_mem for VACUUM by hand (up to 16 more than 1 GB is not used; 17 needs far less). Let autovacuum start earlier on this table (autovacuum_vacuum_scale_factor = 0.01), and drop indexes that nobody needs.")
	return f, true
}
