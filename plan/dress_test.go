package plan_test

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/pgverdict/pgverdict/plan"
)

// fieldPlan has what the decorations of chats, pages and grids damage:
// underscores, stars, comparisons, quoted names, an alias, subplans.
const fieldPlan = `Sort  (cost=900.00..901.00 rows=40 width=20) (actual time=80.100..81.000 rows=33 loops=1)
  Sort Key: g.created_at DESC, (g.qty_left * 2)
  Sort Method: quicksort  Memory: 27kB
  Buffers: shared hit=40 read=1200
  ->  Hash Join  (cost=60.00..802.31 rows=40 width=20) (actual time=8.000..79.000 rows=33 loops=1)
        Hash Cond: (g.room_id = r.id)
        Join Filter: ((g.first_day <= r.free_day) AND (g.last_day >= r.free_day))
        Rows Removed by Join Filter: 1205
        Buffers: shared hit=40 read=1200
        ->  Bitmap Heap Scan on public."Guest List" g  (cost=20.00..700.00 rows=1300 width=24) (actual time=3.000..60.000 rows=1238 loops=1)
              Recheck Cond: ((g.note_text ~~ 'a_b*%'::text) AND (g.state <> ALL ('{x_y,"b c"}'::text[])))
              Filter: ((NOT g.is_gone) OR (hashed SubPlan 1))
              Rows Removed by Filter: 15000
              Heap Blocks: exact=1150
              Buffers: shared hit=10 read=1190
              ->  Bitmap Index Scan on "Guest List_note_text_idx"  (cost=0.00..19.00 rows=1300 width=0) (actual time=2.500..2.500 rows=16238 loops=1)
                    Index Cond: (g.note_text ~~ 'a_b*%'::text)
                    Buffers: shared hit=2 read=38
              SubPlan 1
                ->  Index Only Scan using gone_guest_idx on gone  (cost=0.28..8.29 rows=1 width=4) (actual time=0.020..0.030 rows=5 loops=1)
                      Index Cond: (day_of > '2026-01-01'::date)
                      Heap Fetches: 0
                      Buffers: shared hit=3
        ->  Hash  (cost=35.00..35.00 rows=400 width=8) (actual time=1.000..1.000 rows=400 loops=1)
              Buckets: 1024  Batches: 1  Memory Usage: 24kB
              Buffers: shared hit=30 read=10
              ->  Seq Scan on rooms r  (cost=0.00..35.00 rows=400 width=8) (actual time=0.010..0.900 rows=400 loops=1)
                    Filter: ((floor_no)::numeric > '2'::numeric)
                    Buffers: shared hit=30 read=10
Settings: work_mem = '64MB', random_page_cost = '1.1'
Planning Time: 0.500 ms
Execution Time: 82.000 ms
`

// single is a plan of one node, where nothing but the words themselves tells a
// plan.
const single = `Seq Scan on screening  (cost=0.00..73094.00 rows=15933 width=29) (actual time=0.046..339.236 rows=16629 loops=1)
  Filter: (closes_on <= '2024-01-01'::date)
  Rows Removed by Filter: 983371
  Buffers: shared hit=12 read=24000
Planning Time: 0.473 ms
Execution Time: 339.539 ms
`

// cleanPlans are plans as the server prints them, by name.
func cleanPlans(t testing.TB) map[string]string {
	t.Helper()
	plans := map[string]string{"field": fieldPlan, "single": single, "bare": bare, "framed": framedPlan}
	for _, pattern := range []string{"testdata/formats/*.txt", "testdata/hostile/*.txt"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal("no captures", err)
		}
		for _, f := range files {
			if strings.Contains(f, "hostile-") {
				continue // its names look like decorations
			}
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			plans[f] = string(b)
		}
	}
	return plans
}

// reading is everything that was read of the plans of a text.
func reading(plans []*plan.Plan) string {
	var b strings.Builder
	for _, p := range plans {
		fmt.Fprintf(&b, "planning %v execution %v, %d triggers, settings %s, gaps %d\n", p.PlanningMs, p.ExecutionMs, len(p.Triggers), all(p.Settings), p.Gaps)
		b.WriteString(all(p.Summary) + "\n")
		for n := range p.Nodes() {
			fmt.Fprintf(&b, "%s%s", strings.Repeat(" ", depth(n)), nodeReading(n))
		}
	}
	return b.String()
}

