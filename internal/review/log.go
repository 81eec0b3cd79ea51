package review

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/workload"
)

// errLogEmpty says what a server log has to hold.
var errLogEmpty = errors.New("this is a server log without plans and durations. Set log_min_duration_statement to log slow statements, " +
	"or auto_explain.log_min_duration and auto_explain.log_analyze to log their plans, or export pg_stat_statements: pgverdict export. Messages are read in English (lc_messages = C)")

// logReader returns the reader of all server logs of the input.
func (m *inputSet) logReader() *workload.LogReader {
	if m.logs == nil {
		m.logs = workload.NewLogReader()
	}
	return m.logs
}

// reads reports whether documents of a kind are reviewed.
func (m *inputSet) reads(k input.Kind) bool { return len(m.Only) == 0 || slices.Contains(m.Only, k) }

// readWithoutPlans reads a document as a log without its plans. It reports whether it is one.
func (m *inputSet) readWithoutPlans(doc *input.Doc, in *report.Input) bool {
	log := m.logReader()
	_, err := io.Copy(log, doc)
	if !m.endLog(log, doc, in) {
		return false
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", doc.Path, err)
		m.errs, in.Warnings = append(m.errs, err), append(in.Warnings, err.Error())
	}
	m.inputs, m.readAny = append(m.inputs, *in), true
	return true
}

// endLog ends a document that may be a log. It reports whether the log is all that the
// document holds. If it has plans as well, the log is an input of its own.
func (m *inputSet) endLog(log *workload.LogReader, doc *input.Doc, in *report.Input) bool {
	file := log.EndFile()
	if file.Entries+file.Again == 0 {
		return false
	}
	of := report.Input{Path: doc.Path, Kind: input.Log.String(), Format: file.Format, Rows: file.Entries, Warnings: []string{}}
	if file.Again > 0 {
		of.Note = fmt.Sprintf("%d entries are in a log of another format, too, and are not counted twice", file.Again)
	}
	if in.Rows > 0 {
		m.inputs = append(m.inputs, of)
		return false
	}
	*in = of
	return true
}

// takeLogs adds what the server logs tell to the snapshot.
func (m *inputSet) takeLogs() {
	if m.logs == nil {
		return
	}
	log := m.logs.Log()
	if !log.Useful() {
		return
	}
	m.snap.TakeLog(log)
	if m.snap.Logged() {
		m.withoutTools([]oneExport{{snap: m.snap}})
	}
}

// From here on the time of parse and bind is worth a line: in one message, in milliseconds, or
// as a part of the time of executions.
const preparedLong, preparedShare = 100, 0.1

// ofLog says of a log what pg_stat_statements would say of all executions.
func (b *builder) ofLog(text string) string {
	if b.c.Snapshot == nil || !b.c.Snapshot.Logged() {
		return text
	}
	return strings.ReplaceAll(text, "total execution time", "logged execution time")
}

