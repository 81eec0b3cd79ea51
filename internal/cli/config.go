package cli

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/pgverdict/pgverdict/internal/limits"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/rules"
)

// configFile is the name of the file in the current folder.
const configFile = ".pgverdict.yaml"

// firstConfig is what config init writes: every key, explained, and nothing set.
//
//go:embed config.yaml
var firstConfig []byte

// config is the content of the file.
type config struct {
	Rules                         map[string]rules.Choice
	LockTimeout, StatementTimeout string   // of migrations: "2s (role migrator)"
	HotTables                     []string // on which a strong lock hurts more than their size tells

	path string
}

func (e env) config() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Write a first " + configFile,
		Long: configFile + " in the current folder, or the file of --config, switches rules off, changes their thresholds, " +
			"lets their findings fail a run, and tells what migrations run with.",
		Example: "  pgverdict config init\n  pgverdict rules seq-scan   # its thresholds",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "init [FILE]",
		Short: "Write " + configFile + " with every key explained and nothing set",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			path := cmp.Or(strings.Join(args, ""), configFile)
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s exists already and was not changed", path)
			}
			if err != nil {
				return withoutOp(path, err)
			}
			_, err = f.Write(firstConfig)
			if err := errors.Join(err, f.Close()); err != nil {
				return withoutOp(path, err)
			}
			_, err = fmt.Fprintln(e.err, "wrote", path)
			return err
		},
	})
	return cmd
}

// withoutOp returns the system's message about a file without Go's name of the call.
func withoutOp(path string, err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		err = of.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// readConfig reads the named file. Without a name it reads the one in the current
// folder, if there is one.
func readConfig(path string) (c config, err error) {
	named := path != ""
	if !named {
		path = configFile
	}
	b, err := limits.ReadFile(path, limits.Config)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return c, nil
	}
	if err != nil {
		return c, withoutOp(path, err)
	}
	return parseConfig(path, b)
}

// parseConfig reads a configuration. The path is for messages.
func parseConfig(path string, b []byte) (config, error) {
	c := config{path: path}
	var doc yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(b)).Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return c, fmt.Errorf("%s: %s", path, strings.TrimPrefix(strings.Join(strings.Fields(err.Error()), " "), "yaml: "))
	}
	for _, content := range doc.Content {
		if err := c.read(content); err != nil {
			return c, fmt.Errorf("%s:%w", path, err)
		}
	}
	return c, nil
}

// reader reads the value of a key.
type reader func(value *yaml.Node) error

// object reads a mapping: each key by its reader. Errors begin with the line.
func object(n *yaml.Node, of string, keys map[string]reader) error {
	return each(n, of, func(key, value *yaml.Node) error {
		read := keys[key.Value]
		if read == nil {
			var known []string
			for name := range keys {
				known = append(known, name)
			}
			slices.Sort(known)
			return fmt.Errorf("%d: %s: no key %q: expected %s", key.Line, of, key.Value, strings.Join(known, ", "))
		}
		return read(value)
	})
}

// each reads the entries of a mapping in order.
func each(n *yaml.Node, of string, read func(key, value *yaml.Node) error) error {
	if n = resolved(n); n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("%d: %s: expected \"key: value\" lines, got %q", n.Line, of, n.Value)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if err := read(n.Content[i], resolved(n.Content[i+1])); err != nil {
			return err
		}
	}
	return nil
}

func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// value reads a value of one type; what it expects is said in the user's words.
func value[T any](of, expected string, to *T) reader {
	return func(n *yaml.Node) error {
		if err := n.Decode(to); err != nil {
			return fmt.Errorf("%d: %s: expected %s", n.Line, of, expected)
		}
		return nil
	}
}

