package plan

import (
	"html"
	"strconv"
	"strings"
)

// What web pages and documentation tools add to a plan's lines: HTML tags and
// entities, Markdown's escapes, line numbers.

// pageTags are the HTML tags that occur around a plan's lines. The value
// reports whether the tag ends a line.
var pageTags = map[string]bool{
	"tr": true, "/tr": true, "br": true, "p": true, "/p": true, "div": true, "/div": true, "/pre": true, "li": true, "/li": true,
	"table": false, "/table": false, "thead": false, "/thead": false, "tbody": false, "/tbody": false,
	"th": false, "/th": false, "td": false, "/td": false, "pre": false, "code": false, "/code": false,
	"span": false, "/span": false, "b": false, "/b": false, "strong": false, "/strong": false, "font": false, "/font": false,
}

// stripTags removes HTML tags around a plan's lines and splits lines that are
// separated only by tags.
func stripTags(lines []line) []line {
	found := false
	for _, l := range lines {
		if strings.Contains(l.text, "<explain") || strings.Contains(l.text, "<Plan>") {
			return lines
		}
		found = found || strings.IndexByte(l.text, '<') >= 0
	}
	if !found {
		return lines
	}
	out := make([]line, 0, len(lines))
	for _, l := range lines {
		parts, tagged := splitAtTags(l.text)
		if !tagged {
			out = append(out, l)
			continue
		}
		for _, part := range parts {
			out = append(out, line{part, l.no})
		}
	}
	return out
}

// splitAtTags splits a line at its HTML tags. tagged reports whether there were
// tags around a line of a plan, or nothing but tags.
func splitAtTags(s string) (parts []string, tagged bool) {
	if strings.IndexByte(s, '<') < 0 {
		return nil, false
	}
	var part strings.Builder
	plans, text := false, false
	end := func() {
		p := strings.TrimRight(part.String(), " ")
		part.Reset()
		if isBlank(p) {
			return
		}
		shown := html.UnescapeString(p)
		parts, text = append(parts, p), true
		plans = plans || isPlanLine(shown) || isSummary(shown)
	}
	literal := false // tags in a literal belong to the user
	for i := 0; i < len(s); {
		ends, n := false, 0
		switch s[i] {
		case '\'':
			literal = !literal
		case '<':
			if !literal {
				ends, n = cutTag(s[i:])
			}
		}
		if n == 0 {
			part.WriteByte(s[i])
			i++
			continue
		}
		if tagged = true; ends {
			end()
		}
		i += n
	}
	end()
	return parts, tagged && (plans || !text)
}

// cutTag returns the length of the HTML tag at the start of s, or 0 if it is
// not in pageTags, and reports whether the tag ends a line.
func cutTag(s string) (ends bool, n int) {
	const longest = 200
	n = strings.IndexByte(s[:min(len(s), longest)], '>') + 1
	if n == 0 {
		return false, 0
	}
	name, _, _ := strings.Cut(s[1:n-1], " ")
	ends, known := pageTags[strings.ToLower(strings.TrimSuffix(name, "/"))]
	if !known {
		return false, 0
	}
	return ends, n
}

// unescapeMarkdown removes Markdown's backslashes before brackets and
// underscores, from a line with a node's figures to the end of its paragraph.
func unescapeMarkdown(lines []line) []line {
	inside := false
	for i := range lines {
		s := lines[i].text
		switch {
		case strings.Contains(s, `\(cost=`) || strings.Contains(s, `\(actual `):
			inside = true
		case isBlank(s):
			inside = false
		}
		if inside && strings.IndexByte(s, '\\') >= 0 {
			lines[i].text = unescapeMarkdownLine(s)
		}
	}
	return lines
}

func unescapeMarkdownLine(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("\\`*_{}[]()<>#+-.!|~", s[i+1]) >= 0 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// stripLineNumbers removes line numbers. At least three consecutive lines must
// have numbers that increase by one.
func stripLineNumbers(lines []line) []line {
	if !anyPlanLine(lines, func(s string) (string, bool) { rest, _, ok := cutLineNumber(s); return rest, ok }) {
		return lines
	}
	const fewest = 3
	for i := 0; i < len(lines); {
		end := i
		for _, no, ok := cutLineNumber(lines[i].text); ok && end < len(lines); end++ {
			if _, next, numbered := cutLineNumber(lines[end].text); !numbered || next != no+end-i {
				break
			}
		}
		if end-i >= fewest {
			for ; i < end; i++ {
				lines[i].text, _, _ = cutLineNumber(lines[i].text)
			}
			continue
		}
		i = max(end, i+1)
	}
	return lines
}

// cutLineNumber splits a line number and its separator from the text.
func cutLineNumber(s string) (rest string, no int, ok bool) {
	const longest = 5
	at := indent(s)
	end := at
	for end < len(s) && end < at+longest && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	no, err := strconv.Atoi(s[at:end])
	if err != nil {
		return s, 0, false
	}
	rest = strings.TrimPrefix(strings.TrimLeft(s[end:], ".:"), " ")
	return rest, no, true
}

// decodeEntities decodes HTML entities if an arrow or a tag is written with
// one. In XML the entities belong to the format.
func decodeEntities(lines []line) []line {
	arrows := false
	for _, l := range lines {
		if strings.Contains(l.text, "<explain") || strings.Contains(l.text, "<Plan>") {
			return lines
		}
		arrows = arrows || strings.Contains(l.text, "-&gt;") || strings.Contains(l.text, "&lt;explain") || strings.Contains(l.text, "&quot;Plan&quot;")
	}
	if !arrows {
		return lines
	}
	for i := range lines {
		lines[i].text = strings.ReplaceAll(html.UnescapeString(lines[i].text), "\u00a0", " ")
	}
	return lines
}
