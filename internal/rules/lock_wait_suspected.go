package rules

var lockWaitSuspected = Rule{
	ID:    "lock-wait-suspected",
	Title: "A write takes long and does little: it may have waited for a lock",
	Sees: "In a plan: writing or locking rows that takes half of the time, 100 ms or more, while the blocks that it touched can explain a tenth of it at most. " +
		"In the workload: an UPDATE or DELETE by key that takes 10 ms a call or more, touches 20 blocks or fewer and hardly reads from disk.",
	Why: "The blocks account for a fraction of a millisecond. The rest is waiting, most often for the lock of a row that another transaction has changed and not yet committed; no index shortens it.",
	Silent: "A plan without buffers; triggers, reading from disk or WAL that can explain the time; a foreign table. Few calls; a hundredth of the time or less; " +
		"a table of few rows that all are updated over and over (hot-row); times that spread widely (high-variance-query, which says it).",
	Fix: "Find who held the lock: pg_stat_activity and pg_blocking_pids while it waits, log_lock_waits for afterwards. Then shorter transactions, the statement as their last, rows always in the same order.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS", "https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LOCK-WAITS",
	},
	Thresholds: []*Threshold{&waitShare, &waitMs, &waitExplained, &waitMean, &waitBlocks, &waitRead, &waitIO, &waitCalls, &slowShare},
	Rank:       rankRead + 2,
	Node:       lockWaitInPlan,
	Statement:  lockWaitInCounters,
}
