package cli

import (
	"errors"
	"iter"

	"github.com/pgverdict/pgverdict/internal/input"
	examples "github.com/pgverdict/pgverdict/testdata"
)

var demonstration = reading{
	use:   "demo",
	short: "Review a built-in example incident",
	long: "Reviews a built-in example: a slow query of an invented parcel service, with its plan and statistics from a\n" +
		"real server. The files are in testdata/demo of the source. Takes the same flags as review.",
	example: "  pgverdict demo\n  pgverdict demo --format markdown --detail full",
	args: func(args []string) error {
		if len(args) > 0 {
			return errors.New("pgverdict demo takes no files: use pgverdict review FILE...")
		}
		return nil
	},
	open: func() iter.Seq2[*input.Doc, error] { return input.OpenFS(examples.Demo, "demo") },
}
