package plan

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/limits"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// builder builds plans for JSON, YAML and XML. These formats differ in how they
// write maps, lists and scalars; builder decides what these mean. It has its
// own stack, because the input determines the depth.
type builder struct {
	format string
	stack  []container
	plans  []*Plan
	rows   []row // strings in place of a plan: the rows of a driver
	room   room
}

// row is a string of the input that can contain a plan or one line of a plan.
type row struct {
	text string
	line int
}

// lessNested is expected in place of input that is nested deeper than maxDepth.
const lessNested = "a plan of at most 5,000 levels"

// container is an open map or list.
type container struct {
	role   role
	key    string
	plan   *Plan   // of rolePlan
	node   *Node   // of roleNode, rolePlans, roleWorkers and the parts of a distributed plan
	worker Worker  // of roleWorker
	value  Value   // of roleList and roleGroup
	trig   Trigger // of roleTrigger
	whole  bool    // of roleNode: its own figures are complete
}

type role int

const (
	roleOutside     role = iota // around plans: an array of plans, a row of a driver
	rolePlan                    // { "Plan": ..., "Execution Time": ... }
	roleNode                    // a plan node
	rolePlans                   // Plans
	roleWorkers                 // Workers
	roleWorker                  // one of them
	roleTriggers                // Triggers
	roleTrigger                 // one of them
	roleSettings                // Settings
	roleList                    // a property that is a list
	roleGroup                   // a property with named values
	roleIgnored                 // deeper than maxValue, or of a part's own execution
	roleDistributed             // Distributed Query, and Job in it
	roleParts                   // a list of parts: Tasks, Subplans, Dependent Jobs
	rolePart                    // one of them
	rolePartPlans               // what is around the plans of a part
)

// scalar is the kind of a scalar in its format.
type scalar int

const (
	stringScalar  scalar = iota
	numberScalar         // a number, or an unquoted YAML word
	keywordScalar        // true, false, null
	untypedScalar        // XML: everything is a string
)

const (
	maxDepth = 2 * limits.PlanDepth // maps and lists; each plan level uses two
	maxValue = 32                   // levels within a property; the server uses at most four
)

// open starts a map or list under a key. List elements have no key. It returns
// false if the nesting exceeds maxDepth.
func (b *builder) open(key string, list bool, line int) bool {
	if len(b.stack) >= maxDepth {
		return false
	}
	p := container{key: key, role: roleOutside}
	var up *container
	if len(b.stack) > 0 {
		up = &b.stack[len(b.stack)-1]
	}
	switch {
	case up == nil || up.role == roleOutside:
		if !list {
			p.role, p.plan = rolePlan, &Plan{Format: b.format, Line: line}
		}
	case up.role == rolePlan && up.plan.Root == nil:
		if key == "Plan" && !list {
			p.role, p.node = roleNode, b.room.node()
			p.node.Line = line
			up.plan.Root = p.node
			break
		}
		if !list {
			p.role, p.plan = rolePlan, &Plan{Format: b.format, Line: line}
		}
	case up.role == rolePlan && key == "Triggers":
		p.role = roleTriggers
	case up.role == rolePlan && key == "Settings":
		p.role = roleSettings
	case up.role == roleNode && key == "Plans":
		p.role, p.node = rolePlans, up.node
		up.whole = true
	case up.role == roleNode && key == "Distributed Query":
		p.role, p.node = roleDistributed, up.node
		up.whole = true
	case up.role >= roleDistributed:
		b.openPart(&p, up, list)
	case up.role == roleNode && key == "Workers":
		p.role, p.node = roleWorkers, up.node
	case up.role == rolePlans && !list:
		p.role, p.node = roleNode, b.room.node()
		p.node.Line, p.node.Parent = line, up.node
		up.node.Children = append(up.node.Children, p.node)
	case up.role == roleWorkers && !list:
		p.role = roleWorker
	case up.role == roleTriggers && !list:
		p.role = roleTrigger
	case list:
		p.role = roleList
	default:
		p.role = roleGroup
	}
	if p.role == roleList || p.role == roleGroup {
		depth := 0
		for i := len(b.stack) - 1; i >= 0 && depth <= maxValue && (b.stack[i].role == roleList || b.stack[i].role == roleGroup || b.stack[i].role == roleIgnored); i-- {
			depth++
		}
		if depth > maxValue {
			p.role = roleIgnored
		}
	}
	switch p.role {
	case roleNode:
		b.room.begin(p.node)
	case roleList, roleGroup:
		p.key = b.room.keep(key)
	}
	b.stack = append(b.stack, p)
	return true
}

