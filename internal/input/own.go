package input

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
)

// What pgverdict writes is known by how it begins, whichever version wrote it
// and whatever the file is called: the script of `export`, and the report in
// each format. A mark may be quoted, fenced, coloured or stand behind prose.
const (
	lineStart = `(?m)^(?:[> \t]|\x1b\[[\d;]*m)*`
	tool      = `"tool"\s*:\s*\{\s*"name"\s*:\s*"pgverdict"`
)

var (
	ownOpening = regexp.MustCompile(lineStart + `(?:` +
		`-- pgverdict export\b` +
		`|-- Exports the statistics views of one database as CSV files\b` + // until 0.1
		`|#{1,6} pgverdict: ` +
		`|Export complete\. Next: pgverdict review \.` +
		`|Written\. Now: pgverdict review \.` + // until 0.1
		`|VERDICT(?:\x1b\[[\d;]*m)*  \S` +
		`|\{\s*"schema_version"\s*:\s*\d+\s*,\s*` + tool +
		`|\{\s*"record"\s*:\s*"[a-z]+"\s*,\s*"report"\s*:` +
		`)`)
	ownPage = regexp.MustCompile(`(?i)^\s*<!doctype html>(?:[^<]|<[^t]|<t[^i])*<title>pgverdict\b`)
	ownJSON = regexp.MustCompile(`^\s*[{\[]`) // with tool in it, wherever: a report whose keys were sorted
)

var toolKey = regexp.MustCompile(tool)

// The script of export writes these in place of rows, or of its last line: by
// them it is known that a statement of it failed, or that it was cut off.
var (
	exportFailed = regexp.MustCompile(`^\s*-- pgverdict export failed: (\w+):[ \t]*(.*?)\s*(?:\n|$)`)
	exportCut    = regexp.MustCompile(`^\s*-- pgverdict export: not finished`)
)

// exportFault is what a text that pgverdict's script wrote says of a failure.
func exportFault(own []byte) error {
	if m := exportFailed.FindSubmatch(own); m != nil {
		return fmt.Errorf("the export of %s failed (%s): run the script again", m[1], m[2])
	}
	if exportCut.Match(own) {
		return errors.New("the export was cut off before its end: run the script again")
	}
	return nil
}

// ownStart is where something that pgverdict wrote begins in a text; -1 if
// nothing does.
func ownStart(text []byte) int {
	if ownPage.Match(text) || ownJSON.Match(text) && toolKey.Match(text) {
		return 0
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
