package rules_test

import (
	"strings"
	"testing"
)

// TestAdvice: of two cases that look alike, each gets the advice that would
// work on it.
func TestAdvice(t *testing.T) {
	for _, c := range []struct{ rule, name, fix, detail string }{
		{"slow-trigger", "fires", "An index on the columns of constraint nights_booking_fkey in the referencing table", ""},
		{"slow-trigger", "fires-insert", "No new index", "by that table's key, which always has an index"},
		{"slow-trigger", "fires-update", "Look at which table has the constraint nights_booking_fkey", "An UPDATE is checked on both sides"},
		{"bitmap-and-composite", "fires-pattern", "A B-tree cannot hold the other condition, but its index can hold kind", ""},
		{"function-on-column", "fires-geography", "Index on stops USING gist ((place::geography))", ""},
		{"function-on-column", "fires-distance", "Write ST_DWithin(place::geography, point, radius) in the place of the distance", ""},
		{"function-on-column", "fires-document", "Index on notes USING gin ((doc -> '?'::text))", ""},
		{"correlated-subplan", "fires-lateral", "No index shortens it. Where most of parcels is wanted, aggregate it once", "for 5.53 M rows of parcels"},
		{"correlated-subplan", "fires-estimate", "UNION of one SELECT for each branch of the OR", "which keeps it from becoming a join"},
		{"nested-loop-inner-scan", "fires-estimate", "Index on parcels (depot", "more than half of the plan's cost of 225,315"},
		{"join-filter-loss", "fires-filter", "One SELECT for each branch of the OR", "an OR across both tables"},
		{"planning-dominates", "fires-explain", "Fewer partitions", "The plan names 2 tables"},
		{"index-cond-not-leading", "fires-range", "Index on visits (device, seen_at)", "Within a range of the first column"},
		{"join-filter-loss", "fires-range", "The condition is a range of one side by the other's column", ""},
		{"join-filter-loss", "fires-ctid", "No index can be on ctid", ""},
		{"join-filter-loss", "fires-kept", "Most of the work is the pairs that are asked for", "3 M pairs were compared and 503,614 kept"},
		{"sort-spill", "fires-wide", "Sort the keys and the id alone", "Each is 3.34 kB wide"},
		{"heap-fetches", "fires-estimate", "VACUUM (ANALYZE) people", "which is 1.82 a row"},
		{"limit-late-filter", "fires-pair", "Plan 2 of the same query reads notes by notes_author_depth (#2)", ""},
		{"limit-late-filter", "fires-estimate", "Index on visits (device, seen_at): it serves filter and order at once", "for a cost of 1,034 of the 8.15 M of the whole walk"},
		{"limit-late-filter", "fires-or", "With the filter's plain columns behind those of notes_author_id", "none that an index finds rows by"},
		{"limit-seq-scan", "fires-joined-value", "Give the value as a constant", "545,002 rows of it were expected"},
		{"knn-sort-full-scan", "fires", "If there is no index for it yet: CREATE INDEX CONCURRENTLY ON photos USING hnsw (look vector_cosine_ops)", ""},
		{"knn-sort-full-scan", "fires-descending", "Leave DESC out", "no index that is there can answer it"},
		{"knn-sort-full-scan", "fires-wrapped", "ORDER BY the bare distance", ""},
		{"knn-sort-full-scan", "fires-expression", "No new index: write the ORDER BY with the very expression of public.photos_look", ""},
		{"knn-sort-full-scan", "fires-class", "The operator that the index was built for", "its operator class is vector_l2_ops, and <=> asks for vector_cosine_ops"},
		{"function-on-column", "fires-beside", "Write the condition on the bare column", ""},
		{"function-on-column", "fires-prefix", "Index on event (lower(title) text_pattern_ops)", ""},
		{"function-on-column", "fires-member", "Write labels @> ARRAY[value], one ARRAY for all values that are wanted together. Index on doc USING gin (labels)", ""},
		{"function-on-column", "fires-coalesce", "Where the value looked for is not the one that stands for NULL: write score = value", ""},
		{"function-on-column", "fires-position", "Write body LIKE", ""},
		{"limit-late-filter", "fires-prefix", "Index on doc (body text_pattern_ops)", ""},
		{"nested-loop-underestimated", "fires-function", "A function of your own: ALTER FUNCTION ... ROWS", ""},
		{"or-conditions", "fires-pattern", "Index on ref and on guest_id each", "only if every branch has an index"},
		{"seq-scan", "fires-join", "Index on reading (sensor_id)", "6,617 if it looks its rows up by the index"},
		{"seq-scan", "fires-join-misled", "Index on item (code). Correct the estimate of #1 Hash Join with it", "That is by the rows that came"},
		{"seq-scan", "fires-unique", "Index on reading (kind, sensor_id)", ""},
		{"seq-scan", "fires-whole-index", "Index on parcel (state, depot)", ""},
		{"row-misestimate", "fires-bitmaps", "ANALYZE parcels; where that does not help, the columns go together: CREATE STATISTICS", ""},
		{"settings-forced-plan", "fires-anyway", "The setting is a test and no cure", "no index that is there can answer"},
		{"dead-index-entries", "fires", "No new index. VACUUM jobs", "Nothing was filtered away"},
		{"dead-index-entries", "fires-lookup", "No new index. VACUUM device", "The planner expected a few blocks"},
	} {
		found := run(t, c.rule, c.name)
		if len(found) != 1 || !strings.HasPrefix(found[0].Fix, c.fix) || !strings.Contains(found[0].Detail, c.detail) {
			t.Errorf("%s/%s: want the fix %q, and a detail with %q, got %+v", c.rule, c.name, c.fix, c.detail, found)
		}
	}
}
