package cli

import (
	"github.com/spf13/cobra"

	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/recon"
	"github.com/pgverdict/pgverdict/internal/review"
)

// designing is the command that reviews a schema.
func designing() reading {
	var f schemaFlags
	return reading{
		use:   "schema [PATH...]",
		short: "Review a schema: design faults that are cheap to fix now",
		long: "Reads a schema dump (pg_dump -s), DDL, or migrations, which are played one after another. Statistics exports beside\n" +
			"it tell how large the tables are, and so what a change costs now. Queries beside it tell which indexes they need.\n" +
			"With a dump and newer migrations beside it, only what the migrations add is reported. The verdict is approve or\n" +
			"iterate. --emit also writes schema.md: conventions, decisions found, exceptions. No PATH, or -: standard input.",
		example: "  pg_dump -s mydb | pgverdict schema\n" +
			"  pgverdict schema schema.sql exports/ -o schema.html\n" +
			"  pgverdict schema schema.sql --emit draft/",
		flags: f.register, prepare: f.prepare, whole: true,
	}
}

// schemaFlags are the flags of the command.
type schemaFlags struct {
	engine engine
	all    bool
}

func (f *schemaFlags) register(cmd *cobra.Command) {
	f.engine = engine{choice: choice{of: engineNames}}
	f.engine.register(cmd)
	cmd.Flags().BoolVar(&f.all, "all", false, "with migrations beside a dump, report what was there before them, too; and of a large schema every minor question")
}

// prepare reads the flags.
func (f *schemaFlags) prepare(args []string, o *review.Options) error {
	o.Migration = &review.Migration{
		Options:    migration.Options{Engine: f.engine.value, Versions: f.engine.versions(), WholeSchema: true},
		Repository: recon.Root(args[0]), All: f.all,
	}
	return nil
}
