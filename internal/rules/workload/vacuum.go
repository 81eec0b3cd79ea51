package workload

import (
	"time"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	deadRows    = rule.NewThreshold("dead_rows", 10_000, "rows", "fewer are harmless")
	deadShare   = rule.NewThreshold("share", 0.2, "share", "the autovacuum default")
	deadMinutes = rule.NewThreshold("just_vacuumed", 10, "minutes", "before the export: the statistics are not updated yet")
)

// deadRowsOf returns a table's dead and live rows, and whether the dead ones pile
// up.
func deadRowsOf(c *rule.Case, t *workload.Table) (dead, live float64, pile bool) {
	dead, live, ok := opt.Two(t.Dead, liveRows(t))
	if !ok || dead < deadRows.In(c) || dead < deadShare.In(c)*(live+dead) {
		return dead, live, false
	}
	auto, at, ok := times(t.LastAutovacuum, c.Snapshot.ExportedAt)
	return dead, live, !ok || at.Sub(auto).Minutes() >= deadMinutes.In(c) || keptBy(c, t) != nil
}

// keptBy returns a session whose long transaction was open before the table's last
// vacuum: that vacuum kept the rows that died since the transaction began.
func keptBy(c *rule.Case, t *workload.Table) *workload.Session {
	s, _ := longestTransaction(c)
	if s == nil || s.XIDs && s.XID == "" && s.Xmin == "" {
		return nil
	}
	for _, vacuum := range []workload.Time{t.LastVacuum, t.LastAutovacuum} {
		if began, at, ok := times(s.XactStart, vacuum); ok && at.After(began) {
			return s
		}
	}
	return nil
}

// mayKeep returns the session whose transaction is old and may have begun before the rows of a
// table died; nil if none is known, or it began after the last vacuum.
func mayKeep(c *rule.Case, t *workload.Table) *workload.Session {
	s, _ := longestTransaction(c)
	if s == nil || s.XIDs && s.XID == "" && s.Xmin == "" {
		return nil
	}
	for _, vacuum := range []workload.Time{t.LastVacuum, t.LastAutovacuum} {
		if began, at, ok := times(s.XactStart, vacuum); ok && !at.After(began) {
			return nil
		}
	}
	return s
}

// times returns two times, if both are known.
func times(a, b workload.Time) (x, y time.Time, ok bool) {
	x, ok1 := a.Get()
	y, ok2 := b.Get()
	return x, y, ok1 && ok2
}
