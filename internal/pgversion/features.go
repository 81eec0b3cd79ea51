package pgversion

// Feature is something that a major version introduced. Its value is that version.
type Feature int

// Views, roles, settings and commands.
const (
	BlockingPIDs   Feature = 10 // pg_blocking_pids(), which is of 9.6
	StatementsInfo Feature = 14 // the view pg_stat_statements_info
	ReadAllData    Feature = 14 // the role pg_read_all_data
	HashMemDoubled Feature = 15 // hash_mem_multiplier is 2 by default
	GenericPlan    Feature = 16 // EXPLAIN (GENERIC_PLAN)
)

// Indexes.
const (
	SortedPoints   Feature = 15 // GiST indexes of points are built from sorted points
	SummarizingHOT Feature = 16 // BRIN indexes no longer keep updates from being HOT (heapam.c)
	ArraysInIndex  Feature = 17 // an index scan takes all elements of an IN list in one pass
	SkipScan       Feature = 18 // a B-tree scan can skip over a leading column
	OrAsArray      Feature = 18 // an OR of one column is an IN list to an index (match_orclause_to_indexcol)
)

// Planner and executor.
const (
	Memoize              Feature = 14
	SmallTapes           Feature = 15 // a sort on disk merges more runs at once (tuplesort_merge_order)
	BareArms             Feature = 16 // the arms of a UNION have no Subquery Scan
	ConstantOuterClauses Feature = 16 // an outer join's condition on a constant is taken for true
	FairSortGroups       Feature = 16 // cost_incremental_sort assumes groups of the same size
	RightAntiJoin        Feature = 16
	TrivialSubqueryScan  Feature = 16 // a Subquery Scan that does nothing costs nothing
	CTEStatistics        Feature = 17 // the columns of a CTE have statistics
	LateralIn            Feature = 17 // IN (SELECT) with outer references can be a join
	RightSemiJoin        Feature = 18
	TwoInputSetOp        Feature = 18 // INTERSECT and EXCEPT read two inputs, without Subquery Scans

	// The planner drops IS NOT NULL of a column that is NOT NULL before it looks
	// for indexes. WHERE a = 5 AND b IS NOT NULL takes the table on 18.4, where 15
	// took the index on (a) WHERE b IS NOT NULL.
	NotNullImplied Feature = 17
)

// DDL.
const (
	DetachConcurrently            Feature = 14
	NotNullConstraint             Feature = 18 // ADD CONSTRAINT n NOT NULL c NOT VALID
	VirtualColumns                Feature = 18
	ForeignKeyNotValidPartitioned Feature = 18 // of a partitioned table
)
