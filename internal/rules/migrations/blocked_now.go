package migrations

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var openLong = rule.NewThreshold("open", 60_000, "ms", "a migration waits that long for it, and later queries wait behind the migration")

var blockedNow = rule.Rule{
	ID:         "blocked-now",
	Title:      "Session in the way of the migration",
	Sees:       "A session of the export whose transaction is open for more than a minute, and that holds a lock on a table that a statement locks. For concurrent builds, any such session.",
	Why:        "The statement waits for it. Without lock_timeout all later queries on the table wait too.",
	Silent:     "No export of pg_stat_activity and pg_locks beside the migration.",
	Fix:        "Find out who owns the session. End it, or wait for it, before the release.",
	Sources:    []string{docLocks, manual + "monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW"},
	Thresholds: []*rule.Threshold{openLong},
	Rank:       rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		snapshot := c.Migration.Tables
		if snapshot == nil || s.Effect.Refused != "" {
			return
		}
		builds := len(concurrent(s)) > 0
		locked := tables(c, s)
		if !builds && len(locked) == 0 {
			return
		}
		for i := range snapshot.Sessions {
			x := &snapshot.Sessions[i]
			ms, _ := snapshot.SinceMs(x.XactStart)
			if ms.Or(x.OpenMs.Or(0)) < openLong.In(c) {
				continue
			}
			for _, r := range locked {
				if !builds && !holdsLock(snapshot, x.PID, r) {
					continue
				}
				waiting(c, s, x, ms, r, found)
				return
			}
			if builds {
				waiting(c, s, x, ms, nil, found)
				return
			}
		}
	},
}

func holdsLock(s *workload.Snapshot, pid string, r *catalog.Relation) bool {
	return slices.ContainsFunc(s.Locks, func(l workload.Lock) bool {
		return l.Granted && l.PID == pid && (l.Relation == r.Name.Name || strings.HasSuffix(l.Relation, "."+r.Name.Name))
	})
}

// waiting reports that a statement would wait for a session.
func waiting(c *rule.Case, s *migration.Statement, x *workload.Session, ms opt.Float, r *catalog.Relation, found func(rule.Found)) {
	f := c.About(s, r, finding.Confirmed, finding.High)
	f.Number("open for", ms, "ms", "pg_stat_activity")
	session := "session " + x.PID
	if !workload.IsPID(x.PID) {
		session = "the session at " + workload.Place(x.PID)
	}
	f.Title = redact.Sprintf("%s would wait for %s (%s, open for %s)", what(s), session, x.State, figures.Ms(ms.Or(x.OpenMs.Or(0))))
	f.Detail = redact.Plain("A concurrent build waits for every older transaction of the database.")
	if r != nil {
		f.Detail = redact.Sprintf("The session holds a lock on %s.", rule.TableWords(r))
		if s.In.LockTimeout.Or(0) <= 0 {
			f.Detail = redact.Append(f.Detail, "Without lock_timeout all later queries on the table wait behind the statement.")
			f.Critical(s, finding.AskFirst)
		}
	}
	f.Fix = redact.Plain("Find out who owns the session. End it, or wait for it, before the release.")
	found(f)
}
