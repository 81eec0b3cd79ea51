package workload

// View is a statistics view or catalog whose rows an export holds, under the
// name that the report gives it.
type View string
