package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	slotUsedWAL     = rule.NewThreshold("retained", 10<<30, "bytes", "of WAL: a client that is connected and this far behind is slower than the server writes, or does not move")
	slotUsedWALHigh = rule.NewThreshold("retained_high", 100<<30, "bytes", "of WAL: as much as the whole disk of many servers")
)

var replicationSlotBehind = rule.Rule{
	ID:     "replication-slot-behind",
	Title:  "Replication slot in use keeps dead rows or WAL",
	Sees:   "A replication slot with a client whose xmin or catalog_xmin is one million transaction IDs old, or that far behind the newest one of another slot or session in the input. A slot with a client that keeps 10 GB of WAL.",
	Why:    "Vacuum removes no row that died since the slot's xmin, in any database: the tables grow, and autovacuum runs without result. The xmin of a replica's slot is that of the oldest transaction on the replica, if hot_standby_feedback is on there.",
	Silent: "Slots without a client (inactive-replication-slot). Younger transaction IDs. Replicas whose positions are in the input (replica-lag).",
	Fix:    "End the old transaction on the replica. Do not drop the slot: its client needs it.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/view-pg-replication-slots.html", "https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-HOT-STANDBY-FEEDBACK",
	},
	Thresholds: []*rule.Threshold{slotAge, slotUsedWAL, slotUsedWALHigh},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewSlots},
	Case: func(c *rule.Case, found func(rule.Found)) {
		for _, s := range c.Snapshot.Slots {
			if f, ok := behindInUse(c, s); ok {
				found(f)
			}
		}
	},
}

func behindInUse(c *rule.Case, s workload.Slot) (rule.Found, bool) {
	rows, wal := usedSlotKeepsRows(c, s), s.RetainedBytes.Or(0)
	age, than := c.Snapshot.XminAge(s)
	catalogAge, catalogThan := c.Snapshot.CatalogXminAge(s)
	catalog := catalogAge.Or(0) >= slotAge.In(c)
	much := wal >= slotUsedWAL.In(c) && len(c.Snapshot.Replicas) == 0
	if !s.Active.Or(false) || !rows && !catalog && !much {
		return rule.Found{}, false
	}
	source := string(workload.ViewSlots)
	var e rule.Evidence
	e.Number("age of xmin", age, "", source)
	e.Number("age of catalog_xmin", catalogAge, "", source)
	e.Number("WAL retained", s.RetainedBytes, "bytes", source)
	f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e}}
	if much && wal >= slotUsedWALHigh.In(c) {
		f.Severity = finding.High
	}
	old := func(what, than string, age workload.Float) {
		if than != "" {
			f.Detail = redact.Sprintf("Its %s is %s transaction IDs behind that of %s.", what, figures.Count(age.Or(0)), than)
			return
		}
		f.Detail = redact.Sprintf("Its %s is %s transaction IDs old.", what, figures.Count(age.Or(0)))
	}
	switch {
	case rows:
		f.Title = redact.Sprintf("Replication slot %s, which is in use, keeps dead rows", s.Name)
		old("xmin", than, age)
		f.Detail = redact.Append(f.Detail, "Vacuum removes no row that died since, in any database. VACUUM FULL and other settings of autovacuum do not help. The slot's xmin is that of the oldest transaction on the replica that uses it (hot_standby_feedback), or on a replica behind that one.")
		f.Fix = redact.Plain("On the replica, run SELECT pid, state, xact_start, backend_xmin, query FROM pg_stat_activity WHERE backend_xmin IS NOT NULL ORDER BY age(backend_xmin) DESC, and end the oldest transaction. " +
			"If there is none, look at its own replicas and its pg_replication_slots. hot_standby_feedback = off on the replica frees the rows as well, but then vacuum on the primary can cancel its queries. Do not drop the slot: its client needs it.")
	case much:
		f.Title = redact.Sprintf("Replication slot %s, which is in use, keeps %s of WAL", s.Name, figures.Bytes(wal))
		f.Detail = redact.Plain("Its client is connected and has not confirmed this WAL. The server keeps it until then, if max_slot_wal_keep_size does not limit it, and stops when the disk is full.")
		f.Fix = redact.Plain("Compare restart_lsn of the slot twice, a minute apart. If it does not move, look at the log of the client, and for a long transaction on this server, which keeps a logical slot back. Watch the free space of pg_wal. Do not drop the slot: its client needs it.")
		if catalog {
			f.More = redact.Sprintf("The slot's catalog_xmin is %s transaction IDs old: vacuum removes no dead row of the system catalogs since.", figures.Count(catalogAge.Or(0)))
		}
	default:
		f.Severity = finding.Low
		f.Title = redact.Sprintf("Replication slot %s, which is in use, keeps dead rows in system catalogs", s.Name)
		old("catalog_xmin", catalogThan, catalogAge)
		f.Detail = redact.Append(f.Detail, "Vacuum removes no dead row of the system catalogs since. The consumer has not confirmed later changes.")
		f.Fix = redact.Plain("Compare confirmed_flush_lsn of the slot twice, a minute apart. If it does not move, look at the consumer. A long transaction on this server also holds it back: it is decoded when it commits. Do not drop the slot: its client needs it.")
	}
	if much && rows {
		f.More = redact.Sprintf("The slot also keeps %s of WAL.", figures.Bytes(wal))
	}
	return f, true
}
