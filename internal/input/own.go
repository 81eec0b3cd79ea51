package input

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// Files that pgverdict wrote are recognized by their beginning, whatever their
// version and name: the script of `export`, and the report in each format. The
// beginning can be quoted, fenced, colored or preceded by prose.
const (
	lineStart = `(?m)^(?:[> \t]|\x1b\[[\d;]*m)*`
	tool      = `"tool"\s*:\s*\{\s*(?:"driver"\s*:\s*\{\s*)?"name"\s*:\s*"pgverdict"`
)

var (
	ownOpening = regexp.MustCompile(lineStart + `(?:` +
		`-- pgverdict export\b` +
		`|-- Exports the statistics views of one database as CSV files\b` + // until 0.1
		`|(?:#{1,6}|h[1-6]\.) pgverdict: ` +
		`|Export complete\. Next: pgverdict review \.` +
		`|Written\. Now: pgverdict review \.` + // until 0.1
		`|VERDICT(?:\x1b\[[\d;]*m)*  \S` +
		`|\{\s*"schema_version"\s*:\s*\d+\s*,\s*` + tool +
		`|::notice title=pgverdict::|\{\s*"record"\s*:\s*"[a-z]+"\s*,\s*"report"\s*:` +
		`|\[\s*\{\s*"description"\s*:\s*"(?:[^"\\]|\\.)*"\s*,\s*"check_name"\s*:` + // of any tool that writes for GitLab
		`)`)
	ownPage = regexp.MustCompile(`(?i)^\s*<!doctype html>(?:[^<]|<[^t]|<t[^i])*<title>pgverdict\b`)
	ownJSON = regexp.MustCompile(`^\s*[{\[]`) // with tool anywhere in it: the keys of the report may be sorted
)

// ownWords are words of which every opening has one. They are found faster than it.
var ownWords = []string{"pgverdict", "-- Exports the statistics", "VERDICT", `"record"`, `"check_name"`}

var toolKey = regexp.MustCompile(tool)

// The export script writes these lines in place of rows, or of its last line, if
// a statement failed or the script was cut off.
var (
	exportFailed = regexp.MustCompile(`^\s*-- pgverdict export failed: (\w+):[ \t]*(.*?)\s*(?:\n|$)`)
	exportCut    = regexp.MustCompile(`^\s*-- pgverdict export: not finished`)
)

// exportFault returns the failure that a file of the export script reports.
func exportFault(own []byte) error {
	if m := exportFailed.FindSubmatch(own); m != nil {
		return fmt.Errorf("the export of %s failed (%s): run the script again", m[1], m[2])
	}
	if exportCut.Match(own) {
		return errors.New("the export was cut off before its end: run the script again")
	}
	return nil
}

// ownStart returns the position where something that pgverdict wrote begins in a
// text; -1 if there is nothing.
func ownStart(text []byte) int {
	if ownPage.Match(text) || ownJSON.Match(text) && toolKey.Match(text) {
		return 0
	}
	if !slices.ContainsFunc(ownWords, func(word string) bool { return bytes.Contains(text, []byte(word)) }) {
		return -1
	}
	at := ownOpening.FindIndex(text)
	if at == nil {
		return -1
	}
	if len(bytes.TrimSpace(text[:at[0]])) == 0 {
		return 0
	}
	return at[0]
}
