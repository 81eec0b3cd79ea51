// Package indexes has the rules on indexes that exist, and on those that lack.
//
// A rule's file holds the rule, its thresholds and what nobody else uses. What
// several rules share is in a file named by its subject.
package indexes

import "github.com/pgverdict/pgverdict/internal/rule"

// Rules are the rules on indexes. What is not in this list does not run.
var Rules = []*rule.Rule{
	&unusedIndex,
	&duplicateIndex,
	&redundantIndex,
	&missingIndex,
	&queryWithoutIndex,
	&missingFKIndex,
	&invalidIndex,
	&seqScanHeavyTable,
	&lowHOTRatio,
	&hotUpdatesLost,
	&indexHurts,
	&ginFastupdateOff,
	&overIndexedTable,
	&partialIndexCandidate,
	&rangeColumnFirst,
	&btreeOnContainer,
	&lowCardinalityIndex,
	&indexOnAllNullOrConstant,
	&wideIndex,
	&redundantUnique,
	&partialOnNotNull,
	&indexCacheMiss,
	&appendOnlyBRIN,
	&tenantNotLeading,
	&indexLowCardinality,
	&missingGIN,
}
