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
		t.WriteString("\n")
		for _, f := range facts {
			t.WriteString(t.item(t.prose(f.line())))
		}
		t.add(listPart, "list of what the repository tells", "Repository")
	}
	t.WriteString(t.heading(3, t.prose("Migrations")))
	list, others := r.shownMigrations(t.full)
	for _, m := range list {
		t.WriteString(t.heading(4, t.prose(m.Verdict+":")+" "+t.code(m.Path)))
		t.line(t.prose(sentence(m.About)))
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
			rows = append(rows, []string{fmt.Sprint(s.Line), t.codeCell(s.Head), t.cell(locks), t.cell(s.Time), t.cell(strings.Join(s.IDs, ", "))})
		}
		if len(rows) > 0 {
			t.WriteString(t.table([]string{"line", "statement", "lock", "time", "findings"}, map[int]bool{0: true}, rows))
		}
		if m.Rest != "" {
			t.line(t.prose(sentence(upperFirst(m.Rest))))
		}
		for _, n := range m.Notes {
			t.line(t.prose(sentence(n)))
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
		t.add(firstPart, "migration", "")
	}
	if len(others) > 0 {
		t.WriteString("\n")
		for _, line := range others {
			verdict, path, _ := strings.Cut(line, "  ")
			t.WriteString(t.item(t.prose(verdict+":") + " " + t.code(path)))
		}
		t.add(listPart, "list of other migrations", "")
	}
}

func (t *ticket) wayBack(w WayBack) {
	said := w.Wrong()
	if said == "" && len(w.Acts) == 0 {
		return
	}
	t.folded("If it is wrong", func() {
		if said != "" {
			t.line(t.prose(said))
		}
		t.WriteString("\n")
		for i, act := range w.Acts {
			t.WriteString(t.step(i+1, t.prose(upperFirst(act.Part)+": "+act.Text)))
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
			t.line(t.prose(at + ": " + l.Text))
			if sql := strings.TrimSpace(l.Find + "\n" + l.Fix); sql != "" {
				t.sql(sql)
			}
		}
	})
}
