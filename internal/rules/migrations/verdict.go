package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// Word is the verdict on a file.
type Word string

const (
	Ship    Word = "ship"
	Rewrite Word = "rewrite" // a safe form exists for all that is wrong
	Hold    Word = "hold"    // data is lost, or there is no way back
)

// Verdict is what to do with a file.
type Verdict struct {
	Word Word
	// First is the statement that the file should begin with, which is said beside ship;
	// empty if there is none.
	First string
}

// Verdicts says what to do with each file, by the findings on it. What a comment
// ignores does not count, nor what a line before the file settles, nor a way back that
// is not complete: the file itself can ship.
func Verdicts(set *migration.Set, found []rule.Found) map[*migration.File]Verdict {
	of := make(map[*migration.File]Verdict, len(set.Files))
	for _, file := range set.Files {
		of[file] = Verdict{Word: Ship}
	}
	for _, f := range found {
		v, known := of[f.File]
		if !known || f.Ignored != "" {
			continue
		}
		if word := Of(f); word == Hold || v.Word == Ship {
			v.Word = word
		}
		if first := f.Prepend(); first != "" {
			v.First = first
		}
		of[f.File] = v
	}
	return of
}

// Of returns the word that a finding alone gives its file.
func Of(f rule.Found) Word {
	switch {
	case f.Ignored != "":
	case f.Loses:
		return Hold
	case f.Tag != finding.Concern && f.Severity >= finding.Medium && !(f.IsPosture() && f.Severity == finding.Medium):
		return Rewrite
	}
	return Ship
}
