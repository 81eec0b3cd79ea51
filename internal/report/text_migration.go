package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// verdictColor highlights what must not ship.
var verdictColor = map[string]string{"hold": "1;31", "rewrite": yellow, "ship": bold}

// migrations writes each migration: its verdict, the statements that lock or break
// something with their safe form, and the way back.
func (p *page) migrations(r *Report) {
	if len(r.Migrations) == 0 {
		return
	}
	if facts := r.reconShown(p.full); len(facts) > 0 {
		p.heading("REPOSITORY", "")
		for _, f := range facts {
			p.hang("", "   ", 3, f.line())
		}
	}
	p.heading("MIGRATIONS", "")
	list, others := r.shownMigrations(p.full)
	for i, m := range list {
		if i > 0 {
			p.WriteString("\n")
		}
		const indent = 9
		p.WriteString(p.paint(verdictColor[m.Verdict], fmt.Sprintf("%-*s", indent, flat(m.Verdict))) + p.paint(bold, flat(m.Path)))
		between := "  "
		if indent+displaywidth.String(m.Path+between+m.About) > p.width {
			between = "\n" + strings.Repeat(" ", indent)
		}
		p.WriteString(between + p.paint(dim, flat(m.About)) + "\n")
		for _, s := range m.Statements {
			p.statement(s)
		}
		if m.Rest != "" {
			p.hang(dim, "         ", 9, m.Rest)
		}
		for _, n := range m.Notes {
			p.labelled("Note", n)
		}
		p.wayBack(m.WayBack)
	}
	if len(others) > 0 {
		p.WriteString("\n")
		shown := others
		if !p.full && len(shown) > listedOthers {
			shown = shown[:listedOthers]
		}
		for _, line := range shown {
			p.WriteString(flat(line) + "\n")
		}
		if more := len(others) - len(shown); more > 0 {
			p.more(fmt.Sprintf("and %d more", more))
		}
	}
	if slices.ContainsFunc(r.Statements, func(s DDL) bool { return len(s.SafeRewrite) > 0 }) {
		p.WriteString("\n")
		p.hang(dim, "", 0, "--emit DIR drafts the safe form in the format of the tool, a file per step, with the deploy that each belongs to. Existing files are never changed.")
	}
}

func (p *page) statement(s shownDDL) {
	head := fmt.Sprintf("  %5d  ", s.Line)
	p.hang(bold, head, 9, s.Head)
	switch {
	case s.Kind == "unread":
		p.labelled("Not read", strings.Join(s.Assumptions, "; "))
	case !s.Supported:
		p.labelled("Fails", sentence(upperFirst(s.Refused)))
	default:
		p.labelled("Lock", s.Locks)
		p.labelled("Time", s.Time)
		p.labelled("Assumed", s.assumed())
	}
	if len(s.IDs) > 0 {
		p.labelled("Findings", strings.Join(s.IDs, ", "))
	}
	for i, step := range s.SafeRewrite {
		label := "Instead"
		if i > 0 {
			label = ""
		}
		p.WriteString("    " + p.paint(dim, fmt.Sprintf("%-8s", label)) + "  ")
		p.sql("", labelIndent, step.SQL)
		if p.full {
			p.labelled("", step.note())
		}
	}
	if p.full {
		for _, undo := range s.Rollback {
			p.WriteString("    " + p.paint(dim, "Rollback") + "  ")
			p.sql("", labelIndent, undo.SQL)
			p.labelled("", undo.Note)
		}
	}
}

// wayBack writes what to do if the migration is wrong, in order.
func (p *page) wayBack(w WayBack) {
	said := w.Wrong()
	if said == "" && len(w.Acts) == 0 {
		return
	}
	p.labelled("If wrong", said)
	n := 0
	for _, act := range w.Acts {
		if !p.full && act.Part != "schema" && act.Part != "data" {
			continue // the sentence says what to do with the code
		}
		n++
		p.hang("", fmt.Sprintf("          %d. ", n), 13, upperFirst(act.Part)+": "+act.Text)
		if act.SQL != "" {
			p.WriteString("             ")
			p.sql("", 13, act.SQL)
		}
	}
	if !p.full {
		return
	}
	for _, l := range w.Left {
		head := "interrupted: "
		if line, known := l.Line.Get(); known {
			head = fmt.Sprintf("interrupted at line %d: ", line)
		}
		p.hang("", "          - ", 12, head+l.Text)
		for _, sql := range []string{l.Find, l.Fix} {
			if sql != "" {
				p.WriteString("            ")
				p.sql("", 12, sql)
			}
		}
	}
}
