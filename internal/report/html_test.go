package report

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// sample is a report with everything that a page shows: a plan of so many
// nodes, whose culprit is its last, and a workload.
func sample(nodes int) *Report {
	plan := Plan{Query: "SELECT 1", ExecutionMs: opt.Of(100.0)}
	for i := range nodes {
		n := Node{
			ID: i, Label: fmt.Sprintf("Index Scan using part_%d_pkey on part_%d", i, i), Index: ref(fmt.Sprintf("part_%d_pkey", i)), Loops: opt.Of(1.0),
			RowsTotal: opt.Of(10.0), PlanRowsTotal: opt.Of(9.0), Cost: opt.Of(8.0), TotalMs: opt.Of(1.0), SelfMs: opt.Of(0.01), SelfShare: opt.Of(0.0001),
			SelfSharedHit: opt.Of(3.0), SelfSharedRead: opt.Of(1.0), SharedHit: opt.Of(3.0), SharedRead: opt.Of(1.0), TempRead: opt.Of(0.0), TempWritten: opt.Of(0.0),
			Conditions: []Condition{{"Index Cond", "(id = ?)"}}, Notes: []string{},
		}
		if i > 0 {
			parent := (i - 1) / 20 // twenty below each, breadth first within a subtree does not matter here
			n.Parent = &parent
		}
		plan.Nodes = append(plan.Nodes, n)
	}
	plan.Nodes = preOrder(plan.Nodes)
	plan.ByType, plan.ByRelation = []NodeSum{{Name: "Index Scan", Nodes: nodes - 1, SelfMs: opt.Of(10.0)}, {Name: "Seq Scan", Nodes: 1, SelfMs: opt.Of(90.0)}}, []NodeSum{{Name: "orders", Nodes: 1, SelfMs: opt.Of(90.0)}}
	var text []TextLine
	for _, n := range plan.Nodes {
		text = append(text, TextLine{n.ID, strings.Repeat(" ", n.ID%3) + "->  " + n.Label}, TextLine{n.ID, "Index Cond: (id = ?)"})
	}
	plan.Text = func() []TextLine { return text }
	last := &plan.Nodes[nodes-1]
	last.Label, last.SelfMs, last.SelfShare, last.RowsTotal, last.Index = "Seq Scan on orders", opt.Of(90.0), opt.Of(0.9), opt.Of(5000.0), nil
	last.Conditions, last.Notes = []Condition{{"Filter", "(status = '?'::text)"}}, []string{"drops 99% of 5,000"}
	lock := Lock{Mode: "SHARE UPDATE EXCLUSIVE", Blocks: "does not block reads or writes", Duration: "build: reads the table twice", Cautions: []string{"cannot run in a transaction block"}}
	change := Recommendation{
		ID: "R1", Action: "create_index", Title: "index on orders (status)", Runnable: true, Statement: "CREATE INDEX CONCURRENTLY orders_status_idx\n  ON public.orders (status);",
		Rollback: "DROP INDEX CONCURRENTLY public.orders_status_idx;", Check: "SELECT 1;", Gain: "estimated cost 900 -> 9", Cost: "1 MB", Verify: "based on the query alone",
		Serves: []Serves{{QueryID: ref("11")}}, WriteCost: &WriteCost{Notes: []string{"at most"}}, Lock: lock, Findings: []int{0},
	}
	second := Recommendation{ID: "R2", Action: "drop_index", Title: "drop public.orders_note_idx", Runnable: true, Statement: "DROP INDEX CONCURRENTLY public.orders_note_idx;", Lock: lock, Findings: []int{1}}
	second.Lock.Cautions = slices.Clone(lock.Cautions)
	w := &Workload{Notes: []string{"the exports differ"}}
	for i, calls := range []float64{7, 900, 40} {
		w.Statements = append(w.Statements, Statement{
			QueryID: fmt.Sprint(11 + i), Query: fmt.Sprintf("SELECT * FROM orders WHERE col_%d = $1", i) + strings.Repeat(" AND note IS NULL", 10), Calls: opt.Of(calls), MeanMs: opt.Of(1.0), Rows: opt.Of(1.0), SharedRead: opt.Of(1.0), Share: opt.Of(0.5 / float64(i+1)),
		})
	}
	for i, name := range []string{"public.orders", "public.people"} {
		w.Tables = append(w.Tables, Table{Name: name, SizeBytes: opt.Of(1e6 / float64(i+1)), Rows: opt.Of(1000.0), WALPerByte: opt.Of(3.0), WALTopIndexes: []string{"orders_note_idx"}, WALTopShare: opt.Of(0.5)})
	}
	for _, x := range []struct {
		name, table string
		scans, day  float64
	}{{"public.orders_status_old", "public.orders", 700, 1e3}, {"public.orders_note_idx", "public.orders", 0, 9e6}, {"public.people_name", "public.people", 20, 5e3}} {
		w.Indexes = append(w.Indexes, Index{
			Name: x.name, Table: x.table, Definition: "CREATE INDEX ...", Scans: opt.Of(x.scans), SizeBytes: opt.Of(8192.0), Valid: opt.Some(true), Unique: opt.Some(false), WriteCost: &WriteCost{WALBytesPerDay: opt.Of(x.day)},
		})
	}
	r := &Report{
		Tool: Tool{"pgverdict", "test"}, Inputs: []Input{{Path: "plan.txt", Kind: "plan", Note: "read", Warnings: []string{"odd"}}},
		Symptom: Symptom{Query: "SELECT 1", Facts: []Fact{{"database", "shop", "given"}}, NotGiven: []string{"since"}},
		Plans:   []Plan{plan}, Workload: w, Queries: []LoggedQuery{{Query: "SELECT 1" + strings.Repeat(" + 1", 40), Plans: 3, TotalMs: opt.Of(9.0), WorstMs: opt.Of(5.0)}},
		Changes: []Change{{Kind: "plan-slower", Title: "plan 2 took longer"}},
		Findings: []Finding{
			{Rule: "seq-scan", Section: "A", Severity: finding.High, Title: "reads 5,000 rows to keep 50", Detail: "It took 90 ms.", Fix: "An index.",
				Where:    Where{Plan: opt.Some(0), Node: opt.Some(nodes - 1), Relation: ref("public.orders"), QueryID: ref("11")},
				Evidence: []Evidence{{"self time", 90.0, "ms", "plan"}, {"Filter", "(status = '?'::text)", "", "plan"}}},
			{Rule: "unused-index", Section: "B", Severity: finding.Low, Title: "was not used", Question: "Does a replica read by it?", Where: Where{Index: ref("public.orders_note_idx")}},
			{Rule: "wide-rows", Section: "A", Severity: finding.Nit, Title: "carries wide rows"},
		},
		Recommendations: []Recommendation{change, second}, FollowUp: FollowUp{B: "Who uses it?"},
		Refused: []Refused{{"orders (note)", "nothing asks for it"}}, Missing: []Missing{{Input: "pg_stats", Why: "what the rows are like", Commands: []string{"pgverdict export"}}},
		Summary: Summary{Subject: "a query on orders", Verdict: "One scan takes 90% of the time.", Top: []string{"R1", "R2"}, Counts: map[string]int{"high": 1, "low": 1, "nit": 1}},
	}
	r.Label()
	return r
}

