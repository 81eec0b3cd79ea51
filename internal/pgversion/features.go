package pgversion

// Feature is something that a major version introduced. Its value is that version.
type Feature int

const (
	StatementsInfo Feature = 14 // the view pg_stat_statements_info
	ReadAllData    Feature = 14 // the role pg_read_all_data
	HashMemDoubled Feature = 15 // hash_mem_multiplier is 2 by default
	SortedPoints   Feature = 15 // GiST indexes of points are built from sorted points
	GenericPlan    Feature = 16 // EXPLAIN (GENERIC_PLAN)
	SummarizingHOT Feature = 16 // BRIN indexes no longer keep updates from being HOT (heapam.c)

	// The planner drops IS NOT NULL of a column that is NOT NULL before it looks
	// for indexes. WHERE a = 5 AND b IS NOT NULL takes the table on 18.4, where 15
	// took the index on (a) WHERE b IS NOT NULL.
	NotNullImplied Feature = 17
)
