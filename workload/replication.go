package workload

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// Replica is a row of pg_stat_replication: a server that receives the WAL. Or it is the
// exporting server itself, if that is a replica.
type Replica struct {
	Name  string // application_name, else the client's address; empty if the row has neither
	Own   bool   // the row is what a replica tells of itself
	State string // of its walsender: streaming, catchup, startup
	Sync  string // sync_state: sync, quorum, potential, async

	// WAL in bytes that is on its way to the replica's tables: written by the primary and not
	// sent, sent and not on the replica's disk, on its disk and not replayed.
	Unsent, Unflushed, Unreplayed Float
	Behind                        Float // all of it

	FlushLag, ReplayLag Float // ms until WAL was on the replica's disk, and until it was replayed there
}

const ViewReplication View = "pg_stat_replication"

var replicationView = view{
	name:    ViewReplication,
	columns: []string{"sync_state sync_priority sent_lsn replay_lsn sent_location replay_location", "application_name client_addr usename pid state"},
	few:     []string{"application_name client_addr", "state sync_state", "replay_lag " + behindNames},
	query: `SELECT now() AS exported_at, pid, application_name, client_addr, state, sync_state,
		CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END AS current_lsn,
		sent_lsn, write_lsn, flush_lsn, replay_lsn, write_lag, flush_lag, replay_lag FROM pg_stat_replication r`,
	row: func(s *Snapshot, r *record) {
		s.exported(r.time("exported_at", "now"))
		one := Replica{
			Name:  cmp.Or(r.text("application_name"), r.text("client_addr"), r.text("client_hostname")),
			State: strings.ToLower(r.text("state")), Sync: strings.ToLower(r.text("sync_state")),
		}
		if address := r.text("client_addr"); one.Name == "walreceiver" && address != "" { // the default, of all replicas
			one.Name = address
		}
		if one.State == "backup" { // pg_basebackup is no replica
			return
		}
		current, sent, flush, replay := r.lsn(currentNames...), r.lsn("sent_lsn", "sent_location"), r.lsn("flush_lsn", "flush_location"), r.lsn("replay_lsn", "replay_location")
		r.asksAll([]string{"write_lsn", "write_location", "write_lag"})
		one.Unsent, one.Unflushed, one.Unreplayed = walBetween(current, sent), walBetween(sent, flush), walBetween(flush, replay)
		if one.Behind = walBetween(current, replay); !one.Behind.Known() {
			one.Behind = walBetween(sent, replay)
		}
		_, one.FlushLag = r.behind("flush_lag")
		bytes, lag := r.behind(append([]string{"replay_lag"}, strings.Fields(behindNames+" lag pg_wal_lsn_diff pg_xlog_location_diff pg_size_pretty")...)...)
		one.ReplayLag = lag
		if behind, ok := bytes.Get(); ok && behind > one.Behind.Or(0) {
			one.Behind = bytes
		}
		s.Replicas = append(s.Replicas, one)
	},
}

// standbyView is what a replica tells of itself: the time since its last transaction. An
// amount of WAL is what the primary tells.
var standbyView = view{
	name:  ViewReplication,
	few:   []string{delayNames},
	alone: true,
	row: func(s *Snapshot, r *record) {
		bytes, lag := r.behind(strings.Fields(delayNames)...)
		s.Replicas = append(s.Replicas, Replica{Own: lag.Known(), Behind: bytes, ReplayLag: lag})
	},
}

// currentNames are what people call pg_current_wal_lsn() beside the rows; behindNames what
// they call the distance or the delay of a replica, delayNames what only a delay is called.
var currentNames = []string{"current_lsn", "pg_current_wal_lsn", "current_wal_lsn", "pg_current_xlog_location", "current_location", "current_wal", "master_lsn", "primary_lsn"}

const (
	delayNames  = "replication_lag replication_delay replay_delay replica_lag standby_lag slave_lag log_delay replay_lag_s replay_lag_seconds replication_lag_s replication_lag_seconds replication_delay_seconds"
	behindNames = delayNames + " byte_lag lag_bytes bytes_lag replication_lag_bytes replay_lag_bytes lag_size replay_lag_size total_lag total_lag_bytes lag_seconds replay_lag_mb replication_lag_mb lag_mb lag_gb delay_bytes replaying_lag pending_bytes"
)

// lsn reads a position in the WAL: 5A/7C2D3F18. It is absent for 0/0, where nothing was sent yet.
func (r *record) lsn(names ...string) opt.Value[uint64] {
	r.asksAll(names)
	for _, n := range names {
		v, ok := r.Get(n)
		high, low, two := strings.Cut(strings.TrimSpace(v), "/")
		if !ok || !two {
			continue
		}
		file, err := strconv.ParseUint(high, 16, 32)
		at, bad := strconv.ParseUint(low, 16, 32)
		if err != nil || bad != nil {
			r.bad(n, "a position in the WAL such as 5A/7C2D3F18")
			continue
		}
		if file|at != 0 {
			return opt.Some(file<<32 | at)
		}
	}
	return opt.Value[uint64]{}
}

// walBetween returns the bytes of WAL from a position to a later one. A row is not read in one
// moment, so that positions can cross.
func walBetween(later, earlier opt.Value[uint64]) Float {
	to, some := later.Get()
	from, both := earlier.Get()
	switch {
	case !some || !both:
		return Float{}
	case from > to:
		return opt.Of(0.0)
	}
	return opt.Of(float64(to - from))
}

// secondsAtMost is the longest delay that a bare number is taken for at all: four months. A
// larger one is of bytes. Of a smaller one nobody can tell, nor does it matter if it is bytes.
const secondsAtMost = 10_000_000

// behind reads a distance that is bytes in one query and time in another, by its value or by
// the unit in its column's name.
func (r *record) behind(names ...string) (bytes, ms Float) {
	r.asksAll(names)
	for _, n := range names {
		v, ok := r.Get(n)
		if v = strings.TrimSpace(v); !ok || noTime(v) {
			continue
		}
		_, timed := timeUnits[unitIn(n)]
		seconds, err := strconv.ParseFloat(v, 64)
		switch {
		case timed:
			set(&ms, r.interval(n))
		case err == nil && strings.HasSuffix(n, "delay"): // as extract(epoch ...) gives it
			set(&ms, opt.Of(1000*seconds))
		case strings.Contains(n, "bytes"), strings.Contains(n, "size"), sizeInName(n) != 1:
			set(&bytes, r.number(n))
		case isPlain(v):
			f, err := strconv.ParseFloat(v, 64)
			switch {
			case err != nil || f == 0:
			case f > secondsAtMost:
				set(&bytes, opt.Of(f))
			default:
				r.bad(n, fmt.Sprintf("the unit of %s, bytes or seconds,", v))
			}
		default:
			if lag, ok := intervalMs(v); ok {
				set(&ms, opt.Of(lag))
				continue
			}
			set(&bytes, r.number(n))
		}
	}
	return bytes, ms
}
