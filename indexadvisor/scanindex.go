package indexadvisor

import (
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// need is what a scan asks of an index: conditions to answer, and an order
// that would spare a sort.
type need struct {
	table *workload.Table // never nil; empty of figures when only a plan is known
	conds []sql.Cond
	order []workload.IndexKey // of this table alone; empty if no order is needed
}

// candidate is the index for a need, and which of the need's conditions it
// bounds its scan with.
type candidate struct {
	def       workload.IndexDef
	answered  []sql.Cond
	predicate []sql.Cond // conditions that became the index's predicate
	ordered   bool       // it gives the order that was wanted
}
