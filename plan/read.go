package plan

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/pgverdict/pgverdict/internal/serverlog"
)

// Read returns the plans of a stream one by one. Of a server log it keeps at
// most one entry in memory. name is used in error messages. After an error,
// which comes without a plan, reading ends; it is a *SyntaxError if no plan was
// found.
func Read(name string, r io.Reader) iter.Seq2[*Plan, error] {
	return func(yield func(*Plan, error) bool) {
		for f, err := range Find(name, r, func(string) {}) {
			if err != nil {
				yield(nil, err)
				return
			}
			for _, p := range f.Plans() {
				if !yield(p, nil) {
					return
				}
			}
		}
	}
}

// Find is Read for a stream that can be a server's log as well: it leaves the plans of a
// log for the caller to read, and passes on the text, some lines at a time, unless that is
// JSON with plans and nothing else.
func Find(name string, r io.Reader, lines func(text string)) iter.Seq2[*Found, error] {
	return func(yield func(*Found, error) bool) {
		s := &stream{name: name, passOn: lines, yield: yield}
		if err := s.read(r); err != nil && !s.stopped {
			yield(nil, err)
		}
	}
}

// stream splits an input into log entries with a plan and the text between
// them.
type stream struct {
	name    string
	passOn  func(text string)
	yield   func(*Found, error) bool
	stopped bool // the caller stopped the iteration

	record       brokenRecord // not yet read
	split        splitLine    // not yet read
	no           int          // of the last line
	text         []line       // lines outside of entries, not yet read
	bytes        int
	near         int  // how many of them are up to the last one near a plan
	ended        bool // only blank lines are behind a plan
	next         int  // where the last plan begins that is right behind another one
	mixed        bool // there are other things than plans one after the other
	entry        *entry
	spare        []line // for the lines of the next entry
	inLog        bool   // an entry was seen
	log          bool   // it begins as a server log does
	unterminated bool   // the last line has no line end
	plans        int    // found
	err          *SyntaxError
}

// Text outside log entries is searched when it reaches this many bytes, and
// dropped if it contains no plan. A single plan can be larger.
const (
	maxText    = 64 << 20
	maxLogText = 1 << 20
)

func (s *stream) read(in io.Reader) error {
	r := bufio.NewReaderSize(in, linesRead)
	head, _ := r.Peek(linesRead)
	s.log = serverlog.Sniff(head)
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		_, _ = r.Discard(3)
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}), bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		b, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		r = bufio.NewReader(strings.NewReader(decodeUTF16(b)))
	}
	if !s.log && beginsJSON(head) {
		var text strings.Builder
		if sized, ok := in.(interface{ Len() int }); ok {
			text.Grow(sized.Len())
		}
		_, err := io.Copy(&text, r)
		if err == nil {
			if plans := jsonValues(text.String(), func(k int) int { return 1 + k }); plans != nil {
				s.emit(plans)
				return nil
			}
		}
		r = bufio.NewReader(io.MultiReader(strings.NewReader(text.String()), failing{cmp.Or(err, io.EOF)}))
	}
	var broken error // why there is no further line
	for broken == nil && !s.stopped {
		var text string
		text, broken = readLines(r)
		s.passOn(text)
		styled := unstyled(text) != text
		tabbed := !styled && !strings.Contains(text, "#011") // syslog's notation for a tab
		plain := !styled && !s.log && !strings.Contains(text, entryMark)
		for rest := text; rest != ""; {
			if tabbed && s.entry != nil && len(s.record.lines) == 0 && s.split.text == "" {
				if end, lines := s.entry.goesOn(rest, s.no+1); lines > 0 {
					s.no, rest = s.no+lines, rest[end:]
					continue
				}
			}
			text := rest[:lineEnd(rest)]
			rest = rest[len(text):]
			s.no++
			s.unterminated = broken == io.EOF && !strings.HasSuffix(text, "\n")
			l := line{strings.TrimRight(text, "\r\n"), s.no}
			if plain && s.entry == nil && len(s.record.lines) == 0 && s.split.text == "" && strings.HasPrefix(l.text, " ") {
				s.outside(l) // no line of a log, of a record, or with a style
			} else {
				s.line(l)
			}
			if s.stopped {
				break
			}
		}
		s.leaveFar(text)
		s.handOver()
	}
	for _, l := range s.record.take() {
		s.wholeLine(l)
	}
	s.lines(s.split.take(), s.no)
	if s.entry != nil {
		s.endEntry()
	}
	s.flush()
	if broken != io.EOF && !s.stopped {
		return broken
	}
	if s.plans == 0 && !s.stopped {
		if s.err == nil {
			s.err = &SyntaxError{Want: "EXPLAIN output"}
		}
		if s.err.Name = s.name; s.err.Err == nil {
			s.err.Err = errHowToSave
		}
		return s.err
	}
	return nil
}

