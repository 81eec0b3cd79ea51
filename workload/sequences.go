package workload

// Sequence is a row of pg_sequences, with the column that it numbers.
type Sequence struct {
	Schema, Name string
	Type         string // as format_type prints it
	LastValue    Float  // absent: never used, or not readable by the exporting role
	MaxValue     Float
	Increment    Float
	Cycle        bool

	Table      *Table // nil if no column owns it
	Column     string
	ColumnType string // empty if the export does not hold it
}

// QName returns the sequence's name with its schema, quoted if SQL needs it.
func (s Sequence) QName() string { return QuoteIdent(s.Schema) + "." + QuoteIdent(s.Name) }

var sequencesReader = reader{
	view:  ViewSequences,
	marks: []string{"sequencename", "last_value", "max_value"},
	row: func(s *Snapshot, r *record) {
		q := Sequence{
			Schema: r.text("schemaname"), Name: r.text("sequencename"), Type: TypeName(r.text("data_type")),
			LastValue: r.number("last_value"), MaxValue: r.number("max_value"), Increment: r.number("increment_by"), Cycle: r.boolean("cycle").Or(false),
		}
		if q.Name == "" {
			r.bad("sequencename", "a sequence's name")
			return
		}
		if name := r.text("tablename"); name != "" {
			schema := r.text("table_schema")
			if schema == "" {
				schema = q.Schema
			}
			q.Table, q.Column = s.TableFor(schema, name), r.text("attname")
			if typ := r.text("column_type"); typ != "" {
				q.ColumnType = TypeName(typ)
			}
		}
		s.Sequences = append(s.Sequences, q)
	},
}