// close ends the innermost map or list.
func (b *builder) close() {
	last := len(b.stack) - 1
	p := b.stack[last]
	b.stack = b.stack[:last]
	var up *container
	if last > 0 {
		up = &b.stack[last-1]
	}
	switch p.role {
	case rolePlan:
		b.addPlan(p.plan)
	case roleNode:
		if p.plan != nil { // a node without a plan object around it
			b.addPlan(p.plan)
		}
	case roleWorker:
		if len(up.node.Workers) < maxWorkers {
			up.node.Workers = append(up.node.Workers, p.worker)
		}
	case roleTrigger:
		b.stack[last-2].plan.Triggers = append(b.stack[last-2].plan.Triggers, p.trig)
	case roleList, roleGroup:
		b.put(up, p.key, p.value)
	}
}

func (b *builder) addPlan(p *Plan) {
	if p.Root == nil || p.Root.Type == "" {
		return
	}
	b.room.close()
	p.finish()
	b.plans = append(b.plans, p)
}

// closeTruncated closes everything that is open at the end of a truncated
// input. A node is kept if its times and rows were read, which come before its
// blocks and conditions; otherwise it is dropped.
func (b *builder) closeTruncated(at *SyntaxError) {
	for len(b.stack) > 0 {
		p := &b.stack[len(b.stack)-1]
		if p.role == roleNode && !p.whole && p.node.Loops.Known() && p.node.Rows.Known() {
			p.whole, p.node.cutOff, p.node.unread, p.node.Buffers = true, true, true, Buffers{}
			p.node.openEnd = p.node.wants().most > 0
		}
		switch {
		case p.role == roleNode && !p.whole && p.node.Parent != nil:
			up := p.node.Parent
			up.Children = up.Children[:len(up.Children)-1]
		case p.role == roleNode && !p.whole && p.plan != nil:
			p.plan.Root = nil
		case p.role == roleNode && !p.whole:
			b.stack[len(b.stack)-2].plan.Root = nil
		}
		if p.plan != nil {
			p.plan.broken = true
			p.plan.Warnings = append(p.plan.Warnings, at)
		}
		if p.role == rolePlans {
			p.node.openEnd = true // its last input may be missing
		}
		b.close()
	}
}

// drop gives up what is open. A plan before it gets the error as a warning.
func (b *builder) drop(err *SyntaxError) {
	b.stack = nil
	if last := len(b.plans) - 1; last >= 0 {
		b.plans[last].Warnings = append(b.plans[last].Warnings, err)
	}
}

// put stores a finished value in its container.
func (b *builder) put(up *container, key string, v Value) {
	switch up.role {
	case rolePlan:
		if up.plan.Root != nil {
			add(&up.plan.Summary, key, v)
		}
	case roleNode:
		if key == "Incremental Sort Groups" {
			// XML uses this name for both; Full-sort Groups are always printed first.
			if key = "Full-sort Groups"; up.node.Has(key) {
				key = "Pre-sorted Groups"
			}
		}
		if len(up.node.Properties) < maxProperties {
			up.node.set(key, v)
		}
	case roleWorker:
		add(&up.worker.Properties, key, v)
	case roleList:
		list := &up.value.own().list
		*list = append(*list, v)
	case roleGroup:
		add(&up.value.own().group, key, v)
	}
}

// scalar stores a scalar under a key.
func (b *builder) scalar(key, s string, kind scalar, line int) {
	if len(b.stack) == 0 {
		b.rows = append(b.rows, row{s, line})
		return
	}
	up := &b.stack[len(b.stack)-1]
	if up.role != roleOutside && kind != numberScalar {
		s = b.room.keep(s)
	}
	if up.role != roleOutside && up.role != roleNode { // most keys of a node have a field
		key = b.room.keep(key)
	}
	switch up.role {
	case roleOutside:
		if kind == stringScalar {
			b.rows = append(b.rows, row{s, line})
		}
	case rolePlan:
		if key == "Node Type" && up.plan.Root == nil {
			// A node without a plan object around it: a copied subtree.
			up.role, up.node = roleNode, &Node{Line: line, Type: s}
			up.plan.Root = up.node
			b.room.begin(up.node)
			return
		}
		b.planScalar(up, key, s, kind, line)
	case roleNode, roleDistributed, rolePart:
		b.nodeScalar(up.node, key, s, kind)
	case roleWorker:
		workerScalar(&up.worker, key, s, kind)
	case roleTrigger:
		triggerScalar(&up.trig, key, s)
	case roleSettings:
		p := b.stack[len(b.stack)-2].plan
		add(&p.Settings, key, plain(s))
	case roleList:
		list := &up.value.own().list
		*list = append(*list, value(up.key, s, kind))
	case roleGroup:
		if s != "null" || kind != keywordScalar {
			add(&up.value.own().group, key, value(key, s, kind))
		}
	}
}

