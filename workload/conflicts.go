package workload

// Conflicts are the statements that a replica canceled, by what they needed.
type Conflicts struct{ Tablespace, Lock, Snapshot, BufferPin, Deadlock, Slot float64 }

// All returns how many there are.
func (c Conflicts) All() float64 {
	return c.Tablespace + c.Lock + c.Snapshot + c.BufferPin + c.Deadlock + c.Slot
}

const ViewConflicts View = "pg_stat_database_conflicts"

var conflictsView = view{
	name: ViewConflicts,
	few:  []string{"confl_snapshot confl_lock confl_bufferpin", "datname confl_lock confl_bufferpin confl_deadlock"},
	row: func(s *Snapshot, r *record) {
		if s.Conflicts == nil {
			s.Conflicts = new(Conflicts)
		}
		of := s.Conflicts
		of.Tablespace += r.number("confl_tablespace").Or(0)
		of.Lock += r.number("confl_lock").Or(0)
		of.Snapshot += r.number("confl_snapshot").Or(0)
		of.BufferPin += r.number("confl_bufferpin").Or(0)
		of.Deadlock += r.number("confl_deadlock").Or(0)
		of.Slot += r.number("confl_active_logicalslot").Or(0)
	},
}
