package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pgverdict/pgverdict/internal/report/outside"
)

// tricks are texts that a page, a ticket, a spreadsheet or a CI job would obey.
var tricks = []string{evil, "", "x", "\n::error::x", "::error3:x", "::other::x", "::Warning::x", "%0A::error::x", "{code}\n{html}<b>", "{noformat}", "=cmd|' /C calc'!A0", "](javascript:alert(1))", "<a href=//x>", "[~user] !x.png! ||h||", "\x9b2J", "a\u2028b", "```\nx", "``", "`", "\\", "\\`", "``\x1b`\n<b>"}

// commands are what a runner of GitHub has registered (ActionCommandManager.cs). It prints a
// line with any other name.
var commands = strings.Fields("add-mask add-matcher add-path debug echo endgroup error group internal-set-repo-path notice remove-matcher save-state set-env set-output stop-commands warning")

// isCommand reports whether a runner takes a line for a command: "::name key=value::text" or
// "##[name key=value]text" (ActionCommand.cs).
func isCommand(s string) bool {
	rest, ok := strings.CutPrefix(s, "::")
	head, _, closed := strings.Cut(rest, "::")
	if !ok {
		rest, ok = strings.CutPrefix(s, "##[")
		head, _, closed = strings.Cut(rest, "]")
	}
	name, _, _ := strings.Cut(head, " ")
	return ok && closed && slices.Contains(commands, strings.ToLower(name))
}

// FuzzFormats writes a report of nothing but one text in a format: nothing in it is obeyed
// by a terminal, by a job of GitHub, or by what reads JSON.
func FuzzFormats(f *testing.F) {
	formats := FormatNames()
	for i, text := range tricks {
		for which := range formats {
			f.Add(text, uint8(which), i%2 == 0, i%3 == 0)
		}
	}
	f.Fuzz(func(t *testing.T, text string, which uint8, full, lists bool) {
		format := formats[int(which)%len(formats)]
		var b strings.Builder
		if err := Write(&b, filled(text), format, Options{Full: full, Lists: lists}); err != nil {
			t.Fatal(format, err)
		}
		out := b.String()
		if strings.ContainsFunc(out, func(c rune) bool { return c != '\n' && isControl(c) }) {
			t.Errorf("%s: a control character comes through: %q", format, out)
		}
		for line := range strings.Lines(out) {
			switch {
			case isCommand(strings.TrimSpace(line)) != (format == "github"):
				t.Errorf("%s: a line is a command, or is none: %q", format, line)
			case format == "jsonl" && !json.Valid([]byte(line)):
				t.Errorf("%s: %q", format, line)
			}
		}
		if slices.Contains([]string{"json", "sarif", "gitlab"}, format) && !json.Valid([]byte(out)) {
			t.Errorf("%s is not JSON", format)
		}
	})
}

// FuzzEscapes escapes whatever text for each format: nothing of it means anything there.
func FuzzEscapes(f *testing.F) {
	for _, text := range tricks {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		line := Line(text)
		for name, out := range map[string]string{
			"Line": line, "prose": prose(text), "code": code(text), "code in a cell": codeCell(text), "Jira": jiraProse(text), "Jira's code": jiraCode(text), "command": escaped(text), "property": property(text),
		} {
			if strings.ContainsFunc(out, isControl) {
				t.Errorf("%s: a control character: %q", name, out)
			}
		}
		if out, _ := outside.Markdown("x " + prose(text) + "\n"); strings.Contains(out, "<") || strings.Contains(out, "](") || strings.Contains(out, "://") {
			t.Errorf("prose: %q", out)
		}
		if out, _ := outside.Markdown("x " + code(text) + " y\n"); line != "" && out != "x code y\n" {
			t.Errorf("code: %q of %q", out, text)
		}
		if out, open := outside.Markdown(fenced("sql", text) + "\nend\n"); open || strings.TrimSpace(out) != "end" {
			t.Errorf("a block: %q of %q", out, text)
		}
		if out := outside.Jira("x " + jiraProse(text)); strings.ContainsAny(out, "{[|!") {
			t.Errorf("Jira: %q of %q", out, text)
		}
		for _, language := range []string{"sql", ""} {
			if out := outside.Jira(jiraBlock(language, text)); strings.TrimSpace(out) != "code" {
				t.Errorf("a block of Jira: %q of %q", out, text)
			}
		}
		if strings.ContainsAny(property(text), ":,") {
			t.Errorf("property: %q", property(text))
		}
	})
}

// No text of a report, wherever it stands, makes a page, a program or a CI job do
// anything.
func TestTricks(t *testing.T) {
	tags := map[string]bool{}
	for _, text := range []string{"x", "", "a\nb", "a b c " + strings.Repeat("word ", 100)} {
		for _, tag := range outside.Tags(inFormat(t, filled(text), "html")) {
			tags[tag] = true
		}
	}
	for _, text := range tricks {
		r := filled(text)
		for _, tag := range outside.Tags(inFormat(t, r, "html")) {
			if !tags[tag] {
				t.Errorf("html: a tag of the text %q: %s", text, tag)
			}
		}
		for _, format := range []string{"json", "sarif"} {
			var back struct{ Summary struct{ Verdict string } }
			if err := json.Unmarshal([]byte(inFormat(t, r, format)), &back); err != nil || format == "json" && utf8.ValidString(text) && back.Summary.Verdict != text {
				t.Errorf("%s: the text is not the same: %q, %v", format, back.Summary.Verdict, err)
			}
		}
		for line := range strings.Lines(inFormat(t, r, "jsonl")) {
			if !json.Valid([]byte(line)) {
				t.Errorf("jsonl: not valid: %s", line)
			}
		}
		for line := range strings.Lines(inFormat(t, r, "github")) {
			if !command.MatchString(line) {
				t.Errorf("github: no command of this report: %q", line)
			}
		}
	}
}

// command is a line of the GitHub format: the properties of a command end at the first
// "::", so that none is in a property.
var command = regexp.MustCompile(`^::(?:notice|error|warning) (?:file=[^:,]*,(?:line=\d+,)?)?title=[^:,]*::[^\r\n]*\n$`)

func inFormat(t *testing.T, r *Report, format string) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, r, format, Options{Full: true}); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", format, err))
	}
	return out.String()
}