func ref(s string) *string { return &s }

// preOrder numbers nodes anew as plans have them.
func preOrder(nodes []Node) []Node {
	below := map[int][]int{}
	for i, n := range nodes {
		if n.Parent != nil {
			below[*n.Parent] = append(below[*n.Parent], i)
		}
	}
	var out []Node
	var visit func(i int, parent *int)
	visit = func(i int, parent *int) {
		n := nodes[i]
		n.ID, n.Parent = len(out), parent
		out = append(out, n)
		id := n.ID
		for _, child := range below[i] {
			visit(child, &id)
		}
	}
	visit(0, nil)
	return out
}

func htmlOf(t *testing.T, r *Report) string {
	t.Helper()
	var out strings.Builder
	if err := writeHTML(&out, r, Options{}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// spoil appends to every text of a report what would break out of markup, an
// attribute, a script, a comment, CDATA or the direction of writing. Words that
// the program itself compares are left alone.
func spoil(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			spoil(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && !slices.Contains([]string{"Section", "Key", "NotGiven"}, f.Name) {
				spoil(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			spoil(v.Index(i))
		}
	case reflect.String:
		if v.String() != "" {
			v.SetString(v.String() + spoiler)
		}
	case reflect.Interface:
		if s, ok := v.Interface().(string); ok {
			v.Set(reflect.ValueOf(s + spoiler))
		}
	}
}

const spoiler = `"'><img src=x onerror="pwned=1"></title></style></script></pre></svg><script>pwned=1</script><!-- ]]>` + "` ${pwned=1} {{.}} javascript:pwned=1 \\u003cscript> \u2028pwned=1\u2029\x00\x1b[31m\u202e\u2066\ufeff"

func TestHTMLSpoiled(t *testing.T) {
	r := sample(80)
	clean := htmlOf(t, r)
	spoil(reflect.ValueOf(r))
	r.Label() // the ids of findings are the program's own
	out := htmlOf(t, r)
	tags := regexp.MustCompile(`</?[a-zA-Z!][^\s>/]*`)
	if want, got := tags.FindAllString(clean, -1), tags.FindAllString(out, -1); !reflect.DeepEqual(want, got) {
		for i := range want {
			if i >= len(got) || want[i] != got[i] {
				t.Fatalf("markup came in: the tags differ from the %dth on: %v, %v", i, want[i:min(i+5, len(want))], got[i:min(i+5, len(got))])
			}
		}
		t.Fatalf("markup came in: %d tags instead of %d", len(got), len(want))
	}
	if i := strings.IndexAny(out, "\x00\x1b\u202e\u2066\u2028\u2029"); i >= 0 {
		t.Errorf("a control character came through: %q", out[max(0, i-60):i+10])
	}
	for _, escape := range []string{`\u001b`, `\u0000`, `\u202e`, `\u2028`} {
		if i := strings.Index(out, escape); i >= 0 {
			t.Errorf("a control character is in the data: %q", out[max(0, i-60):i+10])
		}
	}
	if !strings.Contains(out, "&lt;img src=x onerror=") {
		t.Error("the texts are not there")
	}
}

// Without its script the page has all that a reader needs.
func TestHTMLWithoutScript(t *testing.T) {
	r := sample(4)
	out := regexp.MustCompile(`(?s)<script.*?</script>|<style>.*?</style>`).ReplaceAllString(htmlOf(t, r), "")
	for _, want := range []string{
		"One scan takes 90% of the time.", "ON public.orders (status);", "DROP INDEX CONCURRENTLY public.orders_status_idx;", "estimated cost 900 -&gt; 9", "SHARE UPDATE EXCLUSIVE",
		"Based on the query alone.", "Cannot run in a transaction block.", "#3 Seq Scan on orders", "Filter: (status = &#39;?&#39;::text)", "drops 99% of 5,000",
		"reads 5,000 rows to keep 50", "It took 90\u00a0ms.", `<td class="figure">90 ms</td>`, "Who uses it?", "1 minor finding not shown: wide-rows",
		"SELECT * FROM orders WHERE col_1 = $1", "orders_note_idx", "nothing asks for it", "What the rows are like.", "pgverdict export", "odd", "plan 2 took longer", "shop",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not there", want)
		}
	}
}

// Every link leads somewhere, no two places have one name.
func TestHTMLLinks(t *testing.T) {
	for _, nodes := range []int{3, 300} {
		out := htmlOf(t, sample(nodes))
		ids := map[string]bool{}
		for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(out, -1) {
			if ids[m[1]] {
				t.Errorf("%d nodes: two places are called %s", nodes, m[1])
			}
			ids[m[1]] = true
		}
		links := regexp.MustCompile(` href="#([^"]+)"`).FindAllStringSubmatch(out, -1)
		for _, m := range links {
			if !ids[m[1]] && !regexp.MustCompile(`^p0[nl]\d+$`).MatchString(m[1]) { // a folded node is shown by the script
				t.Errorf("%d nodes: nothing is called %s", nodes, m[1])
			}
		}
		if len(links) < 20 {
			t.Errorf("%d nodes: %d links", nodes, len(links))
		}
	}
}

// An ordinary page goes with a mail; five thousand nodes grow it by their
// number alone.
func TestHTMLSize(t *testing.T) {
	if n := len(htmlOf(t, sample(60))); n > 120_000 {
		t.Errorf("60 nodes take %d bytes", n)
	}
	if small, large := len(htmlOf(t, sample(500))), len(htmlOf(t, sample(5000))); large > 12*small {
		t.Errorf("500 nodes take %d bytes, 5,000 %d", small, large)
	}
}

// A nit that is only counted unfolds nothing of a large plan.
func TestHTMLFolds(t *testing.T) {
	rows := func(r *Report) int { return strings.Count(htmlOf(t, r), `<tr id="p0n`) }
	r := sample(500)
	before := rows(r)
	r.Findings[2].Where = Where{Plan: opt.Some(0), Node: opt.Some(250)}
	if got := rows(r); got != before {
		t.Errorf("%d rows instead of %d", got, before)
	}
	if r.Findings[2].Severity = finding.Low; rows(r) <= before {
		t.Error("a finding is folded away")
	}
}

// The page in a browser: what a reader clicks, presses and sees.
func TestHTMLInBrowser(t *testing.T) {
	b := openBrowser(t)
	const nodes = 5000
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(htmlOf(t, sample(nodes))), 0o666); err != nil {
		t.Fatal(err)
	}
	b.open(path)
	culprit := fmt.Sprintf("p0n%d", nodes-1)
	selected := `document.querySelector("tr[aria-selected=true]").id`
	panel := `document.querySelector(".panel h3").textContent`

	b.want(selected, culprit) // the culprit is selected from the start,
	b.want(`document.querySelector(".panel").textContent.includes("It took 90\u00a0ms.")`, true)
	b.want(`document.querySelector(".panel").textContent.includes("(status = '?'::text)")`, true)
	b.want(`document.querySelectorAll("tr.node").length < 100`, true) // and the rest is folded
	b.want(`document.documentElement.scrollWidth <= innerWidth`, true)
	t.Logf("5,000 nodes: interactive after %v ms", b.js(`Math.round(performance.getEntriesByType("navigation")[0].domInteractive)`))

	// A node that is folded is shown where something leads to it.
	b.js(`location.hash = "#p0n2345"`)
	b.want(selected, "p0n2345")
	b.want(`document.activeElement.id`, "p0n2345")

	// A finding leads to its node, and the node to its finding.
	b.click("#A1 summary .title")
	b.want(`document.querySelector("#A1 details").open`, true)
	b.click(`#A1 a[href="#` + culprit + `"]`)
	b.want(selected, culprit)
	b.want(panel, fmt.Sprintf("#%d Seq Scan on orders", nodes-1))
	b.want(`(r => r.top >= 0 && r.bottom <= innerHeight)(document.querySelector("tr[aria-selected=true]").getBoundingClientRect())`, true)
	b.js(`document.querySelector("#A1 details").open = false`)

	// A finding leads to its line in the plan's text, a line to its node, and a node to its line.
	b.click(fmt.Sprintf(`#A1 a[href="#p0l%d"]`, 2*nodes-1))
	b.want(`Array.from(document.querySelectorAll(".line.marked"), e => e.id).join(" ")`, fmt.Sprintf("p0l%d p0l%d", 2*nodes-1, 2*nodes))
	b.want(`document.activeElement.textContent.startsWith("->  ")`, true)
	b.want(`(r => r.top >= 0 && r.bottom <= innerHeight)(document.querySelector(".line.marked").getBoundingClientRect())`, true)
	b.js(fmt.Sprintf(`document.querySelector("#p0l%d").click()`, 2*(nodes-3)+2))
	b.want(selected, fmt.Sprintf("p0n%d", nodes-3))
	line := fmt.Sprintf("p0l%d", 2*(nodes-2)+1)
	b.click(`#` + line + ` a`)
	b.want(selected, fmt.Sprintf("p0n%d", nodes-2))
	b.want(`document.querySelector(".line.marked").id`, line)
	b.click(`.tabs button[value="node"]`)
	b.want(`document.querySelector('.panel a[href="#`+line+`"]').checkVisibility()`, true)
	b.js(fmt.Sprintf("location.hash = %q", culprit))
	b.want(selected, culprit)
	b.click(`.panel a[href="#A1"]`)
	b.want(`document.querySelector("#A1 details").open`, true)

	// The keyboard goes up the tree, folds and unfolds.
	b.click("#" + culprit + " .name")
	b.press("ArrowLeft")
	b.want(selected+` !== "`+culprit+`"`, true)
	b.want(`document.activeElement === document.querySelector("tr[aria-selected=true]")`, true)
	b.press("ArrowLeft")
	b.want(`document.activeElement.getAttribute("aria-expanded")`, "false")
	b.want(`document.getElementById("`+culprit+`")`, nil)
	b.press("ArrowRight")
	b.want(`document.getElementById("`+culprit+`") !== null`, true)
	b.press("Home")
	b.want(selected, "p0n0")
	b.press("ArrowDown")
	b.want(`document.activeElement.className`, "node fold")

	// A click on what stands for many nodes shows them.
	before := b.js(`document.querySelectorAll("tr.node:not(.fold)").length`).(float64)
	b.click("tr.fold .name")
	b.want(fmt.Sprintf(`document.querySelectorAll("tr.node:not(.fold)").length > %v`, before), true)

	// The pictures.
	for key, name := range map[string]string{"0": "self time", "1": "blocks", "2": "rows"} {
		b.click(`input[name=view0][value="` + key + `"]`)
		b.want(`document.querySelector(".picture svg").getAttribute("aria-label").includes("`+name+`")`, true)
		b.want(`document.querySelector("table.tree").hidden`, true)
	}
	b.click(`input[name=view0][value="0"]`)
	b.want(fmt.Sprintf(`Math.round(document.querySelector('g.hot[data-node="%d"] rect').getAttribute("width") / document.querySelector('g[data-node="0"] rect').getAttribute("width") * 100)`, nodes-1), 64.0) // 90 ms of 90 and 4,999 times 0.01
	b.click(`g[data-node="0"] rect`)
	b.want(panel, "#0 Index Scan using part_0_pkey on part_0")

	// A list of the nodes sorts, and its node is shown in the tree. What it cannot hold, a click shows.
	b.click(`input[name=view0][value="nodes"]`)
	first := `document.querySelector(".nodes tbody tr").dataset.node`
	b.want(first, fmt.Sprint(nodes-1)) // by self time
	b.want(`document.querySelectorAll(".nodes tbody tr").length < 500`, true)
	b.click(".nodes thead th:nth-child(1) button")
	b.want(first, "0")
	b.click(".nodes thead th:nth-child(6) button") // rows
	b.want(first, fmt.Sprint(nodes-1))
	b.click(".nodes tbody tr:nth-child(2) .name")
	b.want(`document.querySelector(".panel h3").textContent.startsWith("#" + document.querySelector(".nodes tbody tr:nth-child(2)").dataset.node + " ")`, true)
	b.want(`document.querySelectorAll(".nodes tr.selected").length`, 1.0)
	b.click(".nodes .more")
	b.want(`document.querySelectorAll(".nodes tbody tr").length`, float64(nodes))
	b.click(`input[name=view0][value="sums"]`)
	b.want(`document.querySelector(".sums tbody tr").cells[0].textContent`, "Index Scan")
	b.want(`document.querySelector(".panel").checkVisibility()`, false)

	// A picture is a file of its own: it has its colours, and the tree has what is in sight.
	b.js(`saved = null; clicked = HTMLAnchorElement.prototype.click; HTMLAnchorElement.prototype.click = function() { fetched = this.download; }; OldBlob = Blob; Blob = function(parts, of) { saved = parts.join(""); return new OldBlob(parts, of); }`)
	for _, view := range []string{"0", "tree"} {
		b.click(`input[name=view0][value="` + view + `"]`)
		b.click(".save")
		b.want(`(d => d.querySelector("parsererror") === null && d.documentElement.tagName === "svg" && d.querySelectorAll("[fill]").length > 20 && d.querySelectorAll("[class=selected] [style]").length === 0)(new DOMParser().parseFromString(saved, "image/svg+xml"))`, true)
		b.want(`saved.includes("Seq Scan on orders") && fetched`, "plan-1.svg")
	}
	b.click(`input[name=view0][value="tree"]`)
	b.want(selected, "p0n0")
	b.js(`HTMLAnchorElement.prototype.click = clicked`)

	// Search.
	b.press("/")
	b.want(`document.activeElement.id`, "search")
	b.press("p", "a", "r", "t", "_", "4", "3", "2", "1", "_")
	b.want(`document.querySelectorAll("#hits a").length`, 1.0)
	b.press("Enter")
	b.want(panel+`.endsWith("part_4321")`, true)
	b.want(`document.querySelector("#hits").hidden`, true)
	b.js(`document.querySelector("#search").value = ""`)
	b.press("/", "n", "o", "t", "e", "_", "i", "d", "x")
	was := b.js("location.hash")
	b.press("ArrowDown", "Enter")
	b.want(fmt.Sprintf("location.hash !== %q", was), true)
	b.press("/", "Escape")
	b.want(`document.querySelector("#hits").hidden`, true)

	// Columns sort, the largest first, and the other way round.
	ids := `Array.from(document.querySelectorAll("#statements tbody tr"), row => row.cells[0].textContent).join(" ")`
	b.want(ids, "Q1 Q2 Q3")
	b.click("#statements thead th:nth-child(4) button") // calls: 7, 900, 40
	b.want(ids, "Q2 Q3 Q1")
	b.click("#statements thead th:nth-child(4) button")
	b.want(ids, "Q1 Q3 Q2")
	b.want(`document.querySelector("#statements thead th:nth-child(4)").getAttribute("aria-sort")`, "ascending")
	b.click("#indexes thead th:nth-child(5) button") // WAL a day: within a table, and tables by their first
	b.want(`Array.from(document.querySelectorAll("#indexes tbody tr:not(.group)"), row => row.cells[0].querySelector("summary").textContent).join(" ")`, "orders_note_idx orders_status_old people_name")
	b.want(`document.querySelectorAll("#indexes tr.idle").length`, 1.0)

	// Light and dark; text that is copied.
	page := `getComputedStyle(document.body).backgroundColor`
	light := b.js(page)
	b.click("#theme")
	b.want(fmt.Sprintf("%s !== %q", page, light), true)
	b.js(`navigator.clipboard.writeText = text => { copied = text; return Promise.resolve(); }; copied = ""`)
	b.click("#R1 .do button")
	b.want("copied", "CREATE INDEX CONCURRENTLY orders_status_idx\n  ON public.orders (status);")

	// On paper all is unfolded.
	b.js(`dispatchEvent(new Event("beforeprint"))`)
	b.want(`document.querySelectorAll("details:not([open])").length`, 0.0)
	b.js(`dispatchEvent(new Event("afterprint"))`)
	b.want(`document.querySelectorAll("details:not([open])").length > 0`, true)

	if list := b.complaints(); len(list) > 0 {
		t.Errorf("the browser complains:\n%s", strings.Join(list, "\n"))
	}
}

// Hostile names do nothing in a browser either, in any view.
func TestHTMLSpoiledInBrowser(t *testing.T) {
	b := openBrowser(t)
	r := sample(80)
	spoil(reflect.ValueOf(r))
	r.Label() // the ids of findings are the program's own
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(htmlOf(t, r)), 0o666); err != nil {
		t.Fatal(err)
	}
	b.open(path)
	for _, view := range []string{"0", "1", "2", "tree"} {
		b.click(`input[name=view0][value="` + view + `"]`)
	}
	b.click("tr.fold .name")
	b.press("/", "o", "r", "d")
	b.want(`document.querySelectorAll("#hits a").length > 0`, true)
	b.want(`typeof pwned`, "undefined")
	b.want(`document.images.length`, 0.0)
	b.want(`document.querySelectorAll("script").length`, 2.0) // its own, and the plan's data
	b.want(`document.querySelector(".panel h3").textContent.includes("<img src=x")`, true)
	if list := b.complaints(); len(list) > 0 {
		t.Errorf("the browser complains:\n%s", strings.Join(list, "\n"))
	}
}

