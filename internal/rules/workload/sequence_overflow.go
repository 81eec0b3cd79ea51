package workload

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	seqShare    = rule.NewThreshold("share", 0.7, "share", "of the values are used: changing the type of a large table's key takes weeks of preparation")
	seqCritical = rule.NewThreshold("critical_share", 0.9, "share", "of the values are used")
	seqYears    = rule.NewThreshold("days_left", 3*365, "days", "at today's inserts: after that it is nobody's emergency")
)

// largest are the largest values of the types that sequences number.
var largest = map[string]float64{"smallint": 1<<15 - 1, "integer": 1<<31 - 1, "bigint": 1 << 63}

var sequenceOverflow = rule.Rule{
	ID:     "sequence-overflow",
	Title:  "A sequence runs out of numbers",
	Sees:   "A sequence that has given out seven tenths of the numbers that it, or the column's type, can hold.",
	Why:    "With the last number every INSERT into the table fails, at once and for all clients.",
	Silent: "Sequences that begin again (CYCLE) or count down. Where the table's inserts leave it more than three years it is only low.",
	Fix:    "A bigint column beside the old one, filled in batches, then swapped; the columns that refer to it as well.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-INT", "https://www.postgresql.org/docs/current/sql-altersequence.html",
	},
	Thresholds: []*rule.Threshold{seqShare, seqCritical, seqYears},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewSequences},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil {
			return
		}
		for _, s := range c.Snapshot.Sequences {
			if f, ok := overflows(c, s); ok {
				found(f)
			}
		}
	},
}

func overflows(c *rule.Case, s workload.Sequence) (rule.Found, bool) {
	last, most, ok := opt.Two(s.LastValue, s.MaxValue)
	holds := "the sequence"
	if top, known := largest[s.ColumnType]; known && top <= most {
		most, holds = top, fmt.Sprintf("%s.%s (%s)", s.Table.QName(), workload.QuoteIdent(s.Column), s.ColumnType)
	}
	by := s.Increment.Or(1)
	if !ok || s.Cycle || by <= 0 || last < seqShare.In(c)*most {
		return rule.Found{}, false
	}
	left := max(most-last, 0) / by
	days := opt.Float{}
	if s.Table != nil {
		perDay := c.Snapshot.TablePerDay(s.Table, func(t *workload.Table) opt.Float { return t.Inserted })
		if perDay.Or(0) > 0 {
			days = opt.Map(perDay, func(n float64) float64 { return left / n })
		}
	}
	var e rule.Evidence
	e.Number("last_value", s.LastValue, "", "pg_sequences")
	e.Number("largest value that "+holds+" holds", opt.Of(most), "", "pg_sequences")
	e.Number("share used", opt.Of(last/most), "share", "pg_sequences")
	e.Number("days left at the inserts of the window, at most", days, "days", "pg_stat_user_tables")
	f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.High}}
	switch {
	case days.Or(0) > seqYears.In(c):
		f.Severity = finding.Low
	case last >= seqCritical.In(c)*most:
		f.Tag, f.Severity = finding.Critical, finding.Severe
	}
	f.Title = redact.Sprintf("%s has given out %s of the numbers that %s holds", s.QName(), figures.Share(last/most), holds)
	f.Detail = redact.Sprintf("%s are left. With the last one every INSERT that takes a number from it fails.", figures.Count(left))
	if d, ok := days.Get(); ok {
		f.Detail = redact.Sprintf("%s At the inserts of the window that is %s at most; inserts that failed or were rolled back used numbers too.", f.Detail, figures.Days(d))
	}
	switch {
	case s.Table == nil:
		f.Fix = redact.Sprintf("See which column it numbers. If that is bigint: ALTER SEQUENCE %s AS bigint MAXVALUE 9223372036854775807, which is done in an instant.", s.QName())
	case s.ColumnType == "bigint":
		f.Where.Relation = s.Table.QName()
		f.Fix = redact.Sprintf("The column is bigint already: ALTER SEQUENCE %s AS bigint MAXVALUE 9223372036854775807, which is done in an instant.", s.QName())
	default:
		f.Where.Relation = s.Table.QName()
		f.Fix = redact.Sprintf("Add a bigint column, keep it filled by a trigger, fill the old rows in batches, build its unique index CONCURRENTLY, then swap the two in one short transaction; the columns that refer to it first. "+
			"ALTER COLUMN ... TYPE bigint rewrites the table under ACCESS EXCLUSIVE. What gains time in an emergency, where the application takes negative numbers: ALTER SEQUENCE %s MINVALUE -2147483648 RESTART WITH -2147483648.", s.QName())
		if s.ColumnType == "smallint" {
			f.Fix = redact.Plain("ALTER COLUMN ... TYPE integer rewrites the table under ACCESS EXCLUSIVE; a table of so few rows takes it in an instant.")
		}
	}
	f.Evidence = e
	return f, true
}
