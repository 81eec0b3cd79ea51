package workload

import "github.com/pgverdict/pgverdict/internal/rule"

// How far a replica is behind.
var (
	lagWAL     = rule.NewThreshold("behind", 1<<30, "bytes", "of WAL: the default of max_wal_size, more than a peak between two checkpoints")
	lagWALHigh = rule.NewThreshold("behind_high", 10<<30, "bytes", "of WAL: a primary without a slot may have removed what the replica needs next")
)
