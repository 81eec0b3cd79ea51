package workload

import (
	"cmp"
	"math"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var vacuumPasses = rule.NewThreshold("passes", 1, "passes", "of all indexes, before the table is read to its end: one is enough if the dead rows fit into memory")

var vacuumInPasses = rule.Rule{
	ID:     "vacuum-in-passes",
	Title:  "VACUUM reads all indexes again and again",
	Sees:   "A row of pg_stat_progress_vacuum that has read the indexes (index_vacuum_count) before the table was scanned to its end.",
	Why:    "VACUUM remembers dead rows in maintenance_work_mem. When it is full, it reads all indexes of the table, forgets the rows, and goes on. With large indexes that is most of its time.",
	Silent: "One pass, at the end of the table.",
	Fix:    "Raise maintenance_work_mem, or autovacuum_work_mem, for the next run. Up to 16 more than 1 GB is not used; 17 needs far less memory.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/progress-reporting.html#VACUUM-PROGRESS-REPORTING", "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-MAINTENANCE-WORK-MEM",
	},
	Thresholds: []*rule.Threshold{vacuumPasses},
	Rank:       rule.RankTable,
	Needs:      []workload.View{workload.ViewVacuumProgress},
	Case: func(c *rule.Case, found func(rule.Found)) {
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
