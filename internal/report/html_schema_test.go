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

// designed is a report on a schema of so many tables, which all refer to the first one
// and to their neighbour. Every tenth has a finding.
func designed(tables int) *Report {
	s := &Schema{Verdict: "iterate", Tables: tables}
	r := &Report{Tool: Tool{"pgverdict", "test"}, Inputs: []Input{{Path: "schema.sql", Kind: "schema"}}, Schema: s, Summary: Summary{Subject: "schema", Verdict: "Iterate."}}
	for i := range tables {
		name := fmt.Sprintf("public.table_%d", i)
		t := Relation{Name: name, Rows: opt.Of(1000.0), Bytes: opt.Of(8192.0), Columns: []Column{{Name: "id", Type: "bigint", Key: true}, {Name: "note", Type: "text"}}}
		if i > 0 {
			for column, to := range map[string]int{"first_id": 0, "before_id": i - 1} {
				t.Columns = append(t.Columns, Column{Name: column, Type: "bigint"})
				s.ForeignKeys = append(s.ForeignKeys, ForeignKey{Name: "fk", Table: name, Columns: []string{column}, Refers: fmt.Sprintf("public.table_%d", to), Others: []string{"id"}})
			}
		}
		if i%10 == 9 {
			t.Columns[1].Findings, t.Findings = []int{len(r.Findings)}, []int{len(r.Findings)}
			r.Findings = append(r.Findings, Finding{Rule: "varchar-limit", Section: "A", Severity: finding.Medium, Title: name + " is wrong", Where: Where{Input: opt.Some(0), Line: opt.Some(i), Relation: ref(name)},
				Places: []Place{{Relation: ref(name), Title: "here"}}})
		}
		s.Relations = append(s.Relations, t)
	}
	r.Label()
	return r
}

// The picture of a schema has every table up to a bound, and above it those with
// findings. Findings and boxes link to each other.
func TestPicture(t *testing.T) {
	for _, c := range []struct {
		tables, boxes int
		said          []string
		notSaid       string
	}{
		{12, 12, []string{"12 tables", `data-name="table_0"`, "→ table_0", "← 12", "1,000 rows, 8 kB"}, "The picture shows"},
		{60, 60, []string{"No lines lead to table_0: many"}, "The picture shows"},
		{900, 200, []string{"The picture shows 200 of the 900 tables"}, ""},
	} {
		out := htmlOf(t, designed(c.tables))
		boxes := regexp.MustCompile(`<g class="box" id="(s\d+)"`).FindAllStringSubmatch(out, -1)
		if len(boxes) != c.boxes {
			t.Errorf("%d tables: %d boxes, want %d", c.tables, len(boxes), c.boxes)
		}
		ids := map[string]bool{}
		for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(out, -1) {
			if ids[m[1]] {
				t.Errorf("%d tables: two places are called %s", c.tables, m[1])
			}
			ids[m[1]] = true
		}
		marks := 0
		for _, m := range regexp.MustCompile(` href="#([^"]+)"| data-(?:from|to)="([^"]+)"`).FindAllStringSubmatch(out, -1) {
			if !ids[m[1]+m[2]] {
				t.Errorf("%d tables: nothing is called %s", c.tables, m[1]+m[2])
			}
			if strings.HasPrefix(m[1], "A") {
				marks++
			}
		}
		if want := c.tables / 10 * 2; marks < want {
			t.Errorf("%d tables: %d marks lead to findings, want %d", c.tables, marks, want)
		}
		for _, want := range c.said {
			if !strings.Contains(out, want) {
				t.Errorf("%d tables: %q is not there", c.tables, want)
			}
		}
		if c.notSaid != "" && strings.Contains(out, c.notSaid) {
			t.Errorf("%d tables: %q is there", c.tables, c.notSaid)
		}
	}
}

// A mark leads to its finding, a finding to its table, and a table shows its foreign
// keys. The picture is searched, and fits the page if asked to.
func TestPictureInBrowser(t *testing.T) {
	b := openBrowser(t)
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(htmlOf(t, designed(60))), 0o666); err != nil {
		t.Fatal(err)
	}
	b.open(path)
	b.want(`document.documentElement.scrollWidth <= innerWidth`, true)
	b.js(`document.querySelector("#s10 .mark").scrollIntoView({block: "center", inline: "center"})`)
	b.click("#s10 .mark")
	b.want(`location.hash + document.querySelector("#A1 details").open`, "#A1true")
	b.click(`#A1 a[href="#s10"]`)
	b.want(`document.querySelector("#s10").contains(document.activeElement)`, true)
	b.want(`(r => r.top >= 0 && r.bottom <= innerHeight && r.left >= 0)(document.querySelector("#s10 rect").getBoundingClientRect())`, true)
	b.want(`Array.from(document.querySelectorAll(".line.lit"), e => e.dataset.from + e.dataset.to).sort().join(" ")`, "s10s9 s11s10")
	b.press("/", "t", "a", "b", "l", "e", "_", "5", "9")
	b.want(`document.querySelector("#hits a").getAttribute("href")`, "#s60")
	b.press("Escape")
	b.click(".fit")
	b.want(`(d => d.scrollWidth <= d.clientWidth && d.scrollHeight <= d.clientHeight)(document.querySelector(".diagram"))`, true)
	b.click(".fit")
	b.want(`document.querySelector(".diagram").scrollWidth > document.querySelector(".diagram").clientWidth`, true)
	if list := b.complaints(); len(list) > 0 {
		t.Errorf("the browser complains:\n%s", strings.Join(list, "\n"))
	}
}

// Names of tables and columns cannot break out of the picture.
func TestPictureSpoiled(t *testing.T) {
	r := designed(12)
	tags := func() []string { // a long name is cut, has its whole in a title, and leaves no room for the type
		list := regexp.MustCompile(`</?[a-zA-Z!][^\s>/]*`).FindAllString(htmlOf(t, r), -1)
		return slices.DeleteFunc(list, func(tag string) bool { return strings.HasSuffix(tag, "title") || strings.HasSuffix(tag, "tspan") })
	}
	want := tags()
	spoil(reflect.ValueOf(r))
	r.Label()
	got := tags()
	if !slices.Equal(want, got) {
		t.Errorf("markup came in: %d tags instead of %d", len(got), len(want))
	}
}
