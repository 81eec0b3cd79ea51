package workload

import (
	"hash/maphash"
)

// statementKey identifies a statement. Without a query id (compute_query_id is
// off) the text does. If the text is hidden as well, each row is a statement of
// its own.
type statementKey struct {
	id       string
	database string
	nested   bool
}

func (st *Statement) key() statementKey {
	id := st.QueryID
	if id == "" {
		id = "text:" + st.Query.Raw() + st.rare().row
	}
	return statementKey{id, st.Database, !st.TopLevel}
}

// byKey finds statements by the hash of their key: 200,000 keys would take as much memory
// as the counters.
type byKey map[uint64]*Statement

func (m byKey) get(key statementKey) *Statement {
	h := key.hash()
	return m.at(h.Sum64(), key)
}

func (m byKey) at(hash uint64, key statementKey) *Statement {
	if st := m[hash]; st != nil && st.key() == key {
		return st
	}
	return nil
}

// add adds a statement unless there is one with its key.
func (m byKey) add(st *Statement) (added bool) {
	key := st.key()
	h := key.hash()
	if hash := h.Sum64(); m.at(hash, key) == nil {
		m[hash], added = st, true
	}
	return added
}

func (m byKey) drop(st *Statement) {
	h := st.key().hash()
	delete(m, h.Sum64())
}

var seed = maphash.MakeSeed()

// hash begins the hash of what more is known of a row.
func (key statementKey) hash() (h maphash.Hash) {
	h.SetSeed(seed)
	h.WriteString(key.id)
	h.WriteByte(0)
	h.WriteString(key.database)
	if key.nested {
		h.WriteByte(1)
	}
	return h
}

// rowID identifies a row that was read.
type rowID struct {
	user  uint64 // hash of the statement and the user
	whole uint64 // and of the main counters
}

// rowOf returns the id of a row of a statement, whose hash has begun.
func (r *record) rowOf(h maphash.Hash) (id rowID) {
	in := r.statement
	add := func(columns []bound) uint64 {
		h.WriteByte(0)
		h.WriteString(r.textIn(columns))
		return h.Sum64()
	}
	id.user = add(in.user)
	add(in.userName)
	add(in.calls)
	id.whole = add(in.total)
	return id
}

// hashes is a set of rows that were read.
type hashes map[uint64]bool

// has reports whether a row is in the set, and adds it.
func (h *hashes) has(row uint64) bool {
	if *h == nil {
		*h = hashes{}
	}
	had := len(*h)
	(*h)[row] = true
	return len(*h) == had
}
