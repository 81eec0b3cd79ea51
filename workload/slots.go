package workload

import (
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// Slot is a row of pg_replication_slots.
type Slot struct {
	Name                    string          // lower-case letters, digits and underscores, as the server requires
	Active                  opt.Value[bool] // a client is connected to it
	XminAge, CatalogXminAge Float           // transaction IDs since the oldest row version that it keeps, in all tables and in catalogs
	Xmin, CatalogXmin       string          // the transaction IDs themselves; empty if the slot has none
	RetainedBytes           Float           // of WAL
	WALStatus               string          // wal_status: reserved, extended, unreserved, lost
	SafeBytes               Float           // safe_wal_size: of WAL until the slot loses some; may be negative
	Invalidated             string          // 17+: invalidation_reason

	restart opt.Value[uint64] // restart_lsn
	newest  uint64            // the newest position in the WAL that its row shows
}

const ViewSlots View = "pg_replication_slots"

var slotsView = view{
	name:    ViewSlots,
	use:     "replication slots",
	columns: []string{"slot_name", "slot_type active restart_lsn wal_status plugin active_pid"},
	also: aliases{"retained_bytes": "retained_wal retained wal_retained retained_size retained_wal_bytes retained_wal_size lag_bytes lag_size lag lag_pretty slot_lag slot_lag_bytes replication_lag replication_lag_bytes replicationslotlag wal_lag pg_wal_lsn_diff pg_size_pretty",
		"xmin_age": "age_xmin", "catalog_xmin_age": "age_catalog_xmin"},
	query: `SELECT now() AS exported_at, slot_name, slot_type, active, age(xmin) AS xmin_age, age(catalog_xmin) AS catalog_xmin_age,
		pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, restart_lsn) AS retained_bytes,
		wal_status, safe_wal_size FROM pg_replication_slots`,
	row: func(s *Snapshot, r *record) {
		name := r.text("slot_name")
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			r.bad("slot_name", "a slot's name")
			return
		}
		one := Slot{
			Name: name, Active: r.boolean("active"),
			XminAge: r.number("xmin_age"), CatalogXminAge: r.number("catalog_xmin_age"), RetainedBytes: r.number("retained_bytes"),
		}
		restart, confirmed, current := r.lsn("restart_lsn"), r.lsn("confirmed_flush_lsn", "confirmed_lsn"), r.lsn(currentNames...)
		if !one.RetainedBytes.Known() {
			one.RetainedBytes = walBetween(current, restart)
		}
		one.restart, one.newest = restart, max(restart.Or(0), confirmed.Or(0), current.Or(0))
		one.WALStatus, one.SafeBytes, one.Invalidated = strings.ToLower(r.text("wal_status")), r.number("safe_wal_size"), r.text("invalidation_reason")
		one.Xmin, one.CatalogXmin = transactionID(r.text("xmin")), transactionID(r.text("catalog_xmin"))
		one.age(r)
		s.Slots = append(s.Slots, one)
		s.exported(r.time("exported_at", "now"))
	},
}

// RetainedAtLeast returns the bytes of WAL from where a slot keeps it to the newest position that
// the slots show: what it retains at least, where the server's position is not in the input.
func (s *Snapshot) RetainedAtLeast(slot Slot) Float {
	from, ok := slot.restart.Get()
	if !ok {
		return Float{}
	}
	newest := slot.newest
	for _, other := range s.Slots {
		newest = max(newest, other.newest)
	}
	return opt.Of(float64(newest - from))
}

// transactionID returns a transaction ID; empty if it is none.
func transactionID(id string) string {
	if strings.Trim(id, "0123456789") != "" {
		return ""
	}
	return id
}

// age reads a column that is only called age, which can be that of xmin or of catalog_xmin:
// of the one that the slot has. A logical slot keeps catalogs.
func (x *Slot) age(r *record) {
	age := r.number("age")
	xmin, catalog := r.text("xmin") != "", r.text("catalog_xmin") != ""
	kind := r.text("slot_type")
	switch {
	case !age.Known():
	case xmin && !catalog, xmin == catalog && kind == "physical":
		set(&x.XminAge, age)
	case catalog && !xmin, xmin == catalog && kind == "logical":
		set(&x.CatalogXminAge, age)
	default:
		r.bad("age", "xmin_age or catalog_xmin_age as the name of what is")
	}
}

// XminAge returns the age of a slot's xmin in transaction IDs. If the export does not have it,
// it is the distance to the newest transaction ID in the input, which is another slot's or a
// session's: at least so old. than says whose.
func (s *Snapshot) XminAge(x Slot) (age Float, than string) {
	if x.XminAge.Known() {
		return x.XminAge, ""
	}
	return s.behindNewest(x.Xmin)
}

// CatalogXminAge is XminAge of a slot's catalog_xmin.
func (s *Snapshot) CatalogXminAge(x Slot) (age Float, than string) {
	if x.CatalogXminAge.Known() {
		return x.CatalogXminAge, ""
	}
	return s.behindNewest(x.CatalogXmin)
}

func (s *Snapshot) behindNewest(id string) (most Float, than string) {
	from, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return Float{}, ""
	}
	look := func(other, of string) {
		to, err := strconv.ParseUint(other, 10, 64)
		if err != nil {
			return
		}
		// IDs are compared as the server does, in 32 bits.
		if ahead := int32(uint32(to) - uint32(from)); ahead > 0 && float64(ahead) > most.Or(0) {
			most, than = opt.Of(float64(ahead)), of
		}
	}
	for _, o := range s.Slots {
		look(o.Xmin, "slot "+o.Name)
		look(o.CatalogXmin, "slot "+o.Name)
	}
	for _, o := range s.Sessions {
		if IsPID(o.PID) {
			look(o.Xmin, "session "+o.PID)
			look(o.XID, "session "+o.PID)
		}
	}
	return most, than
}
