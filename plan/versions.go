package plan

import "strings"

// versionSigns are names that only some major versions print: the first and the
// last version; 0 means no bound.
var versionSigns = struct {
	types, properties, joins, summary map[string][2]int
}{
	types: map[string][2]int{
		"Incremental Sort": {13, 0}, "Memoize": {14, 0}, "Tid Range Scan": {14, 0},
	},
	joins: map[string][2]int{"Right Anti": {16, 0}, "Right Semi": {18, 0}},
	properties: map[string][2]int{
		"Index Searches": {18, 0}, "Window": {18, 0}, "Storage": {18, 0}, "WAL Buffers Full": {18, 0},
		"Local I/O Read Time": {17, 0}, "Local I/O Write Time": {17, 0}, "Shared I/O Read Time": {15, 0},
		"Params Evaluated": {0, 16}, "Run Condition": {15, 0}, "Batch Size": {14, 0}, "Async Capable": {14, 0},
		"Temp I/O Read Time": {15, 0}, "Temp I/O Write Time": {15, 0},
		"WAL Records": {13, 0}, "HashAgg Batches": {13, 0}, "Planned Partitions": {13, 0},
	},
	summary: map[string][2]int{"Serialization": {17, 0}, "Query Parameters": {16, 0}, "Planning": {13, 0}},
}

// Versions returns the first and the last major version of the server that can
// have printed the plan; 0 means no bound. All versions before 10 count as 9.
func (p *Plan) Versions() (from, to int) {
	prove := func(v [2]int) {
		from = max(from, v[0])
		if v[1] > 0 && (to == 0 || v[1] < to) {
			to = v[1]
		}
	}
	if p.old {
		prove([2]int{0, 9})
	}
	if p.QueryID != "" {
		prove([2]int{14, 0})
	}
	for _, q := range p.Summary {
		prove(versionSigns.summary[q.Name])
	}
	decimals := false
	for _, n := range p.nodes {
		decimals = decimals || n.decimals
		prove(versionSigns.types[n.Type])
		prove(versionSigns.joins[n.JoinType])
		if n.Operation == "Merge" {
			prove([2]int{15, 0})
		}
		switch {
		case strings.Contains(n.SubplanName, " (returns "):
			prove([2]int{0, 16})
		case strings.HasPrefix(n.SubplanName, "InitPlan "):
			prove([2]int{17, 0})
		}
		for i := range n.Properties {
			prove(versionSigns.properties[n.Properties[i].Name])
		}
	}
	if p.Analyzed {
		switch {
		case decimals:
			prove([2]int{18, 0})
		case p.Format != "json": // programs that pass JSON on can drop decimals
			prove([2]int{0, 17})
		}
	}
	return from, to
}
