package workload

import (
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	youngDay  = rule.NewThreshold("days", 1, "days", "without a night, when jobs and backups run")
	youngWeek = rule.NewThreshold("week", 7, "days", "a window without a weekend says nothing of weekly jobs")
)
