package workload

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var clusterMembers = rule.Rule{
	ID:     "cluster-members",
	Title:  "Cluster with members that do not follow",
	Sees:   "patronictl list without a leader, with a member that does not run, with a replica on another timeline than the leader, or with a replica that is 1 GB of WAL behind.",
	Why:    "A replica on an older timeline has stopped at a failover and does not catch up. A failover to it, or to one that is far behind, loses what it does not have.",
	Silent: "A replica whose lag is unknown, if it runs on the leader's timeline.",
	Fix:    "Look at the replica's own log and at the leader's replication slots. Build a replica anew with patronictl reinit, one after the other.",
	Sources: []string{
		"https://patroni.readthedocs.io/en/latest/patronictl.html", "https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-TIMELINES",
	},
	Thresholds: []*rule.Threshold{lagWAL, lagWALHigh},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewMembers},
	Case: func(c *rule.Case, found func(rule.Found)) {
		members := c.Snapshot.Members
		if len(members) == 0 {
			return
		}
		source := string(workload.ViewMembers)
		lead := slices.IndexFunc(members, workload.Member.Leads)
		standby := slices.ContainsFunc(members, func(m workload.Member) bool {
			return strings.Contains(m.Role, "standby leader") || strings.Contains(m.Role, "standby_leader")
		})
		if lead < 0 && !standby {
			var e rule.Evidence
			e.Number("members", opt.Of(float64(len(members))), "", source)
			found(rule.Found{Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: finding.High, Evidence: e,
				Title:  redact.Sprintf("Cluster without a leader: none of %s writes", figures.Plural(len(members), "member")),
				Detail: redact.Plain("Applications cannot write until a member is promoted."),
				Fix:    redact.Plain("Look at Patroni's log of each member, and at the store (etcd, Consul, ZooKeeper): without it no member is promoted. If a member of the input is missing from the list, it may be the leader. Promote by hand only the member with the most WAL, after the old leader is known to be down."),
			}})
			return
		}
		for _, m := range members {
			if m.Leads() || lead < 0 {
				continue
			}
			if f, ok := ofMember(c, members[lead], m); ok {
				found(f)
			}
		}
	},
}

// ofMember is the finding on a replica that does not follow its leader.
func ofMember(c *rule.Case, leader, m workload.Member) (rule.Found, bool) {
	source := string(workload.ViewMembers)
	var e rule.Evidence
	e.Text("state", redact.Plain(m.State), source)
	e.Number("timeline", m.Timeline, "", source)
	e.Number("timeline of the leader", leader.Timeline, "", source)
	e.Number("lag", m.LagBytes, "bytes", source)
	f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.High, Evidence: e}}
	lag := ""
	if n, known := m.LagBytes.Get(); known && n > 0 {
		lag = fmt.Sprintf(", %s of WAL behind", figures.Bytes(n))
	}
	const reinit = "If it cannot catch up, build it anew: patronictl reinit CLUSTER MEMBER, one member after the other, after a backup. Do not fail over to it."
	own, of, both := opt.Two(m.Timeline, leader.Timeline)
	switch {
	case both && own != of:
		f.Title = redact.Sprintf("Replica %s is on timeline %.0f and leader %s on %.0f%s", m.Name, own, leader.Name, of, lag)
		f.Detail = redact.Plain("It stopped at a failover and does not follow the leader: its lag only grows. Its state tells only that the process runs.")
		f.Fix = redact.Sprintf("Read the log of PostgreSQL on %s: a missing WAL segment or history file, or a pg_rewind that failed. Look at pg_stat_replication and pg_replication_slots of the leader, whose disk may fill. %s", m.Name, reinit)
	case m.State != "" && !strings.Contains(m.State, "running") && !strings.Contains(m.State, "streaming") && !strings.Contains(m.State, "archive recovery"):
		f.Title = redact.Sprintf("Replica %s does not run: its state is %s%s", m.Name, m.State, lag)
		f.Detail = redact.Plain("A failover cannot use it.")
		f.Fix = redact.Sprintf("Read the logs of Patroni and PostgreSQL on %s. %s", m.Name, reinit)
	case m.LagBytes.Or(0) >= lagWAL.In(c):
		if m.LagBytes.Or(0) < lagWALHigh.In(c) {
			f.Severity = finding.Medium
		}
		f.Title = redact.Sprintf("Replica %s is %s of WAL behind leader %s", m.Name, figures.Bytes(m.LagBytes.Or(0)), leader.Name)
		f.Detail = redact.Plain("A failover to it loses what it has not received. One list does not tell whether it catches up.")
		f.Fix = redact.Plain("Run patronictl list again. If the lag grows, look at pg_stat_replication on the leader: state, sent_lsn against replay_lsn, and at what the replica does: slow disk, or queries that hold up its replay (pg_stat_database_conflicts).")
	default:
		return rule.Found{}, false
	}
	return f, true
}
