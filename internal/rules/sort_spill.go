package rules

import (
	"fmt"
	"math"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	sortAlwaysDisk = NewThreshold("disk_always", 100<<10, "kB", "that much is written and read back whatever share of the time it took")
	sortNitDisk    = NewThreshold("disk_nit", 10<<10, "kB", "below that and 5% of the time the spill stays a line of the tree")
	sortWide       = NewThreshold("row_width", 500, "bytes", "of such rows the columns that are not sorted by are what fills the disk")
	mostMemory     = NewThreshold("most_memory", 1<<30, "bytes", "more for one node of one statement is no setting to propose without knowing the server's memory")
)

// What a row takes in memory beyond its width: checked on PostgreSQL 15 at
// widths from 4 to 416 bytes.
const sortRowOverhead = 80

// A spill whose files stay in the page cache costs little: sorts ran 1.1 to
// 1.2 times as long, hashes 0.8 to 1.4. Unless the plan shows that the
// temporary files took more than this share of the node's time, what the node
// takes overstates the finding by a step.
const dearSpill = 0.2

var sortSpill = Rule{
	ID:     "sort-spill",
	Title:  "A sort spilled to disk",
	Sees:   "A sort whose method is external: its rows did not fit into work_mem.",
	Why:    "The rows are written to temporary files and read back. While these stay in the page cache that costs a tenth or two; on a busy disk far more.",
	Silent: "It takes less than 5% of the time and less than 10 MB of disk.",
	Fix: "An index that gives the order, where a LIMIT or an equality makes that pay; fewer or narrower columns before the sort; then work_mem for this " +
		"statement. The Disk figure understates what memory it takes by 1.2 to 3 times.",
	Sources:    []string{"https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM"},
	Thresholds: []*Threshold{sortAlwaysDisk, sortNitDisk, sortWide, mostMemory},
	Rank:       rankSpill,
	Node: func(c *Case, n *Node, found func(Found)) {
		if !n.Is("Sort", "Incremental Sort") {
			return
		}
		disk := sortDisk(n.Node)
		if disk <= 0 {
			return
		}
		cost := n.Plan.costOf(n.Node)
		if disk < sortAlwaysDisk.In(c) && !n.Plan.material(cost) && disk < sortNitDisk.In(c) {
			return
		}
		e := ofNode(n)
		e.text("Sort Key", redact.Join(n.List("Sort Key"), ", "), "plan")
		e.number("Sort Space Used", opt.Of(disk), "kB", "plan")
		e.number("row width", n.PlanWidth, "bytes", "plan")
		given := n.Node // what reads a sort may stop before its end, or go back and read again
		if n.Type == "Sort" && len(n.Children) == 1 {
			given = n.Children[0]
		}
		need := opt.Both(given.Rows, n.PlanWidth, func(rows, width float64) float64 { return rows * (width + sortRowOverhead) })
		e.number("memory that would do", need, "bytes", "model")
		f := Found{Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: n.spillSeverity(cost, &e),
			Title:  redact.Sprintf("%s wrote %s of temporary files", n.name(), figures.KB(disk)),
			Detail: redact.Sprintf("It sorted %s rows in %s.", figures.Count(given.RowsTotal.Or(0)), cost.took()),
			Fix:    redact.Plain("Sort fewer or narrower columns, or give this statement more work_mem."),
		}}
		if width := n.PlanWidth.Or(0); width >= sortWide.In(c) {
			f.Detail = redact.Sprintf("%s Each is %s wide.", f.Detail, figures.Bytes(width))
			f.Fix = redact.Plain("Sort the keys and the id alone, with the LIMIT if there is one, and join the other columns to what is left.")
		}
		f.Evidence = e
		if bytes, ok := need.Get(); ok {
			f.giveMemory(c, bytes, "", noSpill)
		}
		found(f)
	},
}

// sortDisk is the temporary space in kB of a sort, the largest of any process;
// 0 if it stayed in memory.
func sortDisk(n *plan.Node) float64 {
	disk := 0.0
	see := func(method, space string, used opt.Float) {
		if strings.HasPrefix(method, "external") || space == "Disk" {
			disk = math.Max(disk, math.Max(used.Or(0), 1))
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
		for _, g := range v.Group {
			if g.Name == "Sort Space Disk" {
				for _, d := range g.Value.Group {
					if d.Name == "Peak Sort Space Used" {
						see("external", "Disk", d.Value.Number)
					}
				}
			}
		}
	}
	return disk
}

// spillSeverity is that of the node's time, a step milder unless the plan
// shows that much of it went into temporary files.
func (n *Node) spillSeverity(c cost, e *evidence) finding.Severity {
	s := n.Plan.severity(c)
	io := opt.Both(n.tempMs("Temp I/O Read Time"), n.tempMs("Temp I/O Write Time"), func(r, w float64) float64 { return r + w })
	e.number("temporary file time", io, "ms", "plan")
	if t, ms, ok := both(io, c.ms); s > finding.Low && !(ok && t >= dearSpill*ms) {
		s--
	}
	return s
}

// tempMs is the node's own share of a temporary-file time, per process that
// took part, since I/O timings are sums over processes.
func (n *Node) tempMs(name string) opt.Float {
	v, ok := n.Number(name).Get()
	if !ok {
		return opt.Float{}
	}
	for _, c := range n.Children {
		v -= c.Number(name).Or(0)
	}
	return opt.Of(math.Max(v, 0) / math.Max(n.Processes, 1))
}

// giveMemory proposes work_mem for the statement, never for the server: each
// node of each connection may take as much. gain says what it spares.
func (f *Found) giveMemory(c *Case, bytes float64, factor, gain string) {
	if bytes > mostMemory.In(c) {
		f.Fix = redact.Sprintf("%s It would take about %s to keep it in memory%s: more than to give to one statement by a setting.", f.Fix, figures.Bytes(bytes), factor)
		return
	}
	f.Fix = redact.Sprintf("%s About %s would keep it in memory%s: set it for this statement or role (SET LOCAL work_mem), not for the server.",
		f.Fix, figures.Bytes(bytes), factor)
	f.Remedies = append(f.Remedies, Remedy{WorkMem: &WorkMem{Bytes: bytes, Gain: gain}})
}

// noSpill is what memory spares that would hold a sort or a hash table.
const noSpill = "the temporary files go"

// workMem is the server's, or the default.
func (c *Case) workMem() float64 {
	const byDefault = 4 << 20
	if c.Snapshot == nil {
		return byDefault
	}
	return c.Snapshot.SettingBytes("work_mem").Or(byDefault)
}

// Setting is how a work_mem is written: whole MB, rounded up.
func (w WorkMem) Setting() string {
	return fmt.Sprintf("%dMB", int64(math.Ceil(w.Bytes/(1<<20))))
}
