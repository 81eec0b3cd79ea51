// Package cli implements the command line: one file per command. It reads flags,
// runs the review and returns the exit status.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/report"
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
	width    int // columns of the terminal; 0 if it is not one
	noColor  bool
}

// Run runs the command line and returns the exit status.
func Run(args []string) int {
	e := env{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		inTTY: term.IsTerminal(int(os.Stdin.Fd())), outTTY: term.IsTerminal(int(os.Stdout.Fd())), errTTY: term.IsTerminal(int(os.Stderr.Fd())),
		noColor: os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb",
	}
	if e.outTTY {
		e.width, _, _ = term.GetSize(int(os.Stdout.Fd()))
	}
	return e.run(args)
}

func (e env) run(args []string) int {
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
			"`pgverdict FILE...` and piped input are the same as `pgverdict review`.",
		Version: version(),
		Args: func(cmd *cobra.Command, args []string) error {
			for _, path := range args {
				if _, err := os.Stat(path); err != nil {
					return cobra.NoArgs(cmd, args) // it was meant as a command
				}
			}
			return nil
		},
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if e.inTTY && len(args) == 0 {
				return cmd.Help()
			}
			return review.RunE(review, args)
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return flagError(err) })
	root.Flags().AddFlagSet(review.Flags())
	root.AddCommand(review, e.reading(planReading), e.reading(workloadReading), e.reading(indexReading), e.reading(migrating()), e.reading(designing()), e.reading(comparing), e.reading(demonstration), e.rules(), e.export(), e.man())
	return root
}

// version returns the version of the module, if it was built as one.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "development"
}
