package rule

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// What a session did between the plans that it shows.

// Between are the statements that the input has between the two plans and that change how a
// query is planned.
func (p Pair) Between() (list []redact.Text) {
	first, last := p.Before, p.After
	if first.Position > last.Position {
		first, last = last, first
	}
	for _, q := range last.Case.Plans {
		if q.Input != first.Input || last.Input != first.Input || q.Position <= first.Position || q.Position > last.Position {
			continue
		}
		for _, text := range q.Since {
			if _, err := sql.Parse(text.Raw()); err != nil {
				continue
			}
			if setsAmount.MatchString(text.Raw()) {
				text = redact.Plain(text.Raw())
			}
			list = append(list, text)
		}
	}
	return list
}

// setsAmount matches a SET whose literal is an amount, which is nobody's data.
var setsAmount = regexp.MustCompile(`(?i)^SET\s+(?:(?:LOCAL|SESSION)\s+)?\w+\s*(?:=|TO)\s*'?(?:[\d.]+\s*[a-z]{0,3}|on|off|true|false)'?$`)

// indexStep reports whether a statement between the two plans begins with a word, CREATE or
// DROP, and names an index. The later plan is of after it.
func (p Pair) indexStep(word, index string) bool {
	return slices.ContainsFunc(p.Between(), func(text redact.Text) bool {
		words := strings.Fields(text.Raw())
		if !strings.EqualFold(words[0], word) {
			return false
		}
		for t := range lex.Tokens(text.Raw()) {
			if t.Kind == lex.Word && strings.EqualFold(t.Text, index) || t.Text == `"`+index+`"` {
				return true
			}
		}
		return false
	})
}

// switched matches a SET of a method of the planner, or what sets it back.
var switched = regexp.MustCompile(`(?i)^(?:SET\s+(?:(?:LOCAL|SESSION)\s+)?(enable_\w+)\s*(?:=|TO)\s*'?(\w+)'?|RESET\s+(\w+))$`)

// SwitchedOff are the methods of the planner that the session of a plan had disabled by then.
func (p *Plan) SwitchedOff() []string { return switchedOff.Of(p.Case)[p] }

// switchedOff has the plans for which a method was disabled; the plans of a case are in the
// order of the inputs, and of each input in its own.
var switchedOff = Derive(func(c *Case) map[*Plan][]string {
	off := map[*Plan][]string{}
	var names []string // by now
	for i, p := range c.Plans {
		if i > 0 && c.Plans[i-1].Input != p.Input {
			names = nil
		}
		for _, text := range p.Since {
			m := switched.FindStringSubmatch(text.Raw())
			if m == nil {
				continue
			}
			name := strings.ToLower(m[1] + m[3])
			names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name || name == "all" })
			if v := strings.ToLower(m[2]); v == "off" || v == "false" || v == "0" {
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			off[p] = names
		}
	}
	return off
})
