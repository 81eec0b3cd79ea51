// Package cli implements the command line: one file per command. It reads flags,
// runs the review and returns the exit status.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// Exit statuses.
const (
	exitDone   = 0
	exitFailOn = 1 // --fail-on was met
	exitInput  = 2 // bad usage, or input that could not be read
)

// env holds the streams and terminal settings of a command.
type env struct {
	in       io.Reader
	out, err io.Writer
	inTTY    bool // standard input is a terminal: nothing was piped
	outTTY   bool
	errTTY   bool
	width    int // columns of text; 0: unknown
	noColor  bool
	color    bool // colors are asked for wherever the output goes
}

// Run runs the command line and returns the exit status.
func Run(args []string) int {
	e := env{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		inTTY: term.IsTerminal(int(os.Stdin.Fd())), outTTY: term.IsTerminal(int(os.Stdout.Fd())), errTTY: term.IsTerminal(int(os.Stderr.Fd())),
		noColor: os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb",
		color:   asked("FORCE_COLOR") || asked("CLICOLOR_FORCE"),
	}
	e.width, _ = strconv.Atoi(os.Getenv("COLUMNS"))
	if e.outTTY && e.width <= 0 {
		e.width, _, _ = term.GetSize(int(os.Stdout.Fd()))
	}
	return e.run(args)
}

// asked reports whether a variable of the environment is set, and not to 0.
func asked(name string) bool { v := os.Getenv(name); return v != "" && v != "0" }

func (e env) run(args []string) int {
	e.in = &untilEnd{Reader: e.in}
	e.err = withoutSecrets{e.err}
	root := e.root()
	root.SetArgs(append([]string{}, args...)) // nil would mean os.Args
	root.SetIn(e.in)
	root.SetOut(e.out)
	root.SetErr(e.err)
	return e.status(root.Execute())
}

// status prints an error and returns the exit status. Each input that could not be
// read has its own line.
func (e env) status(err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errFailOn):
		return exitFailOn
	}
	var unread inputErrors
	if errors.As(err, &unread) {
		for _, one := range unread {
			e.complain(one)
		}
		return exitInput
	}
	e.complain(err)
	return exitInput
}

// untilEnd is read until its end once: a terminal would ask for a second Ctrl-D.
type untilEnd struct {
	io.Reader
	err error
}

func (r *untilEnd) Read(p []byte) (n int, err error) {
	if r.err == nil {
		n, r.err = r.Reader.Read(p)
	}
	return n, r.err
}

// withoutSecrets hides credentials in messages, such as in a file name. A message
// is written by one call.
type withoutSecrets struct{ io.Writer }

func (w withoutSecrets) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.Writer, redact.MaskSecrets(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// complain writes an error as one line.
func (e env) complain(err error) {
	fmt.Fprintln(e.err, "pgverdict:", report.Line(err.Error()))
}

// errFailOn reports that a finding has the severity of --fail-on or a higher one.
var errFailOn = errors.New("a finding reached the severity of --fail-on")

// inputErrors are the inputs that could not be read.
type inputErrors []error

func (l inputErrors) Error() string { return fmt.Sprintf("%d inputs could not be read", len(l)) }

func (e env) root() *cobra.Command {
	review := e.reading(reviewing)
	root := &cobra.Command{
		Use:   "pgverdict",
		Short: "Find out why PostgreSQL is slow, from pasted plans and exported statistics",
		Long: "pgverdict reads EXPLAIN output and CSV exports of the statistics views. It reports what is wrong,\n" +
			"which index to create, what the index saves and what it costs on every write. It never connects to a database.\n\n" +
			"`pgverdict FILE...`, piped input and input that you paste are the same as `pgverdict review`.",
		Example: "  psql -XAt -c 'EXPLAIN (ANALYZE, BUFFERS) SELECT ...' | pgverdict\n" +
			"  pgverdict plan.txt schema.sql\n" +
			"  pgverdict incident/ -o ticket.md\n" +
			"  pgverdict demo",
		Version:       version(),
		Args:          isCommand,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          review.RunE,
	}
	root.SetVersionTemplate("pgverdict {{.Version}}" + build() + "\n")
	root.SetFlagErrorFunc(flagError)
	root.Flags().AddFlagSet(review.Flags())
	root.Flags().BoolP("version", "V", false, "print the version")
	for _, g := range []struct {
		id, title string
		commands  []*cobra.Command
	}{
		{"slow", "Find out why it is slow:", []*cobra.Command{
			review, e.reading(planReading), e.reading(workloadReading), e.reading(indexReading), e.reading(comparing), e.serve(), e.mcp(), e.export(), e.reading(demonstration),
		}},
		{"ship", "Before it ships:", []*cobra.Command{e.reading(migrating()), e.reading(designing())}},
		{"tool", "About pgverdict:", []*cobra.Command{e.rules(), e.config(), e.version(), e.man()}},
	} {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, cmd := range g.commands {
			cmd.GroupID = g.id
			root.AddCommand(cmd)
		}
	}
	root.SetHelpCommandGroupID("tool")
	root.SetCompletionCommandGroupID("tool")
	dressHelp(root, e.width)
	return root
}

// isCommand refuses a first argument that was meant as a command: it is no file, and
// resembles one. Anything else is left to the reading of files.
func isCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 || strings.ContainsAny(args[0], "./\\ ") || args[0] == "-" {
		return nil
	}
	if _, err := os.Stat(args[0]); err == nil {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	if similar := didYouMean("", args[0], names); similar != "" {
		return fmt.Errorf("unknown command %q%s", args[0], similar)
	}
	return nil
}

func (e env) version() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(e.out, "pgverdict %s%s\n", version(), build())
			return err
		},
	}
}

// version returns the version of the module, if it was built as one.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "development"
}

// build returns what the program was built from: the commit, the version of Go, and the
// grammars that read SQL.
func build() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	parts := []string{info.GoVersion, "PostgreSQL grammar " + sql.Grammars}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) > 12:
			parts = append([]string{"commit " + s.Value[:12]}, parts...)
		case s.Key == "vcs.modified" && s.Value == "true":
			parts = append(parts, "with changes")
		}
	}
	return " (" + strings.Join(parts, ", ") + ")"
}
