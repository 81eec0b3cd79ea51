package report

import (
	"fmt"
	"io"
)

// Options are choices of looks. The zero value is plain text of 80 columns.
type Options struct {
	Width int    // columns of the terminal; 0: not known
	Lists bool   // the workload in full lists: statements, tables, indexes
	Color bool   // severities and the culprit in colour
	Of    string // what was reviewed, as the user named it: of JSON lines, the key to tell reports apart
	Full  bool   // everything, not only what fits a screen or two: text, Markdown and HTML
}

// formats are the ways a Report is written; the flag's values and their
// completion come from this table.
var formats = []struct {
	name  string
	write func(w io.Writer, r *Report, o Options) error
}{
	{"text", writeText},
	{"markdown", writeMarkdown},
	{"json", writeJSON},
	{"jsonl", writeJSONLines},
	{"html", writeHTML},
}

// FormatNames are the formats, the default first.
func FormatNames() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// Write writes the report in one of the formats.
func Write(w io.Writer, r *Report, format string, o Options) error {
	for _, f := range formats {
		if f.name == format {
			return f.write(w, r, o)
		}
	}
	return fmt.Errorf("no format %q", format)
}
