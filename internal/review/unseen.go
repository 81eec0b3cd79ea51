package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/pgversion"
)

// wantTexts asks for the texts that the exporting role may not see.
func (b *builder) wantTexts() (why string, get how) {
	hidden := b.c.Unseen().HiddenWords()
	if hidden == "" {
		return "", how{}
	}
	return b.granted(hidden+": the export role is not allowed to read it", "pg_monitor") // since 10 it sees all statements and sessions
}

// seenInPart is the verdict's sentence on an export that shows a part of the
// workload only; empty if it shows all, or nearly so.
func (b *builder) seenInPart() string {
	u := b.c.Unseen()
	if u.Hidden == 0 || u.Share.Or(1) < shareWorthSaying {
		return ""
	}
	return fmt.Sprintf("%s: the export role lacks pg_monitor.", upperFirst(u.HiddenWords()))
}

// wantReadableStats asks for the column statistics of tables that were analysed
// and have none in the export: pg_stats shows those of readable tables alone.
func (b *builder) wantReadableStats() (why string, get how) {
	var names []string
	for _, t := range b.c.Snapshot.Tables {
		if len(t.Columns) > 0 && b.c.Snapshot.StatsHidden(t) {
			names = append(names, t.QName())
		}
	}
	if len(names) == 0 {
		return "", how{}
	}
	slices.Sort(names)
	why = fmt.Sprintf("column statistics of %s (%s): pg_stats has none, although the tables were analyzed. The export role may lack the privilege to read them",
		figures.Plural(len(names), "table"), strings.Join(names[:min(len(names), listedTables)], ", "))
	if b.c.Server.Lacks(pgversion.ReadAllData) {
		return b.granted(why, "SELECT ON "+strings.Join(names, ", "))
	}
	if !b.c.Server.Has(pgversion.ReadAllData) {
		why += " (before PostgreSQL 14: SELECT on these tables)"
	}
	return b.granted(why, "pg_read_all_data")
}
