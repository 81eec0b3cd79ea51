package input

import (
	"bytes"
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
		`|VERDICT(?:\x1b\[[\d;]*m)*  \S` +
		`|\{\s*"schema_version"\s*:\s*\d+\s*,\s*` + tool +
		`|\{\s*"record"\s*:\s*"[a-z]+"\s*,\s*"report"\s*:` +
		`)`)
	ownPage = regexp.MustCompile(`(?i)^\s*<!doctype html>(?:[^<]|<[^t]|<t[^i])*<title>pgverdict\b`)
	ownTool = regexp.MustCompile(`^\s*[{\[]`) // beside tool: a JSON report whose keys were sorted
)

var toolKey = regexp.MustCompile(tool)

// ownStart is where something that pgverdict wrote begins in a text; -1 if
// nothing does.
func ownStart(text []byte) int {
	if ownPage.Match(text) || ownTool.Match(text) && toolKey.Match(text) {
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
