package rule

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// wholeTable is the table on which an index for a part is created, or the reason why
// no index is proposed.
type wholeTable struct {
	schema, table string // the whole that the table is a part of
	of            indexadvisor.Parts
	members       []string // the parts that the plan shows, where the catalogue has none
	why           string   // why no index is proposed at all
}

// onWholes moves the indexes proposed on partitions, chunks and shards to their partitioned
// tables, hypertables and distributed tables, so that later parts have them, too. If that table is
// unknown, or the table belongs to an extension, no index is proposed.
func (c *Case) onWholes(all []Found) {
	for i := range all {
		f := &all[i]
		for j, r := range f.Remedies {
			if r.Create == nil || r.Create.Index == nil {
				continue
			}
			was := *r.Create.Index
			at := c.wholeOf(r.ForPlan, was.Schema, was.Table)
			switch {
			case at.why != "":
				f.Remedies[j].Create, f.Remedies[j].Refused = nil, &Refused{Index: was, Why: at.why}
				f.Fix = redact.Sprintf("No index is proposed: %s.", at.why)
			case at.table != "":
				proposal, ix := *r.Create, was
				ix.Schema, ix.Table, ix.Parts, ix.Members = at.schema, at.table, at.of, at.members
				proposal.Index = &ix
				f.Remedies[j].Create, f.Remedies[j].Part = &proposal, was.Table
			}
		}
	}
}

// wholeOf returns where an index on a table is created, using the snapshot, names,
// and the plan that reads the table, which may be nil.
func (c *Case) wholeOf(p *Plan, schema, name string) wholeTable {
	if of := extensionOf(schema, name); of != "" {
		return wholeTable{why: fmt.Sprintf("%s belongs to the extension %s", name, of)}
	}
	if table := p.distributed(name); table != "" {
		return wholeTable{schema: schema, table: table, of: indexadvisor.Shard}
	}
	of := indexadvisor.Partition
	if isChunk(schema, name) {
		of = indexadvisor.Chunk
		if isCompressed(name) {
			return wholeTable{why: name + " is a compressed chunk, whose rows no index of the hypertable finds; the columns of timescaledb.compress_segmentby and compress_orderby decide which of them are skipped"}
		}
	}
	var t *workload.Table
	if c.Snapshot != nil {
		t = c.Snapshot.Table(schema, name)
	}
	if whole := WholeOf(t); whole != nil {
		return wholeTable{schema: whole.Schema, table: whole.Name, of: of}
	}
	part := of == indexadvisor.Chunk || t != nil && t.IsPartition.Or(false)
	if p != nil && (part || t == nil) {
		shown := p.partOf(name)
		if whole := shown.whole; whole != "" && !isChunk("", whole) {
			at := wholeTable{table: whole, of: of, members: p.partsOf(whole)}
			if c.Snapshot != nil {
				if known := c.Snapshot.Table("", whole); known != nil {
					at.schema = known.Schema
				}
			}
			return at
		}
		part = part || shown.sure
	}
	switch {
	case !part:
		return wholeTable{}
	case of == indexadvisor.Chunk:
		return wholeTable{why: name + " is a chunk; the index belongs on its hypertable, which is not in the input"}
	}
	return wholeTable{why: name + " is a partition; the index belongs on its partitioned table, which is not in the input"}
}

// WholeOf returns the topmost table that a table is a part of; nil if it is no part.
// A table that only inherits has its own indexes.
func WholeOf(t *workload.Table) *workload.Table {
	var whole *workload.Table
	for depth := 0; t != nil && t.Parent != nil && depth < 10; depth++ {
		if !t.IsPartition.Or(t.Parent.Kind == "p") && !isChunk(t.Schema, t.Name) {
			break
		}
		t = t.Parent
		whole = t
	}
	return whole
}

// numbered matches the aliases of the parts of a table in a plan: o_1, o_2.
var numbered = regexp.MustCompile(`_\d+$`)

// partSuffix matches what follows the table's name in the names of partitions.
var partSuffix = regexp.MustCompile(`^_(p|y|part|part_|q|w|d)?\d[\dmdwqhty_-]*$|^_default$`)

// partOf is what a plan shows of a table: the one that it is a part of, and
// whether it is one at all, even if of which table is not shown.
type partOf struct {
	whole string
	sure  bool
}

// shardID is what Citus puts behind the name of a table to name its shards.
var shardID = regexp.MustCompile(`_\d{6,}$`)

// distributed returns the table that a table of the plan is a shard of: a task of Citus
// reads it. It is empty if the table is no shard.
func (p *Plan) distributed(name string) string {
	if p == nil || !shardID.MatchString(name) {
		return ""
	}
	for _, n := range scansOf.Of(p)[name] {
		for up := range n.Ancestors() {
			if up.Type == "Task" {
				return shardID.ReplaceAllString(name, "")
			}
		}
	}
	return ""
}

