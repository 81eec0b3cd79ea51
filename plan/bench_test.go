package plan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/plan"
)

// grown is a plan of n nodes in each format: joins over scans, with logarithmic
// depth, and partitions under an Append.
type grown struct {
	text, json, yaml, xml strings.Builder
	nodes                 int
}

func grow(n int) *grown {
	g := &grown{}
	g.json.WriteString(`[{"Plan": `)
	g.yaml.WriteString("- Plan: \n")
	g.xml.WriteString("<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n<Query>\n")
	g.node(n, 0, "")
	g.text.WriteString("Planning Time: 1.000 ms\nExecution Time: 100.000 ms\n")
	g.json.WriteString(`, "Planning Time": 1.000, "Triggers": [], "Execution Time": 100.000}]`)
	g.yaml.WriteString("  Planning Time: 1.000\n  Triggers: \n  Execution Time: 100.000\n")
	g.xml.WriteString("<Planning-Time>1.000</Planning-Time>\n<Execution-Time>100.000</Execution-Time>\n</Query>\n</explain>\n")
	return g
}

func (g *grown) node(n, depth int, relationship string) {
	type pair struct{ name, value string }
	id := g.nodes
	g.nodes++
	join := n > 2
	var words string
	pairs := []pair{}
	if join {
		words = "Hash Join"
		pairs = append(pairs, pair{"Node Type", `"Hash Join"`}, pair{"Join Type", `"Inner"`})
	} else {
		words = fmt.Sprintf("Seq Scan on orders_%d o%d", id, id)
		pairs = append(pairs, pair{"Node Type", `"Seq Scan"`}, pair{"Relation Name", fmt.Sprintf("%q", fmt.Sprintf("orders_%d", id))}, pair{"Alias", fmt.Sprintf("%q", fmt.Sprintf("o%d", id))})
	}
	if relationship != "" {
		pairs = append(pairs, pair{"Parent Relationship", `"` + relationship + `"`})
	}
	pairs = append(pairs, pair{"Startup Cost", "0.00"}, pair{"Total Cost", "716.00"}, pair{"Plan Rows", "100"}, pair{"Plan Width", "4"},
		pair{"Actual Startup Time", "0.010"}, pair{"Actual Total Time", "12.000"}, pair{"Actual Rows", "200"}, pair{"Actual Loops", "1"})
	prop := pair{"Filter", `"(o.status = 'paid'::text)"`}
	if join {
		prop = pair{"Hash Cond", `"(a.id = b.order_id)"`}
	}
	pairs = append(pairs, prop, pair{"Shared Hit Blocks", "90"}, pair{"Shared Read Blocks", "10"}, pair{"Temp Read Blocks", "0"}, pair{"Temp Written Blocks", "0"})

	blanks := strings.Repeat(" ", 6*depth)
	properties := "  "
	if depth > 0 {
		g.text.WriteString(blanks[4:] + "->  ")
		properties = blanks + "  "
	}
	g.text.WriteString(words + "  (cost=0.00..716.00 rows=100 width=4) (actual time=0.010..12.000 rows=200 loops=1)\n")
	g.text.WriteString(properties + prop.name + ": " + strings.Trim(prop.value, `"`) + "\n" + properties + "Buffers: shared hit=90 read=10\n")

	g.json.WriteString("{\n")
	g.xml.WriteString("<Plan>\n")
	for i, p := range pairs {
		if i > 0 {
			g.json.WriteString(",\n")
		}
		g.json.WriteString(strings.Repeat(" ", 4*depth) + `"` + p.name + `": ` + p.value)
		first := "    "
		if i == 0 && depth > 0 {
			first = "  - "
		}
		g.yaml.WriteString(strings.Repeat("    ", depth) + first + p.name + ": " + p.value + "\n")
		tag := strings.ReplaceAll(p.name, " ", "-")
		g.xml.WriteString("<" + tag + ">" + strings.Trim(p.value, `"`) + "</" + tag + ">\n")
	}
	if join {
		g.json.WriteString(",\n\"Plans\": [")
		g.xml.WriteString("<Plans>\n")
		g.yaml.WriteString(strings.Repeat("    ", depth) + "    Plans: \n")
		left := (n - 1) / 2
		g.node(left, depth+1, "Outer")
		g.json.WriteString(",\n")
		g.node(n-1-left, depth+1, "Inner")
		g.json.WriteString("]")
		g.xml.WriteString("</Plans>\n")
	}
	g.json.WriteString("}")
	g.xml.WriteString("</Plan>\n")
}

func (g *grown) formats() map[string]string {
	return map[string]string{"text": g.text.String(), "json": g.json.String(), "yaml": g.yaml.String(), "xml": g.xml.String()}
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 10000} {
		g := grow(n)
		for _, format := range []string{"text", "json", "yaml", "xml"} {
			in := []byte(g.formats()[format])
			b.Run(fmt.Sprintf("%s/%d", format, n), func(b *testing.B) {
				b.SetBytes(int64(len(in)))
				for b.Loop() {
					if _, err := plan.Parse(in); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(g.nodes), "ns/node")
			})
		}
	}
}

// BenchmarkEncodingJSON is the baseline for reading JSON.
func BenchmarkEncodingJSON(b *testing.B) {
	type node struct {
		NodeType   string  `json:"Node Type"`
		Relation   string  `json:"Relation Name"`
		Alias      string  `json:"Alias"`
		StartCost  float64 `json:"Startup Cost"`
		TotalCost  float64 `json:"Total Cost"`
		PlanRows   float64 `json:"Plan Rows"`
		PlanWidth  float64 `json:"Plan Width"`
		Startup    float64 `json:"Actual Startup Time"`
		Total      float64 `json:"Actual Total Time"`
		Rows       float64 `json:"Actual Rows"`
		Loops      float64 `json:"Actual Loops"`
		SharedHit  float64 `json:"Shared Hit Blocks"`
		SharedRead float64 `json:"Shared Read Blocks"`
		Plans      []node
	}
	in := []byte(grow(1000).json.String())
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		var plans []struct{ Plan node }
		if err := json.Unmarshal(in, &plans); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLog(b *testing.B) {
	var log bytes.Buffer
	entry := "\t" + strings.ReplaceAll(strings.TrimSuffix(grow(15).text.String(), "\n"), "\n", "\n\t") + "\n"
	for range 200 {
		log.WriteString("2026-01-31 10:00:00.000 UTC [77] app@shop LOG:  duration: 100.000 ms  plan:\n\tQuery Text: SELECT 1\n" + entry)
		for range 10 {
			log.WriteString("2026-01-31 10:00:00.000 UTC [77] app@shop LOG:  statement: SELECT * FROM orders WHERE id = 4711\n")
		}
	}
	b.SetBytes(int64(log.Len()))
	for b.Loop() {
		n := 0
		for _, err := range plan.Read("log", bytes.NewReader(log.Bytes())) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 200 {
			b.Fatal(n)
		}
	}
}

// TestGrowth checks that allocations grow linearly with the number of nodes and
// lines.
func TestGrowth(t *testing.T) {
	allocations := func(in []byte) float64 {
		return testing.AllocsPerRun(2, func() {
			if _, err := plan.Parse(in); err != nil {
				t.Fatal(err)
			}
		})
	}
	small, large := grow(300).formats(), grow(3000).formats()
	for format := range small {
		few, many := allocations([]byte(small[format])), allocations([]byte(large[format]))
		if many > 12*few {
			t.Errorf("%s: %v allocations at 300 nodes, %v at 3000", format, few, many)
		}
	}
}