// serverLog lists what the server logs tell; nil if none was read.
func (b *builder) serverLog() *report.ServerLog {
	l := b.c.Snapshot.Log
	if l == nil {
		return nil
	}
	out := &report.ServerLog{Statements: b.c.Snapshot.Logged(), FastestMs: l.FastestMs, Events: []report.LogEvent{}}
	if from, ok := l.From.Get(); ok {
		to, _ := l.To.Get()
		out.From, out.To = from.Format(logTime), to.Format(logTime)
		if from.Year() == 0 {
			out.From, out.To = from.Format(logTimeYearless), to.Format(logTimeYearless)
		}
	}
	add := func(e report.LogEvent) {
		if e.Count > 0 {
			out.Events = append(out.Events, e)
		}
	}
	executions := report.LogEvent{Event: "executions", Count: l.Executions, Unit: "ms"}
	ms, most := l.DroppedMs, 0.0
	for _, st := range l.Statements() {
		ms, most = ms+st.TotalMs.Or(0), max(most, st.MaxMs.Or(0))
	}
	if l.Executions > 0 {
		executions.Total, executions.Largest = opt.Of(ms), opt.Of(most)
		if l.Dropped > 0 {
			executions.What = fmt.Sprintf("%s of the statements with the least time are counted and not listed", figures.Plural(l.Dropped, "execution"))
		}
	}
	add(executions)
	if l.PreparedMostMs >= preparedLong || l.PreparedMs >= preparedShare*ms {
		add(report.LogEvent{Event: "parse and bind", Count: l.Prepared, Unit: "ms", Total: opt.Of(l.PreparedMs), Largest: opt.Of(l.PreparedMostMs), What: "planning time, which is not part of the execution times"})
	}
	add(report.LogEvent{Event: "durations alone", Count: l.Bare, Unit: "ms", Total: opt.Of(l.BareMs), What: "log_duration is on, but the statements are not logged"})
	if l.Executions == 0 {
		add(report.LogEvent{Event: "statements alone", Count: l.Timeless, What: "log_statement is on. Set log_min_duration_statement to log the durations"})
	}
	add(report.LogEvent{Event: "temporary files", Count: l.TempFiles, Unit: "bytes", Total: opt.Of(l.TempBytes), Largest: opt.Of(l.TempLargest)})
	waits := report.LogEvent{Event: "lock waits", Unit: "ms"}
	ms, most = 0, 0
	endless := 0
	for i, w := range l.Waits {
		if i == 0 {
			waits.What = waitOf(w) + statementOf(b.show(w.Query))
		}
		waits.Count += w.Count
		ms, most, endless = ms+w.Ms, max(most, w.LongestMs), endless+w.Unfinished
	}
	if endless > 0 {
		waits.What = fmt.Sprintf("at least (%d without their end); %s", endless, waits.What)
	}
	waits.Total, waits.Largest = opt.Of(ms), opt.Of(most)
	add(waits)
	deadlocks := report.LogEvent{Event: workload.EventDeadlocks, Count: l.Deadlocks}
	var texts []string
	for _, t := range l.Deadlock {
		texts = append(texts, b.show(t))
	}
	deadlocks.What = strings.Join(texts, " | ")
	add(deadlocks)
	for _, by := range slices.Sorted(maps.Keys(l.Checkpoints)) {
		add(report.LogEvent{Event: "checkpoints by " + by, Count: l.Checkpoints[by]})
	}
	if len(l.Checkpoints) == 0 {
		add(report.LogEvent{Event: "checkpoints", Count: l.Completed})
	}
	add(report.LogEvent{Event: "checkpoints too frequent", Count: l.TooFrequent})
	if w := l.Wrote; w.LargestShare >= writesLarge {
		what := figures.Share(w.LargestShare) + " of shared_buffers in one"
		if w.LargestMs > 0 {
			what += ", spread over " + figures.Ms(w.LargestMs)
		}
		add(report.LogEvent{Event: "checkpoint writes", Count: w.Count, Unit: "bytes", Total: opt.Of(w.Bytes), Largest: opt.Of(w.Largest), What: what})
	}
	if w := l.WAL; l.Checkpoints["wal"] > 0 {
		add(report.LogEvent{Event: "WAL between checkpoints", Count: w.Count, Unit: "bytes", Total: opt.Of(w.Bytes), Largest: opt.Of(w.Largest)})
	}
	if slowest := l.Slowest; slowest.SyncMs >= syncLong {
		syncs := report.LogEvent{Event: "checkpoint syncs", Count: l.Synced, Unit: "ms", Total: opt.Of(l.SyncMs), Largest: opt.Of(slowest.SyncMs)}
		if slowest.LongestMs > 0 {
			syncs.What = fmt.Sprintf("storage took %s for one file", figures.Ms(slowest.LongestMs))
		}
		add(syncs)
	}
	kept := new(workload.LogVacuum) // that left most dead rows
	for _, v := range l.Vacuums {
		if v.NotYetRemovable > kept.NotYetRemovable {
			kept = v
		}
	}
	vacuums := autoRuns("autovacuum runs", l.Vacuums, func(v *workload.LogVacuum) workload.LogRuns { return v.Vacuums })
	if kept.NotYetRemovable >= manyDead && kept.Vacuums.Count > 0 {
		if vacuums.What != "" {
			vacuums.What += "; "
		}
		vacuums.What += fmt.Sprintf("%s dead rows not removable yet: %s", figures.Count(kept.NotYetRemovable), kept.Table)
	}
	add(vacuums)
	byHand := autoRuns("VACUUM (VERBOSE) runs", l.Vacuums, func(v *workload.LogVacuum) workload.LogRuns { return v.ByHand })
	if kept.NotYetRemovable > 0 && kept.ByHand.Count > 0 {
		byHand.What = fmt.Sprintf("%s dead rows not removable yet: %s", figures.Count(kept.NotYetRemovable), kept.Table)
	}
	add(byHand)
	add(autoRuns("autoanalyze runs", l.Vacuums, func(v *workload.LogVacuum) workload.LogRuns { return v.Analyzes }))
	skips := report.LogEvent{Event: "vacuums skipped"}
	for _, table := range slices.Sorted(maps.Keys(l.Skipped)) {
		n := l.Skipped[table]
		if skips.Count += n; n > l.Skipped[skips.What] {
			skips.What = table
		}
	}
	if skips.Count > 0 {
		skips.What = fmt.Sprintf("most on %s: %d. Another session held a lock on the table", skips.What, l.Skipped[skips.What])
	}
	add(skips)
	for _, why := range slices.Sorted(maps.Keys(l.Canceled)) {
		add(report.LogEvent{Event: "canceled", Count: l.Canceled[why], What: why})
	}
	for _, why := range slices.Sorted(maps.Keys(l.Refused)) {
		add(report.LogEvent{Event: "refused", Count: l.Refused[why], What: why})
	}
	for _, kind := range slices.Sorted(maps.Keys(l.Wraparound)) {
		w := l.Wraparound[kind]
		what := kind + " IDs"
		if w.Database != "" {
			what += " of database " + w.Database
		}
		if w.Left.Known() {
			what += fmt.Sprintf(", %s left", figures.Count(w.Left.Or(0)))
		}
		add(report.LogEvent{Event: workload.EventWraparound, Count: w.Warnings + w.Refused, What: what})
	}
	for _, what := range slices.Sorted(maps.Keys(l.DiskFull)) {
		add(report.LogEvent{Event: workload.EventDiskFull, Count: l.DiskFull[what], What: what})
	}
	for _, name := range slices.Sorted(maps.Keys(l.UsedUp)) {
		add(report.LogEvent{Event: workload.EventUsedUp, Count: l.UsedUp[name].Count, What: name + ", whose last value is " + l.UsedUp[name].End})
	}
	add(report.LogEvent{Event: "archiving failed", Count: l.Archiving.Failed})
	for _, m := range l.Messages {
		what := m.About
		if m.Parameter != "" {
			what += ", hint: " + m.Parameter
		}
		if !m.Last.Empty() {
			what += ", the last one: " + b.show(m.Last)
		}
		add(report.LogEvent{Event: severities[m.Severity] + "s", Count: m.Count, What: what})
	}
	return out
}

