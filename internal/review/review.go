// Package review is the pipeline: inputs to a Case, the Case to findings and
// recommendations, these to one Report.
//
// It joins what was pasted, decides what is said and in which order, and
// redacts it. Everything below it is unaware of files and of other inputs;
// everything above it only prints.
package review

import (
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/rules"
)

// Options are the choices of one run. The zero value is the default.
type Options struct {
	Only         []input.Kind            // what is read, of documents that are understood; empty: everything
	Listed       int                     // of statements that the report's format lists at most; 0: all
	Top          int                     // of statements, tables and indexes each; 0: all
	Sort         string                  // what statements are listed by, of Sorts; empty: time
	Choices      map[string]rules.Choice // rules switched off, thresholds set: checked
	Budget       float64                 // bytes that new indexes may take together; 0: no bound
	Indexes      bool                    // of the findings, those alone that call for an index, or for one less
	Context      map[string]string       // what the user says of the symptom, by report.ContextKeys
	Migration    *Migration              // a review of migrations; nil: of everything else
	Pasted       bool                    // of the findings, those alone that are about a pasted plan or query
	ShowLiterals bool                    // print the literals of queries, plans and statistics
	PGVersion    opt.Value[int]          // the server's major version, where the input does not tell
	ToolVersion  string

	// Before is what the documents are compared with; nil: nothing. It is read twice.
	Before iter.Seq2[*input.Doc, error]
}

// Run reviews what was pasted. The errors are one for each input that could
// not be read, in their order; the report holds the rest, whatever they are.
func Run(docs iter.Seq2[*input.Doc, error], o Options) (*report.Report, []error) {
	if o.Before == nil {
		r, _, errs := run(docs, o, nil)
		return r, errs
	}
	before := o
	before.Before = nil
	base, c, told := run(o.Before, before, nil)
	r, now, errs := run(docs, o, &baseline{base, c})
	if was := c.Snapshot; was != nil && now.Snapshot.Earlier() != nil && was.ExportedAt == now.Snapshot.ExportedAt {
		before.Before = docs
		r, errs := Run(o.Before, before)
		r.Warnings = append([]string{"what was given as BEFORE was exported later: before and after were exchanged"}, r.Warnings...)
		return r, errs
	}
	return r, append(told, errs...)
}

// run is Run, compared with an earlier one if there is a base.
func run(docs iter.Seq2[*input.Doc, error], o Options, base *baseline) (*report.Report, *rule.Case, []error) {
	m := newInputSet(o)
	if base != nil {
		m.readBefore(o.Before)
	}
	for doc, err := range docs {
		if err != nil {
			m.fail(doc, err)
			continue
		}
		m.read(doc)
	}
	if o.Pasted && len(m.errs) == 0 && len(m.plans)+len(m.queries) == 0 {
		m.errs = append(m.errs, errors.New("expected EXPLAIN output, or a query with exports: found neither"))
	}
	m.nothingRead()
	m.assemble()
	m.decideVersion()
	var set *migration.Set
	if o.Migration != nil {
		set = m.playMigration()
	}
	if set != nil && o.Migration.WholeSchema {
		design.Describe(m.snap, set.Catalog)
	}
	c := m.join()
	if base != nil {
		for _, p := range base.c.Plans {
			p.Earlier = true
		}
		c.Pairs = append(c.Pairs, rule.Across(base.c.Plans, c.Plans)...)
	}
	if set != nil {
		c.Migration, c.Recon, c.Code, c.Server = set, m.recon, o.Migration.Code, set.Server
		if o.Migration.WholeSchema {
			based := !o.Migration.All && set.ChangesSchema() && set.Schema != migration.NoSchema
			if !based { // all files have run
				set.Catalog.Settle()
			}
			c.Schema = design.New(set.Catalog, based)
		}
	}
	c.Limits.Bytes = o.Budget
	rules.Apply(o.Choices, c)
	found, faults := rule.Run(c, rules.All)
	for _, f := range faults {
		m.fault(f.Rule, f.Cause)
	}
	if o.Indexes {
		found = slices.DeleteFunc(found, func(f rule.Found) bool { return !f.AboutIndexes() })
	}
	if o.Pasted {
		found = slices.DeleteFunc(found, func(f rule.Found) bool { return !f.AboutPasted() })
	}
	var left []string
	if c.Schema != nil && !o.Migration.All {
		found, left = c.Asked(found)
	}
	order(c, found)
	b := builder{inputSet: m, c: c, found: found, unasked: left, base: base}
	r := b.build()
	redact.MaskEverywhere(r)
	return r, c, m.errs
}

// part does one part of the work, and reports whether it went well. If it fails, the other
// parts are done all the same.
func (m *inputSet) part(name string, do func()) (done bool) {
	defer func() {
		if cause := recover(); cause != nil {
			m.fault(name, cause)
		}
	}()
	do()
	return true
}

// fault notes that a part of pgverdict failed on the input.
func (m *inputSet) fault(part string, cause any) {
	m.faults = append(m.faults, fmt.Sprintf("%s failed on this input and was skipped. This is a bug in pgverdict: %v", part, cause))
}
