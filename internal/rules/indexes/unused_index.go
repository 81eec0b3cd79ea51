package indexes

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var unusedIndex = rule.Rule{
	ID:    "unused-index",
	Title: "Unused index",
	Sees: "An index of 1 MB or more with no scans since the last statistics reset, or for 90 days, on a table that is in use. Also a smaller index that alone keeps half of the " +
		"table's updates from being HOT.",
	Why: "Every INSERT and every non-HOT UPDATE writes to the index. VACUUM has to clean the index, and it takes space in the cache and in backups.",
	Silent: "The index backs a constraint, is unique, is the replica identity, belongs to a partitioned index, serves foreign key checks, or appears in a plan of the input. The " +
		"table itself is known to be idle. With statistics younger than a week the index is only noted. Without its definition no drop is proposed, because the index may be unique: " +
		"one finding lists all such indexes.",
	Fix:        "Check that no replica and no rare job uses the index. Then run DROP INDEX CONCURRENTLY and keep the definition.",
	Sources:    []string{"https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW"},
	Thresholds: []*rule.Threshold{unusedSize, unusedHOT, unusedUpdates, unusedSince, unusedSettled, unusedYoung, unusedLarge, unusedWAL},
	Rank:       rule.RankUnused,
	Needs:      []workload.View{workload.ViewIndexes},
	RowAlone:   true,
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		if rule.InUse(t) == 0 || c.SettingIsOff("track_counts") {
			return // an idle table says nothing about its indexes, and neither do counters that are off
		}
		for _, ix := range t.Indexes {
			if f, ok := unused(c, ix); ok {
				found(f)
			}
		}
	},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if f, ok := unusedUndefined(c); ok {
			found(f)
		}
	},
}

// ofConstraint are the names that PostgreSQL itself gives to the indexes of
// primary keys, unique and exclusion constraints (ChooseIndexName).
var ofConstraint = regexp.MustCompile(`_(pkey|key|excl)\d*$`)

// listedIndexes is how many indexes a finding names.
const listedIndexes = 5

// unusedUndefined is the one finding on all indexes without scans whose
// definitions are not in the input. pg_stat_user_indexes does not show whether an
// index is unique, and duplicate checks are not counted as scans.
func unusedUndefined(c *rule.Case) (rule.Found, bool) {
	if c.Snapshot == nil || c.SettingIsOff("track_counts") {
		return rule.Found{}, false
	}
	var list []*workload.Index
	smaller := 0
	look := func(ix *workload.Index) {
		scans, ok := ix.SinceReset().Scans.Get()
		if ok && scans == 0 && ix.Definition == "" && ix.ConstraintType == "" && !ix.Unique.Or(false) && !ofConstraint.MatchString(ix.Name) && rule.Elsewhere(ix.Table) == "" &&
			(rule.InUse(ix.Table) > 0 || useUnknown(ix.Table)) && !usedByPlan(c, ix) {
			if size, known := rule.SizeOf(ix).Get(); known && size < unusedSize.In(c) {
				smaller++
			} else {
				list = append(list, ix)
			}
		}
	}
	for _, t := range c.Snapshot.Tables {
		for _, ix := range t.Indexes {
			look(ix)
		}
	}
	for _, ix := range c.Snapshot.WithoutTable() {
		look(ix)
	}
	if len(list) == 0 {
		return rule.Found{}, false
	}
	slices.SortStableFunc(list, func(a, b *workload.Index) int { return cmp.Compare(rule.SizeOf(b).Or(0), rule.SizeOf(a).Or(0)) })
	var names []string
	for _, ix := range list {
		if len(names) < listedIndexes {
			names = append(names, fmt.Sprintf("%s (%s)", ix.QName(), sizeSaid(ix)))
		}
	}
	if more := len(list) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	worst := list[0]
	f := rule.OnIndex(worst)
	f.Aside = true
	f.Tag, f.Evidence = finding.Concern, c.OfIndex(worst)
	f.Title = redact.Sprintf("%s: %s, no scans since the last statistics reset. Its definition is not in the input", worst.QName(), sizeSaid(worst))
	switch {
	case len(list) > 1 && !rule.SizeOf(worst).Known():
		f.Title = redact.Sprintf("%d indexes have no scans since the last statistics reset, but their definitions and sizes are not in the input: %s and %d more", len(list), worst.QName(), len(list)-1)
	case len(list) > 1:
		or := ""
		if !rule.SizeOf(list[len(list)-1]).Known() {
			or = " or of unknown size"
		}
		f.Title = redact.Sprintf("%d indexes of %s or more%s have no scans since the last statistics reset, but their definitions are not in the input: %s and %d more", len(list), figures.Bytes(unusedSize.In(c)), or, names[0], len(list)-1)
	}
	f.Detail = redact.Plain("pg_stat_user_indexes does not show whether an index is unique or belongs to a constraint. Duplicate checks are not counted as scans, so an index with 0 scans may still reject duplicates.")
	if !slices.ContainsFunc(list, func(ix *workload.Index) bool { return !ix.Unique.Known() }) {
		f.Detail = redact.Plain("According to the input, the index is not unique and rejects no duplicates. An exclusion constraint may still need it.")
		if len(list) > 1 {
			f.Detail = redact.Plain("According to the input, none of them is unique or rejects duplicates. An exclusion constraint may still need one.")
		}
	}
	if len(list) > 1 {
		f.More = redact.Sprintf("The largest: %s.", strings.Join(names, ", "))
	}
	if smaller > 0 {
		f.More = redact.Append(f.More, "Below %s, and therefore left out: %s without scans.", figures.Bytes(unusedSize.In(c)), figures.Plural(smaller, "other index"))
	}
	if useUnknown(worst.Table) { // the report is what the reader asks about
		f.Severity = finding.Low
		f.More = redact.Append(f.More, "Whether the table is in use is not in the input either (pg_stat_user_tables): an idle table has idle indexes.")
	}
	if age, known := c.Snapshot.ResetAge(); !known {
		f.More = redact.Append(f.More, "When the statistics were last reset is unknown.")
	} else {
		days := age.Hours() / 24
		f.More = redact.Append(f.More, "The statistics cover %s.", figures.Days(days))
		if days >= unusedYoung.In(c) {
			f.Severity = finding.Low
		}
	}
	question := "Can this index be dropped?"
	if len(list) > 1 {
		question = "Can any of these indexes be dropped?"
	}
	f.Decide(question, `the definitions (pg_index, pg_indexes, \d or pg_dump -s), and pg_stat_user_indexes of every replica, which counts its own scans`, "keep every index")
	f.Fix = redact.Plain("Export the definitions (pgverdict export writes pg_index.csv) and run the review again.")
	return f, true
}

// sizeSaid is an index's size in a sentence.
func sizeSaid(ix *workload.Index) string {
	if size, known := rule.SizeOf(ix).Get(); known {
		return figures.Bytes(size)
	}
	return "size unknown"
}

// useUnknown reports whether no input counts the scans of a table, as in a report of
// unused indexes alone.
func useUnknown(t *workload.Table) bool {
	whole := t.SinceReset()
	return !whole.SeqScan.Known() && !whole.IdxScan.Known()
}
