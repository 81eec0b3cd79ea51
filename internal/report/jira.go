package report

import (
	"fmt"
	"regexp"
	"strings"
)

// jira is the wiki markup of Jira. It cannot collapse a part: such a part has a small
// heading, and stands last.
var jira = markup{
	limit:    32_000, // of the 32,767 that a description or a comment can have
	prose:    jiraProse,
	code:     jiraCode,
	cell:     jiraProse,
	codeCell: jiraCode,
	bold:     func(s string) string { return "*" + s + "*" },
	heading:  func(level int, title string) string { return fmt.Sprintf("\nh%d. %s\n", level, title) },
	item:     func(s string) string { return "* " + s + "\n" },
	step:     func(_ int, s string) string { return "# " + s + "\n" },
	block:    jiraBlock,
	table:    jiraTable,
	fold:     func(title, body string) string { return "\nh5. " + title + "\n" + apart(body) },
}

// jiraProse escapes a text.
func jiraProse(s string) string {
	s = glued(oneLine(s, 1<<20))
	s = strings.ReplaceAll(s, "&", "&#38;")
	s = strings.ReplaceAll(s, `\`, "&#92;")
	s = jiraIcon.ReplaceAllStringFunc(s, func(icon string) string { return icon[:len(icon)-1] + fmt.Sprintf("&#%d;", icon[len(icon)-1]) })
	s = jiraSpecial.ReplaceAllString(s, `\$0`)
	s = jiraEdge.ReplaceAllStringFunc(s, func(signs string) string { return `\` + strings.Join(strings.Split(signs, ""), `\`) })
	s = jiraLine.ReplaceAllString(s, `\$1`)
	return strings.NewReplacer("://", "&#58;//", "www.", "www&#46;").Replace(s)
}

var (
	jiraSpecial = regexp.MustCompile(`[{}\[\]|*!^]`)
	jiraEdge    = regexp.MustCompile(`\B[-+~?]|[-+~?]\B|\b_+|_+\b`)                                           // within a word they mean nothing
	jiraLine    = regexp.MustCompile(`^(#|h\d\.|bq\.)`)                                                       // at the beginning of a line
	jiraIcon    = regexp.MustCompile(`\((?:y|n|i|x|/|!|\+|-|\?|on|off|\*[rgby]?|flag|flagoff)\)|[:;][()DP|]`) // (x) and :) are pictures
)

// jiraCode returns a text in a fixed-width font, in which Jira still reads markup.
func jiraCode(s string) string {
	s = jiraProse(s)
	if s == "" {
		return ""
	}
	return "{{" + s + "}}"
}

// jiraBlock returns a block of code. Nothing ends it but its own name.
func jiraBlock(language, text string) string {
	text = strings.TrimRight(clean(text), "\n")
	if language != "sql" {
		return "\n{noformat}\n" + strings.ReplaceAll(text, "{noformat", "{ noformat") + "\n{noformat}\n"
	}
	return "\n{code:sql}\n" + strings.ReplaceAll(text, "{code", "{ code") + "\n{code}\n"
}

func jiraTable(head []string, _ map[int]bool, rows [][]string) string {
	row := func(mark string, cells []string) string {
		var b strings.Builder
		for _, c := range cells {
			if c == "" {
				c = " "
			}
			b.WriteString(mark + c)
		}
		return b.String() + mark + "\n"
	}
	out := "\n" + row("||", head)
	for _, r := range rows {
		out += row("|", r)
	}
	return out
}
