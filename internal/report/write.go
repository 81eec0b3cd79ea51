package report

import (
	"fmt"
	"io"
)

// Options control the layout. The zero value is plain text in 80 columns.
type Options struct {
	Width int    // columns of the terminal; 0: unknown
	Lists bool   // the workload in full lists: statements, tables, indexes
	Color bool   // severities and nodes with findings in color
	Of    string // what was reviewed, as the user named it; identifies the report in JSON lines
	Full  bool   // everything, not only one or two screens: text, Markdown and HTML
}

// formats lists the formats of a Report. The values of --format and their
// completion use this table.
var formats = []struct {
	name  string
	write func(w io.Writer, r *Report, o Options) error
}{
	{"text", writeText},
	{"markdown", writeMarkdown},
	{"json", writeJSON},
	{"jsonl", writeJSONLines},
	{"html", writeHTML},
	{"sarif", writeSARIF},
	{"github", writeGitHub},
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
		if f.name == format {
			return f.write(w, r, o)
		}
	}
	return fmt.Errorf("no format %q", format)
}