// Of many plans there is a list, the slowest first; the one of the verdict is expanded, and
// the others that matter are in one line.
func TestHTMLManyPlans(t *testing.T) {
	r := sample(3)
	r.Queries = nil
	for i := range 20 {
		p := r.Plans[0]
		p.ExecutionMs = opt.Of(float64(i))
		r.Plans = append(r.Plans, p)
		r.Findings = append(r.Findings, Finding{Rule: "seq-scan", Section: "A", Severity: finding.Medium, Where: Where{Plan: opt.Some(i + 1), Node: opt.Some(0)}})
	}
	r.Findings[len(r.Findings)-1].Severity = finding.Low // its plan is not drawn
	r.Label()
	out := htmlOf(t, r)
	list := out[strings.Index(out, `<section id="plan-list">`):]
	rows := regexp.MustCompile(`plan \d+</span>`).FindAllString(list, 3)
	if want := []string{"plan 1</span>", "plan 21</span>", "plan 20</span>"}; !reflect.DeepEqual(rows, want) {
		t.Errorf("the list begins with %q, want %q", rows, want)
	}
	if n := strings.Count(out, `<details class="plan"`); n != 20 {
		t.Errorf("%d plans are drawn, want 20", n)
	}
	if n := strings.Count(out, `<details class="plan" id="p0" open>`); n != 1 || strings.Count(out, " open><summary><h2>") != 1 || !strings.Contains(out, "<summary>19 more plans</summary>") {
		t.Error("not the first plan alone is expanded, with the others in a line")
	}
}
