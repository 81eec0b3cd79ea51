package review

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/diag"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/limits"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/recon"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/schema"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// inputSet is what was read, before it is joined.
type inputSet struct {
	Options
	inputs  []report.Input
	plans   []readPlan
	logged  []loggedQuery // the queries of inputs with several plans of one query
	queries []query
	parts   []part
	logs    *workload.LogReader // of all server logs; nil until there is one
	snap    *workload.Snapshot  // of all parts, once they are assembled
	notes   []string            // parts of the exports that could not be joined or compared
	schema  bool                // a schema dump was among the inputs
	faults  []string            // parts of pgverdict that failed on the input
	errs    []error
	unread  []error // files of a folder that have nothing to review
	own     int     // inputs that pgverdict wrote
	readAny bool    // at least one input

	sources []*migration.Source // of a review of migrations
	models  []migration.Model
	given   map[string]bool   // the absolute paths of sources
	folders map[string]string // of sources, by their absolute paths
	recon   *recon.Report     // of the repository; nil: none was looked at
}

type readPlan struct {
	*plan.Plan
	input   int
	repeats bool // a slower plan of the same query is reviewed instead
}

type query struct {
	text  redact.Text
	shape *sql.Query
	input int
	line  int
}

func newInputSet(o Options) *inputSet {
	return &inputSet{Options: o}
}

// fail records an input that could not be opened, or was left out.
func (m *inputSet) fail(doc *input.Doc, err error) {
	if doc == nil {
		m.errs = append(m.errs, err)
		return
	}
	_, cut := diag.As(err) // it was recognised, and ends early
	skipped := errors.As(err, new(*input.Skipped))
	m.notRead(err, doc.Found && !cut && (skipped || m.Migration != nil)) // a repository has more than its migrations
	m.inputs = append(m.inputs, report.Input{Path: doc.Path, Kind: "unknown", Warnings: []string{err.Error()}})
}

// notRead keeps why an input gave nothing: an error, or a note if nobody named
// it and nothing says that it was to be read.
func (m *inputSet) notRead(err error, note bool) {
	if note {
		m.unread = append(m.unread, err)
	} else {
		m.errs = append(m.errs, err)
	}
}

// nothingRead adds the errors of a run in which there was nothing to review.
func (m *inputSet) nothingRead() {
	if m.readAny || len(m.errs) > 0 || len(m.models) > 0 {
		return
	}
	for _, line := range m.notReviewed() {
		m.errs = append(m.errs, errors.New(line))
	}
	m.unread = nil
	why := "Nothing to review"
	if m.own > 0 {
		why += " except files written by pgverdict"
	}
	m.errs = append(m.errs, errors.New(why+": expected "+m.wanted()))
}

// unreadListed is how many files are named that a folder holds and that are
// nothing to review.
const unreadListed = 5

// notReviewed names what was found in a folder and left out.
func (m *inputSet) notReviewed() []string {
	var lines []string
	for _, err := range m.unread[:min(len(m.unread), unreadListed)] {
		lines = append(lines, err.Error())
	}
	if more := len(m.unread) - len(lines); more > 0 {
		lines = append(lines, figures.Plural(more, "more file")+" with nothing to review")
	}
	return lines
}

// read reads one document by its kind. What of it could not be read becomes
// a warning of its input; if nothing could, an error. If pgverdict fails on it, the others
// are read all the same.
func (m *inputSet) read(doc *input.Doc) {
	if !m.part("the reading of "+doc.Path, func() { m.readDoc(doc) }) {
		m.errs = append(m.errs, fmt.Errorf("%s: only a part was read, because of a bug in pgverdict", doc.Path))
	}
}

