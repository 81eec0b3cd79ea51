package cli

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
)

// choice is a flag with a set of values. The error for a wrong value lists them.
type choice struct {
	value string
	of    []string
	alias func(string) string // the value of another name, empty for none; nil: there are no others
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return "NAME" }
func (c *choice) Set(s string) error {
	if c.alias != nil {
		s = cmp.Or(c.alias(s), s)
	}
	if !slices.Contains(c.of, s) {
		return fmt.Errorf("expected one of %s", strings.Join(c.of, ", "))
	}
	c.value = s
	return nil
}

// oneOf adds a flag with a set of values, which help and completion list.
func oneOf(cmd *cobra.Command, c *choice, name, short, usage string) {
	cmd.Flags().VarP(c, name, short, usage+": "+strings.Join(c.of, ", "))
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(c.of, cobra.ShellCompDirectiveNoFileComp))
}

// flagError explains a wrong flag or value without the text of the library.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "" {
		if format := report.FormatOf(unknown.GetSpecifiedName()); format != "" {
			return fmt.Errorf("%w: did you mean --format %s?", err, format)
		}
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		return fmt.Errorf("%w%s", err, didYouMean("--", unknown.GetSpecifiedName(), names))
	}
	var bad *pflag.InvalidValueError
	if !errors.As(err, &bad) {
		return err
	}
	cause := bad.Unwrap()
	if errors.Is(cause, strconv.ErrSyntax) || errors.Is(cause, strconv.ErrRange) {
		cause = errors.New("expected a whole number")
	}
	return fmt.Errorf("--%s %s: %w", bad.GetFlag().Name, bad.GetValue(), cause)
}

// size is a flag for a size in bytes.
type size struct {
	text  string
	bytes float64
}

