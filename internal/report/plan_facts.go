package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// facts returns what is known of a plan as a whole: its times, the settings of the
// session and the triggers. Each entry has a line of its own.
func (p *Plan) facts() []string {
	return slices.DeleteFunc([]string{strings.Join(append(p.state(), p.times()...), ", "), p.settings(), p.triggers()}, func(s string) bool { return s == "" })
}

// state says what keeps the figures of a plan from being all there are.
func (p *Plan) state() []string {
	switch {
	case !p.Analyzed:
		return []string{"not executed: estimates only"}
	case !p.Complete:
		return []string{"incomplete"}
	}
	return nil
}

// times returns the times of the execution and of what is around it, and what it read
// and wrote.
func (p *Plan) times() []string {
	var said []string
	add := func(v opt.Float, format string, more ...any) {
		if v.Known() {
			said = append(said, fmt.Sprintf(format, append([]any{figures.Ms(v.Or(0))}, more...)...))
		}
	}
	add(p.ExecutionMs, "execution %s")
	const shortPlanning = 0.01 // of the execution
	blocks := ""
	if read := p.PlanningSharedRead.Or(0); read > 0 && p.PlanningMs.Or(0) >= shortPlanning*p.ExecutionMs.Or(0) {
		blocks = " (" + figures.Plural(read, "block") + " not in shared_buffers)"
	}
	add(p.PlanningMs, "planning %s%s", blocks)
	if p.JIT != nil {
		in := ""
		for i := range p.size() {
			if p.at(i).WorkersLaunched.Or(0) > 0 {
				in = " in all processes"
			}
		}
		add(p.JITMs, "JIT %s%s (%s)", in, figures.Plural(p.JIT.Functions.Or(0), "function"))
	}
	add(p.SerializationMs, "serialization %s")
	if p.size() == 0 {
		return said
	}
	root := p.at(0)
	for _, io := range []struct {
		what string
		ms   opt.Float
	}{{"I/O read", root.IOReadMs}, {"I/O write", root.IOWriteMs}, {"temporary files", opt.Sum(root.TempIOReadMs, root.TempIOWriteMs)}} {
		if io.ms.Or(0) > 0 {
			add(io.ms, io.what+" %s")
		}
	}
	if bytes := root.WALBytes.Or(0); bytes > 0 {
		said = append(said, fmt.Sprintf("WAL %s (%s, %s)", figures.Bytes(bytes), figures.Plural(root.WALRecords.Or(0), "record"), figures.Plural(root.WALFPI.Or(0), "full page image")))
	}
	return said
}

func (p *Plan) settings() string {
	var said []string
	for _, s := range p.Settings {
		said = append(said, s.Name+"="+s.Value)
	}
	if len(said) == 0 {
		return ""
	}
	return "settings: " + strings.Join(said, ", ")
}

// triggers names the triggers that took the most time.
func (p *Plan) triggers() string {
	const most = 5
	list := slices.Clone(p.Triggers)
	slices.SortStableFunc(list, func(a, b Trigger) int { return cmp.Compare(b.Ms.Or(0), a.Ms.Or(0)) })
	var said []string
	for _, t := range list[:min(len(list), most)] {
		name := cmp.Or(t.Constraint, t.Name)
		if t.Relation != "" {
			name += " on " + t.Relation
		}
		more := figures.Plural(t.Calls.Or(0), "call")
		if ms, ok := t.Ms.Get(); ok {
			name += " " + figures.Ms(ms)
			if all := p.ExecutionMs.Or(0); all > 0 {
				more += ", " + figures.Share(ms/all) + " of the execution"
			}
		}
		said = append(said, name+" ("+more+")")
	}
	if len(said) == 0 {
		return ""
	}
	if more := len(list) - len(said); more > 0 {
		said = append(said, fmt.Sprintf("and %d more", more))
	}
	return "triggers: " + strings.Join(said, ", ")
}