func (m *inputSet) readDoc(doc *input.Doc) {
	if m.Migration != nil && m.readMigration(doc) {
		return
	}
	if doc.Beside && doc.Kind == input.Schema {
		m.readBeside(doc)
		return
	}
	in := report.Input{Path: doc.Path, Kind: doc.Kind.String(), Format: doc.Format}
	if doc.Kind == input.Own {
		m.own++
		if doc.Reason != nil {
			err := fmt.Errorf("%s: %w", doc.Path, doc.Reason)
			m.errs = append(m.errs, err)
			in.Warnings = []string{err.Error()}
		}
		m.inputs = append(m.inputs, in)
		return
	}
	if doc.Kind == input.Other || errors.Is(doc.Reason, input.ErrNoRows) {
		in.Kind, in.Note, in.Warnings = input.Other.String(), doc.Reason.Error(), doc.Left
		m.inputs, m.readAny = append(m.inputs, in), true
		return
	}
	var warnings diag.Warnings
	var err, loss error // nothing was read; not all was
	unknown := doc.Kind == input.Unknown
	if !m.reads(input.Plan) && m.reads(input.Log) && (doc.Kind == input.Plan || doc.Kind == input.Log) && m.readWithoutPlans(doc, &in) {
		return
	}
	if doc.Kind != input.Unknown && !m.reads(doc.Kind) {
		in.Warnings = []string{"skipped: this command reads only " + m.Only[0].Want()}
		m.inputs = append(m.inputs, in)
		return
	}
	switch doc.Kind {
	case input.Plan, input.Log:
		loss, err = m.readPlans(doc, &in, &warnings)
		unknown = unknown || doc.Kind == input.Log && err != nil
	case input.Rows:
		var read workload.Reading
		p := part{path: doc.Path, input: len(m.inputs), snap: new(workload.Snapshot)}
		read, err = p.snap.Read(doc.Path, doc)
		p.view, p.columns = read.View, strings.Join(read.Columns, ",")
		p.snap.SayExported(doc.At)
		if err == nil {
			m.parts = append(m.parts, p)
		}
		if earlier := p; read.Earlier != nil && err == nil {
			earlier.snap = read.Earlier
			m.parts = append(m.parts, earlier)
			m.notes = append(m.notes, fmt.Sprintf("%s holds %s %d times: its figures are for the time from the first to the last", doc.Path, read.View, read.Readings))
		}
		in.Rows, in.Format = read.Rows, read.Format
		if in.Kind = string(read.View); in.Kind == "" {
			in.Kind, unknown = input.Unknown.String(), true
		}
		if len(doc.Lost) > 0 && err == nil {
			read.Lost, read.LostBy = read.Lost+len(doc.Lost), doc.Lost[0]
			p.snap.Cut(read.View)
			for _, e := range doc.Lost {
				if bad, ok := diag.As(e); ok {
					read.Warnings = append(read.Warnings, bad)
				}
			}
		}
		addAll(&warnings, read.Warnings)
		warnings.More(read.More)
		if loss = read.LostBy; err == nil && read.Lost > 1 {
			loss = fmt.Errorf("%w; %d rows of the file could not be read", loss, read.Lost)
		}
	case input.Schema:
		err = m.readWhole(doc, func(text string) error {
			p := part{path: doc.Path, input: len(m.inputs), view: workload.ViewSchema, schema: true, snap: new(workload.Snapshot)}
			list, err := schema.Read(doc.Path, text, p.snap)
			addAll(&warnings, list)
			if err == nil {
				m.parts, m.schema = append(m.parts, p), true
			}
			return err
		})
	case input.SQL:
		err = m.readWhole(doc, func(text string) error { return m.readQueries(doc, text, &in, &warnings) })
		unknown = err != nil // prose begins with such words as well
		if unknown && doc.Beside {
			return
		}
	default:
		why, want := doc.Reason, m.wanted()
		switch asked := !doc.Found && m.Migration == nil && m.reads(input.Plan); {
		case asked && why == nil:
			why = errWanted
		case asked && why == input.ErrEmpty:
			want += ": " + errWanted.Error()
		}
		err = &diag.SyntaxError{Name: doc.Path, Want: want, Err: why}
	}
	in.Warnings = append(warningLines(&warnings), doc.Left...)
	if m.Migration != nil && unknown && doc.Found {
		return // of a repository, every file is seen
	}
	if err != nil && doc.Beside && doc.Kind == input.Log {
		in.Warnings = append(in.Warnings, doc.Path+": lines of a server log that tell nothing of the workload, or were cut off")
		err = nil
	}
	m.readAny = m.readAny || err == nil
	if err != nil {
		if m.notRead(err, doc.Found && unknown); unknown {
			in.Kind = input.Unknown.String()
			for _, line := range doc.Left {
				m.notRead(errors.New(line), doc.Found)
			}
		}
		in.Warnings = append(in.Warnings, err.Error())
	} else if loss != nil {
		m.errs = append(m.errs, loss)
	}
	m.inputs = append(m.inputs, in)
}

