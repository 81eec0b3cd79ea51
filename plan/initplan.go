package plan

import (
	"sort"
	"strconv"
	"strings"
)

// findInitPlanRunners sets ranIn of each executed InitPlan and CTE to the node
// that evaluated it, which can differ from its parent. It stays nil if no node
// did.
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
			own := n.ownRare()
			own.ranIn, own.readBy = index.evaluatingScans(n, strings.TrimPrefix(n.SubplanName, "CTE "))
		} else {
			n.ownRare().ranIn = index.initPlanRunner(n)
		}
	}
}

// reference is a node with an expression that names an InitPlan's value.
type reference struct {
	node    *Node
	oneTime bool // in the One-Time Filter, which is evaluated first
}

// references records which nodes name which values, in plan order.
type references struct {
	byValue   map[string][]reference // keyed by "$1" or "InitPlan 1"
	scans     map[string][]*Node     // CTE Scans, keyed by CTE Name
	external  int                    // parameters from $1 to this number can belong to the statement
	stepsLeft int                    // a forged plan can require n x n steps
}

// stepsPerNode limits the search for runners. A plan with a thousand partitions
// takes about ten steps per node.
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
			if q := &n.Properties[i]; q.Name != "Remote SQL" { // its parameters belong to the remote server
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
			external(key) // no InitPlan returns it, so it is a statement parameter
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

// texts calls f for each text in a value.
func (v *Value) texts(f func(string)) {
	if !v.Text.Empty() {
		f(v.Text.Raw())
	}
	for i := range v.List() {
		v.List()[i].texts(f)
	}
	for i := range v.Group() {
		v.Group()[i].Value.texts(f)
	}
}

// valuesNamed calls f for each InitPlan value that an expression names: "$1" up
// to 16, "InitPlan 1" for (InitPlan 1).col1 from 17.
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

// returns returns the parameters of "InitPlan 1 (returns $0,$1)".
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

// evaluatingScans returns the CTE Scan that evaluated a CTE. Of several, it is the one
// with the largest total time, because the first to run pays for the CTE. If none took
// as long as the CTE, each evaluated a part: readBy has all of them, in plan order. A CTE
// that nothing reads runs after the main plan, outside every node.
func (r *references) evaluatingScans(n *Node, name string) (payer *Node, readBy []*Node) {
	all := r.scans[name]
	for _, s := range all[sort.Search(len(all), func(i int) bool { return all[i].ID >= n.Parent.ID }):] {
		if s.ID >= n.Parent.end || !r.step() {
			break
		}
		if s.within(n) || s.Loops.Or(0) == 0 {
			continue
		}
		readBy = append(readBy, s)
		if payer == nil || s.TotalMs.Or(0) > payer.TotalMs.Or(0) {
			payer = s
		}
	}
	if len(readBy) < 2 || !payer.TotalMs.Known() || payer.TotalMs.Or(0) >= wholeCTE*n.TotalMs.Or(0) {
		readBy = nil
	}
	return payer, readBy
}

// wholeCTE is the part of a CTE's time from which on a scan is taken to have evaluated
// all of it: the server rounds times per loop.
const wholeCTE = 0.98

// initPlanRunner returns the node that evaluated an InitPlan: the first to need
// its value, below the InitPlan's parent.
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
	// If all are ancestors of the lowest, one that evaluates before its plan runs
	// comes first; otherwise the lowest.
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

// ambiguous reports whether an InitPlan's value can be confused with a
// parameter of the statement: up to 16 a generic plan prints both as $1.
// Statement parameters are numbered from 1.
func (r *references) ambiguous(n *Node) bool {
	for _, key := range returns(n.SubplanName) {
		if k, ok := parameter(key); ok && k >= 1 && k <= r.external {
			return true
		}
	}
	return false
}

// parameter returns the number of "$1".
func parameter(key string) (int, bool) {
	digits, ok := strings.CutPrefix(key, "$")
	if !ok {
		return 0, false
	}
	k, err := strconv.Atoi(digits)
	return k, err == nil
}

// users returns the nodes below n's parent that name a value of n, in plan
// order, executed or not.
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

// atGather returns the Gather above user that evaluates the value before it
// starts workers, or user itself.
func (r *references) atGather(top, user *Node) *Node {
	runner := user
	for c := user; c != top && r.step(); c = c.Parent {
		if g := c.Parent; (g.Type == "Gather" || g.Type == "Gather Merge") && c.Relationship == "Outer" {
			runner = g
		}
	}
	return runner
}

// prunedMembers returns the Appends that pruned a member naming the value at
// run time, with at most two such members each. These Appends evaluated the
// value themselves.
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

// atAppend returns the Append that pruned by the value which user, in one of
// its members, names; otherwise user.
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

// guessRunner guesses which node evaluated an InitPlan that no printed
// expression names: a value in the target list without VERBOSE, or of a LIMIT.
// It is the parent if its self time is large enough, otherwise the one child
// whose time is.
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

// firstToRun returns which of two nodes on different branches started first: by
// plan order, except that a Hash Join reads its inner side first.
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

// within reports whether n is in the subtree of top, including top.
func (n *Node) within(top *Node) bool { return n.ID >= top.ID && n.ID < top.end }

// step uses one of the steps left and reports whether there was one.
func (r *references) step() bool {
	r.stepsLeft--
	return r.stepsLeft >= 0
}
