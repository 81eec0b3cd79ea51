package review

import (
	"fmt"
	"strings"
	"time"

	"github.com/pgverdict/pgverdict/internal/emit"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rollout"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// draftSchema writes what --emit drafts of a schema: schema.md, which holds its
// conventions and decisions, and the steps of the changes without which it is not
// approved, in the form of the tool that runs its migrations.
func (b *builder) draftSchema(r *report.Report) func(dir string, now time.Time) ([]string, error) {
	return func(dir string, now time.Time) ([]string, error) {
		var changes []rollout.Change
		for _, rec := range r.Recommendations {
			for _, i := range rec.Findings {
				if f := r.Findings[i]; rule.BlocksApproval(b.found[i]) && len(b.steps[rec.Statement]) > 0 {
					changes = append(changes, rollout.Change{From: rec.ID + ", for " + f.ID + ": " + f.Title, Steps: b.steps[rec.Statement], Back: rec.Rollback})
					break
				}
			}
		}
		tool, last := rollout.ToolOf(b.c.Migration.Files)
		d, err := rollout.Draft(dir, tool, last, changes, "", now)
		if err != nil {
			return d.Paths, err
		}
		folder, err := emit.Open(dir, "", "", now)
		if err != nil {
			return d.Paths, err
		}
		path, err := folder.AddFile("schema.md", redact.MaskSecrets(b.schemaDocument(r)))
		if err != nil {
			return d.Paths, err
		}
		return append(d.Paths, path), nil
	}
}

// schemaDocument is a draft of the rules that a team keeps for its schema: what most of
// it does, what departs from that, and what is not decided. It holds what the schema
// shows and nothing else.
func (b *builder) schemaDocument(r *report.Report) string {
	var out strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	line("# Schema\n\nA draft by pgverdict, from %s. It says what the schema does, not what it should do. Edit it.\n", figures.Plural(r.Schema.Tables, "table"))
	if len(r.Schema.Conventions) > 0 {
		line("## Conventions\n\nAt least two thirds are made in this way.\n\n| what | convention | followed by |\n|---|---|---|")
		for _, k := range r.Schema.Conventions {
			line("| %s | `%s` | %d of %d |", k.Kind, k.Value, k.Kept, k.Of)
		}
		line("")
	}
	if list := b.c.Schema.Decisions(); len(list) > 0 {
		line("## Decisions found\n")
		for _, d := range list {
			line("- %s: %s", d.About, d.Says)
		}
		line("")
	}
	exceptions := false
	for _, k := range r.Schema.Conventions {
		if len(k.Exceptions) == 0 {
			continue
		}
		if !exceptions {
			line("## Exceptions\n\nSay why each is one, or change it.\n")
			exceptions = true
		}
		line("- %s, not `%s`: %s", k.Kind, k.Value, strings.Join(k.Exceptions, ", "))
	}
	if exceptions {
		line("")
	}
	asked := false
	for _, f := range r.Findings {
		if f.Question == "" || f.Severity == finding.Nit || f.Ignored != "" {
			continue
		}
		if !asked {
			line("## To decide\n")
			asked = true
		}
		line("- %s: %s Until then: %s", f.Title, f.Question, f.Default)
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}
