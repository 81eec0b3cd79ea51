package workload

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var replicationSlotLost = rule.Rule{
	ID:     "replication-slot-lost",
	Title:  "Replication slot loses WAL that its client needs",
	Sees:   "A replication slot whose wal_status is unreserved or lost, or that the server has invalidated.",
	Why:    "The slot keeps more WAL than max_slot_wal_keep_size allows. The next checkpoint can remove what its client has not received yet. A client that lacks WAL cannot continue: a replica has to be built again, a subscription has to copy its tables again.",
	Silent: "Slots whose WAL is reserved or extended. Exports without wal_status.",
	Fix:    "While the slot is unreserved: raise max_slot_wal_keep_size and let the client catch up. Once it is lost: drop the slot and build the replica again.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/view-pg-replication-slots.html", "https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-MAX-SLOT-WAL-KEEP-SIZE",
	},
	Rank:  rule.RankSettings,
	Needs: []workload.View{workload.ViewSlots},
	Case: func(c *rule.Case, found func(rule.Found)) {
		for _, s := range c.Snapshot.Slots {
			lost := s.WALStatus == "lost" || s.Invalidated != ""
			if !lost && s.WALStatus != "unreserved" {
				continue
			}
			var e rule.Evidence
			if s.WALStatus != "" {
				e.Text("wal_status", redact.Plain(s.WALStatus), "pg_replication_slots")
			}
			if s.Invalidated != "" {
				e.Text("invalidation_reason", redact.Plain(s.Invalidated), "pg_replication_slots")
			}
			e.Number("safe_wal_size", s.SafeBytes, "bytes", "pg_replication_slots")
			e.Number("WAL retained", s.RetainedBytes, "bytes", "pg_replication_slots")
			f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.High, Evidence: e}}
			if lost {
				f.Title = redact.Sprintf("Replication slot %s is lost: its client cannot continue", s.Name)
				f.Detail = redact.Plain("The server has invalidated the slot: it no longer keeps what the client needs.")
				f.Fix = redact.Sprintf("Build the replica again, or copy the subscription's tables again, with a new slot. Then run SELECT pg_drop_replication_slot('%s').", s.Name)
				found(f)
				continue
			}
			f.Title = redact.Sprintf("Replication slot %s is about to lose WAL that its client needs", s.Name)
			f.Detail = redact.Plain("The slot keeps more WAL than max_slot_wal_keep_size allows. The next checkpoint can remove it, and the slot is lost then.")
			f.Fix = redact.Plain("Raise max_slot_wal_keep_size now, if the disk has room: ALTER SYSTEM SET max_slot_wal_keep_size = '...', then SELECT pg_reload_conf(). Then start the slot's client again, or find out why it is slow.")
			if !s.Active.Or(true) {
				f.More = redact.Sprintf("No client is connected to the slot. If none will, run SELECT pg_drop_replication_slot('%s').", s.Name)
			}
			found(f)
		}
	},
}
