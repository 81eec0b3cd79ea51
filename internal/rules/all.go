package rules

// All is every rule, in the order in which they are listed and documented.
// It is filled here and nowhere else: what is not in this list does not run.
var All = []*Rule{
	&secretInInput,
	&personalDataInInput,
	&seqScan,
	&filterNotIndexCond,
	&nestedLoopInnerScan,
	&sortSpill,
	&hashSpill,
	&recheckLoss,
	&lossyBitmap,
	&unusedIndex,
	&duplicateIndex,
	&redundantIndex,
	&missingFKIndex,
}
