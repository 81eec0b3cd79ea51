package workload

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Who waits for whom follows from the locks where the server was not asked.
func TestBlockersByLocks(t *testing.T) {
	s := Snapshot{Locks: []Lock{
		{PID: "1", Type: "relation", Relation: "t", Mode: "RowExclusiveLock", Granted: true},
		{PID: "2", Type: "relation", Relation: "t", Mode: "AccessExclusiveLock"},
		{PID: "3", Type: "relation", Relation: "t", Mode: "AccessShareLock", Granted: true},
		{PID: "4", Type: "relation", Relation: "u", Mode: "AccessExclusiveLock", Granted: true},
		{PID: "5", Type: "relation", Relation: "t", Mode: "RowExclusiveLock"}, // conflicts with none that is granted
		{PID: "1", Type: "transactionid", Transaction: "77", Mode: "ExclusiveLock", Granted: true},
		{PID: "6", Type: "transactionid", Transaction: "77", Mode: "ShareLock"},
	}}
	want := map[string][]string{"2": {"1", "3"}, "6": {"1"}}
	if diff := cmp.Diff(want, s.Blockers()); diff != "" {
		t.Error(diff)
	}
	s.Sessions = []Session{{PID: "9", BlockedBy: []string{"8"}}}
	if diff := cmp.Diff(map[string][]string{"9": {"8"}}, s.Blockers()); diff != "" {
		t.Error("what the server said comes first:", diff)
	}
}