// errHowToSave is what helps if a plan cannot be read.
var errHowToSave = errors.New("save the plan as the server prints it: psql -X -o plan.txt -c 'EXPLAIN (ANALYZE, BUFFERS) SELECT ...'")

// linesRead is how many bytes of lines are read as one string.
const linesRead = 64 << 10

// readLines reads some lines, or the rest of a longer one.
func readLines(r *bufio.Reader) (string, error) {
	b, _ := r.Peek(linesRead)
	end := bytes.LastIndexByte(b, '\n') + 1
	if end == 0 {
		return r.ReadString('\n')
	}
	text := string(b[:end])
	_, err := r.Discard(end)
	return text, err
}

// lineEnd returns the length of the first line with its end.
func lineEnd(s string) int {
	if end := strings.IndexByte(s, '\n'); end >= 0 {
		return end + 1
	}
	return len(s)
}

// failing is a reader of nothing that fails.
type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

// beginsJSON reports whether a text begins as JSON with a plan. If it is nothing else, it
// is read as a whole, not by lines.
func beginsJSON(head []byte) bool {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	return len(text) > 0 && (text[0] == '[' || text[0] == '{') && (bytes.Contains(text, []byte(`"Plan"`)) || bytes.Contains(text, []byte(`"Node Type"`)))
}

func (s *stream) line(l line) {
	l.text = unstyled(l.text)
	if s.record.holds(l) {
		return
	}
	for _, l := range s.record.take() {
		s.wholeLine(l)
	}
	if !s.record.begins(l) {
		s.wholeLine(l)
	}
}

// wholeLine reads a line, or what a program wrapped in a record.
func (s *stream) wholeLine(l line) {
	text, record := recordLine(l.text)
	text, whole := s.split.add(text, record)
	switch {
	case !whole:
	case record || strings.Contains(text, "\n"):
		s.lines(text, l.no)
	default:
		s.plainLine(line{text, l.no})
	}
}

// lines reads the lines of a text that was on one line.
func (s *stream) lines(text string, no int) {
	for text := range strings.Lines(text) {
		s.plainLine(line{unstyled(strings.TrimRight(text, "\r\n")), no})
	}
}

// plainLine reads a line without the record that carried it.
func (s *stream) plainLine(l line) {
	if s.entry != nil {
		taken, done := s.entry.add(l)
		if done {
			s.endEntry()
		}
		if taken {
			return
		}
	}
	if began, ok := startsEntry(l.text); ok {
		e := began // one of its own: most lines begin none
		s.flush()
		s.inLog = true
		for e.format == jsonLog {
			l.text = e.message(l)
			s.found(new(e))
			if e, ok = startsEntry(l.text); !ok {
				return
			}
		}
		e.lines, s.spare = append(s.spare, e.lines...), nil
		s.entry = &e
		return
	}
	s.outside(l)
}

// outside keeps a line that belongs to no entry.
func (s *stream) outside(l line) {
	if s.ended && beginsPlan(l.text) {
		s.next = len(s.text)
	}
	s.ended = endsPlan(l.text) || isBetween(l.text) && (s.ended || s.endsTree())
	s.text = append(s.text, l)
	s.bytes += len(l.text)
	s.inLog = s.inLog || s.log && s.bytes > maxLogText
	if s.bytes > maxText || s.inLog && s.bytes > maxLogText {
		switch {
		case !s.mayHoldPlan():
			s.drop(len(s.text))
		case s.inLog:
			s.flush()
		}
		s.bytes = 0
	}
}

// far is how many lines that have nothing of a plan are kept before and after one. Its
// statement can be as long as that. Further ones can be any number: comments, the rest of
// a session.
const far = 20_000

// leaveFar drops the lines that are far from any plan. text is what was read last.
func (s *stream) leaveFar(text string) {
	if s.inLog && len(s.text) <= 4*far || mayBeOfPlan(text) { // little of a log is kept in any case
		s.near = len(s.text)
	} else if len(s.text)-s.near > 4*far { // many at a time
		s.text = slices.Delete(s.text, s.near+far, len(s.text)-far)
		s.next = 0
	}
}

