package rollout

import (
	"strconv"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/migration"
)

// Safe returns the sequence that does what a statement does without blocking its
// tables for longer than a moment; nil if the statement is that already, or if there
// is no such sequence.
func (p *Plan) Safe(s *migration.Statement) []Step {
	if len(s.Text) > longest || foreign(s.File) {
		return nil
	}
	w := p.write(s)
	if !w.changed {
		return nil
	}
	return w.steps
}

// longest is the length of a statement up to which it is rewritten. What is longer
// brings its data with it.
const longest = 1 << 20

// Steps returns the sequence of any statement: that of Safe, or the statement
// itself with the timeout that its locks call for.
func (p *Plan) Steps(s *migration.Statement) []Step { return p.write(s).steps }

func (p *Plan) write(s *migration.Statement) *writer {
	w := &writer{Plan: p, s: s}
	texts := actionTexts(s)
	for i := range s.Effect.Actions {
		a := &s.Effect.Actions[i]
		w.a, w.text, w.deploy = a, texts[i], stepDeploy(s, a)
		if rewrite := rewrites[a.Verb]; rewrite == nil || a.Nothing || a.Only && a.Table != nil && a.Table.Kind == catalog.Partitioned || freshColumn(s, a) || s.Effect.Refused != "" && !allowed[a.Verb] || s.Effect.Missing != "" || !rewrite(w) {
			w.keep()
			continue
		}
		w.changed = true
	}
	w.flush()
	return w
}

// stepDeploy returns when a command runs as a step. What has no right order as one
// statement begins before the code once it is in steps.
func stepDeploy(s *migration.Statement, a *ddl.Action) Deploy {
	d := deployOf(s, a)
	if d == NoneSafe && rewrites[a.Verb] == nil {
		return After
	}
	if d == NoneSafe {
		return Before
	}
	return d
}

// rewrites has for each verb what writes its safe sequence, and reports whether
// there is one. Without one the command stays as it is.
var rewrites map[ddl.Verb]func(*writer) bool

func init() { // a DO block has the sequences of its statements
	rewrites = map[ddl.Verb]func(*writer) bool{
		ddl.CreateIndex:    (*writer).createIndex,
		ddl.DropIndex:      (*writer).dropIndex,
		ddl.Reindex:        (*writer).reindex,
		ddl.AddConstraint:  (*writer).addConstraint,
		ddl.DropConstraint: (*writer).dropConstraint,
		ddl.ValidateConstr: (*writer).validate,
		ddl.SetNotNull:     (*writer).setNotNull,
		ddl.AddColumn:      (*writer).addColumn,
		ddl.DropColumn:     (*writer).dropColumn,
		ddl.AlterType:      (*writer).alterType,
		ddl.DropTable:      (*writer).dropTable,
		ddl.CreateTable:    (*writer).createPartition,
		ddl.Attach:         (*writer).attach,
		ddl.Detach:         (*writer).detach,
		ddl.Rename:         (*writer).rename,
		ddl.SetSchema:      (*writer).setSchema,
		ddl.Truncate:       (*writer).truncate,
		ddl.RefreshView:    (*writer).refresh,
		ddl.Vacuum:         (*writer).vacuum,
		ddl.Cluster:        (*writer).vacuum,
		ddl.AlterDomain:    (*writer).alterDomain,
		ddl.AlterEnum:      (*writer).alterEnum,
		ddl.Write:          (*writer).fill,
		ddl.Do:             (*writer).block,
		ddl.DropDefault:    (*writer).dropDefault,
		ddl.SetDefault:     (*writer).setDefault,
	}
}

// allowed are the verbs that have a sequence where the server refuses the statement:
// CONCURRENTLY on a partitioned table, a type change under a view.
var allowed = map[ddl.Verb]bool{ddl.CreateIndex: true, ddl.AddConstraint: true, ddl.AlterType: true, ddl.Detach: true, ddl.DropIndex: true}

// writer writes the steps of one statement.
type writer struct {
	*Plan
	s       *migration.Statement
	a       *ddl.Action // the present one
	text    words       // of the present command of an ALTER; empty if it is not known
	deploy  Deploy
	steps   []Step
	kept    []words // commands that stay as they are, not written yet
	changed bool
	// defaulted is the column whose default a swap has set.
	defaulted string
}

// on returns the name of a relation as SQL.
func (w *writer) on(r *catalog.Relation) string {
	if len(w.s.In.Path) > 0 {
		return r.Name.String()
	}
	return r.Name.Short()
}

// beside returns a name in the schema of a relation as SQL.
func (w *writer) beside(r *catalog.Relation, name string) string {
	return w.on(&catalog.Relation{Name: catalog.Name{Schema: r.Name.Schema, Name: name}})
}

// there reports whether others wait for the locks on the present table.
func (w *writer) there() bool { return w.a.Table != nil && exists(w.s, w.a.Table) }

