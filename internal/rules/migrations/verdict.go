package migrations

import (
	"slices"

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

// Verdict says what to do with a file, by the findings on it. What a comment ignores
// does not count, nor what a line before the file settles, nor a way back that is not
// complete: the file itself can ship.
func Verdict(file *migration.File, found []rule.Found) Word {
	word := Ship
	for _, f := range found {
		switch {
		case f.File != file || f.Ignored != "":
		case f.Loses:
			return Hold
		case f.Tag != finding.Concern && f.Severity >= finding.Medium && !(f.IsPosture() && f.Severity == finding.Medium):
			word = Rewrite
		}
	}
	return word
}

// WantsLockTimeout reports whether a file should begin with SET lock_timeout, which a
// verdict names beside ship.
func WantsLockTimeout(file *migration.File, found []rule.Found) bool {
	return slices.ContainsFunc(found, func(f rule.Found) bool { return f.File == file && f.Ignored == "" && f.Rule == "no-lock-timeout" })
}
