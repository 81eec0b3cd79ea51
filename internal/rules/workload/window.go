package workload

import "github.com/pgverdict/pgverdict/internal/rule"

var (
	youngDay  = rule.NewThreshold("days", 1, "days", "the period leaves out the night, when jobs and backups run")
	youngWeek = rule.NewThreshold("week", 7, "days", "less than a week says nothing about weekly jobs")
)
