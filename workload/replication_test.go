package workload_test

import (
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/workload"
)

// Distances by hand from the positions: 5A/7C2D3F18 - 57/1C2D3F18 = 0x3_6000_0000 bytes.
func TestReplication(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     workload.Replica
	}{
		{"positions", "application_name,state,sync_state,current_lsn,sent_lsn,flush_lsn,replay_lsn,flush_lag,replay_lag\na,streaming,sync,5A/7C2D3F18,5A/7C2D3F18,5A/7C2D3F08,57/1C2D3F18,00:00:01,00:41:12\n",
			workload.Replica{Name: "a", State: "streaming", Sync: "sync", Unsent: opt.Of(float64(0)), Unflushed: opt.Of(float64(16)), Unreplayed: opt.Of(float64(0x360000000 - 16)), Behind: opt.Of(float64(0x360000000)), FlushLag: opt.Of(float64(1000)), ReplayLag: opt.Of(float64(2_472_000))}},
		{"without the primary's", "client_addr,state,sync_state,sent_location,replay_location\n10.0.0.4,streaming,async,1/20,1/10\n", workload.Replica{Name: "10.0.0.4", State: "streaming", Sync: "async", Behind: opt.Of(float64(16))}},
		{"replayed more than was sent a moment ago", "client_addr,state,sync_state,sent_lsn,replay_lsn\n10.0.0.4,streaming,async,1/10,1/20\n", workload.Replica{Name: "10.0.0.4", State: "streaming", Sync: "async", Behind: opt.Of(float64(0))}},
		{"nothing sent yet", "client_addr,state,sync_state,current_lsn,sent_lsn,replay_lsn\n10.0.0.4,startup,async,1/10,0/0,0/0\n", workload.Replica{Name: "10.0.0.4", State: "startup", Sync: "async"}},
		{"the default name", "application_name,client_addr,state,sync_state\nwalreceiver,10.0.0.4,streaming,async\n", workload.Replica{Name: "10.0.0.4", State: "streaming", Sync: "async"}},
		{"size", "client_addr,state,lag_size\n10.0.0.4,streaming,5 GB\n", workload.Replica{Name: "10.0.0.4", State: "streaming", Behind: opt.Of(float64(5 << 30))}},
		{"size with its unit in the name", "client_addr,state,replication_lag_mb\n10.0.0.4,streaming,3\n", workload.Replica{Name: "10.0.0.4", State: "streaming", Behind: opt.Of(float64(3 << 20))}},
		{"seconds", "client_addr,state,replay_lag_seconds\n10.0.0.4,streaming,90\n", workload.Replica{Name: "10.0.0.4", State: "streaming", ReplayLag: opt.Of(float64(90_000))}},
		{"a number that can only be bytes", "client_addr,state,replication_lag\n10.0.0.4,streaming,5123456789\n", workload.Replica{Name: "10.0.0.4", State: "streaming", Behind: opt.Of(float64(5123456789))}},
		{"a number without a unit", "client_addr,state,replication_lag\n10.0.0.4,streaming,4000\n", workload.Replica{Name: "10.0.0.4", State: "streaming"}},
		{"of a replica itself", " replication_delay\n-------------------\n 00:10:00\n(1 row)\n", workload.Replica{Own: true, ReplayLag: opt.Of(float64(600_000))}},
	} {
		var s workload.Snapshot
		if _, err := s.Read("x.csv", strings.NewReader(c.in)); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if len(s.Replicas) != 1 || s.Replicas[0] != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, s.Replicas, c.want)
		}
	}
}
