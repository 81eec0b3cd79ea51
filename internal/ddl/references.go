package ddl

import "github.com/pgverdict/pgverdict/internal/catalog"

// reference is a foreign key that the rows of a table are held by: it refers to the table, or
// to a partitioned table above it.
type reference struct {
	from *catalog.Relation
	key  catalog.Constraint
	to   *catalog.Relation // what the key names
}

// referring returns the foreign keys of other tables that hold the rows of a table.
func (r *run) referring(t *catalog.Relation) []reference {
	var list []reference
	for _, to := range r.above(t) {
		for _, o := range to.Referrers {
			from := r.c.Get(o)
			if from == nil {
				continue
			}
			for _, k := range from.Constraints {
				if k.Type == catalog.ForeignKey && k.Ref == to.OID {
					list = append(list, reference{from, k, to})
				}
			}
		}
	}
	return list
}

// above returns a table and the partitioned tables that it is a partition of.
func (r *run) above(t *catalog.Relation) []*catalog.Relation {
	list := []*catalog.Relation{t}
	for i := 0; i < len(list) && list[i].IsPartition(); i++ {
		for _, o := range list[i].Parents {
			if parent := r.c.Get(o); parent != nil && !holds(list, o) {
				list = append(list, parent)
			}
		}
	}
	return list
}

// lockKeyed locks the tables of which a foreign key's triggers are dropped or made: before 15
// a partitioned table has none.
func (r *run) lockKeyed(t *catalog.Relation, mode Mode) {
	for _, one := range r.c.Tree(t) {
		if one.Kind != catalog.Partitioned || r.version() >= 15 {
			r.lock(one, mode)
		}
	}
}
