package workload

import (
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	idleMany  = rule.NewThreshold("sessions", 10, "sessions", "idle in transaction at one moment: two or three are between two statements")
	idleShare = rule.NewThreshold("share", 0.1, "share", "of the sessions that are not idle")
)

// states are how many sessions are in each state.
type states struct {
	all  float64
	of   map[string]float64
	told bool // the input has the states
}

func (s states) idleInTransaction() float64 {
	return s.of["idle in transaction"] + s.of["idle in transaction (aborted)"]
}

// sessionsByState counts the sessions of an export: its rows, or what it has as counts.
func sessionsByState(snap *workload.Snapshot) (by states, source string) {
	by.of = map[string]float64{}
	for _, s := range snap.Sessions {
		if s.State != "" {
			by.of[s.State]++
			by.all++
		}
	}
	by.told = by.all > 0
	if by.told {
		return by, string(workload.ViewActivity)
	}
	for _, n := range snap.SessionCounts {
		if n.State == "" {
			by.all = max(by.all, n.Sessions)
			continue
		}
		by.of[n.State] += n.Sessions
		by.told = true
	}
	sum := 0.0
	for _, n := range by.of {
		sum += n
	}
	by.all = max(by.all, sum)
	return by, string(workload.ViewSessionCounts)
}

// manyIdle reports whether so many sessions are idle in transaction that it is no chance.
func manyIdle(c *rule.Case, by states) bool {
	n := by.idleInTransaction()
	return n >= idleMany.In(c) && n >= idleShare.In(c)*(n+by.of["active"])
}
