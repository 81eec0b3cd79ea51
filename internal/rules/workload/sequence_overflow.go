package workload

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	seqShare    = rule.NewThreshold("share", 0.7, "share", "of the values are used: changing the key type of a large table takes weeks of preparation")
	seqCritical = rule.NewThreshold("critical_share", 0.9, "share", "of the values are used")
	seqTicks    = rule.NewThreshold("schema_critical_share", 0.8, "share", "of the values are used, in the review of a schema: there is time to change the key while nothing is on fire")
	seqYears    = rule.NewThreshold("days_left", 3*365, "days", "at the current insert rate: later is no emergency")
)

// largest holds the largest values of the types of sequence columns.
var largest = map[string]float64{"smallint": 1<<15 - 1, "integer": 1<<31 - 1, "bigint": 1 << 63}

var sequenceOverflow = rule.Rule{
	ID:     "sequence-overflow",
	Title:  "Sequence runs out of values",
	Sees:   "A sequence that has used 70% of the values that its range, or the type of its column, can hold. In a server log, or in what a client shows: a sequence that reached its largest value.",
	Why:    "After the last value every INSERT into the table fails, at once and for all clients.",
	Silent: "Sequences that restart (CYCLE) or count down. Low severity if the values last more than three years at the current insert rate.",
	Fix:    "Add a bigint column beside the old one, fill it in batches, then swap the columns. Change referencing columns as well.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-INT", "https://www.postgresql.org/docs/current/sql-altersequence.html",
	},
	Thresholds: []*rule.Threshold{seqShare, seqCritical, seqTicks, seqYears},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewSequences},
	Case: func(c *rule.Case, found func(rule.Found)) {
		for _, s := range c.Snapshot.Sequences {
			if f, ok := overflows(c, c.Snapshot, s, seqCritical.In(c)); ok {
				found(f)
			}
		}
		if l := c.Snapshot.Log; l != nil {
			for _, name := range slices.Sorted(maps.Keys(l.UsedUp)) {
				if !slices.ContainsFunc(c.Snapshot.Sequences, func(s workload.Sequence) bool { return s.Name == name }) {
					found(usedUpInLog(l, name))
				}
			}
		}
	},
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for i := range t.Columns {
			col := &t.Columns[i]
			s, ok := numbering(c, t, col)
			if !ok {
				continue
			}
			f, ok := overflows(c, cmp.Or(c.Migration.Tables, new(workload.Snapshot)), s, seqTicks.In(c))
			if !ok {
				continue
			}
			at := c.InSchema(t, f.Tag, f.Severity)
			at.AtColumn(col)
			f.Where, f.Since, f.Designed = at.Where, at.Since, at.Designed
			if f.Tag == finding.Critical {
				f.Action = finding.Rewrite
			}
			if s.ColumnType != "bigint" {
				f.AddDDL("ALTER TABLE %s ALTER COLUMN %s TYPE bigint", t.Name.Short(), lex.QuoteIdent(col.Name))
			} else if seq := t.SequenceOf(col); seq != nil {
				f.AddDDL("ALTER SEQUENCE %s AS bigint NO MAXVALUE", seq.Name.Short())
			}
			found(f)
		}
	},
}

// usedUpInLog reports a sequence whose nextval failed. The message has neither its schema nor its
// column.
func usedUpInLog(l *workload.Log, name string) rule.Found {
	u := l.UsedUp[name]
	seq := workload.Sequence{Name: name}
	var e rule.Evidence
	e.Number("failed statements", opt.Of(float64(u.Count)), "", string(workload.ViewLog))
	e.Text("last value of the sequence", redact.Plain(u.End), string(workload.ViewLog))
	f := rule.Found{Finding: finding.Finding{Tag: finding.Critical, Severity: finding.Severe, Evidence: e}}
	f.Title = redact.Sprintf("Sequence %s has used its last value, %s", seq.QName(), u.End)
	f.Detail = redact.Sprintf("No value is left: every INSERT that uses the sequence fails. The message is %s.", l.Where(workload.EventUsedUp, name))
	f.Blast = redact.Sprintf("every INSERT that uses %s", seq.QName())
	switch {
	case u.Down:
		f.Fix = redact.Sprintf("The sequence counts down, and this is its MINVALUE. If the column that uses the sequence can hold smaller values, run ALTER SEQUENCE %s NO MINVALUE, which takes an instant.", seq.QName())
	case u.End == "32767":
		f.Fix = redact.Sprintf("This is the largest value of smallint. Find the column that uses the sequence. If the column is integer or bigint, run ALTER SEQUENCE %s AS integer NO MAXVALUE, which takes an instant. "+
			"If not, run ALTER COLUMN ... TYPE integer first. It rewrites the table under ACCESS EXCLUSIVE, which takes an instant on a table of so few rows.", seq.QName())
	case u.End == "2147483647":
		f.Fix = redact.Sprintf("This is the largest value of integer. Find the column that uses the sequence. If the column is bigint, run ALTER SEQUENCE %s AS bigint MAXVALUE 9223372036854775807, which takes an instant. "+
			"If not, the column has to become bigint as well: ALTER COLUMN ... TYPE bigint rewrites the table under ACCESS EXCLUSIVE. On a large table, add a bigint column, fill it in batches, then swap the two.", seq.QName())
	case u.End == "9223372036854775807":
		f.Fix = redact.Sprintf("No type has a larger value. Compare max() of the column that uses the sequence: if it is lower, something has set the sequence (setval). Set it back with ALTER SEQUENCE %s RESTART WITH the next free value.", seq.QName())
	default:
		f.Fix = redact.Sprintf("Somebody set this MAXVALUE: no type ends there. If the column that uses the sequence can hold larger values, run ALTER SEQUENCE %s NO MAXVALUE, which takes an instant.", seq.QName())
	}
	return f
}

