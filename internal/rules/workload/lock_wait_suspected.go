package workload

import "github.com/pgverdict/pgverdict/internal/rule"

var lockWaitSuspected = rule.Rule{
	ID:     "lock-wait-suspected",
	Title:  "Lock wait suspected: a statement takes long and does little",
	Sees:   "In a plan: writing or locking rows that takes 50% of the time, 100 ms or more, while the blocks touched explain at most 10% of that time. In the workload: an UPDATE or DELETE by key that takes 10 ms per call or more, touches 20 blocks or fewer and hardly reads from disk. A statement on one table, or one that changes definitions (ALTER TABLE, LOCK), that takes 1 s per call or more, while its blocks, rows and WAL explain 10% at most (1% for a SELECT that locks no rows). In a server log: a statement whose logged lock waits take half of its time.",
	Why:    "The blocks account for a fraction of a millisecond. The rest is waiting, most often for a lock that another transaction holds. No index shortens a lock wait, and a plan does not show it.",
	Silent: "A plan without buffers, or statistics without blocks. Triggers, disk reads or WAL that can explain the time. A foreign or temporary table. Functions, sub-selects and joins, which may compute. COPY, CALL, DO, REFRESH, VACUUM, COMMIT. 1% of total execution time or less. A table of few rows that are all updated again and again (hot-row). Times that vary widely (high-variance-query, which reports the wait).",
	Fix:    "Find who held the lock: pg_stat_activity and pg_blocking_pids during the wait, log_lock_waits afterwards. Then keep transactions short, run the statement last in them, and lock rows always in the same order.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/explicit-locking.html", "https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LOCK-WAITS",
	},
	Thresholds: []*rule.Threshold{waitShare, waitMs, rule.WaitExplained, rule.WaitMean, rule.WaitBlocks, rule.WaitRead, rule.WaitIO, waitCalls, rule.WaitLong, rule.WaitSelect, rule.LoggedShare, rule.SlowShare},
	Rank:       rule.RankRead + 2,
	On:         []string{"ModifyTable", "LockRows"},
	Node:       lockWaitInPlan,
	Statement:  lockWaitInCounters,
}