func depth(n *plan.Node) int {
	d := 0
	for range n.Ancestors() {
		d++
	}
	return d
}

func nodeReading(n *plan.Node) string {
	return fmt.Sprintf("%s %s %s.%s %s cost=%v..%v rows=%v width=%v time=%v..%v rows=%v loops=%v self=%v %v%s %d workers\n", n.Label(), n.SubplanName, n.Schema, n.Relation, n.Alias,
		n.StartupCost, n.TotalCost, n.PlanRows, n.PlanWidth, n.StartupMs, n.Ms, n.Rows, n.Loops, n.SelfMs, n.Buffers, all(n.Properties), len(n.Workers))
}

// all prints properties with their figures.
func all(list []plan.Property) string {
	var b strings.Builder
	for _, p := range list {
		fmt.Fprintf(&b, "\n\t%s=%s", p.Name, whole(p.Value))
	}
	return b.String()
}

func whole(v plan.Value) string {
	switch {
	case v.Number.Known():
		return fmt.Sprint(v.Number)
	case len(v.List()) > 0:
		var parts []string
		for _, e := range v.List() {
			parts = append(parts, whole(e))
		}
		return "[" + strings.Join(parts, "; ") + "]"
	case len(v.Group()) > 0:
		return "{" + all(v.Group()) + "}"
	}
	return v.Text.Raw()
}

// each changes every line.
func each(change func(s string) string) func([]string) []string {
	return func(lines []string) []string {
		out := make([]string, len(lines))
		for i, s := range lines {
			out[i] = change(s)
		}
		return out
	}
}

// around puts text before and after every line.
func around(before, behind string) func([]string) []string {
	return each(func(s string) string { return before + s + behind })
}

// framed pads every line to the widest and puts text before and after it.
func framed(before, behind string) func([]string) []string {
	return func(lines []string) []string {
		width := 0
		for _, s := range lines {
			width = max(width, utf8.RuneCountInString(s))
		}
		return each(func(s string) string {
			return before + s + strings.Repeat(" ", width-utf8.RuneCountInString(s)) + behind
		})(lines)
	}
}

// under puts a header and a ruler above.
func under(header ...string) func([]string) []string {
	return func(lines []string) []string { return append(append([]string(nil), header...), lines...) }
}

func then(changes ...func([]string) []string) func([]string) []string {
	return func(lines []string) []string {
		for _, c := range changes {
			lines = c(lines)
		}
		return lines
	}
}

// some changes the lines that the pattern selects: of its runes, x marks a line
// to change, cyclically.
func some(pattern string, change func([]string) []string) func([]string) []string {
	return func(lines []string) []string {
		return someOf(pattern, change(lines), lines)
	}
}

func someOf(pattern string, marked, others []string) []string {
	for i := range marked {
		if pattern[i%len(pattern)] != 'x' {
			marked[i] = others[i]
		}
	}
	return marked
}

func replaced(oldnew ...string) func([]string) []string {
	return each(strings.NewReplacer(oldnew...).Replace)
}

func quotedIf(quote func(s string) bool) func([]string) []string {
	return each(func(s string) string {
		if quote(s) {
			return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
		}
		return s
	})
}

var dash = strings.Repeat("-", 60)

