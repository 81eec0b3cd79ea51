package plans

import (
	"fmt"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

var hashMemToday = rule.NewThreshold("hash_mem_multiplier", 2, "", "the default since PostgreSQL 15; 13 and 14 had 1")

var hashMemMultiplierOld = rule.Rule{
	ID:     "hash-mem-multiplier-old",
	Title:  "hash_mem_multiplier is below today's default",
	Sees:   "hash_mem_multiplier below 2 in pg_settings, and a hash table in a plan that spilled and would fit with 2.",
	Why:    "Too little memory slows a hash table more than a sort. Since PostgreSQL 15 a hash table may use twice work_mem by default.",
	Silent: "No hash table spilled, or twice work_mem would not be enough; pg_settings is not in the input.",
	Fix:    "Set hash_mem_multiplier = 2.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-HASH-MEM-MULTIPLIER",
	},
	Thresholds: []*rule.Threshold{hashMemToday},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewSettings},
	Case: func(c *rule.Case, found func(rule.Found)) {
		now, mem, ok := opt.Two(c.Snapshot.SettingNumber("hash_mem_multiplier"), c.Snapshot.SettingBytes("work_mem"))
		if !ok || now >= hashMemToday.In(c) {
			return
		}
		var names []string
		most := 0.0
		for _, p := range c.Plans {
			if p.Repeats || !p.Analyzed {
				continue
			}
			for n := range p.Nodes() {
				need, spilled := spilledHash(p.Node(n))
				if bytes, known := need.Get(); spilled && known && bytes <= hashMemToday.In(c)*mem {
					names, most = append(names, nameIn(c, p, n)), max(most, bytes)
				}
			}
		}
		if len(names) == 0 {
			return
		}
		f := c.OnSetting("hash_mem_multiplier")
		e := rule.Evidence(f.Evidence)
		e.Number("work_mem", opt.Of(mem), "bytes", "pg_settings")
		e.Number("memory needed", opt.Of(most), "bytes", "model")
		e.Number("max_connections", c.Snapshot.SettingNumber("max_connections"), "", "pg_settings")
		f.Aside = true
		f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Low, e
		f.Title = redact.Sprintf("hash_mem_multiplier is %g: with 2, the default since PostgreSQL 15, %s would not have spilled", now, strings.Join(rule.FirstFew(names), ", "))
		f.Detail = redact.Sprintf("%s of memory is needed. work_mem (%s) times %g is less; times 2 is enough.", figures.Bytes(most), figures.Bytes(mem), now)
		set := "Run ALTER SYSTEM SET hash_mem_multiplier = 2, then SELECT pg_reload_conf()."
		switch c.Snapshot.Settings["hash_mem_multiplier"].Source {
		case "database", "user", "database user":
			set = "Reset the setting where it was set (ALTER DATABASE, ALTER ROLE), or set it to 2 there."
		}
		f.Fix = redact.Sprintf("%s Each hash table of each running statement may then use twice work_mem; sorts do not.", set)
		found(f)
	},
}

// spilledHash reports whether a node is a hash table that spilled to disk and
// takes time, and the memory that it would have needed.
func spilledHash(n *rule.Node) (need opt.Float, spilled bool) {
	switch {
	case !n.Executed():
		return opt.Float{}, false
	case n.Type == "Hash" && n.Parent != nil:
		return hashBytes(n), n.Number("Hash Batches").Or(0) > 1 && n.Plan.Significant(n.Plan.CostOf(n.Parent, n.Node))
	case n.Type == "Aggregate":
		need, _ := groupBytes(n)
		return need, n.Number("HashAgg Batches").Or(0) > 1 && n.Plan.Significant(n.Plan.CostOf(n.Node))
	}
	return opt.Float{}, false
}

// nameIn returns a node's name, with its plan if there are several.
func nameIn(c *rule.Case, p *rule.Plan, n *plan.Node) string {
	if len(c.Plans) == 1 {
		return p.Node(n).Ref()
	}
	return fmt.Sprintf("%s of plan %d", p.Node(n).Ref(), p.Number())
}
