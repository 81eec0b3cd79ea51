package cli

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/pgverdict/pgverdict/internal/mcp"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/review"
)

// assistantTools are the commands that an assistant can call, each with what it has to
// know of it.
func assistantTools() []mcp.Tool {
	migrations, schema := migrating(), designing()
	migrations.options.Migration = &review.Migration{}
	schema.options.Migration = &review.Migration{Options: migration.Options{WholeSchema: true}}
	var tools []mcp.Tool
	for _, t := range []struct {
		of   reading
		when string
	}{
		{reviewing, "Reviews everything of one incident together: plans, server logs, exported statistics views, a schema dump, queries. Use it unless one of the other tools fits exactly."},
		{planReading, "Reviews EXPLAIN output: where the time goes, what is wrong, and the indexes that help. With exports or a schema beside it, the advice is about the plan and uses their figures."},
		{indexReading, "Index advice only: indexes to create and to drop, what each saves, its size, its lock, and what it costs on every write. Reads plans, exports, a schema and queries."},
		{comparing, "Compares plans of the same queries at two times, or the exports of a database at two times: what changed and why, and what is slower."},
		{migrations, "Reviews migrations before they ship: the lock of each statement, whom it blocks, what it rewrites, what breaks, a safe form, and the way back. Give a schema dump and exports beside them for sizes."},
		{schema, "Reviews a schema (pg_dump -s, DDL, or migrations in their order) for design faults: keys, foreign keys, types, constraints, indexes, privileges."},
	} {
		name, _, _ := strings.Cut(t.of.use, " ")
		tools = append(tools, mcp.Tool{
			Name: name, Title: t.of.short, Description: t.when, Options: t.of.options,
			Whole: t.of.whole, Lists: t.of.lists, Compares: t.of.before, Check: t.of.check,
		})
	}
	return tools
}

func (e env) mcp() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "mcp [DIR]",
		Short: "Serve an assistant over standard input (Model Context Protocol)",
		Long: "Offers review, plan, indexes, compare, migration, schema and rules as tools to an assistant, which starts this command. " +
			"The assistant gives texts and gets reports with their literals hidden. No file is read, unless you give DIR: then " +
			"the assistant can name files in this folder, and only the report of a file is sent to it. Hidden files are not read.",
		Example: "  claude mcp add pgverdict -- pgverdict mcp\n" +
			"  pgverdict mcp incident/   # the assistant may name files in incident/",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, config, err := f.options()
			if err != nil {
				return err
			}
			s := mcp.Server{Version: version(), Full: f.detail.value == "full", Tools: assistantTools(), Files: len(args) > 0}
			for i := range s.Tools {
				tool := &s.Tools[i].Options
				tool.Choices, tool.Budget, tool.ShowLiterals, tool.PGVersion, tool.ToolVersion = o.Choices, o.Budget, o.ShowLiterals, o.PGVersion, o.ToolVersion
				if tool.Migration != nil {
					if err := config.migration(&tool.Migration.Options); err != nil {
						return err
					}
				}
			}
			if s.Files {
				if err := os.Chdir(args[0]); err != nil {
					return withoutOp(args[0], err)
				}
			}
			if e.inTTY {
				fmt.Fprintln(e.err, "An assistant starts this command: pgverdict mcp --help shows how. Ctrl-C leaves.")
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return s.Serve(ctx, e.in, e.out)
		},
	}
	f.registerReview(cmd)
	return cmd
}
