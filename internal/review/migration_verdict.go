package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rules/migrations"
	"github.com/pgverdict/pgverdict/workload"
)

// migrationSummary is the verdict on all files: the worst word, how many files have
// which, and the finding that decides.
func (b *builder) migrationSummary(r *report.Report, verdicts map[*migration.File]migrations.Verdict) report.Summary {
	s := report.Summary{Subject: figures.Plural(len(r.Migrations), "migration"), Top: []string{}, Counts: map[string]int{}}
	for sev := finding.Nit; sev <= finding.Severe; sev++ {
		s.Counts[sev.String()] = 0
	}
	for _, f := range r.Findings {
		if f.Ignored == "" {
			s.Counts[f.Severity.String()]++
		}
	}
	if server := b.c.Migration.Server; server.Known() {
		s.Server = &report.Server{Value: server.Text, Basis: server.Basis}
	}
	count := map[string]int{}
	for _, m := range r.Migrations {
		count[m.Verdict]++
	}
	deciding := b.decidingFindings(r, verdicts)
	if len(r.Migrations) == 0 {
		s.Verdict = "Nothing to review."
		if len(b.errs) == 0 {
			s.Verdict = "Nothing to review: no migration was added or changed."
		}
		return s
	}
	var parts []string
	for _, w := range [...]struct{ word, one, of string }{{"hold", "Hold", "to hold"}, {"rewrite", "Rewrite", "to rewrite"}, {"ship", "Ship", "can ship"}} {
		n := count[w.word]
		if n == 0 {
			continue
		}
		if s.MigrationVerdict == "" {
			s.MigrationVerdict, s.Verdict = w.word, w.one
		}
		parts = append(parts, figures.Count(float64(n))+" "+w.of)
	}
	switch {
	case len(parts) > 1:
		s.Verdict += fmt.Sprintf(": of %d migrations, %s.", len(r.Migrations), figures.List(parts))
	case len(r.Migrations) == 2:
		s.Verdict += " both migrations."
	case len(r.Migrations) > 2:
		s.Verdict += fmt.Sprintf(" all %d migrations.", len(r.Migrations))
	default:
		s.Verdict += "."
	}
	if len(deciding) > 0 {
		f := r.Findings[deciding[0]]
		s.Lead = opt.Some(deciding[0])
		s.Verdict += " " + place(r, f) + sentence(f.Title)
		if first, _, _ := strings.Cut(f.Fix, ". "); first != "" {
			s.Verdict += " " + sentence(first)
		}
	}
	if len(deciding) > 1 {
		also := r.Findings[deciding[1]]
		s.Verdict += " Also " + within(place(r, also)) + sentence(also.Title)
		if more := len(deciding) - 2; more > 0 {
			s.Verdict += fmt.Sprintf(" %s below.", figures.Plural(float64(more), "more finding"))
		}
	}
	if s.MigrationVerdict == "ship" {
		for _, f := range b.c.Migration.Files {
			if first := verdicts[f].First; first != "" {
				s.Verdict = strings.TrimSuffix(s.Verdict, ".") + ", with " + first + " first."
				s.Lead = opt.Value[int]{}
				break
			}
		}
		s.Verdict = withUnread(r, s.Verdict)
	}
	return s
}

// withUnread is a verdict to ship, with the statements that were not understood: it is on
// the others only.
func withUnread(r *report.Report, verdict string) string {
	unread := slices.DeleteFunc(slices.Clone(r.Findings), func(f report.Finding) bool { return f.Rule != "unread-statement" || f.Ignored != "" })
	if len(unread) == 0 {
		return verdict
	}
	if len(unread) == len(r.Statements) {
		verdict = "Not judged."
	}
	where := within(strings.TrimSuffix(place(r, unread[0]), ": "))
	if len(unread) == 1 {
		return verdict + fmt.Sprintf(" A statement was not understood (%s): check it by hand first.", where)
	}
	return verdict + fmt.Sprintf(" %s were not understood (the first: %s): check them by hand first.", figures.Plural(len(unread), "statement"), where)
}

