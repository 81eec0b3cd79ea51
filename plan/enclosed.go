package plan

import (
	"strings"
	"unicode"
)

// Texts in which a plan's first line follows something on the same line: a bullet, a
// title, or what opens a block, a string or a cell, which is closed after the last line.

// stripLeads removes what is before the first line of a plan, and what closes it.
func stripLeads(lines []line) ([]line, bool) {
	found := false
	for i := range lines {
		s := lines[i].text
		if !isUnreadNode(s) {
			continue
		}
		at := leadOf(s)
		if at == 0 {
			continue
		}
		lead := strings.TrimSpace(s[:at])
		lines[i].text, found = s[:indent(s)]+s[at:], true
		if closer := closerOf(lead); closer != "" {
			closeBlock(lines[i:], closer)
		}
	}
	return lines, found
}

// leadOf returns where the words of a node begin that has something before it and is
// not below another one; 0 if there is no such node.
func leadOf(s string) int {
	at, ok := rootAt(s)
	if !ok || strings.TrimSpace(s[:at]) == "" {
		return 0
	}
	lead := strings.TrimSpace(s[:at])
	bare := strings.IndexFunc(lead, unicode.IsLetter) < 0
	if last := s[at-1]; bare || lead[0] == '\\' || strings.HasSuffix(lead, ":") || last != ' ' && !isWordByte(last) {
		return at
	}
	return 0
}

// closerOf returns what closes a block that a text opens at its end; empty if it opens
// none.
func closerOf(lead string) string {
	last := lead[len(lead)-1]
	for _, open := range [...]string{"```", `"""`, "'''"} {
		if strings.HasSuffix(lead, open) {
			return open
		}
	}
	switch last {
	case '\'', '"', '`':
		return string(last)
	case '$', '}': // $$, $tag$, {noformat}
		if from := strings.LastIndexByte(lead[:len(lead)-1], map[byte]byte{'$': '$', '}': '{'}[last]); from >= 0 {
			name, _, _ := strings.Cut(lead[from:len(lead)-1], ":")
			return name + string(last)
		}
	case ']', '>', '[': // [code], <nowiki>, <![CDATA[
		if strings.HasSuffix(lead, "<![CDATA[") {
			return "]]>"
		}
		from := strings.LastIndexAny(lead[:len(lead)-1], "[<")
		if from >= 0 && last != '[' {
			name, _, _ := strings.Cut(lead[from+1:len(lead)-1], " ")
			name, _, _ = strings.Cut(name, "=")
			return lead[from:from+1] + "/" + name + string(last)
		}
	}
	return ""
}

// closeBlock removes what closes a block, and the doubled quotes within it.
func closeBlock(lines []line, closer string) {
	end := len(lines)
	doubled := closer == "'" || closer == `"`
	for i := range lines {
		s := lines[i].text
		if _, next := rootAt(s); next && i > 0 && isUnreadNode(s) {
			break // of the next plan
		}
		at := strings.LastIndex(s, closer)
		if doubled {
			at = cellEnd(s, closer[0])
		}
		if at < 0 {
			continue
		}
		if rest := s[at+len(closer):]; at > 0 && doubled && strings.IndexFunc(rest, unicode.IsLetter) >= 0 {
			return // a quote of the plan's own
		}
		lines[i].text = strings.TrimRight(s[:at], " ")
		end = i + 1
		break
	}
	for i := range lines[:end] {
		if s := lines[i].text; doubled && strings.Contains(s, closer+closer) && allDoubled(s, closer[0]) {
			lines[i].text = strings.ReplaceAll(s, closer+closer, closer)
		}
	}
}
