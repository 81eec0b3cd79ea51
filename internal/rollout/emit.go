package rollout

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pgverdict/pgverdict/internal/emit"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// Drafts are what Emit and Draft write.
type Drafts struct {
	Paths []string
	Tool  string
	Files int // migrations that have a safe sequence
}

// Change is a change to draft: where it comes from, and its steps.
type Change struct {
	From  string // "1_orders.sql:3"
	Steps []Step
	Back  string // what takes it back, if the steps do not tell
}

// Emit writes the safe sequences of a set's files into a folder, in the form of the
// tool of these files: one migration for each step, backfills beside them, and
// ROLLOUT.md, which says in which deploy each belongs. config is the text of a
// .pgverdict.yaml; empty: none. It executes nothing and never changes a file.
func (p *Plan) Emit(dir string, files []*migration.File, config string, now time.Time) (Drafts, error) {
	var changes []Change
	n := 0
	for _, f := range files {
		if !slices.ContainsFunc(f.Statements, func(s *migration.Statement) bool { return len(p.Safe(s)) > 0 }) {
			continue
		}
		n++
		for _, s := range f.Statements {
			if !settles(s) && s.Err == nil {
				changes = append(changes, Change{From: fmt.Sprintf("%s:%d", filepath.Base(f.Path), s.Line), Steps: p.Steps(s)})
			}
		}
	}
	tool, last := ToolOf(files)
	d, err := Draft(dir, tool, last, changes, config, now)
	d.Files = n
	return d, err
}

// ToolOf returns the tool of the last of some files, and its version.
func ToolOf(files []*migration.File) (tool, last string) {
	for _, f := range files {
		if f.Tool != nil {
			tool = f.Tool.Name
		}
		last = f.Version
	}
	return tool, last
}

// Draft writes the steps of changes into a folder as Emit does. tool is the tool that
// runs them if the folder does not tell, and last the version of the last migration.
func Draft(dir, tool, last string, changes []Change, config string, now time.Time) (Drafts, error) {
	var d Drafts
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return d, err
	}
	folder, err := emit.Open(dir, tool, last, now)
	if err != nil {
		return d, err
	}
	d.Tool = folder.Tool()
	if len(changes) == 0 {
		return d, nil
	}
	e := &emitter{folder: folder, drafts: &d}
	for _, c := range changes {
		for _, step := range c.Steps {
			if err := e.step(c, step); err != nil {
				return d, err
			}
		}
	}
	if err := e.add(folder.AddFile("ROLLOUT.md", e.readme())); err != nil {
		return d, err
	}
	if _, err := os.Lstat(filepath.Join(dir, ".pgverdict.yaml")); config != "" && err != nil {
		err := e.add(folder.AddFile(".pgverdict.yaml", config))
		return d, err
	}
	return d, nil
}

type emitter struct {
	folder *emit.Folder
	drafts *Drafts
	lines  []string // of the table in ROLLOUT.md
	hand   bool     // something has to be run by hand
	alone  bool     // a file runs outside of a transaction
}

func (e *emitter) add(path string, err error) error {
	if err == nil {
		e.drafts.Paths = append(e.drafts.Paths, path)
	}
	return err
}

// step writes a step of a change.
func (e *emitter) step(c Change, step Step) error {
	switch {
	case step.Setting:
		return nil
	case step.Check:
		e.lines = append(e.lines, row("check", step.Deploy, "`"+step.Statements[0]+"`", step.Why))
		return nil
	case step.Fill != nil:
		if step.Tx != None { // the call stands for the whole
			return nil
		}
		return e.backfill(c.From, step)
	}
	heading := "-- From " + c.From + "\n-- Deploy: " + deployWords[step.Deploy] + "\n"
	if step.Why != "" {
		heading += "-- " + step.Why + "\n"
	}
	name := nameOf(step.Statements[max(0, slices.IndexFunc(step.Statements, func(s string) bool { return !strings.HasPrefix(s, "SET ") }))])
	up, down := redact.MaskSecrets(script(step, e.folder)), redact.MaskSecrets(e.down(c, step))
	if step.Tx == None && e.folder.Blocks() {
		e.hand = true
		path, err := e.folder.AddFile("by_hand_"+name+".psql", heading+Step{Statements: append(slices.Clone(settings[Forever]), step.Statements...), Tx: None}.SQL()+"\n")
		e.lines = append(e.lines, row(filepath.Base(path), step.Deploy, "psql, by hand", step.Why))
		return e.add(path, err)
	}
	e.alone = e.alone || step.Tx == None
	paths, err := e.folder.Add(emit.Draft{Name: name, Heading: heading, Up: up, Down: down, Block: step.Tx != None})
	e.drafts.Paths = append(e.drafts.Paths, paths...)
	if len(paths) > 0 {
		e.lines = append(e.lines, row(base(paths), step.Deploy, txWords[step.Tx], step.Why))
	}
	return err
}