// dresses change what surrounds the lines of a plan and must not change what is
// read.
var dresses = map[string]func([]string) []string{
	"frame, left":             around("| ", ""),
	"frame, left, no margin":  around("|", ""),
	"frame, left, header":     then(under("QUERY PLAN", dash), around("| ", "")),
	"frame, left, unicode":    around("│ ", ""),
	"frame, left, double":     around("║ ", ""),
	"frame, right":            framed("", "  |"),
	"frame, right, no margin": framed("", "|"),
	"frame, right, ragged":    around("", " |"),
	"frame, right, header":    then(under("QUERY PLAN"), framed("", "  |"), func(l []string) []string { return append([]string{l[0], dash + "+"}, l[1:]...) }),
	"frame, right, unicode":   framed("", " │"),
	"frame, right, double":    framed("", " ║"),
	"frame, both":             framed("| ", " |"),
	"frame, both, no margin":  framed("|", "|"),
	"frame, both, unicode":    framed("│ ", " │"),
	"frame, both, rulers": then(framed("| ", " |"), func(l []string) []string {
		return append(append([]string{"+" + dash + "+", "| QUERY PLAN |", "+" + dash + "+"}, l...), "+"+dash+"+")
	}),
	"frame, both, first bar lost": then(framed("| ", " |"), func(l []string) []string { return append([]string{strings.TrimPrefix(l[0], "| ")}, l[1:]...) }),
	"frame, both, last bar lost":  then(framed("| ", " |"), func(l []string) []string { return append(l[:len(l)-1:len(l)-1], strings.TrimRight(l[len(l)-1], "| ")) }),
	"frame, both, row numbers": func(l []string) []string {
		for i := range l {
			l[i] = fmt.Sprintf("| %2d | %s |", i+1, l[i])
		}
		return l
	},
	"frame, left, in a mail":         around("> | ", ""),
	"frame, both, in a mail":         framed("> | ", " |"),
	"frame, both, in a comment":      framed("-- | ", " |"),
	"frame, right, in a comment":     framed("-- ", " |"),
	"frame, right, indented":         framed("    ", " |"),
	"frame, both, in a code comment": framed("// | ", " |"),
	"frame, both, psql's breaks":     framed("| ", "+|"),
	"psql's breaks":                  framed(" ", "+"),
	"psql's breaks, unicode":         framed(" ", "↵"),
	"mail":                           around("> ", ""),
	"mail, no blank":                 around(">", ""),
	"mail, thrice":                   around("> > > ", ""),
	"mail, partly":                   some("xxx-x", around("> ", "")),
	"mail, first line not":           some("-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", around("> ", "")),
	"mail with a frame":              around("> > | ", ""),
	"mail, bar":                      around("| > ", ""),
	"comment, SQL":                   around("-- ", ""),
	"comment, SQL, no blank":         around("--", ""),
	"comment, SQL, indented":         around("    -- ", ""),
	"comment, SQL, partly":           some("xxxx-", around("-- ", "")),
	"comment, slashes":               around("// ", ""),
	"comment, slashes, no blank":     around("//", ""),
	"comment, slashes, indented":     around("\t// ", ""),
	"comment, slashes, thrice":       around("/// ", ""),
	"comment, hash":                  around("# ", ""),
	"comment, hash, no blank":        around("#", ""),
	"comment, star":                  around(" * ", ""),
	"comment, block":                 then(around(" * ", ""), under("/*"), func(l []string) []string { return append(l, " */") }),
	"comment, semicolon":             around("; ", ""),
	"comment, percent":               around("% ", ""),
	"comment in a mail":              around("> -- ", ""),
	"mail in a comment":              around("-- > ", ""),
	"diff, added":                    around("+", ""),
	"diff, removed":                  around("-", ""),
	"diff, context":                  func(l []string) []string { return someOf("x-", around("+ ", "")(l), around("  ", "")(l)) },
	"quotes":                         around(`"`, `"`),
	"quotes, doubled":                quotedIf(func(string) bool { return true }),
	"quotes, where quotes are":       quotedIf(func(s string) bool { return strings.Contains(s, `"`) }),
	"quotes, where blanks lead":      quotedIf(func(s string) bool { return strings.HasPrefix(s, " ") }),
	"quotes, where commas are":       quotedIf(func(s string) bool { return strings.ContainsAny(s, `",`) }),
	"quotes, list":                   around(`    "`, `",`),
	"quotes, single, list":           around("'", "',"),
	"quotes, tuple":                  around("('", "',)"),
	"quotes, in a comment":           around(`-- "`, `"`),
	"quotes, in a mail":              around(`> "`, `"`),
	"quotes, closing only":           around("", `"`),
	"quotes, first line not":         some("-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", quotedIf(func(string) bool { return true })),
	"quotes, curly":                  around("“", "”"),
	"quotes, angular":                around("«", "»"),
	"quotes, low":                    around("„", "“"),
	"quotes, curly inside":           replaced("'", "’"),
	"quotes, curly pairs inside":     each(curly),
	"quotes, Java":                   around(`"`, `\n" +`),
	"backquotes":                     around("`", "`"),
	"backquotes, doubled":            around("``", "``"),
	"backquotes, in a mail":          around("> `", "`"),
	"backquotes, listed":             around("- `", "`"),
	"bold lines":                     each(trimmed("**", "**")),
	"emphasized lines":               each(trimmed("*", "*")),
	"emphasized lines, underscores":  each(trimmed("_", "_")),
	"bold emphasized lines":          each(trimmed("***", "***")),
	"struck lines":                   each(trimmed("~~", "~~")),
	"bold first line":                some("x"+strings.Repeat("-", 999), around("**", "**")),
	"bold node words":                each(words("**", "**")),
	"emphasized node words":          each(words("*", "*")),
	"emphasized node words, _":       each(words("_", "_")),
	"bold emphasized node words":     each(words("**_", "_**")),
	"bold figures":                   each(figure("time=", " ", "**", "**")),
	"emphasized figures":             each(figure("time=", " ", "_", "_")),
	"emphasized figures, star":       each(figure("time=", " ", "*", "*")),
	"bold rows":                      each(figure(" rows=", " ", "**", "**")),
	"bold name and rows":             each(figure("rows=", " ", "**rows=", "**")),
	"bold loops":                     each(figure("loops=", ")", "**", "**")),
	"bold brackets":                  each(func(s string) string { return mark(s, "(actual ", ")", "**(actual ", ")**") }),
	"bold inside brackets":           each(func(s string) string { return mark(s, "(actual ", ")", "(**actual ", "**)") }),
	"bold buffers":                   each(figure("shared hit=", " ", "**", "**")),
	"bold removed": each(func(s string) string {
		return mark(s, "Rows Removed by Filter: ", "", "**Rows Removed by Filter: ", "**")
	}),
	"bold property figure": each(func(s string) string {
		return mark(s, "Rows Removed by Filter: ", "", "Rows Removed by Filter: **", "**")
	}),
	"bold property name": each(func(s string) string {
		return mark(s, "Rows Removed by Filter:", "", "**Rows Removed by Filter:**", "")
	}),
	"bold time":            each(func(s string) string { return mark(s, "Execution Time: ", "", "**Execution Time: ", "**") }),
	"bold time's figure":   each(func(s string) string { return mark(s, "Execution Time: ", "", "Execution Time: **", "**") }),
	"colored figures":      each(figure("time=", " ", "<b>", "</b>")),
	"marked figures":       each(figure("time=", " ", "<mark>", "</mark>")),
	"marked words":         each(words("<em>", "</em>")),
	"marked lines":         each(trimmed("<strong>", "</strong>")),
	"escapes, all":         each(escaped(`\` + "`*_{}[]()<>#+-.!|~")),
	"escapes, some":        each(escaped(`_*<>`)),
	"escapes, underscores": each(escaped(`_`)),
	"escapes, brackets":    each(escaped(`()[]_`)),
	"escapes, stars":       each(escaped(`*_~`)),
	"escapes, table":       then(each(escaped(`_*|<`)), framed("| ", " |"), under("| QUERY PLAN |", "| :--- |")),
	"escapes and entities": then(replaced("&", "&amp;", "<", "&lt;", ">", "&gt;"), each(escaped(`()_*`))),
	"escapes, links":       each(func(s string) string { return mark(s, "Filter: ", "", "[Filter: ", "]()") }),
	"entities":             each(html.EscapeString),
	"entities, < and >":    replaced("<", "&lt;", ">", "&gt;"),
	"entities, twice":      each(func(s string) string { return html.EscapeString(html.EscapeString(s)) }),
	"entities, quotes":     replaced("'", "&#39;", `"`, "&quot;"),
	"entities, blanks":     each(func(s string) string { return strings.ReplaceAll(s, "  ", "&nbsp; ") }),
	"list, dashes":         around("- ", ""),
	"list, stars":          around("* ", ""),
	"list, bullets":        around("• ", ""),
	"list, figures": func(l []string) []string {
		for i := range l {
			l[i] = fmt.Sprintf("%d. %s", i+1, l[i])
		}
		return l
	},
	"line numbers": func(l []string) []string {
		for i := range l {
			l[i] = fmt.Sprintf("%4d  %s", i+1, l[i])
		}
		return l
	},
	"line numbers, bars": func(l []string) []string {
		for i := range l {
			l[i] = fmt.Sprintf("%4d │ %s", i+1, l[i])
		}
		return l
	},
	"line numbers, pipes": func(l []string) []string {
		for i := range l {
			l[i] = fmt.Sprintf("%d|%s", i+1, l[i])
		}
		return l
	},
	"line numbers, brackets": func(l []string) []string {
		for i := range l {
			l[i] = fmt.Sprintf("[%d] %s", i+1, l[i])
		}
		return l
	},
	"semicolons":            around("", ";"),
	"commas":                around("", ","),
	"backslashes":           around("", ` \`),
	"line ends, escaped":    around("", `\n`),
	"line ends, cat -A":     around("", "$"),
	"line ends, pilcrow":    around("", "¶"),
	"line breaks":           around("", "<br>"),
	"line breaks, Markdown": around("", "  "),
	"code":                  around("<code>", "</code>"),
	"tabs for two blanks":   replaced("  (cost", "\t(cost", "  Memory", "\tMemory"),
	"indented":              around("      ", ""),
	"a table's cells":       around("<tr><td>", "</td></tr>"),
	"a table's cells, tabs": around("\t", "\t"),

	"figures below the node":                   figuresBelow(0, false),
	"figures below the node, two lines":        figuresBelow(0, true),
	"figures below the node's lines":           figuresBelow(99, false),
	"figures between the node's lines":         figuresBelow(1, true),
	"figures below the node, SQL comments":     then(figuresBelow(0, true), around("-- ", "")),
	"figures below the node's lines, indented": then(figuresBelow(99, true), around("    ", "")),
}

// figuresBelow moves the figures of nodes to lines of their own, as many lines further
// down as given, but above the next node. If each is true, costs and times are apart.
func figuresBelow(down int, each bool) func([]string) []string {
	const blanks = "                                                            "
	return func(lines []string) []string {
		var out, held []string
		passed := 0
		for _, l := range append(lines, "") {
			words, figures, node := strings.Cut(l, "  (")
			node = node && (strings.HasPrefix(figures, "cost=") || strings.HasPrefix(figures, "actual ") || strings.HasPrefix(figures, "never "))
			at := len(l) - len(strings.TrimLeft(l, " "))
			if passed == down || node || at == 0 || strings.Contains(l, "Plan ") || strings.Contains(l, "Worker ") || strings.Contains(l, "CTE ") {
				out, held = append(out, held...), nil
			}
			passed++
			if !node {
				out = append(out, l)
				continue
			}
			out, passed = append(out, words), 0
			below := blanks[:min(at+6, len(blanks))]
			if front, actual, both := strings.Cut(figures, ") ("); both && each {
				held = []string{below + "(" + front + ")", below + "(" + actual}
			} else {
				held = []string{below + "(" + figures}
			}
			if down == 0 {
				out, held = append(out, held...), nil
			}
		}
		return out[:len(out)-1]
	}
}

// trimmed marks a line inside its indentation.
func trimmed(before, behind string) func(string) string {
	return func(s string) string {
		at := len(s) - len(strings.TrimLeft(s, " "))
		return s[:at] + before + s[at:] + behind
	}
}

// words marks the words of a node.
func words(before, behind string) func(string) string {
	return func(s string) string {
		at := len(s) - len(strings.TrimLeft(s, " "))
		if strings.HasPrefix(s[at:], "->  ") {
			at += 4
		}
		end := strings.Index(s, "  (cost=")
		if end < at {
			return s
		}
		return s[:at] + before + s[at:end] + behind + s[end:]
	}
}

// figure marks the text from after start to end.
func figure(start, end, before, behind string) func(string) string {
	return func(s string) string {
		i := strings.Index(s, start)
		if i < 0 || !strings.Contains(s, "(actual ") && !strings.HasPrefix(strings.TrimSpace(s), "Buffers") {
			return s
		}
		if strings.Contains(before, strings.TrimSpace(start)) {
			s = s[:i] + s[i+len(start):]
		} else {
			i += len(start)
		}
		n := strings.IndexAny(s[i:], end+")")
		if n < 0 {
			n = len(s) - i
		}
		return s[:i] + before + s[i:i+n] + behind + s[i+n:]
	}
}

// mark replaces start by before and the next end, or the line's, by behind.
func mark(s, start, end, before, behind string) string {
	i := strings.Index(s, start)
	if i < 0 {
		return s
	}
	rest := s[i+len(start):]
	if end == "" {
		return s[:i] + before + rest + behind
	}
	inner, after, _ := strings.Cut(rest, end)
	return s[:i] + before + inner + behind + after
}

func escaped(chars string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, c := range s {
			if strings.ContainsRune(chars, c) {
				b.WriteByte('\\')
			}
			b.WriteRune(c)
		}
		return b.String()
	}
}

// curly writes quotes as word processors do: opening and closing ones.
func curly(s string) string {
	for _, pair := range [...][3]string{{"'", "‘", "’"}, {`"`, "“", "”"}} {
		for open := true; strings.Contains(s, pair[0]); open = !open {
			if open {
				s = strings.Replace(s, pair[0], pair[1], 1)
			} else {
				s = strings.Replace(s, pair[0], pair[2], 1)
			}
		}
	}
	return s
}

// TestDresses: whatever surrounds the lines of a plan, it is read as without.
func TestDresses(t *testing.T) {
	for name, clean := range cleanPlans(t) {
		plans, err := plan.Parse([]byte(clean))
		if err != nil || len(plans) != 1 {
			t.Fatalf("%s: %d plans, %v", name, len(plans), err)
		}
		want := reading(plans)
		for dress, wear := range dresses {
			lines := strings.Split(strings.TrimSuffix(clean, "\n"), "\n")
			in := strings.Join(wear(lines), "\n") + "\n"
			t.Run(dress+"/"+filepath.Base(name), func(t *testing.T) {
				if !plan.Sniff([]byte(in)) {
					t.Error("Sniff says no")
				}
				plans, err := plan.Parse([]byte(in))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, reading(plans)); diff != "" {
					t.Errorf("(-clean +dressed):\n%s\n%s", diff, in)
				}
				for _, p := range plans {
					if len(p.Warnings) > 0 {
						t.Errorf("warning: %v", p.Warnings[0])
					}
				}
			})
		}
	}
}

// flat are copies that lost the indentation, entirely or on some lines.
var flat = map[string]func([]string) []string{
	"trimmed":            each(strings.TrimSpace),
	"one blank":          each(func(s string) string { return strings.Join(strings.Fields(s), " ") }),
	"blanks collapsed":   each(collapsed),
	"trimmed and quoted": each(func(s string) string { return quoteSome(strings.TrimSpace(s), strings.TrimSpace(s)) }),
	"quoted lines keep one blank": each(func(s string) string {
		return quoteSome(collapsed(s), strings.TrimSpace(s))
	}),
	"quoted lines keep all blanks": each(func(s string) string { return quoteSome(s, strings.TrimSpace(s)) }),
	"arrows lost":                  each(func(s string) string { return strings.TrimPrefix(strings.TrimSpace(s), "->  ") }),
}

// collapsed reduces blanks to one, as a web page shows them.
func collapsed(s string) string {
	inner := strings.Join(strings.Fields(s), " ")
	if strings.HasPrefix(s, " ") {
		return " " + inner
	}
	return inner
}

// quoteSome writes a line as CSV does: quoted if it has a quote or a comma.
func quoteSome(quoted, other string) string {
	if strings.ContainsAny(quoted, `",`) {
		return `"` + strings.ReplaceAll(quoted, `"`, `""`) + `"`
	}
	return other
}

// TestFlat: a plan whose indentation was lost has the same tree, and says that it
// may be wrong.
func TestFlat(t *testing.T) {
	blanks := func(plans []*plan.Plan) string { return strings.Join(strings.Fields(reading(plans)), " ") }
	for name, clean := range cleanPlans(t) {
		plans := onePlan(t, clean)
		want := blanks(plans)
		for how, lose := range flat {
			in := strings.Join(lose(strings.Split(strings.TrimSuffix(clean, "\n"), "\n")), "\n") + "\n"
			got, err := plan.Parse([]byte(in))
			if err != nil || len(got) != 1 {
				t.Errorf("%s, %s: %d plans, %v\n%s", name, how, len(got), err, in)
				continue
			}
			if diff := cmp.Diff(want, blanks(got)); diff != "" {
				t.Errorf("%s, %s:\n%s\n%s", name, how, diff, in)
			}
			deep := 0
			for n := range plans[0].Nodes() {
				deep = max(deep, depth(n))
			}
			if w := got[0].Warnings; deep > 1 && (len(w) != 1 || !strings.Contains(w[0].Error(), "indentation")) {
				t.Errorf("%s, %s: %v", name, how, w)
			}
		}
	}
}
