package plan

import (
	"cmp"
	"strings"
)

// Label returns the node in the words of EXPLAIN's text format: "Parallel Seq
// Scan on orders o", "Hash Left Join", "Index Scan using orders_pkey on
// orders".
func (n *Node) Label() string {
	bare := *n
	bare.Schema = ""
	return bare.words(func(name string) string { return name })
}

// words returns the node's line in the text format without its figures. show formats a
// name.
func (n *Node) words(show func(name string) string) string {
	var b strings.Builder
	if n.Parallel {
		b.WriteString("Parallel ")
	}
	switch n.Type {
	case "ModifyTable":
		b.WriteString(cmp.Or(n.Operation, n.Type))
	case "Aggregate":
		if mode := n.Text("Partial Mode").Raw(); mode == "Partial" || mode == "Finalize" {
			b.WriteString(mode + " ")
		}
		b.WriteString(aggregateLabels[n.Strategy])
	case "Nested Loop", "Hash Join", "Merge Join":
		b.WriteString(joinLabel(n.Type, n.JoinType))
	default:
		b.WriteString(n.Type)
	}
	if provider := n.Text("Custom Plan Provider"); !provider.Empty() {
		b.WriteString(" (" + provider.Raw() + ")")
	}
	if n.Direction == "Backward" {
		b.WriteString(" Backward")
	}
	if n.Index != "" {
		if n.Relation == "" {
			b.WriteString(" on " + show(n.Index))
		} else {
			b.WriteString(" using " + show(n.Index))
		}
	}
	name := n.Relation
	switch {
	case name != "":
	case n.CTE != "":
		name = n.CTE
	case n.FunctionOf != "":
		name = n.FunctionOf
	case n.Type == "Subquery Scan" || n.Type == "Values Scan":
		name = n.Alias
	}
	if name != "" {
		b.WriteString(" on ")
		if n.Schema != "" {
			b.WriteString(show(n.Schema) + ".")
		}
		b.WriteString(show(name))
		if n.Alias != "" && n.Alias != name {
			b.WriteString(" " + show(n.Alias))
		}
	}
	return b.String()
}

// Subplan returns the name of the subplan that the node is the top of: "SubPlan 2",
// "InitPlan 1", "CTE w". It is empty for other nodes.
func (n *Node) Subplan() string {
	name, _, _ := strings.Cut(n.SubplanName, " (returns ")
	return name
}

var aggregateLabels = map[string]string{
	"": "Aggregate", "Plain": "Aggregate", "Sorted": "GroupAggregate", "Hashed": "HashAggregate", "Mixed": "MixedAggregate",
}

func joinLabel(typ, join string) string {
	if join == "" || join == "Inner" {
		return typ
	}
	if typ == "Nested Loop" {
		return typ + " " + join + " Join"
	}
	return strings.TrimSuffix(typ, "Join") + join + " Join"
}
