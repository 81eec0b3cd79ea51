package workload

import "github.com/pgverdict/pgverdict/internal/rule"

var (
	jitOfTime = rule.NewThreshold("share", 0.25, "share", "of a statement's time: compilation can hardly save that much")
	jitOfAll  = rule.NewThreshold("share_of_all", 0.01, "share", "of total execution time, over all such statements")
)