// partOf tells whether the plan shows a table to be a part of another one.
func (p *Plan) partOf(name string) partOf {
	return partsShown.Of(p)[name]
}

// partsShown are the tables of a plan by name, each with what it is a part of.
var partsShown = Derive(func(p *Plan) map[string]partOf {
	parts := map[string]partOf{}
	for n := range p.Nodes() {
		if _, known := parts[n.Relation]; !known && n.Relation != "" {
			whole, sure := p.wholeOf(n.Relation)
			parts[n.Relation] = partOf{whole, sure}
		}
	}
	return parts
})

// partsOf are the tables that the plan shows to be parts of one.
func (p *Plan) partsOf(whole string) []string {
	var list []string
	for name, part := range partsShown.Of(p) {
		if part.whole == whole {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

func (p *Plan) wholeOf(name string) (whole string, sure bool) {
	named := p.NamedTables()
	if slices.ContainsFunc(named, func(t sql.Table) bool { return t.Name == name }) {
		return "", false // the query asks for the part itself
	}
	for _, n := range scansOf.Of(p)[name] {
		for up := range n.Ancestors() {
			if up.Type == "Custom Scan" && up.Relation != "" && up.Relation != name {
				return up.Relation, true // ChunkAppend on metrics
			}
		}
		if n.Alias == "" || n.Alias == name && !isChunk("", name) {
			continue
		}
		appended := false
		for up := range n.Ancestors() {
			appended = appended || up.Is("Append", "Merge Append", "Custom Scan")
		}
		base := n.Alias
		if appended {
			base = numbered.ReplaceAllString(base, "")
		}
		for _, t := range named {
			if t.Ref() == base {
				return t.Name, true
			}
		}
		rest, begins := strings.CutPrefix(name, base)
		if begins && rest != "" && len(named) == 0 && (partSuffix.MatchString(rest) || appended && base != n.Alias && strings.HasPrefix(rest, "_")) {
			return base, true
		}
		sure = sure || appended && base != n.Alias && p.hasSibling(n, base)
	}
	// Of a table that the query names and the plan does not read, it reads parts.
	var unread []string
	for _, t := range named {
		if !slices.Contains(unread, t.Name) && !p.reads(t.Name) {
			unread = append(unread, t.Name)
		}
	}
	if len(unread) == 1 && (sure || isChunk("", name)) {
		return unread[0], true
	}
	return "", sure
}

// hasSibling reports whether there is a scan of another table that has a scan's name with
// another number.
func (p *Plan) hasSibling(n *plan.Node, base string) bool {
	of, known := numberedScans.Of(p)[base]
	return of.several || known && of.first != n.Relation
}

// relations are the tables whose scans have one name with different numbers.
type relations struct {
	first   string
	several bool
}

// numberedScans are the tables by the name of their scans without its number.
var numberedScans = Derive(func(p *Plan) map[string]relations {
	all := map[string]relations{}
	for n := range p.Nodes() {
		base := numbered.ReplaceAllString(n.Alias, "")
		if n.Alias == n.Relation || n.Alias == base {
			continue
		}
		of, known := all[base]
		if !known {
			of.first = n.Relation
		}
		of.several = of.several || of.first != n.Relation
		all[base] = of
	}
	return all
})

// scansOf are the nodes on each relation, in plan order.
var scansOf = Derive(func(p *Plan) map[string][]*plan.Node {
	all := map[string][]*plan.Node{}
	for n := range p.Nodes() {
		if n.Relation != "" {
			all[n.Relation] = append(all[n.Relation], n)
		}
	}
	return all
})

func (p *Plan) reads(table string) bool {
	return slices.ContainsFunc(scansOf.Of(p)[table], func(n *plan.Node) bool { return n.Type != "Custom Scan" })
}

// NamedTables are the tables that the plan's query names, where its text is known.
func (p *Plan) NamedTables() []sql.Table {
	if p.Query == nil {
		return nil
	}
	var list []sql.Table
	Levels(p.Query, func(q *sql.Query) { list = append(list, q.Tables...) })
	return list
}

// Elsewhere says whose index one on a table is, if not the user's: it is managed
// with the table that it is a part of, or by an extension.
func Elsewhere(t *workload.Table) string {
	switch of := extensionOf(t.Schema, t.Name); {
	case of != "":
		return "its table belongs to the extension " + of
	case isChunk(t.Schema, t.Name):
		return "its table is a chunk of a hypertable"
	}
	return ""
}
