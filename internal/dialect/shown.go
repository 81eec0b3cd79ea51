package dialect

import (
	"regexp"
	"strings"
)

// shownStart matches the line in which the output of SHOW CREATE TABLE begins a
// definition: of \G, of the table that the client draws, and of its batch mode.
var shownStart = regexp.MustCompile(`^(?:\s*Create (?:Table|View): |\|\s*[^|]*\|\s*|[^\s|]+\t)(CREATE (?:TABLE|ALGORITHM|TEMPORARY|VIEW)\b.*)$`)

// shownEnd matches a line that follows a definition.
var shownEnd = regexp.MustCompile(`^(?:\*{5,}|\+-|\||\d+ rows? in set|(?:mysql|MariaDB)\b.*>|Table\t|\s*(?:Table|View|Create Table|Create View|character_set_client|collation_connection): )`)

// Shown returns the statements in output of MySQL's SHOW CREATE TABLE, in the same
// lines, and whether the text is such output.
func Shown(text string) (string, bool) {
	if !strings.Contains(text, "Create Table") {
		return text, false
	}
	var out strings.Builder
	shown, open := false, false
	end := func() {
		if open {
			out.WriteString(";")
		}
		open = false
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		start := shownStart.FindStringSubmatch(line)
		switch {
		case start != nil:
			end()
			shown, open = true, true
			line = strings.ReplaceAll(start[1], `\n`, " ")
		case !open || shownEnd.MatchString(line):
			end()
			line = ""
		}
		if drawn := strings.TrimRight(line, " \t"); open && strings.HasSuffix(drawn, "|") {
			out.WriteString(strings.TrimSuffix(drawn, "|"))
			end()
		} else {
			out.WriteString(line)
		}
		out.WriteByte('\n')
	}
	end()
	if !shown {
		return text, false
	}
	return out.String(), true
}
