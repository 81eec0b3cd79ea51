package plan

import (
	"sort"
	"strconv"
	"strings"
)

// findInitPlanRunners finds for each InitPlan and CTE that ran the node inside which
// it did, which need not be the one it hangs under. One that nothing asked for
// while the plan ran is charged to nobody.
func (p *Plan) findInitPlanRunners() {
	var index *references
	for _, n := range p.nodes {
		if n.Parent == nil || !n.isInitPlan() || n.Loops.Or(0) == 0 {
			continue
		}
		if index == nil {
			index = p.references()
		}
		if n.isCTE() {
			n.ranIn = index.evaluatingScan(n, strings.TrimPrefix(n.SubplanName, "CTE "))
		} else {
			n.ranIn = index.initPlanRunner(n)
		}
	}
}

// reference is a node one of whose expressions names a value.
type reference struct {
	node    *Node
	oneTime bool // in its One-Time Filter, which is evaluated first
}

// references knows which nodes name which values, in plan order.
type references struct {
	byValue   map[string][]reference // by "$1" or "InitPlan 1"
	scans     map[string][]*Node     // CTE Scans, by CTE Name
	external  int                    // $1 to this may be parameters of the statement
	stepsLeft int                    // steps left: a hostile plan may ask for n x n of them
}

// stepsPerNode bounds the search for runners. A plan of a thousand partitions
// takes about ten steps a node.
const stepsPerNode = 256

func (p *Plan) references() *references {
	r := &references{byValue: make(map[string][]reference), scans: make(map[string][]*Node), stepsLeft: stepsPerNode * (len(p.nodes) + 16)}
	returned := make(map[string]bool)
	for _, n := range p.nodes {
		if n.Type == "CTE Scan" {
			r.scans[n.CTE] = append(r.scans[n.CTE], n)
		}
		for _, k := range returns(n.SubplanName) {
			returned[k] = true
		}
		for i := range n.Properties {
			if q := &n.Properties[i]; q.Name != "Remote SQL" { // its $1 are the other server's
				q.Value.texts(func(s string) {
					valuesNamed(s, func(key string) { r.add(key, n, q.Name == "One-Time Filter") })
				})
			}
		}
	}
	external := func(key string) {
		if k, ok := parameter(key); ok {
			r.external = max(r.external, k)
		}
	}
	for key := range r.byValue {
		if !returned[key] {
			external(key) // nothing in the plan gives this value, so the caller did
		}
	}
	valuesNamed(p.Query.Raw(), external)
	return r
}

func (r *references) add(key string, n *Node, oneTime bool) {
	list := r.byValue[key]
	if last := len(list) - 1; last >= 0 && list[last].node == n {
		list[last].oneTime = list[last].oneTime || oneTime
		return
	}
	r.byValue[key] = append(list, reference{n, oneTime})
}

// texts calls f for each text of a value.
func (v *Value) texts(f func(string)) {
	if !v.Text.Empty() {
		f(v.Text.Raw())
	}
	for i := range v.List {
		v.List[i].texts(f)
	}
	for i := range v.Group {
		v.Group[i].Value.texts(f)
	}
}

// valuesNamed calls f for each value of an InitPlan that an expression names:
// "$1" as up to 16, "InitPlan 1" for (InitPlan 1).col1 from 17.
func valuesNamed(s string, f func(key string)) {
	const open = "(InitPlan "
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '$':
			end := i + 1
			for end < len(s) && s[end] >= '0' && s[end] <= '9' {
				end++
			}
			if end > i+1 {
				f(s[i:end])
			}
			i = end - 1
		case '(':
			if !strings.HasPrefix(s[i:], open) {
				continue
			}
			end := strings.IndexByte(s[i:], ')')
			if end < 0 {
				return
			}
			if strings.HasPrefix(s[i+end:], ").") {
				f(s[i+1 : i+end])
			}
			i += end
		}
	}
}

// returns gives the parameters of "InitPlan 1 (returns $0,$1)".
func returns(subplan string) []string {
	_, list, ok := strings.Cut(subplan, " (returns ")
	if !ok {
		return nil
	}
	keys := strings.Split(strings.TrimSuffix(list, ")"), ",")
	for i := range keys {
		keys[i] = strings.TrimSpace(keys[i])
	}
	return keys
}

// evaluatingScan finds the CTE Scan that asked for the rows of a CTE. With several
// the first to ask paid, and that is the one with the largest total. A CTE
// that nothing read was run after the main plan, outside of every node.
func (r *references) evaluatingScan(n *Node, name string) *Node {
	var payer *Node
	all := r.scans[name]
	for _, s := range all[sort.Search(len(all), func(i int) bool { return all[i].ID >= n.Parent.ID }):] {
		if s.ID >= n.Parent.end || !r.step() {
			break
		}
		if s.within(n) || s.Loops.Or(0) == 0 {
			continue
		}
		if payer == nil || s.TotalMs.Or(0) > payer.TotalMs.Or(0) {
			payer = s
		}
	}
	return payer
}