// base returns the name of the file that is applied, of the files of a migration.
func base(paths []string) string {
	path := paths[len(paths)-1]
	for _, p := range paths {
		if name := filepath.Base(p); strings.HasPrefix(name, "V") && strings.HasSuffix(name, ".sql") || name == "migration.sql" {
			path = p
		}
	}
	switch filepath.Base(path) {
	case "up.sql", "migration.sql", "down.sql", "metadata.toml":
		return filepath.Base(filepath.Dir(path))
	}
	return filepath.Base(path)
}

var deployWords = map[Deploy]string{Before: "before the code", After: "after the code", With: "with the code", NoneSafe: "no safe order", AnyTime: "any time"}

var txWords = map[Tx]string{Own: "in its transaction", None: "outside of a transaction", Any: "any"}

func row(cells ...any) string {
	var list []string
	for _, c := range cells {
		if d, ok := c.(Deploy); ok {
			c = deployWords[d]
		}
		list = append(list, strings.ReplaceAll(strings.Join(strings.Fields(fmt.Sprint(c)), " "), "|", `\|`))
	}
	return "| " + strings.Join(list, " | ") + " |"
}

// script returns a step as the text of a file: in the transaction of the tool, or
// outside of it with the settings that the file can hold.
func script(step Step, folder *emit.Folder) string {
	set := settings[step.Wait]
	if step.Tx == None {
		if set = settings[Forever]; folder.Single() {
			set = nil
		}
		return strings.Join(append(slices.Clone(set), step.Statements...), ";\n") + ";"
	}
	if folder.Plain() {
		return step.SQL()
	}
	var list []string
	for _, s := range set {
		list = append(list, strings.Replace(s, "SET ", "SET LOCAL ", 1))
	}
	return strings.Join(append(list, step.Statements...), ";\n") + ";"
}

// down returns the way back of a step: the inverse of each statement, the last one
// first.
func (e *emitter) down(c Change, step Step) string {
	back := step.Back
	if len(back) == 0 {
		for _, s := range slices.Backward(step.Statements) {
			if undo := cmp.Or(inverse(s), c.maker(s)); undo != "" {
				back = append(back, undo)
			}
		}
	}
	if len(back) == 0 && c.Back != "" && !slices.ContainsFunc(c.Steps, func(other Step) bool {
		return !other.Setting && !other.Check && !slices.Equal(other.Statements, step.Statements)
	}) {
		return c.Back
	}
	if len(back) == 0 {
		return "SELECT 1; -- nothing to take back, or no SQL brings it back"
	}
	return script(Step{Statements: back, Wait: step.Wait, Tx: step.Tx}, e.folder)
}

// maker returns the statement of the change that makes what a statement drops; empty if
// the change makes no such thing.
func (c Change) maker(drop string) string {
	for _, step := range c.Steps {
		for _, s := range step.Statements {
			if undo := inverse(s); undo != "" && strings.Replace(undo, " IF EXISTS", "", 1) == drop {
				return s
			}
		}
	}
	return ""
}

// inverses takes back the statements that steps are made of.
var inverses = []struct {
	forward *regexp.Regexp
	back    string
}{
	{regexp.MustCompile(`(?is)^(CREATE (?:UNIQUE )?INDEX CONCURRENTLY) (?:IF NOT EXISTS )?("[^"]+"|\w+) ON .*`), "DROP INDEX CONCURRENTLY IF EXISTS $2"},
	{regexp.MustCompile(`(?is)^CREATE (?:UNIQUE )?INDEX (?:IF NOT EXISTS )?("[^"]+"|\w+) ON .*`), "DROP INDEX $1"},
	{regexp.MustCompile(`(?is)^CREATE (TABLE|SEQUENCE|VIEW) (?:IF NOT EXISTS )?(\S+).*`), "DROP $1 $2"},
	{regexp.MustCompile(`(?is)^CREATE FUNCTION (\S+\(\)).*`), "DROP FUNCTION $1"},
	{regexp.MustCompile(`(?is)^CREATE TRIGGER (\S+) .* ON (\S+) FOR EACH .*`), "DROP TRIGGER $1 ON $2"},
	{regexp.MustCompile(`(?is)^(ALTER TABLE (?:ONLY )?\S+) ADD COLUMN (?:IF NOT EXISTS )?("[^"]+"|\w+) .*`), "$1 DROP COLUMN $2"},
	{regexp.MustCompile(`(?is)^(ALTER TABLE (?:ONLY )?\S+) ADD CONSTRAINT ("[^"]+"|\w+) .*`), "$1 DROP CONSTRAINT $2"},
	{regexp.MustCompile(`(?is)^(ALTER TABLE \S+ ALTER COLUMN \S+) SET DEFAULT .*`), "$1 DROP DEFAULT"},
	{regexp.MustCompile(`(?is)^(ALTER TABLE \S+ ALTER COLUMN \S+) SET NOT NULL$`), "$1 DROP NOT NULL"},
	{regexp.MustCompile(`(?is)^(ALTER TABLE \S+) RENAME (COLUMN|CONSTRAINT) (\S+) TO (\S+)$`), "$1 RENAME $2 $4 TO $3"},
	{regexp.MustCompile(`(?is)^(ALTER (?:TABLE|INDEX)) (\S+\.)?(\S+) RENAME TO (\S+)$`), "$1 $2$4 RENAME TO $3"},
	{regexp.MustCompile(`(?is)^(ALTER TABLE \S+) ATTACH PARTITION (\S+) .*`), "$1 DETACH PARTITION $2"},
}

