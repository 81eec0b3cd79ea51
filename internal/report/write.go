package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Options control the layout. The zero value is plain text in 80 columns.
type Options struct {
	Width int    // columns of the terminal; 0: unknown
	Form  *Form  // above the page, to review something else; nil: none
	Quiet bool   // the verdict alone: text, Markdown and Jira
	Lists bool   // the workload in full lists: statements, tables, indexes
	Color bool   // severities and nodes with findings in color
	Of    string // what was reviewed, as the user named it; identifies the report in JSON lines
	Full  bool   // everything, not only one or two screens: text, Markdown and HTML
}

// formats lists the formats of a Report. The values of --format and their
// completion use this table.
var formats = []struct {
	name    string
	endings []string // of the names of its files, which stand for the format in --format, too
	all     bool     // it has every statement of the workload
	verdict func(verdict string, width int) string
	write   func(w io.Writer, r *Report, o Options) error
}{
	{"text", []string{"txt", "log"}, false, verdictText, writeText},
	{"markdown", []string{"md"}, false, verdictMarkdown, writeTicket(markdown)},
	{"jira", []string{"jira"}, false, verdictJira, writeTicket(jira)},
	{"json", []string{"json"}, true, nil, writeJSON},
	{"jsonl", []string{"jsonl", "ndjson"}, true, nil, writeJSONLines},
	{"html", []string{"html", "htm"}, false, nil, writeHTML},
	{"sarif", []string{"sarif"}, false, nil, writeSARIF},
	{"github", nil, false, nil, writeGitHub},
	{"gitlab", nil, false, nil, writeGitLab},
}

// Listed returns how many statements of the workload a format lists at most; 0 for all.
func Listed(format string) int {
	for _, f := range formats {
		if f.name == format && !f.all {
			return max(listed, htmlStatements)
		}
	}
	return 0
}

// FormatOf returns the format of a name or of the ending of a file's name; empty if
// there is none.
func FormatOf(name string) string {
	name = strings.ToLower(name)
	for _, f := range formats {
		if f.name == name || slices.Contains(f.endings, name) {
			return f.name
		}
	}
	return ""
}

// FormatNames returns the names of the formats, the default first.
func FormatNames() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// Write writes the report in the given format.
func Write(w io.Writer, r *Report, format string, o Options) error {
	for _, f := range formats {
		switch {
		case f.name != format:
		case !o.Quiet:
			return f.write(w, r, o)
		case f.verdict == nil:
			return fmt.Errorf("the verdict alone is text, markdown or jira, not %s", format)
		default:
			_, err := io.WriteString(w, f.verdict(r.Summary.Verdict, o.Width))
			return err
		}
	}
	return fmt.Errorf("no format %q", format)
}

// verdictText breaks a verdict into lines only if the width is known: a chat and a
// program read one line.
func verdictText(verdict string, width int) string {
	verdict = clean(verdict)
	if width > 0 {
		verdict = strings.Join(Wrap(verdict, min(max(width, MinWidth), maxWidth)), "\n")
	}
	return verdict + "\n"
}

func verdictJira(verdict string, _ int) string { return "*" + jiraProse(verdict) + "*\n" }

func verdictMarkdown(verdict string, _ int) string { return "**" + prose(verdict) + "**\n" }
