package plan

// unlimited is the limit of nodes such as Append.
const unlimited = 1 << 20

// inputs is how many inputs a node type has at least and at most.
type inputs struct{ least, most int }

var inputsOf = func() map[string]inputs {
	all := map[string]inputs{
		"Result": {0, 1}, "Foreign Scan": {0, 1}, "SetOp": {1, 2},
		"Append": {1, unlimited}, "Merge Append": {1, unlimited}, "BitmapAnd": {2, unlimited}, "BitmapOr": {2, unlimited},
		"ModifyTable": {1, unlimited}, // up to 13 one for each target
	}
	for n, types := range map[inputs][]string{
		{0, 0}: {"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan", "Tid Scan", "Tid Range Scan", "Function Scan", "Table Function Scan",
			"Values Scan", "CTE Scan", "WorkTable Scan", "Sample Scan", "Named Tuplestore Scan"},
		{1, 1}: {"Sort", "Incremental Sort", "Hash", "Aggregate", "Group", "Unique", "Limit", "Gather", "Gather Merge", "Materialize", "Memoize", "Result Cache",
			"WindowAgg", "LockRows", "Subquery Scan", "ProjectSet", "Bitmap Heap Scan"},
		{2, 2}: {"Nested Loop", "Hash Join", "Merge Join", "Recursive Union"},
	} {
		for _, t := range types {
			all[t] = n
		}
	}
	return all
}()

// wants returns how many inputs the node has. A type that the server does not
// know can have any number.
func (n *Node) wants() inputs {
	if w, ok := inputsOf[n.Type]; ok {
		return w
	}
	return inputs{0, unlimited}
}

// takes reports whether a node can be an input of n, by their types and by what
// n has already.
func (n *Node) takes(child *Node) bool {
	bitmaps := n.Is("Bitmap Heap Scan", "BitmapAnd", "BitmapOr")
	switch {
	case n.inputs >= n.wants().most, bitmaps != child.Is("Bitmap Index Scan", "BitmapAnd", "BitmapOr"):
		return false
	case n.Type == "Hash Join":
		return (n.inputs == 1) == (child.Type == "Hash")
	}
	return child.Type != "Hash"
}

// outlasts reports whether n took as long as a node below it, as far as the
// figures tell, which are averages over the loops.
func (n *Node) outlasts(below *Node) bool {
	all, known := n.Ms.Get()
	part, both := below.Ms.Get()
	return !known || !both || n.Loops != below.Loops || part <= all*1.01+0.01
}
