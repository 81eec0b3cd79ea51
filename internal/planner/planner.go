// Package planner is a model of the server's planner: it reads a query's levels
// from its parsed text, estimates the rows of each relation and join from exported
// statistics, and finds the cheapest path as the server would, with the indexes
// that there are and with hypothetical ones. What is taken from the server names its
// function there.
//
// It computes costs and nothing else: it asks no server, proposes no index and
// keeps nothing between two calls. A query with a table whose size is not in the
// data has no cost.
package planner

import (
	"sync"

	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/workload"
)

// Planner reads queries and costs them with what one snapshot knows. It is safe
// for concurrent use once made.
type Planner struct {
	snap       *workload.Snapshot // nil: only plans are known
	Settings   Settings
	sizes      *indexcost.Model
	partitions func() map[*workload.Table][]*workload.Table // by the partitioned table
}

// New is a planner over a snapshot, which may be nil; sizes are those of the
// indexes on its tables.
func New(snap *workload.Snapshot, sizes *indexcost.Model) *Planner {
	return &Planner{snap: snap, Settings: newSettings(snap), sizes: sizes, partitions: sync.OnceValue(func() map[*workload.Table][]*workload.Table {
		of := map[*workload.Table][]*workload.Table{}
		for _, t := range snap.Tables {
			if t.Parent != nil {
				of[t.Parent] = append(of[t.Parent], t)
			}
		}
		return of
	})}
}

// Partitions are the tables that a partitioned table is made of.
func (p *Planner) Partitions(t *workload.Table) []*workload.Table { return p.partitions()[t] }