// decidingFindings are the findings for which the verdict is not to ship, the weightiest
// first: one of each statement.
func (b *builder) decidingFindings(r *report.Report, verdicts map[*migration.File]migrations.Verdict) (deciding []int) {
	worst := migrations.Ship
	for _, v := range verdicts {
		if v.Word == migrations.Hold || v.Word == migrations.Rewrite && worst == migrations.Ship {
			worst = v.Word
		}
	}
	if worst == migrations.Ship {
		return nil
	}
	seen := map[*migration.Statement]bool{}
	for i := range r.Findings {
		f := b.found[i]
		if verdicts[f.File].Word != worst || migrations.Of(f) != worst || f.Change != nil && seen[f.Change] {
			continue
		}
		seen[f.Change] = true
		deciding = append(deciding, i)
	}
	return deciding
}

// place is the file and the line of a finding, for the start of a sentence.
func place(r *report.Report, f report.Finding) string {
	i, known := f.Where.Input.Get()
	if !known || i >= len(r.Inputs) {
		return ""
	}
	line := f.Where.Line.Or(0)
	if len(r.Migrations) == 1 && line > 0 && r.Migrations[0].Input == i {
		return fmt.Sprintf("Line %d: ", line)
	}
	if line > 0 {
		return fmt.Sprintf("%s:%d: ", r.Inputs[i].Path, line)
	}
	return r.Inputs[i].Path + ": "
}

// within returns the words of place for the middle of a sentence.
func within(place string) string {
	if rest, ok := strings.CutPrefix(place, "Line "); ok {
		return "line " + rest
	}
	return place
}

// migrationMissing is what was not given and would change what is said of the
// migrations.
func (b *builder) migrationMissing(r *report.Report) []report.Missing {
	set := b.c.Migration
	out := []report.Missing{}
	for _, model := range set.Models {
		out = append(out, missing("SQL of "+model.Kind, "what "+model.Path+" does to the database: it is not SQL", runs(model.Command)))
	}
	if len(set.Files) == 0 {
		return out
	}
	if b.otherEngines() {
		return append(out, b.dialectMissing()...)
	}
	strong, reads, breaks, slowBack := false, false, false, false
	for _, f := range set.Files {
		for _, s := range f.Statements {
			if l := s.Effect.Strongest(); l != nil && l.Mode.BlocksReads() {
				strong = true
			}
			reads = reads || len(s.Effect.Reads) > 0 && s.Effect.Class != ddl.Instant
		}
	}
	for _, s := range r.Statements {
		breaks = breaks || s.BreaksCode
		slowBack = slowBack || s.Reversible != "yes" || slices.ContainsFunc(s.Rollback, func(u report.RollbackStep) bool { return u.Class == string(ddl.Rewrite) })
	}
	has := func(v workload.View) bool { return set.Tables != nil && set.Tables.Has(v) }
	for _, w := range []struct {
		is         bool
		input, why string
		get        how
	}{
		{set.Schema == migration.NoSchema, "schema", "which constraints, indexes, partitions and views the tables have. Without a dump each statement is judged alone, by its worst case", runs(dumpCommand)},
		{reads && !has(workload.ViewClass) && !has(workload.ViewTables), "pg_class", "how large the tables are: above 1 M rows what blocks them is critical, below 10,000 rows it does not matter", runs(exportCommand)},
		{strong && !has(workload.ViewActivity), "pg_stat_activity", "which transactions the locks would wait for. Export it just before the release", runs(exportCommand)},
		{strong && !has(workload.ViewReplication), "pg_stat_replication", "whether there are standbys: ACCESS EXCLUSIVE is replayed there, and blocks their reads too", runs(exportCommand)},
		{!set.Server.Known(), "server version", "which version runs this: without it the stronger lock of PostgreSQL 13 is assumed", how{say: "Give --pg-version"}},
		{breaks && b.Migration != nil && b.Migration.Deploy == "", "deploy order", "whether the migration runs before or after the code that needs it: both versions of the code run during a rolling deploy", how{say: "Give --deploy before, with or after"}},
		{slowBack, "tested rollback", "whether the way back was run on a copy of production's size", how{}},
	} {
		if w.is {
			out = append(out, missing(w.input, w.why, w.get))
		}
	}
	for _, f := range b.found {
		for _, a := range f.Asks {
			if entry := missing(a.Input, a.Why, runs(psql(a.Query))); f.Severity > finding.Nit && !slices.ContainsFunc(out, func(m report.Missing) bool { return m.Input == entry.Input }) {
				out = append(out, entry)
			}
		}
	}
	for i := range out {
		out[i].Rules = []string{}
	}
	return out
}
