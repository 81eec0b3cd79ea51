package review_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/rules/migrations"
	"github.com/pgverdict/pgverdict/internal/rules/schemas"
	"github.com/pgverdict/pgverdict/internal/testcase"
)

// What every format says, whatever it looks like: the letters and digits of
// what a person reads, in their order.
func said(t *testing.T, out []byte) string {
	t.Helper()
	text := string(out)
	if out[0] == '{' {
		text = valuesOf(t, out)
	} else {
		text = html.UnescapeString(markup.ReplaceAllString(text, " "))
	}
	return squash(text)
}

var markup = regexp.MustCompile(`</?[a-zA-Z!][^>]*>`)

func squash(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, s)
}

// valuesOf are the texts of one JSON document or several, and their figures.
func valuesOf(t *testing.T, out []byte) string {
	var b strings.Builder
	d := json.NewDecoder(bytes.NewReader(out))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, token)
	}
}

// Text, Markdown, JSON and whatever else there is say the same findings,
// recommendations and figures, of every rule's cases and the demonstration.
func TestFormatsAgree(t *testing.T) {
	inputs := []string{"../../testdata/demo", "../../testdata/pairs/index-added.txt", "../../testdata/migration"}
	onSchemas := map[string]bool{}
	onMigrations := map[string]bool{"../../testdata/migration": true}
	for _, name := range append(testcase.Glob(t, "../../testdata/rules/*/fires*"), "../../testdata/advice/ledger", "../../testdata/advice/parts") {
		of := filepath.Base(filepath.Dir(name))
		path := testcase.Unpack(t, name)
		onMigrations[path] = slices.ContainsFunc(migrations.Rules, func(r *rule.Rule) bool { return r.ID == of })
		isSchemaRule := func(r *rule.Rule) bool {
			return r.ID == of && (r.Relation != nil || r.Schema != nil) && r.Change == nil && r.Table == nil && r.File == nil
		}
		onSchemas[path] = strings.HasSuffix(path, "-schema") || slices.ContainsFunc(schemas.Rules, isSchemaRule)
		inputs = append(inputs, path)
	}
	for _, path := range inputs {
		o := review.Options{Context: map[string]string{"service": "checkout, the second"}}
		docs := input.Open([]string{path}, nil)
		if onMigrations[path] || onSchemas[path] {
			o.Migration, docs = &review.Migration{Repository: path, Options: migration.Options{WholeSchema: onSchemas[path]}}, input.OpenWhole([]string{path}, nil)
		}
		r, errs := review.Run(docs, o)
		part := slices.ContainsFunc(r.Plans, func(p report.Plan) bool { return !p.Complete })
		if len(errs) > 0 && !part {
			t.Errorf("%s: %v", path, errs)
			continue
		}
		for _, format := range report.FormatNames() {
			if format == "sarif" || format == "github" || format == "gitlab" {
				continue // the formats of CI hold the findings alone
			}
			for _, full := range []bool{false, true} {
				var out bytes.Buffer
				if err := report.Write(&out, r, format, report.Options{Full: full}); err != nil {
					t.Fatal(err)
				}
				text := said(t, out.Bytes())
				if full && strings.Contains(text, squash("Left out, because a comment has at most")) {
					continue // it names what it leaves out
				}
				for what, want := range mustSay(r, full) {
					if !strings.Contains(text, squash(want)) {
						t.Errorf("%s as %s, full %v: does not say %s %q", path, format, full, what, want)
					}
				}
			}
		}
	}
}

// mustSay is what a report in any format says; in full or in short.
func mustSay(r *report.Report, full bool) map[string]string {
	say := map[string]string{"the verdict": r.Summary.Verdict}
	if len(r.Migrations) == 0 && r.Schema == nil {
		say["the context"] = "checkout, the second"
	}
	for i, s := range r.Statements {
		if !full {
			break
		}
		for k, step := range s.SafeRewrite {
			say[fmt.Sprintf("statement %d: safe step %d", i, k)] = step.SQL
		}
		for _, l := range s.Locks {
			if !l.New && s.Supported && l.Mode != "ACCESS SHARE" {
				say[fmt.Sprintf("statement %d: lock", i)] = l.Mode
			}
		}
	}
	for i, m := range r.Migrations {
		say[fmt.Sprintf("migration %d", i)] = m.Path
		for k, act := range m.WayBack.Acts {
			if full {
				say[fmt.Sprintf("migration %d: act %d", i, k)] = act.Text
			}
		}
	}
	for i, f := range r.Findings {
		name := fmt.Sprintf("finding %d: ", i)
		say[name+"rule"] = f.Rule
		if full {
			say[name+"detail"] = f.Detail
			for k, e := range f.Evidence {
				say[fmt.Sprint(name, "evidence ", k)] = e.Name
			}
		}
		if full || f.Severity > finding.Nit && len(r.Findings) <= 12 {
			say[name+"severity"] = f.Severity.String()
			say[name+"title"] = f.Title
			if again := onAnother(r.Findings[:i], f); again && !full {
				say[name+"title"] = *f.Where.Relation // named in the entry of the first
				if r.Schema != nil {
					say[name+"title"] = strings.TrimPrefix(*f.Where.Relation, "public.")
				}
				if len(r.Migrations) > 0 { // by its line there
					delete(say, name+"title")
				}
			}
		}
	}
	others := 0
	for _, c := range r.Recommendations {
		first := slices.Contains(r.Summary.Top, c.ID)
		if !first {
			others++
		}
		if full || first || others <= 5 {
			say[c.ID+" gain"] = c.Gain
		}
		if !full && !first {
			continue
		}
		say[c.ID+" cost"], say[c.ID+" verify"] = c.Cost, c.Verify
		if c.Lock.Mode != "none" {
			say[c.ID+" lock"], say[c.ID+" duration"] = c.Lock.Mode, c.Lock.Duration
		}
		for k, caution := range c.Lock.Cautions {
			say[fmt.Sprint(c.ID, " caution ", k)] = caution
		}
		if full || strings.Count(c.Statement, "\n")+len(c.Steps) < 12 {
			if say[c.ID+" statement"] = c.Statement; len(c.Steps) > 1 {
				delete(say, c.ID+" statement")
			}
			for k, step := range c.Steps {
				say[fmt.Sprint(c.ID, " step ", k)] = step.SQL
			}
			say[c.ID+" rollback"] = c.Rollback
		}
	}
	lines := map[string]bool{}
	for i, m := range r.Missing {
		if lines[m.Export+m.How] = true; !full && len(lines) > 4 {
			break
		}
		if full {
			say[fmt.Sprint("missing ", i)] = m.Why
		}
		for k, c := range m.Commands {
			say[fmt.Sprint("command ", i, k)] = c
		}
		if full {
			for _, id := range m.Rules {
				say[fmt.Sprint("silent ", i, id)] = id
			}
		}
	}
	if full {
		for i, x := range r.Refused {
			say[fmt.Sprint("refused ", i)], say[fmt.Sprint("why refused ", i)] = x.Index, x.Why
		}
		say["what to ask"], say["what to ask at once"] = r.FollowUp.B, r.FollowUp.C
	}
	return say
}

// onAnother reports whether a rule spoke of another table or index already.
func onAnother(before []report.Finding, f report.Finding) bool {
	return f.Where.Relation != nil && f.Where.QueryID == nil && slices.ContainsFunc(before, func(g report.Finding) bool {
		return g.Rule == f.Rule && g.Section == f.Section && g.Where.QueryID == nil
	})
}
