package rules

var lockWaitSuspected = Rule{
	ID:    "lock-wait-suspected",
	Title: "A write took long and did little: it may have waited for a lock",
	Sees:  "Writing or locking rows that takes half of the time, 100 ms or more, while the blocks that it touched can explain a tenth of it at most.",
	Why: "A row that another transaction has changed can be written only when that one ends. The wait stands in the plan as time of the node, " +
		"and no index shortens it.",
	Silent: "The plan has no buffers; triggers, reading from disk or WAL can explain the time; a foreign table.",
	Fix:    "Find who held the lock: pg_stat_activity and pg_blocking_pids while it waits, log_lock_waits for afterwards. Then shorter transactions, and rows written in one order.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS", "https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LOCK-WAITS",
	},
	Thresholds: []*Threshold{&waitShare, &waitMs, &waitExplained},
	Rank:       rankRead + 2,
	Node:       lockWaitInPlan,
}