func (b *builder) planScalar(up *container, key, s string, kind scalar, line int) {
	p := up.plan
	switch key {
	case "Query Text":
		p.Query = redact.SQL(s)
	case "Query Identifier":
		p.QueryID = s
	case "Planning Time":
		p.PlanningMs, _ = parseFigure(s)
	case "Execution Time", "Total Runtime":
		p.ExecutionMs, _ = parseFigure(s)
	case "Query Parameters":
		add(&p.Summary, key, condition(s))
	default:
		switch {
		case p.Root != nil:
			add(&p.Summary, key, value(key, s, kind))
		case kind == stringScalar:
			b.rows = append(b.rows, row{s, line})
		}
	}
}

// value converts a scalar to a property value.
func value(name, s string, kind scalar) Value {
	switch kind {
	case stringScalar:
		if propertyKinds[name] == figure || measures[name] { // a program may have quoted it
			return typed(name, s)
		}
		return textValue(name, s)
	case keywordScalar:
		return plain(s)
	case numberScalar:
		if f, ok := parseNumber(s); ok {
			return number(f)
		}
		return textValue(name, s)
	}
	if propertyKinds[name] == expressionList { // an element of one
		return textValue(name, s)
	}
	return typed(name, s)
}

// nodeScalar stores a scalar in a node's field, or in its properties if there
// is no field.
func (b *builder) nodeScalar(n *Node, key, s string, kind scalar) {
	var figure *Float
	switch key {
	case "Node Type":
		n.Type = s
		return
	case "Parent Relationship":
		n.Relationship = s
		return
	case "Subplan Name":
		n.SubplanName = s
		return
	case "Parallel Aware":
		n.Parallel = s == "true"
		return
	case "Operation":
		n.Operation = s
		return
	case "Join Type":
		n.JoinType = s
		return
	case "Strategy":
		n.Strategy = s
		return
	case "Scan Direction":
		n.Direction = s
		return
	case "Schema":
		n.Schema = s
		return
	case "Relation Name":
		n.Relation = s
		return
	case "Alias":
		n.Alias = s
		return
	case "Index Name":
		n.Index = s
		return
	case "CTE Name":
		n.CTE = s
		return
	case "Function Name", "Table Function Name":
		n.FunctionOf = s
		return
	case "Startup Cost":
		figure = &n.StartupCost
	case "Total Cost":
		figure = &n.TotalCost
	case "Plan Rows":
		figure = &n.PlanRows
	case "Plan Width":
		figure = &n.PlanWidth
	case "Actual Loops":
		figure = &n.Loops
	case "Actual Rows":
		figure, n.decimals = &n.Rows, strings.Contains(s, ".")
	case "Actual Startup Time":
		figure = &n.StartupMs
	case "Actual Total Time":
		figure = &n.Ms
	default:
		figure = n.Buffers.field(key)
	}
	switch {
	case figure != nil:
		*figure, _ = parseFigure(s)
	case kind == keywordScalar && s != "true", propertyKinds[key] == flag && s != "true":
		// false and null mean the same as a missing line in text
	case len(n.Properties) < maxProperties:
		n.set(b.room.keep(key), value(key, s, kind))
	}
}

func workerScalar(w *Worker, key, s string, kind scalar) {
	f, ok := parseFigure(s)
	switch key {
	case "Worker Number":
		if ok && f.Or(0) <= 1e6 {
			w.ID = int(f.Or(0))
		}
	case "Actual Loops":
		w.Loops = f
	case "Actual Rows":
		w.Rows = f
	case "Actual Total Time":
		w.Ms = f
	default:
		add(&w.Properties, key, value(key, s, kind))
	}
}

func triggerScalar(t *Trigger, key, s string) {
	switch key {
	case "Trigger Name":
		t.Name = s
	case "Constraint Name":
		t.Constraint = s
	case "Relation":
		t.Relation = s
	case "Time":
		t.Ms, _ = parseFigure(s)
	case "Calls":
		t.Calls, _ = parseFigure(s)
	}
}