func (c *config) read(doc *yaml.Node) error {
	c.Rules = map[string]rules.Choice{}
	return object(doc, "the configuration", map[string]reader{
		"rules": func(n *yaml.Node) error { return each(n, "rules", c.rule) },
		"migration": func(n *yaml.Node) error {
			return object(n, "migration", map[string]reader{
				"lock_timeout":      value("migration.lock_timeout", "a time such as 2s", &c.LockTimeout),
				"statement_timeout": value("migration.statement_timeout", "a time such as 1min", &c.StatementTimeout),
				"hot_tables":        value("migration.hot_tables", "a list of tables: [orders, users]", &c.HotTables),
			})
		},
	})
}

// rule reads the settings of one rule. "seq-scan: off" is short for "seq-scan: {off: true}".
func (c *config) rule(id, n *yaml.Node) error {
	r := rules.Find(id.Value)
	if r == nil {
		return fmt.Errorf("%d: %w", id.Line, noRule(id.Value))
	}
	of := "rule " + r.ID
	choice := rules.Choice{Thresholds: map[string]float64{}}
	if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		var on bool
		if n.Decode(&on) != nil {
			return fmt.Errorf("%d: %s: expected off, or settings: off, fail, thresholds, reason", n.Line, of)
		}
		choice.Off = !on
	} else if err := object(n, of, map[string]reader{
		"off":    value(of+": off", "true or false", &choice.Off),
		"fail":   value(of+": fail", "true or false", &choice.Fail),
		"reason": value(of+": reason", "a text", &choice.Reason),
		"thresholds": func(n *yaml.Node) error {
			return each(n, of+": thresholds", func(name, n *yaml.Node) error { return threshold(r, choice, name, n) })
		},
	}); err != nil {
		return err
	}
	if choice.Off && choice.Fail {
		return fmt.Errorf("%d: %s: off and fail exclude each other", id.Line, of)
	}
	choice.Reason = cmp.Or(strings.TrimSpace(choice.Reason), "no reason given")
	c.Rules[r.ID] = choice
	return nil
}

func threshold(r *rule.Rule, choice rules.Choice, name, n *yaml.Node) error {
	if r.Threshold(name.Value) == nil {
		var names []string
		for _, t := range r.Thresholds {
			names = append(names, t.Name)
		}
		return fmt.Errorf("%d: rule %s has no threshold %q%s", name.Line, r.ID, name.Value, cmp.Or(didYouMean("", name.Value, names), ": pgverdict rules "+r.ID+" lists them"))
	}
	var figure float64
	if n.Decode(&figure) != nil {
		return fmt.Errorf("%d: rule %s: threshold %s: expected a number, got %q", n.Line, r.ID, name.Value, n.Value)
	}
	choice.Thresholds[name.Value] = figure
	return nil
}

// ignore switches the rules of --ignore off.
func (c *config) ignore(ids []string) error {
	for _, id := range ids {
		r := rules.Find(strings.TrimSpace(id))
		if r == nil {
			return fmt.Errorf("--ignore: %w", noRule(id))
		}
		if c.Rules == nil {
			c.Rules = map[string]rules.Choice{}
		}
		c.Rules[r.ID] = rules.Choice{Off: true, Thresholds: map[string]float64{}, Reason: "--ignore"}
	}
	return nil
}

// migration sets the hot tables, and the timeouts of the role or the connection that
// runs the migrations unless a flag has set them.
func (c config) migration(o *migration.Options) error {
	o.HotTables = c.HotTables
	for _, t := range []struct {
		key, said string
		to, by    *string
	}{{"lock_timeout", c.LockTimeout, &o.LockTimeout, &o.LockBy}, {"statement_timeout", c.StatementTimeout, &o.StatementTimeout, new(string)}} {
		value, by, _ := strings.Cut(t.said, "(")
		if value = strings.TrimSpace(value); value == "" || *t.to != "" {
			continue
		}
		if !migration.Milliseconds(value).Known() {
			return fmt.Errorf("%s: migration.%s: expected a time such as 2s or 500ms, then who sets it in brackets", c.path, t.key)
		}
		*t.to, *t.by = value, cmp.Or(strings.TrimSuffix(strings.TrimSpace(by), ")"), c.path)
	}
	return nil
}
