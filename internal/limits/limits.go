// Package limits holds how much of an input is read, and opens files so that none of
// them blocks or has no end. What is beyond a limit is named, and the rest is read.
package limits

import (
	"fmt"
	"time"

	"github.com/pgverdict/pgverdict/internal/figures"
)

const (
	// Document is the largest document in bytes, decompressed. A plan, an export, a
	// schema or SQL is held in memory while it is reviewed.
	Document = 256 << 20
	// Run is how many bytes are read of all documents of one run, without server logs.
	Run = 1 << 30
	// Log is the largest server log in bytes, decompressed. A log is read as a stream.
	Log = 64 << 30
	// Line is the longest line of a server log in bytes. A plan of 100,000 nodes, which
	// csvlog and jsonlog write as one line, takes about 40 MB.
	Line = 64 << 20
	// Packed is how often a document can be compressed. A file can be made that
	// decompresses to itself.
	Packed = 2
	// Files is the number of documents of one run.
	Files = 100_000
	// FolderDepth is the number of levels of sub-folders that are read. The folder of an
	// incident has exports by day or by database in it.
	FolderDepth = 3
	// PlanDepth is how deep a plan can nest.
	PlanDepth = 5_000
	// ValueDepth is how deep a value of a row can nest.
	ValueDepth = 100
	// Chain is the longest chain of operators, joins, set operations or parentheses in a
	// statement. The C library dies between 20,000 and 70,000 with a stack of 8 MB, and
	// some systems give threads an eighth of that.
	Chain = 1_000
	// Plans is the number of plans of one input that are all reported.
	Plans = 1_000
	// Config is the largest configuration in bytes.
	Config = 1 << 20
	// Wait is how long the opening of a pipe waits for a program that writes to it.
	Wait = 10 * time.Second
	// Post is the largest post to the page of serve in bytes, PostFiles the number of
	// files in one, and Review the time that its review can take.
	Post      = 64 << 20
	PostFiles = 500
	Review    = 2 * time.Minute
	// CallText is how many bytes of texts a call of mcp can have, CallRead how many are
	// read of all its inputs, decompressed.
	CallText = 8 << 20
	CallRead = 256 << 20
)

// All are the limits as the documentation lists them: on what, how much, and what
// happens beyond.
var All = []struct{ On, Most, Beyond string }{
	{"a file with plans, an export, a schema or SQL, decompressed", bytes(Document), "the rest of the file is not read"},
	{"all such files of a run", bytes(Run), "the rest of the files are not read"},
	{"a server log, decompressed", bytes(Log), "the rest of the log is not read; it is read as a stream"},
	{"a line of a server log", bytes(Line), "the rest of the line is not read"},
	{"gzip within gzip", count(Packed) + " levels", "the file is not read"},
	{"files of a run", count(Files), "the rest of the files are not read"},
	{"sub-folders of a folder", count(FolderDepth) + " levels", "deeper ones are not read, except by `migration` and `schema`"},
	{"plan nodes within each other", count(PlanDepth), "the plan is not read"},
	{"arrays and objects within each other in a value of an export", count(ValueDepth), "the row is not read"},
	{"a chain of operators, joins or parentheses in a statement", count(Chain), "the statement is not parsed"},
	{"plans of a file", count(Plans), "the slowest plan of each of the most expensive queries is reported; of a log, only these are read"},
	{"`.pgverdict.yaml`", bytes(Config), "the run ends"},
	{"the time until a program writes to a pipe", fmt.Sprintf("%.0f s", Wait.Seconds()), "the pipe is not read"},
	{"what is posted to `serve`", fmt.Sprintf("%s, %d files, %.0f min", bytes(Post), PostFiles, Review.Minutes()), "the page says so"},
	{"a call of a tool of `mcp`", fmt.Sprintf("%s of text, %s of files, %d files, %.0f min", bytes(CallText), bytes(CallRead), PostFiles, Review.Minutes()), "the answer says so"},
}

func bytes(n float64) string { return figures.Bytes(n) }

func count(n float64) string { return figures.Count(n) }

// Error reports that an input reached a limit.
type Error struct {
	On   string // what has the limit: "a file"
	Most string // the limit: "256 MB"
	Do   string // what the user can do
}

func (e *Error) Error() string { return fmt.Sprintf("%s is read up to %s: %s", e.On, e.Most, e.Do) }