// errWanted says how to get what is reviewed.
var errWanted = errors.New("get a plan with: psql -X -o plan.txt -c 'EXPLAIN (ANALYZE, BUFFERS) SELECT ...', or the statistics with: pgverdict export")

// readBeside reads the definitions that stand in a file with plans, for the
// rules to know the tables and indexes. If there are none, nothing is said.
func (m *inputSet) readBeside(doc *input.Doc) {
	if len(m.Only) > 0 && !slices.Contains(m.Only, input.Plan) && !slices.Contains(m.Only, input.Schema) {
		return
	}
	in := report.Input{Path: doc.Path, Kind: doc.Kind.String(), Format: doc.Format}
	var warnings diag.Warnings
	err := m.readWhole(doc, func(text string) error {
		p := part{path: doc.Path, input: len(m.inputs), view: workload.ViewSchema, schema: true, snap: new(workload.Snapshot)}
		addAll(&warnings, schema.ReadPasted(doc.Path, text, m.scansOf(doc.Path), p.snap))
		if len(p.snap.Tables) > 0 {
			m.parts = append(m.parts, p)
		}
		in.Rows = len(p.snap.Tables)
		return nil
	})
	if in.Warnings = warningLines(&warnings); err == nil && (in.Rows > 0 || len(in.Warnings) > 0) {
		m.inputs = append(m.inputs, in)
	}
}

// scansOf are the tables that the plans of a file read.
func (m *inputSet) scansOf(path string) []schema.Scan {
	var scans []schema.Scan
	for _, p := range m.plans {
		if m.inputs[p.input].Path != path {
			continue
		}
		for n := range p.Nodes() {
			of := n
			for of.Relation == "" && of.Parent != nil && of.Is("Bitmap Index Scan", "BitmapAnd", "BitmapOr") {
				of = of.Parent
			}
			if of.Relation != "" {
				scans = append(scans, schema.Scan{Schema: of.Schema, Table: of.Relation, Index: n.Index, Line: p.Line})
			}
		}
	}
	return scans
}

// manyNodes is how many nodes of plans leave enough garbage, the input among it, that it
// is collected before more is made of them. The heap would grow to twice as much instead.
const manyNodes = 10_000

func (m *inputSet) readPlans(doc *input.Doc, in *report.Input, w *diag.Warnings) (loss, failed error) {
	nodes := 0
	found := newGroups(len(m.inputs), func(p *plan.Plan) {
		in.Format = p.Format
		nodes += p.Len()
		addAll(w, p.Warnings)
		if what := p.Cut(); what != "" {
			e := &diag.SyntaxError{Name: doc.Path, Line: p.Line, Want: "the whole plan", Err: errors.New(what)}
			w.Add(e)
			loss = e
		}
		if p.Gaps > 0 && loss == nil {
			loss = &diag.SyntaxError{Name: doc.Path, Line: p.Line, Want: "the whole plan", Err: fmt.Errorf("%s could not be read completely", figures.Plural(p.Gaps, "line"))}
		}
		if p.Query.Empty() && isStatement(p.Above) {
			p.Query = p.Above
		}
	})
	log := m.logReader()
	var ended error // reading, before the end
	for f, err := range plan.Find(doc.Path, doc.Reader, log.Lines) {
		if ended = err; err == nil {
			found.add(f)
		}
	}
	found.end()
	if in.Rows = found.count; ended != nil {
		if e, ok := diag.As(ended); in.Rows == 0 {
			failed = ended // it becomes the input's own line
		} else if ok {
			w.Add(e)
		} else { // the text could not be read to its end
			e = &diag.SyntaxError{Name: doc.Path, Want: "the rest of the file", Err: ended}
			w.Add(e)
			loss = e
		}
	}
	if nodes >= manyNodes {
		runtime.GC()
	}
	m.plans = append(m.plans, found.kept()...)
	m.logged = append(m.logged, found.repeated()...)
	in.Note = found.note()
	if m.endLog(log, doc, in) {
		return loss, nil
	}
	if doc.Kind == input.Log && in.Rows == 0 {
		return nil, &diag.SyntaxError{Name: doc.Path, Want: "durations or plans in the log", Err: errLogEmpty}
	}
	if in.Rows == 0 && failed == nil {
		failed = &diag.SyntaxError{Name: doc.Path, Want: "a plan node such as \"Seq Scan on t  (cost=...\""}
	}
	if in.Rows > 0 {
		failed = nil
	}
	return loss, failed
}

