package workload

import "strings"

// WaitCount is how many sessions wait for something at one time, as people group
// pg_stat_activity. Fields that the rows do not hold are empty.
type WaitCount struct {
	State, WaitEventType, WaitEvent string
	Sessions                        float64
}

const countNames = "cnt sessions backends connections total n num number total_sessions session_count num_sessions waiting waiters"

// ViewWaitCounts is pg_stat_activity without its sessions.
const ViewWaitCounts View = "counts of pg_stat_activity"

var waitCountsView = view{
	name: ViewWaitCounts,
	few:  []string{"wait_event", "count", "wait_event_type state"},
	also: aliases{"count": countNames, "state": "status session_state", "wait_event_type": "wait_type event_type"},
	row: func(s *Snapshot, r *record) {
		n, ok := r.number("count").Get()
		if !ok {
			r.bad("count", "a number of sessions")
			return
		}
		one := WaitCount{State: stateOf(r.text("state")), WaitEventType: r.text("wait_event_type"), WaitEvent: r.text("wait_event"), Sessions: n}
		if noEvent(one.WaitEvent) {
			one.WaitEvent = ""
		}
		if noEvent(one.WaitEventType) {
			one.WaitEventType = ""
		}
		s.WaitCounts = append(s.WaitCounts, one)
	},
}

// noEvent reports whether a cell stands for a session that waits for nothing: what people
// write in place of the null.
func noEvent(cell string) bool {
	switch strings.ToLower(strings.Trim(cell, "()<>[]- ")) {
	case "", "null", "none", "cpu", "running", "on cpu", "no wait", "not waiting", "∅":
		return true
	}
	return false
}
