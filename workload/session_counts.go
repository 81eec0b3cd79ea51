package workload

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/rows"
)

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

// SessionCount is how many sessions are in a state at one time. The state is empty if it is the
// number of all connections.
type SessionCount struct {
	State    string
	Sessions float64
}

// ViewSessionCounts is pg_stat_activity without its sessions and their wait events.
const ViewSessionCounts View = "sessions by state"

// stateCountsView has a row for each state.
var stateCountsView = view{
	name: ViewSessionCounts,
	few:  []string{"state", "count"},
	also: aliases{"count": countNames, "state": "status session_state"},
	unlike: func(r *record, first []rows.Row) string {
		for _, row := range first {
			if r.Row = row; sessionStates[stateOf(r.text("state"))] {
				return ""
			}
		}
		return "no value in column state is one of a session. " + insteadOf
	},
	row: func(s *Snapshot, r *record) {
		n, ok := r.number("count").Get()
		if !ok {
			r.bad("count", "a number of sessions")
			return
		}
		if state := stateOf(r.text("state")); sessionStates[state] { // the server's own processes have none
			s.countSessions(state, n)
		}
	},
}

const (
	idleInTransactionNames = "idle_in_tx idle_in_xact idle_in_txn idle_in_transaction_connections idle_in_transaction_sessions idle_tx idle_in_trans"
	usedNames              = "used used_connections current_connections total_connections connections current total open_connections total_sessions active_connections used_conn conn_used numbackends"
)

// stateColumnsView has a column for each state.
var stateColumnsView = view{
	name: ViewSessionCounts,
	few:  []string{"active", "idle", "idle_in_transaction"},
	also: aliases{"active": "active_connections active_sessions", "idle": "idle_connections idle_sessions", "idle_in_transaction": idleInTransactionNames, "max_connections": "max_conn max", "used": "total total_connections total_sessions all"},
	row: func(s *Snapshot, r *record) {
		for state, column := range map[string]string{"active": "active", "idle": "idle", "idle in transaction": "idle_in_transaction"} {
			if n, ok := r.number(column).Get(); ok {
				s.countSessions(state, n)
			}
		}
		if n, ok := r.number("used").Get(); ok {
			s.countSessions("", n)
		}
		s.limitConnections(r)
	},
}

// connectionsUsedView is how many connections there are beside their limit.
var connectionsUsedView = view{
	name: ViewSessionCounts,
	few:  []string{"max_connections", "used"},
	also: aliases{"used": usedNames, "max_connections": "max_conn connection_limit"},
	row: func(s *Snapshot, r *record) {
		n, ok := r.number("used").Get()
		if !ok {
			r.bad("used", "a number of connections")
			return
		}
		s.countSessions("", n)
		s.limitConnections(r)
	},
}

// countSessions adds sessions of a state.
func (s *Snapshot) countSessions(state string, n float64) {
	for i := range s.SessionCounts {
		if s.SessionCounts[i].State == state {
			s.SessionCounts[i].Sessions += n
			return
		}
	}
	s.SessionCounts = append(s.SessionCounts, SessionCount{state, n})
}

// limitConnections notes the limit in a row.
func (s *Snapshot) limitConnections(r *record) {
	if limit := r.text("max_connections"); r.number("max_connections").Known() && s.Settings["max_connections"].Value == "" {
		if s.Settings == nil {
			s.Settings = map[string]Setting{}
		}
		s.Settings["max_connections"] = Setting{Value: limit}
	}
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
