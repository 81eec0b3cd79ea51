package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var concurrentTimeout = rule.NewThreshold("timeout", 30*60_000, "ms", "a longer timeout rarely cuts a build")

var lockTimeoutOnConcurrent = rule.Rule{
	ID:         "lock-timeout-on-concurrent",
	Title:      "Timeout in force at a concurrent build",
	Sees:       "lock_timeout or statement_timeout above 0 and below 30 minutes in force at CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY.",
	Why:        "The build waits for every older transaction of the database, also on other tables. The timeout aborts it and leaves an INVALID index.",
	Silent:     "0, or 30 minutes and more.",
	Fix:        "Run SET lock_timeout = 0 and SET statement_timeout = 0 before the build, and set them again afterwards. Check pg_index.indisvalid.",
	Sources:    []string{docBuild, docTimeouts},
	Thresholds: []*rule.Threshold{concurrentTimeout},
	Rank:       rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range concurrent(s) {
			if a.Verb != ddl.CreateIndex && a.Verb != ddl.Reindex || s.Effect.Refused != "" || inBlock(s) || !existing(c, s, a.Table) {
				continue
			}
			for _, t := range []struct {
				name string
				ms   float64
			}{{"lock_timeout", s.In.LockTimeout.Or(0)}, {"statement_timeout", s.In.StatementTimeout.Or(0)}} {
				if t.ms <= 0 || t.ms >= concurrentTimeout.In(c) {
					continue
				}
				f := c.About(s, a.Table, finding.Confirmed, finding.Medium)
				f.Title = redact.Sprintf("%s = %s aborts %s and leaves an INVALID index", t.name, figures.Ms(t.ms), concurrentWords(a))
				f.Detail = redact.Plain("The build waits for every older transaction of the database, also those on other tables. When the timeout ends the wait, the index stays INVALID.")
				if a.Exists {
					f.Severity = finding.High
					f.Detail = redact.Append(f.Detail, "With IF NOT EXISTS the next run finds the name taken and is recorded as done.")
				}
				f.Fix = redact.Plain("Run SET lock_timeout = 0; SET statement_timeout = 0; before the build, and set them again afterwards. Check pg_index.indisvalid.")
				found(f)
				break
			}
		}
	},
}
