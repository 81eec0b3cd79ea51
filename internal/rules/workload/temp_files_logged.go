package workload

import (
	"regexp"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	loggedTemp  = rule.NewThreshold("largest", 100<<20, "bytes", "the largest file; or as much as below in total")
	loggedTemps = rule.NewThreshold("total", 1<<30, "bytes", "of temporary files in the log")
	tempMedium  = rule.NewThreshold("medium", 10<<30, "bytes", "in total: this competes with the data for the disk")
)

// maintenance matches the statements whose sorts use maintenance_work_mem.
var maintenance = regexp.MustCompile(`(?i)^\s*(?:CREATE\s+(?:UNIQUE\s+)?INDEX|REINDEX|CLUSTER|ALTER\s+TABLE|ALTER\s+INDEX)\b`)

var tempFilesLogged = rule.Rule{
	ID:     "temp-files-logged",
	Title:  "Temporary files in the server log",
	Sees:   "Temporary files in the log (log_temp_files), one of 100 MB or 1 GB in total, and the statement that wrote the largest.",
	Why:    "A sort, hash or aggregate does not fit into work_mem, and is written to the disk and read again. Temporary files can also fill the disk.",
	Silent: "Small files. Statements whose calls and temporary files are known (temp-spill-statement).",
	Fix:    "Find the node in the plan of the statement. Then use fewer or narrower rows, an index that returns the order, or more work_mem for the role that runs the statement.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-TEMP-FILES", "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM",
	},
	Thresholds: []*rule.Threshold{loggedTemp, loggedTemps, tempMedium},
	Rank:       rule.RankTable,
	Spills:     true,
	Needs:      []workload.View{workload.ViewLog},
	Case: ofLog(func(c *rule.Case, l *workload.Log, found func(rule.Found)) {
		largest := lex.Normalize(l.TempQuery.Raw())
		for _, s := range l.Statements() {
			if s.TempWritten.Known() && c.Explainable(s) && lex.Normalize(s.Query.Raw()) == largest {
				return
			}
		}
		if l.TempLargest < loggedTemp.In(c) && l.TempBytes < loggedTemps.In(c) {
			return
		}
		var e rule.Evidence
		e.Number("temporary files", opt.Of(float64(l.TempFiles)), "", string(workload.ViewLog))
		e.Number("temporary files in total", opt.Of(l.TempBytes), "bytes", string(workload.ViewLog))
		e.Number("largest temporary file", opt.Of(l.TempLargest), "bytes", string(workload.ViewLog))
		detail := redact.Plain("A sort, hash or aggregate did not fit into work_mem.")
		if !l.TempQuery.Empty() {
			e.Text("statement of the largest", l.TempQuery, string(workload.ViewLog))
			detail = redact.Append(detail, "The largest file is that of %s.", statementNamed(l.TempQuery))
		}
		f := rule.Found{Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: finding.Low, Evidence: e,
			Title:  redact.Sprintf("Temporary files: %s in the server log, %s, the largest %s", figures.Count(float64(l.TempFiles)), figures.Bytes(l.TempBytes), figures.Bytes(l.TempLargest)),
			Detail: detail,
			Fix:    redact.Plain("Run EXPLAIN (ANALYZE, BUFFERS) for the statement to find the node. Then use fewer or narrower rows, an index that returns the order, or more work_mem for the role that runs the statement."),
		}}
		if maintenance.MatchString(l.TempQuery.Raw()) {
			f.Detail = redact.Append(redact.Plain("An index build did not fit into maintenance_work_mem."), "The largest file is that of %s.", statementNamed(l.TempQuery))
			f.Fix = redact.Plain("Set a larger maintenance_work_mem in the session that builds indexes, as far as the memory allows. work_mem does not change an index build.")
		}
		if l.TempBytes >= tempMedium.In(c) {
			f.Severity = finding.Medium
		}
		found(f)
	}),
}
