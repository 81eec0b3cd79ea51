package workload

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	slotWAL     = rule.NewThreshold("retained", 1<<30, "bytes", "of WAL: the default of max_wal_size, which a server keeps without any slot")
	slotWALHigh = rule.NewThreshold("retained_high", 10<<30, "bytes", "of WAL: the slot's client has been away for long, and the disk fills up")
)

var inactiveReplicationSlot = rule.Rule{
	ID:     "inactive-replication-slot",
	Title:  "Inactive replication slot keeps WAL or dead rows",
	Sees:   "A replication slot without a client that keeps 1 GB of WAL, or an unknown amount, or more than max_wal_size (wal_status extended), or whose xmin is one million transaction IDs old. A slot without a client whose xmin or catalog_xmin kept autovacuum from removing rows, according to the server log.",
	Why:    "The server keeps all WAL since the slot's client was last connected, until the disk is full and the server stops. With an xmin, vacuum removes no row that died since then, in any database.",
	Silent: "Slots in use. Slots that keep less. max_slot_wal_keep_size limits the WAL, but not the dead rows.",
	Fix:    "Start the slot's client again, or drop the slot.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/warm-standby.html#STREAMING-REPLICATION-SLOTS", "https://www.postgresql.org/docs/current/view-pg-replication-slots.html",
	},
	Thresholds: []*rule.Threshold{slotWAL, slotWALHigh, slotAge},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewSlots},
	Case: func(c *rule.Case, found func(rule.Found)) {
		for _, s := range c.Snapshot.Slots {
			if f, ok := keptBySlot(c, s); ok {
				found(f)
			} else if f, ok := keepsUnknown(c, s); ok {
				found(f)
			}
		}
	},
}

func keptBySlot(c *rule.Case, s workload.Slot) (rule.Found, bool) {
	age, than := c.Snapshot.XminAge(s)
	catalogAge, _ := c.Snapshot.CatalogXminAge(s)
	rows, catalog := slotKeepsRows(c, s), catalogAge.Or(0) >= slotAge.In(c)
	wal := s.RetainedBytes.Or(c.Snapshot.RetainedAtLeast(s).Or(0))
	vacuum, extended := keptFromVacuum(c, s), s.WALStatus == "extended"
	if s.Active.Or(true) || wal < slotWAL.In(c) && !rows && !catalog && vacuum == nil && !extended {
		return rule.Found{}, false
	}
	var e rule.Evidence
	e.Number("WAL retained", s.RetainedBytes, "bytes", "pg_replication_slots")
	e.Number("age of xmin", age, "", "pg_replication_slots")
	e.Number("age of catalog_xmin", catalogAge, "", "pg_replication_slots")
	f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e}}
	if wal >= slotWALHigh.In(c) {
		f.Severity = finding.High
	}
	what := "dead rows in system catalogs"
	switch {
	case wal >= slotWAL.In(c):
		if what = figures.Bytes(wal) + " of WAL"; !s.RetainedBytes.Known() {
			what = "at least " + what
		}
	case rows:
		what = "dead rows"
	case vacuum != nil:
		what = fmt.Sprintf("%s dead rows of %s", figures.Count(vacuum.NotYetRemovable), vacuum.Table)
	case extended:
		what = "more WAL than max_wal_size"
	}
	f.Title = redact.Sprintf("Inactive replication slot %s keeps %s", s.Name, what)
	f.Detail = redact.Plain("No client is connected to the slot. The server keeps all WAL from the slot's restart_lsn on, and stops when the disk is full.")
	switch {
	case rows:
		f.Detail = redact.Sprintf("No client is connected to the slot. Its xmin is %s transaction IDs old: vacuum removes no row that died since, in any database.", figures.Count(age.Or(0)))
		if than != "" {
			f.Detail = redact.Sprintf("No client is connected to the slot. Its xmin is %s transaction IDs behind that of %s: vacuum removes no row that died since, in any database.", figures.Count(age.Or(0)), than)
		}
	case vacuum != nil:
		e.Text("table of the last autovacuum", redact.Plain(vacuum.Table), string(workload.ViewLog))
		f.Evidence = e
		f.Detail = redact.Sprintf("No client is connected to the slot. The last vacuum of %s could remove no row that died from transaction %s on, which is the slot's own: the slot keeps them. It also keeps all WAL from its restart_lsn on.", vacuum.Table, vacuum.OldestXmin)
	case catalog:
		f.More = redact.Sprintf("The slot's catalog_xmin is %s transaction IDs old: vacuum removes no dead row of the system catalogs.", figures.Count(catalogAge.Or(0)))
	}
	f.Fix = redact.Sprintf("Start the replica or subscriber that uses the slot. If none does, run SELECT pg_drop_replication_slot('%s'). Set max_slot_wal_keep_size (13 and later) to limit the WAL that a slot keeps.", s.Name)
	return f, true
}

// keepsUnknown is the question about a slot without a client where the input does not show how
// much it keeps, or only that it is little more than nothing by now.
func keepsUnknown(c *rule.Case, s workload.Slot) (rule.Found, bool) {
	if s.Active.Or(true) || s.RetainedBytes.Known() || s.WALStatus == "lost" || s.WALStatus == "unreserved" || s.Invalidated != "" {
		return rule.Found{}, false
	}
	least := c.Snapshot.RetainedAtLeast(s)
	var e rule.Evidence
	e.Number("WAL retained, at least", least, "bytes", "pg_replication_slots")
	f := rule.Found{Finding: finding.Finding{Tag: finding.Concern, Severity: finding.Medium, Evidence: e}}
	f.Title = redact.Sprintf("Replication slot %s has no client, and the server keeps all WAL for it", s.Name)
	if n := least.Or(0); n > 0 {
		f.Title = redact.Sprintf("Replication slot %s has no client, and the server keeps all WAL for it, at least %s by now", s.Name, figures.Bytes(n))
	}
	f.Detail = redact.Plain("It keeps more with each write, until the disk is full.")
	f.Decide("Does its client come back?", "SELECT slot_name, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) FROM pg_replication_slots, twice, and who made the slot", "keep the slot and watch the disk")
	f.Fix = redact.Sprintf("Start the replica or subscriber that uses the slot. If none does, run SELECT pg_drop_replication_slot('%s'): a client that comes back then has to be built again. Set max_slot_wal_keep_size to limit the WAL that a slot keeps.", s.Name)
	return f, true
}
