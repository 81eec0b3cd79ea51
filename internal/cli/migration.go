package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/recon"
	"github.com/pgverdict/pgverdict/internal/review"
)

// migrating is the command that reviews migrations.
func migrating() reading {
	var f migrationFlags
	return reading{
		use:   "migration [PATH...]",
		short: "Review migrations: locks, rewrites, what breaks, rollback",
		long: "Reads the SQL of migrations as their tool runs it, a schema dump, and statistics exports with the sizes of the\n" +
			"tables. A folder is read at any depth, without hidden folders, node_modules and vendor. Several paths are read\n" +
			"together. No PATH, or -: standard input.",
		example: "  pgverdict migration db/migrations schema.sql\n" +
			"  pgverdict migration . --since origin/main -o review.md --fail-on high",
		flags: f.register, prepare: f.prepare, whole: true,
	}
}

// migrationFlags are the flags of the command.
type migrationFlags struct {
	engine           engine
	deploy           choice
	since, base      string
	code             string
	lock, statements timeout
}

var engineNames = []string{"postgresql", "mysql", "sqlite"}

// engine is a flag for a database engine, with the version of MySQL or SQLite behind
// it: "mysql:5.7".
type engine struct {
	choice
	version string
}

func (e *engine) Type() string { return "NAME[:VERSION]" }
func (e *engine) Set(text string) error {
	name, version, versioned := strings.Cut(text, ":")
	if versioned && (!dialect.Known(name) || !dialect.ParseVersion(version).Known()) {
		return errors.New("expected a version of MySQL or SQLite, such as mysql:5.7")
	}
	e.version = version
	return e.choice.Set(name)
}

func (e *engine) register(cmd *cobra.Command) {
	cmd.Flags().Var(e, "engine", "database engine, if the files do not show it: "+strings.Join(e.of, ", ")+"; with its version: mysql:5.7")
	_ = cmd.RegisterFlagCompletionFunc("engine", cobra.FixedCompletions(e.of, cobra.ShellCompDirectiveNoFileComp))
}

func (e *engine) versions() map[string]string {
	if e.version == "" {
		return nil
	}
	return map[string]string{e.value: e.version}
}

// timeout is a flag for a time as a setting has it.
type timeout string

func (d *timeout) String() string { return string(*d) }
func (d *timeout) Type() string   { return "TIME" }
func (d *timeout) Set(text string) error {
	if !migration.Milliseconds(text).Known() {
		return errors.New("expected a time such as 2s or 500ms")
	}
	*d = timeout(text)
	return nil
}

func (f *migrationFlags) register(cmd *cobra.Command) {
	f.engine = engine{choice: choice{of: engineNames}}
	f.deploy = choice{of: []string{"before", "with", "after"}}
	fs := cmd.Flags()
	f.engine.register(cmd)
	oneOf(cmd, &f.deploy, "deploy", "", "when the migrations run, relative to the code that needs them")
	fs.StringVar(&f.code, "code", "", "search `PATH`, a folder of code or a unified diff, for what the migrations drop, rename or change")
	fs.StringVar(&f.since, "since", "", "review the files that were added or changed since the git revision `REV`; the others are the schema before")
	fs.StringVar(&f.base, "base", "", "read the schema before from the migrations of `REV|DIR`, a git revision or a folder")
	fs.Var(&f.lock, "lock-timeout", "lock_timeout of the role or the connection that runs the migrations, such as 2s")
	fs.Var(&f.statements, "statement-timeout", "statement_timeout of the role or the connection that runs the migrations, such as 1min")
}

// prepare reads the flags, and what was applied before.
func (f *migrationFlags) prepare(args []string, o *review.Options) error {
	m := &review.Migration{Options: migration.Options{
		Engine: f.engine.value, Versions: f.engine.versions(), Deploy: f.deploy.value, LockTimeout: string(f.lock), StatementTimeout: string(f.statements),
	}}
	o.Migration = m
	m.Repository = recon.Root(args[0])
	if f.code != "" {
		code, err := recon.ReadCode(f.code)
		if err != nil {
			return fmt.Errorf("--code: %w", err)
		}
		m.Code = code
	}
	if f.since != "" && f.base != "" {
		return errors.New("--since and --base: expected one of them")
	}
	revision := f.since
	if f.base != "" {
		if info, err := os.Stat(f.base); err == nil && info.IsDir() {
			return m.Before(f.base)
		}
		revision = f.base
	}
	if revision == "" {
		return nil
	}
	m.Since = true
	var folders []string
	for _, path := range args {
		if path == "-" {
			return fmt.Errorf("--since %s: expected a file or a folder, not standard input", revision)
		}
		folders = append(folders, historyOf(path))
	}
	applied, err := input.AtRevision(revision, folders)
	if err != nil {
		return fmt.Errorf("--since %s: %w", revision, err)
	}
	m.Applied = applied
	return nil
}

// historyOf returns the folder whose files were applied before a file: its own, or
// the one above if a migration is a folder.
func historyOf(path string) string {
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		return path
	}
	dir := filepath.Dir(path)
	switch filepath.Base(path) {
	case "up.sql", "down.sql", "migration.sql":
		return filepath.Dir(dir)
	}
	return dir
}
