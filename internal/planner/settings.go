package planner

import (
	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/workload"
)

// Settings are the planner's, as the export has them or at their defaults
// (src/include/optimizer/cost.h). Costs are in the planner's units.
type Settings struct {
	SeqPage, RandomPage                  float64
	CPUTuple, cpuIndexTuple, CPUOperator float64
	cachePages                           float64 // effective_cache_size
	workMemBytes                         float64
	leader                               bool // parallel_leader_participation
	hashMemory                           float64
	parallelSetup, parallelTuple         float64
	maxWorkers, minParallelPages         float64
	minParallelIndex                     float64
	Server                               pgversion.Major
	memoize                              bool // enable_memoize, from 14 on
}

// newSettings reads the settings of a snapshot.
func newSettings(snap *workload.Snapshot) Settings {
	k := Settings{1, 4, 0.01, 0.005, 0.0025, 524288, 4 << 20, true, 2, 1000, 0.1, 2, 1024, 64, pgversion.Newest, true}
	if snap == nil {
		return k
	}
	for name, to := range map[string]*float64{
		"seq_page_cost": &k.SeqPage, "random_page_cost": &k.RandomPage,
		"cpu_tuple_cost": &k.CPUTuple, "cpu_index_tuple_cost": &k.cpuIndexTuple, "cpu_operator_cost": &k.CPUOperator,
	} {
		*to = snap.SettingNumber(name).Or(*to)
	}
	for name, to := range map[string]*float64{
		"parallel_setup_cost": &k.parallelSetup, "parallel_tuple_cost": &k.parallelTuple,
		"max_parallel_workers_per_gather": &k.maxWorkers, "min_parallel_table_scan_size": &k.minParallelPages, // in pages of 8 kB
		"min_parallel_index_scan_size": &k.minParallelIndex, "hash_mem_multiplier": &k.hashMemory,
	} {
		*to = snap.SettingNumber(name).Or(*to)
	}
	k.cachePages = snap.SettingBytes("effective_cache_size").Or(k.cachePages*indexcost.BlockSize) / indexcost.BlockSize
	k.workMemBytes = snap.SettingBytes("work_mem").Or(k.workMemBytes)
	k.Server = snap.ServerVersion().Newest()
	if !k.Server.Has(pgversion.HashMemDoubled) && !snap.SettingNumber("hash_mem_multiplier").Known() {
		k.hashMemory = 1
	}
	k.memoize = k.Server.Has(pgversion.Memoize) && snap.Settings["enable_memoize"].Value != "off"
	k.leader = snap.Settings["parallel_leader_participation"].Value != "off"
	return k
}
