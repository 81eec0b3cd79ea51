package workload

import (
	"time"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	lagTime     = rule.NewThreshold("delay", 60, "seconds", "until the replica has replayed: reads from it show what was a minute ago, and max_standby_streaming_delay alone (30 s) does not explain it")
	lagTimeHigh = rule.NewThreshold("delay_high", 600, "seconds", "until the replica has replayed: it does not catch up by itself within an ordinary peak")
)

var replicaLag = rule.Rule{
	ID:     "replica-lag",
	Title:  "Replica is behind",
	Sees:   "A row of pg_stat_replication with 1 GB of WAL between the primary's position, or the one sent, and the one replayed, or a replay_lag of a minute. The delay that a replica computes itself from pg_last_xact_replay_timestamp().",
	Why:    "Reads from the replica show old rows, and a failover to it loses what it has not received, or waits until it has replayed. With a synchronous replica, each commit waits for it. WAL that it has not received stays on the primary's disk if it uses a slot, and is removed if it uses none.",
	Silent: "Less WAL and shorter delays. pg_basebackup. Numbers whose unit is unknown.",
	Fix:    "The figures show which part is slow: sending, the replica's disk, or the replay, which long queries on the replica hold up.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW", "https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-CONFLICT",
	},
	Thresholds: []*rule.Threshold{lagTime, lagTimeHigh, lagWAL, lagWALHigh},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewReplication},
	Case: func(c *rule.Case, found func(rule.Found)) {
		for _, r := range c.Snapshot.Replicas {
			if f, ok := behind(c, r); ok {
				found(f)
			}
		}
	},
}

func behind(c *rule.Case, r workload.Replica) (rule.Found, bool) {
	wal, lag := r.Behind.Or(0), time.Duration(r.ReplayLag.Or(0)*float64(time.Millisecond))
	if wal < lagWAL.In(c) && lag.Seconds() < lagTime.In(c) {
		return rule.Found{}, false
	}
	source := string(workload.ViewReplication)
	var e rule.Evidence
	e.Number("WAL not replayed", r.Behind, "bytes", source)
	e.Number("WAL not sent", r.Unsent, "bytes", source)
	e.Number("WAL sent, not on the replica's disk", r.Unflushed, "bytes", source)
	e.Number("WAL on the replica's disk, not replayed", r.Unreplayed, "bytes", source)
	e.Number("flush_lag", r.FlushLag, "ms", source)
	e.Number("replay_lag", r.ReplayLag, "ms", source)
	f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e}}
	if wal >= lagWALHigh.In(c) || lag.Seconds() >= lagTimeHigh.In(c) {
		f.Severity = finding.High
	}
	who := "Replica"
	if r.Name != "" {
		who += " " + r.Name
	}
	switch {
	case r.Own && wal < lagWAL.In(c):
		f.Title = redact.Sprintf("This replica last replayed a transaction %s ago", figures.Ms(r.ReplayLag.Or(0)))
	case wal < lagWAL.In(c):
		f.Title = redact.Sprintf("%s is %s behind", who, figures.Ms(r.ReplayLag.Or(0)))
	case r.ReplayLag.Known():
		f.Title = redact.Sprintf("%s is %s of WAL behind (%s)", who, figures.Bytes(wal), figures.Ms(r.ReplayLag.Or(0)))
	default:
		f.Title = redact.Sprintf("%s is %s of WAL behind", who, figures.Bytes(wal))
	}
	slowPart(&f, r)
	if r.Sync == "sync" || r.Sync == "quorum" {
		f.Detail = redact.Append(f.Detail, "The replica is synchronous: commits on the primary wait for its disk, and with synchronous_commit = remote_apply for its replay.")
	}
	return f, true
}

// slowPart says where the WAL stays, and what to look at.
func slowPart(f *rule.Found, r workload.Replica) {
	const onReplica = "SELECT pid, now() - xact_start AS since, query FROM pg_stat_activity WHERE xact_start IS NOT NULL ORDER BY xact_start"
	const replay = "On the replica, run " + onReplica + ": a query there can hold up the replay for max_standby_streaming_delay. If there is none, the one process that replays is limited by its CPU core or its disk. A subscriber of logical replication has the reason in its log."
	most, part := 0.0, ""
	for _, p := range []struct {
		wal  workload.Float
		part string
	}{{r.Unreplayed, "replay"}, {r.Unflushed, "flush"}, {r.Unsent, "send"}} {
		if wal := p.wal.Or(0); wal > most {
			most, part = wal, p.part
		}
	}
	if part == "" && r.ReplayLag.Known() && r.FlushLag.Known() {
		if part = "replay"; r.FlushLag.Or(0) > r.ReplayLag.Or(0)/2 {
			part = "flush"
		}
	}
	switch {
	case part == "send" && r.State == "catchup":
		f.Detail = redact.Sprintf("%s are not sent yet. The replica was away and is catching up (state catchup).", figures.Bytes(most))
		f.Fix = redact.Plain("Look again in a minute: if the distance does not shrink, the network or the replica's disk is slower than the primary writes.")
	case part == "send":
		f.Detail = redact.Sprintf("%s are not sent yet: the network, or the replica does not take it.", figures.Bytes(most))
		f.Fix = redact.Plain("Compare the network's throughput with the WAL that the primary writes, and look at the log of the replica.")
	case part == "flush":
		f.Detail = redact.Plain("The WAL is sent, and not confirmed as written to the replica's disk.")
		f.Fix = redact.Plain("Look at the disk that holds the replica's pg_wal (iostat), and at the network. A consumer of logical decoding confirms what it has processed: look at its log.")
	case part == "replay":
		f.Detail = redact.Plain("The WAL is on the replica's disk, and not replayed.")
		f.Fix = redact.Plain(replay)
	case r.Own:
		f.Tag = finding.Concern
		f.Detail = redact.Plain("The time grows also while the primary has nothing to send.")
		f.Decide("Does the primary write at all?", "pg_last_wal_receive_lsn() and pg_last_wal_replay_lsn() on the replica, pg_current_wal_lsn() on the primary", "compare the positions before you do anything.")
		f.Fix = redact.Plain("On the replica, run SELECT pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn(). If they differ, the replay is slow, perhaps because a query holds it up: " + onReplica + ". If they are equal and pg_current_wal_lsn() on the primary is larger, the WAL does not arrive: look at the log of the replica.")
	default:
		f.Detail = redact.Plain("The input does not show whether the WAL is not sent, not on the replica's disk, or not replayed.")
		f.Fix = redact.Plain("On the primary, run SELECT application_name, state, pg_current_wal_lsn(), sent_lsn, flush_lsn, replay_lsn FROM pg_stat_replication: the largest step from one position to the next is the slow part.")
	}
}