func (s *size) String() string { return s.text }
func (s *size) Type() string   { return "SIZE" }
func (s *size) Set(text string) error {
	number := strings.TrimRight(strings.ToUpper(strings.TrimSpace(text)), "KMGTIB ")
	n, err := strconv.ParseFloat(number, 64)
	unit := strings.TrimSpace(strings.ToUpper(strings.TrimSpace(text))[len(number):])
	scale, known := map[string]float64{"": 1, "B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}[strings.TrimSuffix(strings.TrimSuffix(unit, "B"), "I")]
	if err != nil || !known || !(n > 0) || math.IsInf(n, 1) {
		return errors.New("expected a size such as 500MB or 2GB")
	}
	s.text, s.bytes = text, n*scale
	return nil
}

// pgVersion is a flag for a version of PostgreSQL.
type pgVersion struct{ major opt.Value[int] }

func (v *pgVersion) String() string {
	if n, ok := v.major.Get(); ok {
		return strconv.Itoa(n)
	}
	return ""
}
func (v *pgVersion) Type() string { return "N" }
func (v *pgVersion) Set(text string) error {
	major, minor, _ := strings.Cut(text, ".")
	n, err := strconv.Atoi(major)
	if _, bad := strconv.ParseUint("0"+minor, 10, 32); err != nil || bad != nil || n < pgversion.Oldest || n > pgversion.Newest {
		return fmt.Errorf("expected a major version of PostgreSQL, %d to %d", pgversion.Oldest, pgversion.Newest)
	}
	v.major = opt.Some(n)
	return nil
}

// flags are the flags of all commands that read inputs.
type flags struct {
	format, detail       choice
	failOn, color        choice
	output, config, emit string
	literals             bool
	ignore               []string
	quiet                bool
	width                int
	lists                bool // set by the command: print the workload as lists
	pgVersion            pgVersion
	budget               size
	context              facts
}

func (f *flags) register(cmd *cobra.Command) {
	f.registerReview(cmd)
	f.format = choice{"text", report.FormatNames(), report.FormatOf}
	f.failOn = choice{of: []string{"critical", "high", "medium", "low"}}
	f.color = choice{value: "auto", of: []string{"auto", "always", "never"}}
	f.context = facts{}
	fs := cmd.Flags()

	oneOf(cmd, &f.format, "format", "f", "report format, unless the ending of --output tells")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "print the verdict alone")
	fs.StringVarP(&f.output, "output", "o", "", "write the report to `FILE`")
	fs.IntVar(&f.width, "width", 0, "columns of text reports: `N` instead of those of the terminal or of COLUMNS")
	oneOf(cmd, &f.color, "color", "", "colors in text reports")
	fs.Var(f.context, "context", "facts about the incident, for the top of the report; keys: "+strings.Join(report.ContextKeys(), ", "))
	fs.StringVar(&f.emit, "emit", "", "write the changes to `DIR`, as files of the migration tool that it belongs to, and a ticket; runs nothing")
	oneOf(cmd, &f.failOn, "fail-on", "", "exit with status 1 if a finding has this severity or a higher one")
	group(fs, "Output", "format", "quiet", "output", "width", "color", "context", "emit")
	group(fs, "Review", "fail-on")
	var keys []string
	for _, key := range report.ContextKeys() {
		keys = append(keys, key+"=")
	}
	_ = cmd.RegisterFlagCompletionFunc("context", cobra.FixedCompletions(keys, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
}

// registerReview adds the flags that change what is reviewed, and how much of it a report
// shows.
func (f *flags) registerReview(cmd *cobra.Command) {
	f.detail = choice{value: "short", of: []string{"short", "full"}}
	fs := cmd.Flags()
	oneOf(cmd, &f.detail, "detail", "", "one or two screens, or everything")
	fs.BoolVar(&f.literals, "show-literals", false, "print literals in queries, plans and statistics")
	group(fs, "Output", "detail", "show-literals")
	fs.StringSliceVar(&f.ignore, "ignore", nil, "do not report findings of these `RULES`, separated by commas")
	fs.StringVar(&f.config, "config", "", "read settings from `FILE` instead of "+configFile)
	fs.Var(&f.budget, "budget", "maximum total size of new indexes, such as 500MB; 3% is kept, as sizes are estimates")
	fs.Var(&f.pgVersion, "pg-version", "major version of the server, if the input does not contain it")
	group(fs, "Review", "ignore", "config", "budget", "pg-version")
	_ = cmd.RegisterFlagCompletionFunc("ignore", completeRules)
	_ = cmd.RegisterFlagCompletionFunc("pg-version", cobra.FixedCompletions(versions(), cobra.ShellCompDirectiveNoFileComp))
}

// options returns the options that the flags of registerReview and the configuration
// ask for.
func (f *flags) options() (o review.Options, c config, err error) {
	if c, err = readConfig(f.config); err != nil {
		return o, c, err
	}
	if err := c.ignore(f.ignore); err != nil {
		return o, c, err
	}
	o.Choices, o.Budget, o.ShowLiterals = c.Rules, f.budget.bytes, f.literals
	o.PGVersion, o.ToolVersion = f.pgVersion.major, version()
	return o, c, nil
}

// settle takes the format from the name of the output file, and checks what no single
// flag can.
func (f *flags) settle(cmd *cobra.Command) error {
	if ending := strings.TrimPrefix(filepath.Ext(f.output), "."); ending != "" && !cmd.Flags().Changed("format") {
		f.format.value = cmp.Or(report.FormatOf(ending), f.format.value)
	}
	if cmd.Flags().Changed("width") && f.width < report.MinWidth {
		return fmt.Errorf("--width %d: expected %d columns or more", f.width, report.MinWidth)
	}
	return nil
}

func (e env) colored(f flags) bool {
	switch f.color.value {
	case "always":
		return true
	case "never":
		return false
	}
	return (e.outTTY || e.color) && !e.noColor && f.output == ""
}

func versions() []string {
	var list []string
	for v := pgversion.Oldest; v <= pgversion.Newest; v++ {
		list = append(list, strconv.Itoa(v))
	}
	return list
}
