package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
)

// What a role may see of others is decided by its memberships: since 10 the
// first lets it see all statements and sessions, since 14 the second all tables.
const (
	grantMonitor = "GRANT pg_monitor TO role;"
	grantRead    = "GRANT pg_read_all_data TO role;"
)

// wantTexts asks for the texts that the exporting role may not see.
func (b *builder) wantTexts() (why, get string) {
	hidden := b.c.Unseen().HiddenWords()
	if hidden == "" {
		return "", ""
	}
	return hidden + ": the role of the export may not see them. Grant it to that role (the name after TO), then export again", grantMonitor
}

// seenInPart is the verdict's sentence on an export that shows a part of the
// workload only; empty if it shows all, or nearly so.
func (b *builder) seenInPart() string {
	u := b.c.Unseen()
	if u.Hidden == 0 || u.Share.Or(1) < shareWorthSaying {
		return ""
	}
	return fmt.Sprintf("%s: the export was made without pg_monitor.", u.HiddenWords())
}

// wantReadableStats asks for the column statistics of tables that were analysed
// and have none in the export: pg_stats shows those of readable tables alone.
func (b *builder) wantReadableStats() (why, get string) {
	var names []string
	for _, t := range b.c.Snapshot.Tables {
		if len(t.Columns) > 0 && b.c.Snapshot.StatsHidden(t) {
			names = append(names, t.QName())
		}
	}
	if len(names) == 0 {
		return "", ""
	}
	slices.Sort(names)
	why = fmt.Sprintf("the column statistics of %s (%s): pg_stats holds none, although analyzed. The role of the export may lack the privilege to read them. ",
		figures.Plural(len(names), "table"), strings.Join(names[:min(len(names), listedTables)], ", "))
	if b.c.Version.Or(readAllSince) < readAllSince {
		return why + "Grant it to that role (the name after TO), then export again", "GRANT SELECT ON " + strings.Join(names, ", ") + " TO role;"
	}
	why += "Grant pg_read_all_data to that role (the name after TO)"
	if !b.c.Version.Known() {
		why += ", before PostgreSQL 14 SELECT on these tables"
	}
	return why + ", then export again", grantRead
}

// readAllSince is the version that brought pg_read_all_data.
const readAllSince = 14