// mayBeOfPlan reports whether a text has figures of a node, or a word that a node begins
// with. The lines of any plan have, unless it has a value of that many lines.
func mayBeOfPlan(text string) bool {
	for _, mark := range [...]string{"cost=", "actual ", "Node Type", "Node-Type"} {
		if strings.Contains(text, mark) {
			return true
		}
	}
	for i := 0; i < len(text); i++ {
		if text[i] < 'A' || text[i] > 'Z' {
			continue
		}
		from := i
		for i++; i < len(text) && isWordByte(text[i]); i++ {
		}
		if _, known := formsByWord[text[from:i]]; known {
			return true
		}
	}
	return false
}

// handedOver is how many bytes of plans one after the other are read at a time.
const handedOver = 4 << 20

// handOver reads the plans of the text so far if all of it can be read, and keeps what is
// behind the last one. Of any number of plans, few are in memory.
func (s *stream) handOver() {
	if s.bytes < handedOver || s.inLog || s.mixed || s.next == 0 {
		return
	}
	d := &document{lines: slices.Clone(s.text[:s.next])}
	d.read()
	if s.mixed = !d.isWhole(); s.mixed {
		return
	}
	attachStatements(d.asked, d.plans)
	s.emit(d.plans)
	s.drop(s.next)
}

// drop removes the first lines of the text.
func (s *stream) drop(lines int) {
	s.text = append(s.text[:0], s.text[lines:]...)
	s.near, s.next, s.bytes = 0, 0, 0
}

// endsPlan reports whether a line can be the last one of a plan.
func endsPlan(s string) bool {
	s = strings.TrimPrefix(s, " ") // of psql's table
	return strings.HasPrefix(s, "Execution Time: ") || strings.HasPrefix(s, "Planning Time: ") || strings.HasPrefix(s, "Execution time: ") || strings.HasPrefix(s, "Planning time: ")
}

// isBetween reports whether a line can be between a plan and the next one.
func isBetween(s string) bool {
	s = strings.TrimSpace(s)
	return s == "" || s[0] == '(' && rowCount.MatchString(s)
}

// endsTree reports whether the last line is one of a plan's tree, which has no summary
// without ANALYZE.
func (s *stream) endsTree() bool {
	if len(s.text) == 0 {
		return false
	}
	last := s.text[len(s.text)-1].text
	name, _, colon := strings.Cut(strings.TrimLeft(last, " "), ": ")
	return isUnreadNode(last) || colon && last[0] == ' ' && isKnownProperty(name)
}

// beginsPlan reports whether a line is the first one of a plan: its root, or the header of
// psql's table.
func beginsPlan(s string) bool {
	s = strings.TrimSpace(s)
	words, _, ok := cutFigures(s)
	return s == queryPlanHeader || ok && isNodeWords(words)
}

func (s *stream) endEntry() {
	e := s.entry
	s.entry = nil
	s.found(e)
}

// found yields the plans of an entry.
func (s *stream) found(e *entry) {
	lines := e.lines
	f := e.unread()
	if f == nil {
		s.emit(e.plans())
	} else if f.name = s.name; !s.stopped {
		s.plans++
		s.stopped = !s.yield(f, nil)
	}
	s.spare = lines[:0] // an entry that is kept has its own
}

// flush reads the plans of the text collected so far.
func (s *stream) flush() {
	lines := s.text
	if len(lines) == 0 || s.stopped {
		return
	}
	if !s.inLog || s.mayHoldPlan() {
		d := &document{lines: lines, unterminated: s.unterminated}
		d.read()
		attachStatements(d.asked, d.plans)
		if s.err == nil {
			s.err = d.err
		}
		s.emit(d.plans)
	}
	s.drop(len(s.text))
}

func (s *stream) mayHoldPlan() bool {
	for _, l := range s.text {
		if strings.Contains(l.text, "(cost=") || strings.Contains(l.text, "(actual ") || strings.Contains(l.text, "Node Type") || strings.Contains(l.text, "Node-Type") {
			return true
		}
	}
	return false
}

func (s *stream) emit(plans []*Plan) {
	for i, p := range named(s.name, plans) {
		if s.stopped {
			return
		}
		s.plans++
		f := &Found{Line: p.Line, Query: p.Query.Raw(), QueryID: p.QueryID, Ms: p.ExecMs(), plans: plans[i : i+1]}
		s.stopped = !s.yield(f, nil)
	}
}

// decodeUTF16 decodes UTF-16 with a byte order mark, as Windows tools write it.
func decodeUTF16(b []byte) string {
	var order binary.ByteOrder = binary.LittleEndian
	if b[0] == 0xFE {
		order = binary.BigEndian
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 2; i+1 < len(b); i += 2 {
		units = append(units, order.Uint16(b[i:]))
	}
	out := make([]byte, 0, len(units))
	for _, r := range utf16.Decode(units) {
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}
