package plan

import (
	"html"
	"strconv"
	"strings"
)

// What web pages and documentation tools add to a plan's lines: HTML tags and
// entities, Markdown's escapes and links, line numbers.

// pageTags are the HTML tags that occur around a plan's lines. The value
// reports whether the tag ends a line.
var pageTags = map[string]bool{
	"tr": true, "br": true, "p": true, "div": true, "/pre": true, "li": true,
	"row": true, "line": true, "dd": true, "nowiki": true,
	"html": false, "body": false, "blockquote": false, "section": false, "article": false, "tt": false, "var": false, "xmp": false, "wbr": false,
	"table": false, "thead": false, "tbody": false, "th": false, "td": false, "pre": false, "code": false, "samp": false, "kbd": false,
	"span": false, "font": false, "small": false, "b": false, "strong": false, "i": false, "em": false, "u": false, "s": false, "del": false, "ins": false, "mark": false,
}

// emphasisTags are the tags that Markdown makes of underscores in a name:
// orders_created_at becomes orders<em>created</em>at.
var emphasisTags = map[string]string{"em": "_", "i": "_", "strong": "__", "b": "__"}

// stripTags removes HTML tags around a plan's lines and splits lines that are
// separated only by tags.
func stripTags(lines []line) ([]line, bool) {
	found := false
	for _, l := range lines {
		if isXML(l.text) {
			return lines, false
		}
		if !found && strings.IndexByte(l.text, '<') >= 0 {
			_, _, found = splitAtTags(l.text)
		}
	}
	if !found {
		return lines, false
	}
	out := make([]line, 0, len(lines))
	for _, l := range lines {
		parts, tagged, _ := splitAtTags(l.text)
		if !tagged {
			out = append(out, l)
			continue
		}
		for _, part := range parts {
			out = append(out, line{part, l.no})
		}
	}
	return out, true
}

// isXML reports whether a line belongs to a plan in XML, where tags and entities
// are part of the format.
func isXML(s string) bool { return strings.Contains(s, "<explain") || strings.Contains(s, "<Plan>") }

// splitAtTags splits a line at its HTML tags. tagged reports whether there were
// tags, plans whether a line of a plan was among them.
func splitAtTags(s string) (parts []string, tagged, plans bool) {
	if strings.IndexByte(s, '<') < 0 {
		return nil, false, false
	}
	var part strings.Builder
	end := func() {
		p := strings.TrimRight(part.String(), " ")
		part.Reset()
		if isBlank(p) {
			return
		}
		parts = append(parts, p)
		plans = plans || holdsPlanLine(html.UnescapeString(p))
	}
	literal := false // tags in a literal belong to the user
	for i := 0; i < len(s); {
		name, n := "", 0
		switch s[i] {
		case '\'':
			literal = !literal
		case '<':
			if !literal {
				name, n = cutTag(s[i:])
			}
		}
		if n == 0 {
			part.WriteByte(s[i])
			i++
			continue
		}
		tagged = true
		if within(s, i, i+n) {
			part.WriteString(emphasisTags[strings.TrimPrefix(name, "/")])
		}
		if pageTags[name] || pageTags[strings.TrimPrefix(name, "/")] {
			end()
		}
		i += n
	}
	end()
	return parts, tagged, tagged && plans
}

