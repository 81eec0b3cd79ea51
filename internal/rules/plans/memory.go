package plans

import (
	"fmt"
	"math"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var storeBlocks = rule.NewThreshold("blocks", 1_000, "blocks", "8 MB: less is written, or read back, in almost no time")

// What the server counts for a row in the hash table beyond its width, which it rounds up to
// hashAligned (ExecChooseHashTableSize): the headers of the entry and of the row. It makes as
// many buckets as rows, rounded up to a power of two, and two batches where that exceeds the
// memory: with 34 MB for 600,000 rows of width 9, whose sum is 37.2 MB.
const (
	hashRowOverhead = 32
	hashAligned     = 8
	hashBucket      = 8
)

// hashBytes returns the memory that the hash table of a Hash node would have needed.
func hashBytes(n *rule.Node) opt.Float {
	rows := n.Rows
	if n.Parallel {
		rows = n.RowsTotal // one table, built by all processes
	}
	return opt.Both(rows, n.PlanWidth, func(rows, width float64) float64 {
		return rows*(math.Ceil(width/hashAligned)*hashAligned+hashRowOverhead) + hashBucket*math.Exp2(math.Ceil(math.Log2(max(rows, 1))))
	})
}

// hashMemMultiplier returns by how much a hash table may exceed work_mem: the
// setting, otherwise the default of the version (13 and 14: 1, from 15: 2). If
// neither is known the smaller one is used, and the text says so.
func hashMemMultiplier(c *rule.Case) (float64, string) {
	if c.Snapshot != nil {
		if v, ok := c.Snapshot.SettingNumber("hash_mem_multiplier").Get(); ok && v >= 1 {
			return v, fmt.Sprintf(" (hash_mem_multiplier is %g)", v)
		}
	}
	switch {
	case c.Server.Has(pgversion.HashMemDoubled):
		return 2, " (with hash_mem_multiplier at its default of 2)"
	case c.Server.Lacks(pgversion.HashMemDoubled):
		return 1, " (with hash_mem_multiplier at its default of 1)"
	}
	return 1, " (or half that if hash_mem_multiplier is 2, the default from 15 on)"
}

// The memory of a group beyond its width, and of an input row in a temporary file beyond its
// width. The state of an aggregate is not in the width: a sum of numeric takes 290 bytes more
// than one of bigint, and a plan does not show the type. All were checked on PostgreSQL 15.
const (
	groupOverhead   = 180
	spilledOverhead = 24
	mostSpilled     = 0.9 // of the rows, from which on their number says little
	spillMargin     = 1.1 // what the estimate by the spilled rows is off by
)

// groupBytes returns the memory that the groups of a hashed aggregate would have
// needed, including those that HAVING removes. By the part of its rows that it wrote to
// disk, the memory that it used held only a part of the groups. rough: that was nearly all.
func groupBytes(n *rule.Node) (need opt.Float, rough bool) {
	groups := opt.Both(n.ScannedTotal(), n.Loops, func(groups, loops float64) float64 { return groups / max(loops, 1) })
	byWidth := opt.Both(groups, n.PlanWidth, func(groups, width float64) float64 { return groups * (width + groupOverhead) })
	if len(n.Children) == 0 {
		return byWidth, false
	}
	in := n.Children[len(n.Children)-1]
	rows, width, known := opt.Two(in.RowsTotal, in.PlanWidth)
	used, disk, spilled := opt.Two(n.Number("Peak Memory Usage"), n.Number("Disk Usage"))
	if !known || !spilled || rows <= 0 {
		return byWidth, false
	}
	perRow := width + spilledOverhead
	share := disk * 1024 / perRow / (rows / max(n.Loops.Or(1), 1))
	return opt.Of(max(byWidth.Or(0), spillMargin*used*1024/(1-min(share, mostSpilled)))), share >= mostSpilled
}

var (
	mostMemory = rule.NewThreshold("most_memory", 1<<30, "bytes", "more for one node of one statement cannot be proposed without knowing the memory of the server")
)

// spillShare is the share of the node's time in temporary files from which on a
// spill is as severe as the node's time. A spill whose files stay in the page cache
// costs little: sorts ran 1.1 to 1.2 times as long, hashes 0.8 to 1.4.
const spillShare = 0.2

// sortDisk reports whether a sort spilled, and its temporary space in kB, the largest of
// any process.
func sortDisk(n *plan.Node) (kB opt.Float, spilled bool) {
	see := func(method, space string, used opt.Float) {
		if strings.HasPrefix(method, "external") || space == "Disk" {
			spilled = true
			if used.Or(0) > kB.Or(0) {
				kB = used
			}
		}
	}
	see(n.Text("Sort Method").Raw(), n.Text("Sort Space Type").Raw(), n.Number("Sort Space Used"))
	for _, w := range n.Workers {
		see(w.Text("Sort Method").Raw(), w.Text("Sort Space Type").Raw(), w.Number("Sort Space Used"))
	}
	for _, groups := range []string{"Full-sort Groups", "Pre-sorted Groups"} {
		v, ok := n.Property(groups)
		if !ok {
			continue
		}
		for _, g := range v.Group() {
			if g.Name == "Sort Space Disk" {
				for _, d := range g.Value.Group() {
					if d.Name == "Peak Sort Space Used" {
						see("external", "Disk", d.Value.Number)
					}
				}
			}
		}
	}
	return kB, spilled
}

// spillSeverity returns the severity of the node's time, a step milder unless the
// plan shows that much of the time was spent on temporary files.
func spillSeverity(n *rule.Node, c rule.Cost, e *rule.Evidence) finding.Severity {
	s := n.Plan.Severity(c)
	io := opt.Both(tempMs(n, "Temp I/O Read Time"), tempMs(n, "Temp I/O Write Time"), func(r, w float64) float64 { return r + w })
	e.Number("temporary file time", io, "ms", "plan")
	if t, ms, ok := opt.Two(io, c.Ms); s > finding.Low && !(ok && t >= spillShare*ms) {
		s--
	}
	return s
}

// tempMs returns the node's own share of a temporary-file time, per process that
// took part, since I/O timings are sums over processes.
func tempMs(n *rule.Node, name string) opt.Float {
	v, ok := n.Number(name).Get()
	if !ok {
		return opt.Float{}
	}
	for _, c := range n.Children {
		v -= c.Number(name).Or(0)
	}
	return opt.Of(math.Max(v, 0) / math.Max(n.Processes, 1))
}

// proposeWorkMem proposes the work_mem that holds a sort or a hash table, unless the
// statement has it already.
func proposeWorkMem(f *rule.Found, n *rule.Node, bytes float64, factor, gain string) {
	present := workMem(n)
	if (rule.WorkMem{Bytes: bytes}).Rounded() > present {
		raiseWorkMem(f, n.Plan.Case, bytes, factor, gain)
		return
	}
	than := "work_mem was " + figures.Bytes(present)
	switch present {
	case workMemDefault:
		than = "the default is 4 MB"
	case sortMemory.Of(n.Plan):
		than = "a sort of the plan had " + figures.Bytes(present)
	}
	f.Fix = redact.Append(f.Fix, "About %s of work_mem would be enough%s, and %s: check SHOW work_mem where the plan was taken.", figures.Bytes(bytes), factor, than)
}

// raiseWorkMem proposes work_mem for the statement, never for the server: each node of
// each connection may use as much. gain is the effect of the change.
func raiseWorkMem(f *rule.Found, c *rule.Case, bytes float64, factor, gain string) {
	if bytes > mostMemory.In(c) {
		f.Fix = redact.Append(f.Fix, "Do not raise work_mem: about %s would be needed%s, too much for one statement.", figures.Bytes(bytes), factor)
		return
	}
	f.Fix = redact.Append(f.Fix, "About %s of work_mem would be enough%s. Set work_mem for this statement or role only (SET LOCAL), not for the server.",
		figures.Bytes(bytes), factor)
	f.Remedies = append(f.Remedies, rule.Remedy{WorkMem: &rule.WorkMem{Bytes: bytes, Gain: gain}})
}

// noSpill is the gain of memory that holds a sort or a hash table.
const noSpill = "writing and reading temporary files"

// workMemDefault is the default of work_mem in bytes.
const workMemDefault = 4 << 20

// workMem returns the work_mem that a plan was taken with: the plan's own setting, the
// server's, or else the default, or what a sort of the plan had.
func workMem(n *rule.Node) float64 {
	for _, s := range n.Plan.Settings {
		if s.Name == "work_mem" {
			var size float64
			var unit string
			if got, _ := fmt.Sscanf(s.Value.Text.Raw(), "%g%s", &size, &unit); got == 2 {
				return size * map[string]float64{"kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}[unit]
			}
		}
	}
	if s := n.Plan.Case.Snapshot; s != nil {
		if set, ok := s.SettingBytes("work_mem").Get(); ok {
			return set
		}
	}
	return math.Max(workMemDefault, sortMemory.Of(n.Plan))
}

// sortMemory is the most memory in bytes that a sort of a plan had.
var sortMemory = rule.Derive(func(p *rule.Plan) float64 {
	most := 0.0
	see := func(space string, used opt.Float) {
		if space == "Memory" {
			most = math.Max(most, used.Or(0)*1024)
		}
	}
	for n := range p.Nodes() {
		if n.Is("Sort") {
			see(n.Text("Sort Space Type").Raw(), n.Number("Sort Space Used"))
			for _, w := range n.Workers {
				see(w.Text("Sort Space Type").Raw(), w.Number("Sort Space Used"))
			}
		}
	}
	return most
})