// strong adds a step that takes a lock which blocks others, for a moment.
func (w *writer) strong(d Deploy, why string, statements ...string) {
	w.step(Step{Statements: statements, Wait: Short, Tx: Own, Deploy: d, Why: why})
}

// quiet adds a step that reads for long and blocks nobody.
func (w *writer) quiet(d Deploy, why, statement string) {
	w.step(Step{Statements: []string{statement}, Wait: Forever, Tx: Own, Deploy: d, Why: why})
}

// free adds a step that takes no lock worth a timeout.
func (w *writer) plain(d Deploy, why string, statements ...string) {
	w.step(Step{Statements: statements, Tx: Own, Deploy: d, Why: why})
}

// concurrent adds a step that cannot run in a transaction block, with its settings
// before it: sent in one string with them it would be in one.
func (w *writer) concurrent(d Deploy, why, statement string) {
	if n := len(w.steps); n == 0 || !w.steps[n-1].Setting {
		w.step(Step{Statements: settings[Forever], Tx: Any, Deploy: d, Setting: true,
			Why: "The next step waits for every older transaction. A timeout would abort it half way."})
	}
	w.step(Step{Statements: []string{statement}, Tx: None, Deploy: d, Why: why})
}

// check adds a query whose result says how to go on.
func (w *writer) check(d Deploy, why, query string) {
	w.step(Step{Statements: []string{query}, Tx: Any, Deploy: d, Why: why, Check: true})
}

// free returns a name that no relation has before the statement, made from a wanted
// one.
func (w *writer) free(like catalog.Name, wanted string) string {
	wanted = cut(wanted)
	name := wanted
	for i := 1; w.Catalog != nil; i++ {
		if r := w.Catalog.Find(catalog.Name{Schema: like.Schema, Name: name}); r == nil || r.Since >= max(w.s.Number, 1) {
			break
		}
		suffix := strconv.Itoa(i)
		name = wanted[:min(len(wanted), maxName-len(suffix))] + suffix
	}
	return name
}

func (w *writer) step(s Step) {
	w.flush()
	w.steps = append(w.steps, s)
}

// keep leaves the present command as it is. Commands of one ALTER that follow each
// other stay together.
func (w *writer) keep() {
	if w.text.text != "" && len(w.s.Effect.Actions) > 1 {
		w.kept = append(w.kept, w.text)
		return
	}
	switch first := w.a == &w.s.Effect.Actions[0]; {
	case len(w.s.Effect.Actions) > 1 && w.a.Verb == ddl.DropIndex && w.a.Index != nil:
		w.strong(w.deploy, "", "DROP INDEX "+w.on(w.a.Index)) // of several, each by itself
	case first:
		w.asIs()
	}
}

// asIs adds the statement itself.
func (w *writer) asIs() {
	text := read(w.Plan.text(w.s)).text
	e := w.s.Effect
	switch l := e.Strongest(); {
	case e.NoBlock:
		w.concurrent(w.deploy, "", text)
	case l != nil && l.Mode.BlocksWrites():
		w.strong(w.deploy, "", text)
	default:
		w.step(Step{Statements: []string{text}, Tx: Any, Deploy: w.deploy})
	}
}

// flush writes the commands that were kept.
func (w *writer) flush() {
	if len(w.kept) == 0 {
		return
	}
	list := ""
	for i, c := range w.kept {
		if i > 0 {
			list += ", "
		}
		list += c.text
	}
	w.kept = nil
	why := ""
	if w.changed {
		why = "The rest of the statement changes the catalog only."
	}
	w.strong(w.deploy, why, w.head()+" "+list)
}

// head returns an ALTER up to its commands.
func (w *writer) head() string {
	all := read(w.s.Text)
	parts := commands(w.s.Text)
	if len(parts) == 0 {
		return all.text
	}
	for i := range all.tokens {
		if rest := all.span(i, len(all.tokens)); len(rest) <= len(all.text) && hasPrefix(rest, parts[0].text) {
			return all.span(0, i)
		}
	}
	return all.text
}

// actionTexts returns the command of each action of an ALTER as written. The server
// runs the commands in an order of its own.
func actionTexts(s *migration.Statement) []words {
	list := make([]words, len(s.Effect.Actions))
	if k := s.Tree.Kind; k != "AlterTableStmt" && k != "AlterDomainStmt" || len(s.Text) > longest {
		return list
	}
	parts, cmds := commands(s.Text), s.Tree.List("cmds")
	if len(cmds) == 0 {
		if len(parts) == len(list) {
			copy(list, parts)
		}
		return list
	}
	if len(parts) != len(cmds) {
		return list
	}
	used := make([]bool, len(cmds))
	for i, a := range s.Effect.Actions {
		for c, cmd := range cmds {
			if !used[c] && cmd.Raw() == a.Node.Raw() {
				used[c], list[i] = true, parts[c]
				break
			}
		}
	}
	return list
}

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }

// alter returns ALTER TABLE t and a command.
func (w *writer) alter(t *catalog.Relation, command string) string {
	return "ALTER TABLE " + w.on(t) + " " + command
}
