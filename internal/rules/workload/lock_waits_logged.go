package workload

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	loggedLong = rule.NewThreshold("waiting", 10_000, "ms", "the longest wait; a log has no wait below deadlock_timeout (1 s)")
	loggedHigh = rule.NewThreshold("waiting_high", 60_000, "ms", "the longest wait, or as many sessions as below")
	loggedMany = rule.NewThreshold("sessions", 5, "sessions", "behind one statement")
	loggedWait = rule.NewThreshold("waits", 10, "waits", "shorter ones, in the log")
)

var lockWaitsLogged = rule.Rule{
	ID:     "lock-waits-logged",
	Title:  "Lock waits in the server log",
	Sees:   "Waits for locks that the log shows (log_lock_waits): each statement that waited for a whole table with others in the queue behind it; and all other waits together, if one took 10 s or there are 10. The log names the process that held the lock.",
	Why:    "A waiting statement does no work, and a statement that waits for a strong lock on a table stops all later ones on that table. No index shortens a wait.",
	Silent: "Waits below deadlock_timeout, which are not logged. A few short waits. Statements whose waits are reported with their time (lock-wait-suspected).",
	Fix:    "Run migrations with SET lock_timeout = '2s', and retry them. Keep transactions short, and write rows in the same order everywhere. Search the log for the process that held the lock.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LOCK-WAITS", "https://www.postgresql.org/docs/current/explicit-locking.html",
	},
	Thresholds: []*rule.Threshold{loggedLong, loggedHigh, loggedMany, loggedWait},
	Rank:       rule.RankTable,
	Needs:      []workload.View{workload.ViewLog},
	Case: ofLog(func(c *rule.Case, l *workload.Log, found func(rule.Found)) {
		var rest []*workload.LogWaits
		told := map[string]bool{} // the statements that are reported with their time
		for _, s := range c.Snapshot.Statements {
			told[lex.Normalize(s.Query.Raw())] = rule.LoggedWaits(c, s) && c.ShareOf(s).Or(0) >= rule.SlowShare.In(c)
		}
		queued := map[string]bool{} // the tables with a queue, which explains the other waits for them
		for _, w := range l.Waits {
			if mode, ok := strings.CutSuffix(w.Lock, onTable); ok && strongModes[mode] && w.Behind > 0 {
				found(loggedQueue(c, w, mode))
				queued[w.Relation] = true
			}
		}
		for _, w := range l.Waits {
			if !told[lex.Normalize(w.Query.Raw())] && !(strings.HasSuffix(w.Lock, onTable) && queued[w.Relation]) {
				rest = append(rest, w)
			}
		}
		if f, ok := loggedWaits(c, rest); ok {
			found(f)
		}
	}),
}

// onTable ends the name of a lock on a whole table, as the log spells it.
const onTable = " on relation"

// loggedQueue reports a statement that others waited behind.
func loggedQueue(c *rule.Case, w *workload.LogWaits, mode string) rule.Found {
	var e rule.Evidence
	e.Number("longest wait"+unfinished(w), opt.Of(w.LongestMs), "ms", string(workload.ViewLog))
	e.Number("sessions behind it", opt.Of(float64(w.Behind)), "", string(workload.ViewLog))
	e.Text("lock", redact.Plain(strings.TrimSpace(mode+" "+w.Relation)), string(workload.ViewLog))
	if w.Holders != "" {
		e.Text("held by process", redact.Plain(w.Holders), string(workload.ViewLog))
	}
	if !w.Query.Empty() {
		e.Text("statement", w.Query, string(workload.ViewLog))
	}
	f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e}}
	if w.LongestMs >= loggedHigh.In(c) || w.Behind >= int(loggedMany.In(c)) {
		f.Severity = finding.High
	}
	f.Title = redact.Sprintf("Lock queue: %s waited %s for %s, with %s behind it", statementNamed(w.Query), waited(w, w.LongestMs), mode, figures.Plural(w.Behind, "session"))
	later := "writes on the table"
	if mode == "AccessExclusiveLock" {
		later = "statements on the table, also those that only read,"
	}
	f.Detail = redact.Append(holders(w, "a lock on "+loggedTable(w)), "Until the statement gets its lock, all later %s queue behind it.", later)
	f.Fix = redact.Sprintf("Run such statements with SET lock_timeout = '2s', and retry them: then the queue lasts 2 s at most. %s", searchHolder(w.Holders))
	return f
}