// syncLong is the time from which on the sync of a checkpoint is worth a line: commits wait for
// the same storage.
const syncLong = 1000

// writesLarge is the share of shared_buffers from which on what a checkpoint writes is worth a
// line.
const writesLarge = 0.1

// autoRuns returns the runs of one kind.
func autoRuns(event string, list []*workload.LogVacuum, of func(*workload.LogVacuum) workload.LogRuns) report.LogEvent {
	e := report.LogEvent{Event: event, Unit: "ms"}
	ms, longest, most, table := 0.0, 0.0, 0.0, ""
	for _, v := range list {
		runs := of(v)
		e.Count += runs.Count
		ms, longest = ms+1000*runs.Seconds, max(longest, 1000*runs.LongestSeconds)
		if 1000*runs.Seconds > most {
			most, table = 1000*runs.Seconds, v.Table
		}
	}
	if ms > 0 {
		e.Total, e.Largest = opt.Of(ms), opt.Of(longest)
		e.What = fmt.Sprintf("most on %s: %s", table, figures.Ms(most))
	}
	return e
}

// severities are what messages of a severity are. Of those of LOG only a few kinds are counted.
var severities = map[string]string{"PANIC": "panic", "FATAL": "fatal error", "ERROR": "error", "WARNING": "warning", "LOG": "message"}

// troubles says how many messages of trouble a log has, the most severe first; empty if it has
// none.
func (b *builder) troubles() string {
	var said []string
	list := b.c.Snapshot.Log.Messages
	for i := 0; i < len(list); {
		severity, n := list[i].Severity, 0
		var of []string
		for ; i < len(list) && list[i].Severity == severity; i++ {
			n += list[i].Count
			of = append(of, fmt.Sprintf("%s: %s", list[i].About, figures.Count(float64(list[i].Count))))
		}
		said = append(said, fmt.Sprintf("%s (%s)", figures.Plural(n, severities[severity]), strings.Join(of, ", ")))
	}
	if said == nil {
		return ""
	}
	return " The log has " + figures.List(said) + "."
}

const logTime, logTimeYearless = "2006-01-02 15:04:05 MST", "Jan _2 15:04:05"

func waitOf(w *workload.LogWaits) string {
	if w.Relation == "" {
		return "most for " + w.Lock
	}
	return "most for " + w.Lock + ", " + w.Relation
}

func statementOf(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}