// initPlanRunner finds the node inside which an InitPlan ran: the first to
// need its value, somewhere under the node that it hangs under.
func (r *references) initPlanRunner(n *Node) *Node {
	users := r.users(n)
	if len(users) == 0 || r.ambiguous(n) {
		return r.guessRunner(n)
	}
	pruned := r.prunedMembers(n, users)
	type candidate struct {
		node  *Node
		early bool
	}
	var found []candidate
	for _, u := range users {
		runner, early := r.atGather(n.Parent, u.node), u.oneTime
		if runner == u.node {
			runner = r.atAppend(n.Parent, u.node, pruned)
		}
		if runner.Loops.Or(0) > 0 {
			found = append(found, candidate{runner, early || runner != u.node})
		}
	}
	if len(found) == 0 {
		return r.guessRunner(n)
	}
	// On one line of descent, who evaluates before its plan runs comes first;
	// else the lowest, which is called from those above it.
	sort.SliceStable(found, func(i, j int) bool { return found[i].node.ID < found[j].node.ID })
	lowest := found[len(found)-1].node
	for _, c := range found {
		if !lowest.within(c.node) {
			return firstToRun(found[0].node, lowest)
		}
	}
	for _, c := range found {
		if c.early {
			return c.node
		}
	}
	return lowest
}

// ambiguous reports whether what looks like a value of the InitPlan may be a
// parameter of the statement: up to 16 a generic plan prints both as $1. The
// statement's are counted from 1.
func (r *references) ambiguous(n *Node) bool {
	for _, key := range returns(n.SubplanName) {
		if k, ok := parameter(key); ok && k >= 1 && k <= r.external {
			return true
		}
	}
	return false
}

// parameter is the number of "$1".
func parameter(key string) (int, bool) {
	digits, ok := strings.CutPrefix(key, "$")
	if !ok {
		return 0, false
	}
	k, err := strconv.Atoi(digits)
	return k, err == nil
}

// users gives the nodes below n's parent that name a value of n, in plan order,
// executed or not.
func (r *references) users(n *Node) []reference {
	keys := returns(n.SubplanName)
	if keys == nil {
		keys = []string{n.SubplanName}
	}
	var users []reference
	for _, key := range keys {
		all := r.byValue[key]
		for _, u := range all[sort.Search(len(all), func(i int) bool { return all[i].node.ID >= n.Parent.ID }):] {
			if u.node.ID >= n.Parent.end || !r.step() {
				break
			}
			if !u.node.within(n) {
				users = append(users, u)
			}
		}
	}
	if len(keys) > 1 {
		sort.SliceStable(users, func(i, j int) bool { return users[i].node.ID < users[j].node.ID })
	}
	return users
}

// atGather gives the Gather that computes a value before it starts its
// workers, if the user stands below one; else the user.
func (r *references) atGather(top, user *Node) *Node {
	runner := user
	for c := user; c != top && r.step(); c = c.Parent {
		if g := c.Parent; (g.Type == "Gather" || g.Type == "Gather Merge") && c.Relationship == "Outer" {
			runner = g
		}
	}
	return runner
}

// prunedMembers finds the Appends that left out a member which names the
// value, so that they evaluated it themselves to choose (run-time pruning);
// of each Append two such members at most.
func (r *references) prunedMembers(n *Node, users []reference) map[*Node][2]*Node {
	var pruned map[*Node][2]*Node
	for _, u := range users {
		for c := u.node; c != n.Parent && r.step(); c = c.Parent {
			if !c.Parent.isAppend() || c.Loops.Or(0) > 0 {
				continue
			}
			if pruned == nil {
				pruned = make(map[*Node][2]*Node)
			}
			members := pruned[c.Parent]
			switch {
			case members[0] == nil:
				members[0] = c
			case members[0] != c:
				members[1] = c
			}
			pruned[c.Parent] = members
		}
	}
	return pruned
}

// atAppend gives the Append that pruned by the value which the user, in one of
// its members, names; else the user.
func (r *references) atAppend(top, user *Node, pruned map[*Node][2]*Node) *Node {
	if pruned == nil {
		return user
	}
	for c := user; c != top && r.step(); c = c.Parent {
		for _, member := range pruned[c.Parent] {
			if member != nil && member != c {
				return c.Parent
			}
		}
	}
	return user
}

func (n *Node) isAppend() bool { return n.Type == "Append" || n.Type == "Merge Append" }

// guessRunner guesses who ran an InitPlan that no printed expression names: a
// value of the target list without VERBOSE, or a LIMIT's. The node that it
// hangs under, if its own time can hold it, else the one child that can.
func (r *references) guessRunner(n *Node) *Node {
	at, need := n.Parent, n.TotalMs.Or(0)
	for {
		var only *Node
		holding, below := 0, 0.0
		for _, c := range at.Children {
			if c.isInitPlan() || !r.step() {
				continue
			}
			below += c.TotalMs.Or(0)
			if c.TotalMs.Or(0) >= need {
				only = c
				holding++
			}
		}
		if at.TotalMs.Or(0)-below >= need || holding != 1 {
			return at
		}
		at = only
	}
}

// firstToRun tells which of two nodes on different branches came first, as far
// as that can be told: plan order, but a Hash Join reads its inner side before
// the outer.
func firstToRun(a, b *Node) *Node {
	join := a
	for join != nil && !b.within(join) {
		join = join.Parent
	}
	if join != nil && join.Type == "Hash Join" {
		for c := b; c.Parent != nil; c = c.Parent {
			if c.Parent == join {
				if c.Relationship == "Inner" {
					return b
				}
				break
			}
		}
	}
	return a
}

// within reports whether n stands in top's subtree, top included.
func (n *Node) within(top *Node) bool { return n.ID >= top.ID && n.ID < top.end }

// step takes one step of the work allowed.
func (r *references) step() bool {
	r.stepsLeft--
	return r.stepsLeft >= 0
}