// within reports whether s[from:to] is inside a name.
func within(s string, from, to int) bool {
	return from > 0 && to < len(s) && isWordByte(s[from-1]) && isWordByte(s[to]) && (!isDigit(s[from-1]) || !isDigit(s[to]))
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// cutTag returns the name of the HTML tag at the start of s and its length; 0 if
// it is not in pageTags.
func cutTag(s string) (name string, n int) {
	const longest = 200
	n = strings.IndexByte(s[:min(len(s), longest)], '>') + 1
	if n == 0 {
		return "", 0
	}
	name, _, _ = strings.Cut(s[1:n-1], " ")
	name = strings.ToLower(strings.TrimSuffix(name, "/"))
	_, known := pageTags[name]
	_, closes := pageTags[strings.TrimPrefix(name, "/")]
	if !known && !closes {
		return "", 0
	}
	return name, n
}

// decodeEntities decodes HTML entities if a line of a plan has one outside its
// literals. In XML the entities belong to the format.
func decodeEntities(lines []line) ([]line, bool) {
	found := false
	for i := range lines { // of JSON that goes into a page
		if shown := pageEscapes.Replace(lines[i].text); shown != lines[i].text && holdsPlanLine(shown) {
			lines[i].text, found = shown, true
		}
	}
	if found {
		return lines, true
	}
	for _, l := range lines {
		if isXML(l.text) {
			return lines, false
		}
		if !found && strings.IndexByte(l.text, '&') >= 0 {
			shown := html.UnescapeString(l.text)
			found = outsideQuotes(l.text, isEntity) && holdsPlanLine(shown) || strings.Contains(l.text, "&lt;explain") || strings.Contains(l.text, "&quot;Plan&quot;")
		}
	}
	if !found {
		return lines, false
	}
	for i := range lines {
		lines[i].text = strings.TrimRight(strings.ReplaceAll(html.UnescapeString(lines[i].text), "\u00a0", " "), " ")
	}
	return lines, true
}

// pageEscapes replaces what JSON has for the characters of HTML.
var pageEscapes = strings.NewReplacer(`\u003e`, ">", `\u003c`, "<", `\u0026`, "&", `\u0027`, "'", `\u003E`, ">", `\u003C`, "<")

// isEntity reports whether s starts with an HTML entity.
func isEntity(s string) bool {
	const longest = 10
	end := strings.IndexByte(s[:min(len(s), longest)], ';') + 1
	return s[0] == '&' && end > 0 && html.UnescapeString(s[:end]) != s[:end]
}

// outsideQuotes reports whether is succeeds at a position outside SQL's quotes.
func outsideQuotes(s string, is func(string) bool) (found bool) {
	var q quotes
	q.scan(s, func(i int) bool {
		found = is(s[i:])
		return !found
	})
	return found
}

// punctuation are the characters that Markdown escapes with a backslash.
const punctuation = "\\`*_{}[]()<>#+-.!|~:=&\"'/,;%$"

// unescapeMarkdown removes Markdown's backslashes and the brackets of its links
// from the paragraphs in which a line of a plan has them outside its literals.
func unescapeMarkdown(lines []line) ([]line, bool) {
	found := false
	for i := 0; i < len(lines); {
		end, escaped := i, false
		for ; end < len(lines) && !isBlank(lines[end].text); end++ {
			s := lines[end].text
			escaped = escaped || (strings.IndexByte(s, '\\') >= 0 || strings.Contains(s, "](")) && !isJSON(s) && outsideQuotes(names.Replace(s), isEscape) && holdsPlanLine(unescapeLine(s))
		}
		for ; escaped && i < end; i++ {
			lines[i].text = unescapeLine(lines[i].text)
		}
		found = found || escaped
		i = end + 1
	}
	return lines, found
}

// names removes the quotes of names, which seldom have a backslash, and those of
// YAML's and a program's strings, which escape them.
var names = strings.NewReplacer(`\\`, "", `\"`, "", `"`, "")

// isJSON reports whether a line can be JSON, whose strings have escapes.
func isJSON(s string) bool {
	s = strings.TrimLeft(s, " ")
	return s != "" && (s[0] == '{' || s[0] == '"' || s[0] == '[' && !strings.Contains(s, "]("))
}

func isEscape(s string) bool {
	return len(s) > 1 && (s[0] == '\\' && strings.IndexByte(punctuation, s[1]) >= 0 || s[0] == ']' && s[1] == '(')
}

func unescapeLine(s string) string {
	var b strings.Builder
	open := -1 // where a link starts in b
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && isEscape(s[i:]):
			i++
		case s[i] == '[' && open < 0:
			open = b.Len()
		case strings.HasPrefix(s[i:], "](") && open >= 0 && strings.IndexByte(s[i:], ')') > 0:
			text := b.String()
			b.Reset()
			b.WriteString(text[:open] + text[open+1:])
			i, open = i+strings.IndexByte(s[i:], ')'), -1
			continue
		}
		b.WriteByte(s[i])
	}
	return strings.TrimRight(b.String(), " ")
}

// stripLineNumbers removes line numbers. At least three consecutive lines must
// have numbers that increase by one.
func stripLineNumbers(lines []line) ([]line, bool) {
	if !anyPlanLine(lines, func(s string) (string, bool) { rest, _, ok := cutLineNumber(s); return rest, ok }) {
		return lines, false
	}
	const fewest = 3
	found := false
	for i := 0; i < len(lines); {
		end := i
		for _, no, ok := cutLineNumber(lines[i].text); ok && end < len(lines); end++ {
			if _, next, numbered := cutLineNumber(lines[end].text); !numbered || next != no+end-i {
				break
			}
		}
		if end-i >= fewest {
			found = true
			for ; i < end; i++ {
				lines[i].text, _, _ = cutLineNumber(lines[i].text)
			}
			continue
		}
		i = max(end, i+1)
	}
	return lines, found
}

// cutLineNumber splits a line number and its separator from the text.
func cutLineNumber(s string) (rest string, no int, ok bool) {
	const longest = 5
	at := indent(s)
	if at < len(s) && (s[at] == '[' || s[at] == '(') {
		at++
	}
	end := at
	for end < len(s) && end < at+longest && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	no, err := strconv.Atoi(s[at:end])
	if err != nil {
		return s, 0, false
	}
	rest = s[end:]
	if arrow, ok := strings.CutPrefix(rest, "→"); ok { // of a program that shows a file
		return arrow, no, true
	}
	if bar, ok := cutBorder(strings.TrimLeft(rest, " ")); ok {
		rest = bar
	}
	return strings.TrimPrefix(strings.TrimLeft(rest, ".:)]"), " "), no, true
}
