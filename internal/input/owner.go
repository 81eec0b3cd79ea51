package input

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/workload"
)

// Figures of one table in prose: the text beside them or above them names it.

var (
	// quotedName matches a name in quotes, tableWord one behind the word for what it is.
	quotedName = regexp.MustCompile("[`\"“'](\\pL[\\pL\\d_$]*(?:\\.[\\pL_][\\pL\\d_$]*)?)[`\"”']")
	tableWord  = regexp.MustCompile(`(?i)\b(?:table|relation|tabla|tabela|tabelle)\s+(\pL[\pL\d_$]*(?:\.[\pL_][\pL\d_$]*)?)(?:\s*(?:$|[:;(=|>–—-])|\s+(?:has|had|shows|showed|now has)\b)`)
	// cellName matches a cell that is a table's name with its schema, or in quotes.
	cellName = regexp.MustCompile("^(?:[`*]*\\pL[\\pL\\d_$]*\\.\\pL[\\pL\\d_$]*[`*]*|`\\pL[\\pL\\d_$]*`)$")
	// aside matches a remark in brackets, which can name other tables.
	aside = regexp.MustCompile(`\([^()]*\)`)
	// ofTables matches the words of a sentence about the figures of a table.
	ofTables = regexp.MustCompile(`(?i)\b(?:tables?|relations?|scan\w*|tuples?|rows?|vacuum\w*|autovacuum\w*|analy[sz]e\w*|bloat\w*|dead|stat\w*|tabla|tabela|tabelle|linhas|filas|zeilen)\b|_tup\b|_scan\b`)
	// caption matches a line that is a heading.
	caption = regexp.MustCompile(`^\s*(?:#{1,6}\s|\*\*[^*]+\*\*:?\s*$|=+\s.*=\s*$)`)
)

// named returns the one table that a text names, in quotes or behind the word table, if it
// speaks of the figures of tables or says nothing else; empty if there are several or none.
func named(text string) string {
	text = aside.ReplaceAllString(text, " ")
	name := ""
	for _, by := range [...]*regexp.Regexp{quotedName, tableWord} {
		for _, m := range by.FindAllStringSubmatch(text, -1) {
			schema, bare, qualified := strings.Cut(m[1], ".")
			switch {
			case m[1] == name, noTable(m[1]):
				continue
			case name != "", qualified && !strings.EqualFold(schema, "public") && !strings.Contains(text, "table"): // a column of a table
				return ""
			case qualified && noTable(bare):
				return ""
			}
			name = m[1]
		}
	}
	if !ofTables.MatchString(strings.ReplaceAll(text, name, "")) && len(strings.Fields(strings.Trim(text, "#*: "))) > 2 {
		return ""
	}
	return name
}

// noTable reports whether a name in quotes is that of a column, a setting, a view, an index
// or a command.
func noTable(name string) bool {
	return workload.Reads(name) || workload.Familiar([]string{name, "pid"}) && name != "pid" || workload.IsSetting(name) || strings.HasPrefix(name, "pg_") || name == strings.ToUpper(name) || indexName.MatchString(name) ||
		strings.HasPrefix(name, "autovacuum_") || strings.HasPrefix(name, "enable_") || slices.Contains([]string{"true", "false", "null", "on", "off", "public", "postgres"}, name)
}

// owner returns the table that figures are of by the text above them: the headings next to
// them, and the paragraph above these.
func owner(before []byte) string {
	lines := strings.Split(strings.TrimRight(string(before), " \t\r\n"), "\n")
	var paragraph []string
	for i := len(lines) - 1; i >= -1; i-- {
		line := ""
		if i >= 0 {
			line = strings.TrimSpace(lines[i])
		}
		switch {
		case strings.HasPrefix(line, "```") && len(paragraph) == 0 && i == len(lines)-1: // opens the block of the figures
		case strings.ContainsAny(line, "|;") || strings.HasPrefix(line, "```") || strings.HasPrefix(line, "---"):
			return named(strings.Join(paragraph, " ")) // another table, or code
		case len(paragraph) == 0 && caption.MatchString(line):
			if name := named(line); name != "" || quotedName.MatchString(aside.ReplaceAllString(line, "")) {
				return name
			}
		case len(paragraph) > 0 && (line == "" || caption.MatchString(line)):
			return named(strings.Join(paragraph, " "))
		case line != "":
			paragraph = append([]string{line}, paragraph...)
		}
	}
	return ""
}

// ownerIn returns the table that the header of a table of figures names.
func ownerIn(titles string) string {
	name := ""
	for cell := range bytes.SplitSeq([]byte(titles), []byte("|")) {
		if c := bytes.TrimSpace(cell); cellName.Match(c) {
			if name != "" {
				return ""
			}
			name = string(bytes.Trim(c, "`*"))
		}
	}
	return name
}