// loggedWaits reports waits that have no such statement in front of them.
func loggedWaits(c *rule.Case, list []*workload.LogWaits) (f rule.Found, ok bool) {
	var sum workload.LogWaits
	rows := 0
	for _, w := range list { // the longest in total first
		sum.Count, sum.Unfinished, sum.Ms, sum.LongestMs = sum.Count+w.Count, sum.Unfinished+w.Unfinished, sum.Ms+w.Ms, max(sum.LongestMs, w.LongestMs)
		if !strings.HasSuffix(w.Lock, onTable) {
			rows += w.Count
		}
	}
	if sum.LongestMs < loggedLong.In(c) && sum.Count < int(loggedWait.In(c)) {
		return f, false
	}
	most := list[0]
	var e rule.Evidence
	e.Number("lock waits", opt.Of(float64(sum.Count)), "", string(workload.ViewLog))
	e.Number("time of lock waits"+unfinished(&sum), opt.Of(sum.Ms), "ms", string(workload.ViewLog))
	e.Number("longest wait"+unfinished(&sum), opt.Of(sum.LongestMs), "ms", string(workload.ViewLog))
	e.Text("lock of most of the time", redact.Plain(strings.TrimSpace(most.Lock+" "+most.Relation)), string(workload.ViewLog))
	if !most.Query.Empty() {
		e.Text("statement of most of the time", most.Query, string(workload.ViewLog))
	}
	f = rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Low, Evidence: e}}
	switch {
	case sum.LongestMs >= loggedHigh.In(c):
		f.Severity = finding.High
	case sum.LongestMs >= loggedLong.In(c):
		f.Severity = finding.Medium
	}
	f.Title = redact.Sprintf("Lock waits: %s in the server log, %s in total, the longest %s", figures.Count(float64(sum.Count)), waited(&sum, sum.Ms), waited(&sum, sum.LongestMs))
	f.Detail = redact.Sprintf("Most of the time is that of %s, for %s.", statementNamed(most.Query), most.Lock)
	if sum.Unfinished > 0 {
		f.Detail = redact.Append(f.Detail, "The log does not show the end of %s: their time is counted until they were logged.", figures.Plural(sum.Unfinished, "wait"))
	}
	if by := holders(most, "the lock"); !by.Empty() {
		f.Detail = redact.Append(f.Detail, "%s", by)
	}
	f.Fix = redact.Sprintf("%s Then keep that transaction short.", searchHolder(most.Holders))
	if slices.Contains(most.Deadlocked, most.Holders) {
		f.Fix = redact.Sprintf("Process %s was in a deadlock while it held the lock: see deadlocks, and mend that first.", most.Holders)
	}
	if rows > 0 {
		f.Fix = redact.Append(f.Fix, "Write rows in the same order everywhere, and the most wanted rows last. Workers that take jobs from a table use FOR UPDATE SKIP LOCKED.")
	}
	return f, true
}

// unfinished ends the name of a time of waits that is more than its figure.
func unfinished(w *workload.LogWaits) string {
	if w.Unfinished > 0 {
		return ", at least"
	}
	return ""
}

// waited returns a time of waits: of those whose end is not in the log, the least.
func waited(w *workload.LogWaits, ms float64) string {
	if w.Unfinished > 0 {
		return "at least " + figures.Ms(ms)
	}
	return figures.Ms(ms)
}

// holders says who held a lock; empty if the log does not tell.
func holders(w *workload.LogWaits, lock string) redact.Text {
	switch {
	case w.Holders == "":
		return redact.Text{}
	case strings.Contains(w.Holders, ","):
		return redact.Sprintf("Processes %s held %s.", w.Holders, lock)
	}
	return redact.Sprintf("Process %s held %s.", w.Holders, lock)
}

// loggedTable names the table, which the log mostly has as a number.
func loggedTable(w *workload.LogWaits) string {
	if table := onlyTable(w.Query.Raw()); table != "" {
		return table
	}
	return fmt.Sprintf("relation %s", w.Relation)
}