// isStatement reports whether what stands above a plan can be its query: prose
// begins with such words as well.
func isStatement(above redact.Text) bool {
	if above.Empty() {
		return false
	}
	q, err := sql.Parse(above.Raw())
	return err == nil && q.Kind != sql.Other
}

func (m *inputSet) readQueries(doc *input.Doc, text string, in *report.Input, w *diag.Warnings) error {
	pieces := lex.Split(text)
	first := map[string]int{} // of each text: a file of an application's SQL repeats them
	var texts []string
	for _, piece := range pieces {
		if _, again := first[piece.Text]; !again {
			first[piece.Text] = len(texts)
			texts = append(texts, piece.Text)
		}
	}
	shapes, errs := make([]*sql.Query, len(texts)), make([]error, len(texts))
	each(len(texts), func(i int) { shapes[i], errs[i] = sql.Parse(texts[i]) })
	var last error
	m.queries = slices.Grow(m.queries, len(pieces))
	for _, piece := range pieces {
		i := first[piece.Text]
		if err := errs[i]; err != nil {
			e := &diag.SyntaxError{Name: doc.Path, Line: piece.Line, Want: "an SQL statement", Err: err}
			w.Add(e)
			last = e
			continue
		}
		in.Rows++
		m.queries = append(m.queries, query{redact.SQL(piece.Text), shapes[i], len(m.inputs), piece.Line})
	}
	if in.Rows > 0 {
		return nil
	}
	return last
}

// readWhole reads a document into memory: a schema dump or a file of statements. Of one
// that is too large it uses the beginning.
func (m *inputSet) readWhole(doc *input.Doc, use func(text string) error) error {
	var b strings.Builder
	if sized, ok := doc.Reader.(interface{ Len() int }); ok {
		b.Grow(sized.Len())
	}
	_, err := io.Copy(&b, doc)
	if over := (*limits.Error)(nil); errors.As(err, &over) && b.Len() > 0 {
		err = &diag.SyntaxError{Name: doc.Path, Want: "the rest of the file", Err: over}
		m.errs, doc.Left = append(m.errs, err), append(doc.Left, err.Error())
	} else if err != nil {
		return fmt.Errorf("%s: %w", doc.Path, err)
	}
	return use(b.String())
}

func addAll(w *diag.Warnings, list []*diag.SyntaxError) {
	for _, e := range list {
		w.Add(e)
	}
}

func warningLines(w *diag.Warnings) []string {
	kept, more := w.List()
	var lines []string
	for _, e := range kept {
		lines = append(lines, e.Error())
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("%d more warnings", more))
	}
	return slices.Clip(lines)
}

// hasSnapshot reports whether anything but plans and queries was read.
func (m *inputSet) hasSnapshot() bool {
	s := m.snap
	listed := len(s.Tables) + len(s.Statements) + len(s.Settings) + len(s.Sessions) + len(s.Members) + len(s.WaitCounts) + len(s.SessionCounts) + len(s.Locks) + len(s.Prepared) + len(s.Slots) + len(s.Replicas) + len(s.Pools) + len(s.Sequences) +
		len(s.Vacuuming) + len(s.Building) + len(s.IO) + len(s.DatabaseStats) + len(s.DatabaseAges) + len(s.WithoutTable())
	return listed > 0 || s.Archiver != nil || s.Checkpoints != nil || s.WAL != nil || s.Conflicts != nil || s.Log != nil
}
