package plan

import (
	"regexp"
	"strings"
)

// longArrow matches an arrow that somebody made longer, to point at a node, in place of the
// blanks before it.
var longArrow = regexp.MustCompile(`^( *)([>*=#!]{3,}) ?->  ?`)

// straightenArrows puts the blanks back in front of the arrows of some nodes.
func straightenArrows(lines []line) ([]line, bool) {
	nodes, pointed := 0, []int(nil)
	for i, l := range lines {
		if !isUnreadNode(l.text) {
			continue
		}
		nodes++
		if m := longArrow.FindString(l.text); m != "" {
			if words, _, ok := cutFigures(l.text[len(m):]); ok && isNodeWords(words) {
				pointed = append(pointed, i)
			}
		}
	}
	if 2*len(pointed) > nodes {
		return lines, false // what a mail quotes, all of it
	}
	for _, i := range pointed {
		at := strings.Index(lines[i].text, "->")
		lines[i].text = strings.Repeat(" ", at) + lines[i].text[at:]
	}
	return lines, len(pointed) > 0
}
