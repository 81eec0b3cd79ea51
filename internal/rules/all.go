package rules

// All is every rule, in the order in which they are listed and documented.
// It is filled here and nowhere else: what is not in this list does not run.
var All = []*Rule{
	&secretInInput,
	&personalDataInInput,
	&seqScan,
	&filterNotIndexCond,
	&functionOnColumn,
	&implicitCast,
	&limitLateFilter,
	&offsetPagination,
	&nestedLoopInnerScan,
	&correlatedSubplan,
	&sortSpill,
	&hashSpill,
	&hashAggSpill,
	&recheckLoss,
	&lossyBitmap,
	&heapFetches,
	&slowTrigger,
	&unusedIndex,
	&duplicateIndex,
	&redundantIndex,
	&missingFKIndex,
	&invalidIndex,
	&deadTuples,
	&staleStatistics,
	&seqScanHeavyTable,
	&lowHOTRatio,
	&hotRow,
	&nPlusOne,
}
