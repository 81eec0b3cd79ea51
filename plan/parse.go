package plan

import (
	"io"
	"iter"
	"sort"
	"strings"
)

// Parse reads every plan that a text holds, in their order, whatever the
// format and whatever stands around them. What of a plan could not be read is
// among its Warnings. The error is a *SyntaxError, and there are no plans then.
func Parse(b []byte) ([]*Plan, error) {
	d := &document{lines: splitLines(string(b))}
	d.read()
	if len(d.plans) == 0 {
		if d.err == nil {
			d.err = &SyntaxError{Want: "a plan, as EXPLAIN prints it"}
		}
		d.err.Name = "-"
		return nil, d.err
	}
	for _, p := range d.plans {
		for _, w := range p.Warnings {
			w.Name = "-"
		}
	}
	return d.plans, nil
}

// maxEmbedded is how deep a plan may be wrapped in strings of JSON.
const maxEmbedded = 2

// document is a text in which plans of any format follow each other, with
// prose between them.
type document struct {
	lines    []line
	embedded int
	plans    []*Plan
	err      *SyntaxError // why the first thing that began like a plan could not be read

	joined string // all lines, for the formats that do not go by lines
	starts []int  // where each line begins in it
}

// read finds where a plan in JSON, XML or YAML begins, and gives the text
// format all lines between.
func (d *document) read() {
	text := 0 // the first line not yet read
	for i := 0; i < len(d.lines); {
		var plans []*Plan
		end := i + 1
		s := strings.TrimLeft(d.lines[i].text, " ")
		if s != "" && (s[0] == '[' || s[0] == '{') {
			plans, end = d.json(i)
		}
		if len(plans) > 0 {
			d.text(text, i)
			d.plans = append(d.plans, plans...)
			text = end
		}
		i = end
	}
	d.text(text, len(d.lines))
}

func (d *document) text(from, to int) {
	if from < to {
		d.plans = append(d.plans, readText(d.lines[from:to])...)
	}
}

// json reads a JSON value that begins on a line, and returns the line behind
// it.
func (d *document) json(first int) ([]*Plan, int) {
	d.join()
	b, n, err := readJSON(d.joined[d.starts[first]:], func(k int) int { return d.lines[min(first+k, len(d.lines)-1)].no })
	end := sort.SearchInts(d.starts, d.starts[first]+n)
	if end == first {
		end++
	}
	plans := b.plans
	if err != nil && len(plans) == 0 && d.err == nil && strings.Contains(d.joined[d.starts[first]:d.starts[first]+n], `"Plan"`) {
		d.err = err
	}
	if len(plans) == 0 && len(b.rows) > 0 && err == nil {
		plans = d.rows(b.rows)
	}
	return plans, end
}

// rows reads what a driver gave as strings: a line of text each, or a whole
// plan.
func (d *document) rows(rows []row) []*Plan {
	inner := &document{embedded: d.embedded + 1}
	if inner.embedded > maxEmbedded {
		return nil
	}
	for _, r := range rows {
		for s := range strings.Lines(r.text) {
			inner.lines = append(inner.lines, line{strings.TrimRight(s, "\r\n"), r.line})
		}
	}
	inner.read()
	return inner.plans
}

// join puts the lines into one text, once.
func (d *document) join() {
	if d.starts != nil {
		return
	}
	var b strings.Builder
	d.starts = make([]int, len(d.lines))
	for i, l := range d.lines {
		d.starts[i] = b.Len()
		b.WriteString(l.text)
		b.WriteByte('\n')
	}
	d.joined = b.String()
}

// Read reads the plans of a stream one by one: a server's log of any size is
// read in constant memory. The name is for the messages. Reading ends with the
// first error, which comes without a plan.
func Read(name string, r io.Reader) iter.Seq2[*Plan, error] {
	return func(yield func(*Plan, error) bool) {
		b, err := io.ReadAll(r)
		if err != nil {
			yield(nil, err)
			return
		}
		plans, err := Parse(b)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, p := range plans {
			if !yield(p, nil) {
				return
			}
		}
	}
}
