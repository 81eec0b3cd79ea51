package plan

import "strings"

// Marks that people and programs put before or after every line of a plan.

// mark is one such mark. A weak one can also belong to a plan's line, so most of
// the plan's lines must have it.
type mark struct {
	text string
	weak bool
	fits func(rest string) bool // what must follow it; nil for anything
}

var prefixes = []mark{
	{text: ">"},                             // mail, Markdown
	{text: "--", fits: notPrefix("-", ">")}, // SQL
	{text: "///"}, {text: "//"},             // code
	{text: "#", fits: func(rest string) bool { return rest == "" || rest[0] < '0' || rest[0] > '9' }}, // scripts
	{text: "*", weak: true, fits: separate},                                                           // a block comment, a list
	{text: "•"}, {text: "·"}, {text: "◦"}, {text: "▪"},                                                // lists
	{text: "»"}, {text: "›"}, {text: "▏"}, {text: "▎"}, {text: "▌"}, // quotations
	{text: ";"}, {text: "%"}, {text: "!"}, // comments of other languages
	{text: "+", fits: notPrefix("-", "+")},                                                 // diffs
	{text: "-", weak: true, fits: notPrefix("-", ">", "&", `\`, " Plan:", " Query Text:")}, // diffs, lists
}

var suffixes = []mark{
	{text: ",", weak: true}, {text: ";", weak: true}, {text: `\n`, weak: true}, {text: `\`, weak: true}, // lists, code
	{text: `+ "\n"`, weak: true}, {text: "+", weak: true},
	{text: "↵", weak: true}, {text: "⏎", weak: true}, {text: "¶", weak: true}, {text: "$", weak: true}, // line ends that an editor or cat shows
}

func notPrefix(starts ...string) func(string) bool {
	return func(rest string) bool {
		for _, s := range starts {
			if strings.HasPrefix(rest, s) {
				return false
			}
		}
		return true
	}
}

func separate(rest string) bool { return rest == "" || rest[0] == ' ' }

// stripLinePrefixes removes one mark before the lines.
func stripLinePrefixes(lines []line) ([]line, bool) {
	var starts [256]bool
	for _, l := range lines {
		if at := indent(l.text); at < len(l.text) {
			starts[l.text[at]] = true
		}
	}
	for i := range prefixes {
		m := &prefixes[i]
		if !starts[m.text[0]] || !m.worn(lines, m.before) {
			continue
		}
		margin := true // a blank follows it everywhere
		for _, l := range lines {
			_, rest, ok := m.before(l.text)
			margin = margin && (!ok || separate(rest))
		}
		for j := range lines {
			at, rest, ok := m.before(lines[j].text)
			switch {
			case !ok:
				continue
			case m.inPlace():
				rest = " " + rest
			case margin:
				rest = strings.TrimPrefix(rest, " ")
			}
			lines[j].text = lines[j].text[:at] + rest
		}
		if m.text == ">" { // a mail quotes another one
			lines, _ = stripLinePrefixes(lines)
		}
		return lines, true
	}
	return lines, false
}

// inPlace reports whether lines without the mark have a blank in its place, as
// in a diff.
func (m *mark) inPlace() bool { return m.text == "+" || m.text == "-" }

// before cuts the mark from the start of a line; at is its column.
func (m *mark) before(s string) (at int, rest string, ok bool) {
	at = indent(s)
	rest, ok = strings.CutPrefix(s[at:], m.text)
	return at, rest, ok && (m.fits == nil || m.fits(rest)) && !isRuler(strings.TrimSpace(s))
}

// stripLineEnds removes one mark after the lines.
func stripLineEnds(lines []line) ([]line, bool) {
	var ends [256]bool
	for _, l := range lines {
		if n := len(l.text); n > 0 {
			ends[l.text[n-1]] = true
		}
	}
	for i := range suffixes {
		m := &suffixes[i]
		if !ends[m.text[len(m.text)-1]] || !m.worn(lines, m.behind) {
			continue
		}
		for j := range lines {
			if _, rest, ok := m.behind(lines[j].text); ok {
				lines[j].text = rest
			}
		}
		return lines, true
	}
	return lines, false
}

func (m *mark) behind(s string) (at int, rest string, ok bool) {
	rest, ok = strings.CutSuffix(s, m.text)
	return 0, strings.TrimRight(rest, " "), ok
}

// worn reports whether the lines of a plan have the mark: most of them, unless
// no line of a plan can begin with it.
func (m *mark) worn(lines []line, cut func(string) (int, string, bool)) bool {
	with := 0
	for _, l := range lines {
		if _, rest, ok := cut(l.text); ok && holdsPlanLine(rest) {
			with++
		}
	}
	if with == 0 || !m.weak {
		return with > 0
	}
	for _, l := range lines {
		if _, _, ok := cut(l.text); !ok && holdsPlanLine(l.text) {
			with--
		}
	}
	return with > 0
}
