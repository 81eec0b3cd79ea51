// Package queries has the rules on what the text of a statement shows.
//
// A rule's file holds the rule, its thresholds and what nobody else uses. What
// several rules share is in a file named by its subject.
package queries

import "github.com/pgverdict/pgverdict/internal/rule"

// Rules are the rules on the text of statements. What is not in this list does not run.
var Rules = []*rule.Rule{
	&countWholeTable,
	&nullComparison,
	&notInNullable,
	&missingLimit,
	&orderByRandom,
	&jsonbArrowEquality,
	&largeInList,
	&keysetWithoutTiebreaker,
	&betweenTimestamps,
	&writeWithoutWhere,
	&unionDedup,
	&orAcrossJoin,
	&distinctAfterJoin,
	&forUpdateJoin,
}