func inverse(statement string) string {
	for _, i := range inverses {
		if i.forward.MatchString(statement) {
			return i.forward.ReplaceAllString(statement, i.back)
		}
	}
	return ""
}

var notWord = regexp.MustCompile(`[^a-z0-9]+`)

// nameOf returns the name of the file of a statement: its first words that tell what
// it does.
func nameOf(statement string) string {
	var list []string
	for t := range lex.Tokens(statement) {
		word := strings.ToLower(strings.Trim(t.Text, `"`))
		if t.Kind != lex.Word && t.Kind != lex.Quoted || slices.Contains([]string{"table", "concurrently", "only", "column", "constraint", "if", "not", "exists", "public"}, word) {
			continue
		}
		if len(list) > 2 && slices.Contains([]string{"on", "as", "foreign", "check", "using", "references", "returns", "for"}, word) || len(list) == 5 {
			break
		}
		list = append(list, word)
	}
	name := strings.Trim(notWord.ReplaceAllString(strings.Join(list, "_"), "_"), "_")
	return name[:min(len(name), 60)]
}

// backfill writes a backfill twice: as a procedure, and as a loop for psql.
func (e *emitter) backfill(from string, step Step) error {
	b := step.Fill
	name := strings.Trim(notWord.ReplaceAllString(strings.ToLower(b.What), "_"), "_")
	head := "-- From " + from + ": " + b.What + "\n-- Deploy: " + deployWords[step.Deploy] + "\n-- " + step.Why + "\n"
	procedure := head + "-- Run it with psql, outside of a transaction.\n\\set ON_ERROR_STOP on\n" + b.Procedure() + ";\nSET lock_timeout = '2s';\nCALL " + b.Name + "();\nDROP PROCEDURE " + b.Name + ";\n"
	if b.Left != "" {
		procedure += b.Left + ";\n"
	}
	path, err := e.folder.AddFile("backfill_"+name+".procedure.psql", procedure)
	if err := e.add(path, err); err != nil {
		return err
	}
	loop, err := e.folder.AddFile("backfill_"+name+".psql", head+b.Loop())
	e.lines = append(e.lines, row(filepath.Base(loop)+" or "+filepath.Base(path), step.Deploy, "psql, by hand", step.Why))
	return e.add(loop, err)
}

func (e *emitter) readme() string {
	var b strings.Builder
	b.WriteString("# Rollout\n\nDrafts by pgverdict for " + e.folder.Tool() + ". Nothing was run. Read each file before you ship it.\n\n| file | deploy | transaction | why |\n|---|---|---|---|\n")
	for _, line := range e.lines {
		b.WriteString(line + "\n")
	}
	if e.folder.Single() && e.alone {
		b.WriteString("\n" + e.folder.Tool() + " sends a file outside of a transaction as one string. So such a file holds one statement and sets no timeout: lock_timeout and statement_timeout have to be 0 in its connection.\n")
	}
	if e.hand {
		b.WriteString("\n" + e.folder.Tool() + " runs nothing outside of a transaction. Run the by_hand files with psql at their place in the order.\n")
	}
	if e.folder.Tool() == "Drizzle" {
		b.WriteString("\nDrizzle applies only files that are in meta/_journal.json. Create each with `drizzle-kit generate --custom` and put the draft's text into it.\n")
	}
	b.WriteString(retry)
	return b.String()
}

// retry says how a step is run again when it did not get its lock, and what to look
// at before.
const retry = `
## Before each step

Transactions older than a minute. A step waits for these, and others queue behind it:

    SELECT pid, usename, state, now() - xact_start AS age, left(query, 80) AS query
    FROM pg_stat_activity WHERE xact_start < now() - interval '1 minute' ORDER BY xact_start;

Who waits for whom:

    SELECT pid, pg_blocking_pids(pid) AS waits_for, left(query, 80) AS query
    FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0;

Autovacuum "to prevent wraparound" does not yield: wait for it.

## Retry

A step that does not get its lock within lock_timeout fails with SQLSTATE 55P03 and changes nothing.
Run the whole step again, with a growing pause:

    for try in $(seq 1 30); do
      your-migration-command && break
      sleep $(( (try < 6 ? 2 ** try : 60) + RANDOM % 3 ))
    done

A build with CONCURRENTLY that failed leaves an INVALID index: drop it before you run the step again.
`
