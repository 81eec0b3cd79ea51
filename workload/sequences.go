package workload

import "github.com/pgverdict/pgverdict/internal/lex"

// Sequence is a row of pg_sequences, with the column that it numbers.
type Sequence struct {
	Schema, Name string
	Type         string // "integer"; empty if it is not known
	LastValue    Float  // absent: never used, or not readable by the exporting role
	MaxValue     Float
	Increment    Float
	Cycle        bool

	Table      *Table // nil if no column owns it
	Column     string
	ColumnType string // empty if the export does not hold it
}

// QName returns the sequence's name with its schema, if that is known, quoted if SQL needs it.
func (s Sequence) QName() string {
	if s.Schema == "" {
		return lex.QuoteIdent(s.Name)
	}
	return lex.QuoteIdent(s.Schema) + "." + lex.QuoteIdent(s.Name)
}

const ViewSequences View = "pg_sequences"

var sequencesView = view{
	name:    ViewSequences,
	use:     "sequence usage",
	columns: []string{"sequencename", "last_value", "max_value"},
	few:     []string{"sequencename", "last_value", "max_value"},
	also:    aliases{"sequencename": "sequence sequence_name seqname seq_name", "last_value": "current_value", "max_value": "maximum_value maxvalue"},
	query: busy + `SELECT s.schemaname, s.sequencename, s.data_type, s.max_value, s.increment_by, s.cycle, s.last_value,
		tn.nspname AS table_schema, t.relname AS tablename, a.attname, format_type(a.atttypid, a.atttypmod) AS column_type
		FROM pg_sequences s JOIN pg_namespace n ON n.nspname = s.schemaname JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.sequencename
		LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
		LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
		LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
		WHERE c.oid NOT IN (SELECT l.relation FROM busy l) AND s.schemaname NOT LIKE 'pg\_%' AND s.schemaname <> 'information_schema'`,
	row: func(s *Snapshot, r *record) {
		q := Sequence{
			Schema: r.text("schemaname"), Name: r.text("sequencename"),
			LastValue: r.number("last_value"), MaxValue: r.number("max_value"), Increment: r.number("increment_by"), Cycle: r.boolean("cycle").Or(false),
		}
		if q.Name == "" {
			r.bad("sequencename", "a sequence's name")
			return
		}
		q.Schema, q.Name = apart(q.Schema, q.Name)
		if name := r.text("tablename"); name != "" {
			schema := r.text("table_schema")
			if schema == "" {
				schema = q.Schema
			}
			q.Table, q.Column = s.TableFor(schema, name), r.text("attname")
			if typ := r.text("column_type"); typ != "" {
				q.ColumnType = lex.TypeName(typ)
			}
		}
		if typ := r.text("data_type"); typ != "" {
			q.Type = lex.TypeName(typ)
		}
		s.Sequences = append(s.Sequences, q)
	},
}