// numbering returns the sequence that numbers a column: as exports have it, or else as a
// statement of the schema has set it.
func numbering(c *rule.Case, t *design.Table, col *catalog.Column) (workload.Sequence, bool) {
	typ, seq := t.Schema.BaseType(col), t.SequenceOf(col)
	if design.LargestOf(typ) == 0 || col.Inherited {
		return workload.Sequence{}, false
	}
	table := c.Exported(t.Relation)
	if table == nil {
		table = &workload.Table{Schema: t.Name.Schema, Name: t.Name.Name}
	}
	if c.Migration.Tables != nil {
		for _, s := range c.Migration.Tables.Sequences {
			own := s.Table != nil && s.Table == table && s.Column == col.Name
			if own || seq != nil && s.Schema == seq.Name.Schema && s.Name == seq.Name.Name {
				s.Table, s.Column, s.ColumnType = table, col.Name, typ.Name
				return s, true
			}
		}
	}
	if seq == nil || seq.Reached == 0 {
		return workload.Sequence{}, false
	}
	return workload.Sequence{
		Schema: seq.Name.Schema, Name: seq.Name.Name, Cycle: seq.Cycle, LastValue: opt.Of(float64(seq.Reached)), MaxValue: opt.Of(float64(design.LastOf(seq))),
		Table: table, Column: col.Name, ColumnType: typ.Name,
	}, true
}

// overflows judges a sequence by the tables of a snapshot.
func overflows(c *rule.Case, snap *workload.Snapshot, s workload.Sequence, critical float64) (rule.Found, bool) {
	last, most, ok := opt.Two(s.LastValue, s.MaxValue)
	holds := "its range"
	if top, known := largest[s.ColumnType]; known && top <= most {
		most, holds = top, fmt.Sprintf("%s.%s (%s)", s.Table.QName(), lex.QuoteIdent(s.Column), s.ColumnType)
	}
	by := s.Increment.Or(1)
	if !ok || s.Cycle || by <= 0 || last < seqShare.In(c)*most {
		return rule.Found{}, false
	}
	left := max(most-last, 0) / by
	days := opt.Float{}
	if s.Table != nil {
		perDay := snap.TablePerDay(s.Table, func(t *workload.Table) opt.Float { return t.Inserted })
		if perDay.Or(0) > 0 {
			days = opt.Map(perDay, func(n float64) float64 { return left / n })
		}
	}
	var e rule.Evidence
	e.Number("last_value", s.LastValue, "", "pg_sequences")
	e.Number("largest value of "+holds, opt.Of(most), "", "pg_sequences")
	e.Number("share used", opt.Of(last/most), "share", "pg_sequences")
	e.Number("days left at the current insert rate, at most", days, "days", "pg_stat_user_tables")
	f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.High}}
	switch {
	case days.Or(0) > seqYears.In(c):
		f.Severity = finding.Low
	case last >= critical*most:
		f.Tag, f.Severity = finding.Critical, finding.Severe
	}
	f.Title = redact.Sprintf("Sequence %s has used %s of the values of %s", s.QName(), figures.Share(last/most), holds)
	f.Detail = redact.Sprintf("%s values are left. After the last one, every INSERT that uses the sequence fails.", figures.Count(left))
	if left == 0 {
		f.Detail = redact.Plain("No value is left: every INSERT that uses the sequence fails.")
	}
	if d, ok := days.Get(); ok {
		f.More = redact.Sprintf("At the current insert rate they last %s at most. Failed and rolled back inserts use values too.", figures.Days(d))
	}
	toBigint := fmt.Sprintf("ALTER SEQUENCE %s AS bigint MAXVALUE 9223372036854775807, which takes an instant.", s.QName())
	own := s.MaxValue.Or(0) < largest[s.Type] // somebody set it
	switch {
	case own && (s.Table == nil || largest[s.ColumnType] >= largest[s.Type]):
		f.Fix = redact.Sprintf("Its MAXVALUE is lower than the largest %s. If its column can hold more values, run ALTER SEQUENCE %s NO MAXVALUE, which takes an instant.", s.Type, s.QName())
		if s.Table != nil {
			f.Where.Relation = s.Table.QName()
			f.Fix = redact.Sprintf("Its MAXVALUE is lower than the largest %s. Run ALTER SEQUENCE %s NO MAXVALUE, which takes an instant.", s.Type, s.QName())
		}
	case s.Table == nil:
		f.Fix = redact.Sprintf("Find the column that uses the sequence. If the column is bigint, run %s", toBigint)
	case s.ColumnType == "bigint":
		f.Where.Relation = s.Table.QName()
		f.Fix = redact.Sprintf("The column is already bigint. Run %s", toBigint)
	default:
		f.Where.Relation = s.Table.QName()
		f.Fix = redact.Sprintf("Add a bigint column. Keep it filled with a trigger, fill the old rows in batches, and create its unique index CONCURRENTLY. Change referencing columns first, then swap the two columns in one short transaction. "+
			"ALTER COLUMN ... TYPE bigint rewrites the table under ACCESS EXCLUSIVE. To gain time in an emergency, if the application accepts negative numbers, run ALTER SEQUENCE %s MINVALUE -2147483648 RESTART WITH -2147483648.", s.QName())
		if s.ColumnType == "smallint" {
			f.Fix = redact.Plain("Run ALTER COLUMN ... TYPE integer. The command rewrites the table under ACCESS EXCLUSIVE, which takes an instant on a table of so few rows.")
		}
	}
	f.Evidence = e
	if f.Tag == finding.Critical {
		f.Blast = redact.Sprintf("every INSERT that uses %s", s.QName())
	}
	return f, true
}
