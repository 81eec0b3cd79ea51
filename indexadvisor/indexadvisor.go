// Package indexadvisor proposes indexes to create or drop, with what they would save and
// what they cost on every write, from a plan, a workload's statistics and the
// statements' texts alone.
//
// It owns the candidates, what a plan would cost with them (what-if) and their selection.
// The arithmetic is that of two models below it: of the server's planner, and of the
// size and write costs of indexes. Advise does all steps; the command takes the same
// ones one by one, through an Advisor.
//
// A figure rests on exported data and on the server's own formulas, or on measured
// constants. If the data for it is missing, the figure is absent. Nothing here connects
// to a server.
package indexadvisor

import (
	"github.com/pgverdict/pgverdict/workload"
)

// Float is a figure that the input may not hold.
type Float = workload.Float

// Index is an index that could be built on a table.
type Index struct {
	Schema, Table string
	workload.IndexDef

	Parts   Parts    // what the table consists of; empty if only the catalogue tells
	Members []string // the partitions, if the catalogue does not list them
}

// Parts is what a table consists of that an index is built on each of.
type Parts string

// The parts of a partitioned table, of a hypertable of TimescaleDB, and of a distributed
// table of Citus.
const (
	Partition Parts = "partition"
	Chunk     Parts = "chunk"
	Shard     Parts = "shard"
)

// WriteCost is what an index costs on writes. A figure that the data does not tell is
// absent, and a note says why.
type WriteCost struct {
	EntriesPerInsert          Float // index entries an inserted row adds
	WALBytesPerInsert         Float // steady state, full page images excluded
	WALBytesPerNonHOTUpdate   Float // with vacuum's share for the dead entry
	HOTUpdatesLostShare       Float // share of all updates of the table
	WALBytesPerLostHOT        Float // an update that stops being HOT, over all indexes that it then writes into
	IndexesPerLostHOT         int   // their number
	Amplification             Float
	WALBytesPerDay            Float
	FullPageBytesPerDay       Float    // of it, full page images
	EntriesPerDay             Float    // of inserts, and of updates that are not HOT
	GrowthBytesPerDay         Float    // of the index, by inserts
	PagesDirtiedPerCheckpoint Float    // of the index, between two checkpoints
	Pattern                   string   // "append", "random", "duplicates", ...; empty if unknown
	Basis                     string   // "pg_stat_user_tables" or "none"
	Notes                     []string // why a figure is absent, or only a bound
}
