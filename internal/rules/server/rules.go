// Package server has the rules on settings, on what the exports can tell, and on
// what must not be in them.
//
// A rule's file holds the rule, its thresholds and what nobody else uses. What
// several rules share is in a file named by its subject.
package server

import "github.com/pgverdict/pgverdict/internal/rule"

// Rules are the rules on settings, privacy and the inputs themselves. What is not in this list does not run.
var Rules = []*rule.Rule{
	&secretInInput,
	&personalDataInInput,
	&checkpointPressure, &slowCheckpointSync,
	&slowReads,
	&sessionsWritePages,
	&walBuffersFull,
	&fullPagesInWAL,
	&sharedBuffersDefault,
	&randomPageCostDefault,
	&effectiveCacheSizeDefault,
	&timeoutsUnset,
	&exportsDisagree,
	&fsyncOff,
	&fullPageWritesOff,
	&autovacuumOff,
	&trackCountsOff,
	&plannerMethodOff,
}
