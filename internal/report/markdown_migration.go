package report

import (
	"fmt"
	"strings"
)

// migrations writes each migration: a table of its statements, the safe form as SQL,
// and the way back.
func (t *ticket) migrations(r *Report) {
	if len(r.Migrations) == 0 {
		return
	}
	if facts := r.reconShown(t.full); len(facts) > 0 {
		t.folded("Repository", func() {
			t.WriteString("\n")
			for _, f := range facts {
				t.WriteString("- " + prose(f.line()) + "\n")
			}
		})
	}
	t.WriteString("\n### Migrations\n")
	list, others := r.shownMigrations(t.full)
	for _, m := range list {
		fmt.Fprintf(t, "\n#### %s: %s\n\n%s\n", prose(m.Verdict), code(m.Path), prose(sentence(m.About)))
		var rows [][]string
		for _, s := range m.Statements {
			locks := s.Locks
			if a := s.assumed(); a != "" {
				locks += " Assumed: " + a
			}
			if !s.Supported {
				locks = "Fails: " + s.Refused
			}
			if s.Kind == "unread" {
				locks = "Not read: " + strings.Join(s.Assumptions, "; ")
			}
			rows = append(rows, []string{fmt.Sprint(s.Line), codeCell(s.Head), inCell(prose(locks)), inCell(prose(s.Time)), inCell(prose(strings.Join(s.IDs, ", ")))})
		}
		if len(rows) > 0 {
			t.table([]string{"line", "statement", "lock", "time", "findings"}, map[int]bool{0: true}, rows)
		}
		if m.Rest != "" {
			t.WriteString("\n" + prose(sentence(upperFirst(m.Rest))) + "\n")
		}
		for _, n := range m.Notes {
			t.WriteString("\n" + prose(sentence(n)) + "\n")
		}
		for _, s := range m.Statements {
			if len(s.SafeRewrite) == 0 {
				continue
			}
			var sql []string
			for i, step := range s.SafeRewrite {
				sql = append(sql, fmt.Sprintf("-- %d. %s", i+1, flat(step.note())), step.SQL)
			}
			t.folded(fmt.Sprintf("Line %d, instead", s.Line), func() { t.sql(sql...) })
		}
		t.wayBack(m.WayBack)
	}
	if len(others) > 0 {
		t.WriteString("\n")
		for _, line := range others {
			verdict, path, _ := strings.Cut(line, "  ")
			fmt.Fprintf(t, "- %s: %s\n", prose(verdict), code(path))
		}
	}
}

// spotCell is the place of a finding below its rule.
func spotCell(at string) string {
	if at == "" {
		return ""
	}
	return " " + codeCell(at)
}

func (t *ticket) wayBack(w WayBack) {
	said := w.Wrong()
	if said == "" && len(w.Acts) == 0 {
		return
	}
	t.folded("If it is wrong", func() {
		if said != "" {
			t.WriteString("\n" + prose(said) + "\n")
		}
		t.WriteString("\n")
		for i, act := range w.Acts {
			fmt.Fprintf(t, "%d. %s: %s\n", i+1, prose(upperFirst(act.Part)), prose(act.Text))
		}
		for _, act := range w.Acts {
			if act.SQL != "" {
				t.sql(act.SQL)
			}
		}
		for _, l := range w.Left {
			at := "Interrupted"
			if line, known := l.Line.Get(); known {
				at = fmt.Sprintf("Interrupted at line %d", line)
			}
			fmt.Fprintf(t, "\n%s: %s\n", at, prose(l.Text))
			if sql := strings.TrimSpace(l.Find + "\n" + l.Fix); sql != "" {
				t.sql(sql)
			}
		}
	})
}
