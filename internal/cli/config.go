package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rules"
)

// configFile is the name of the file in the current folder.
const configFile = ".pgverdict.yaml"

// config is the content of the file. An unknown key is an error.
type config struct {
	Rules     map[string]rules.Choice `yaml:"rules"`
	Migration struct {
		LockTimeout      string `yaml:"lock_timeout"` // "2s (role migrator)"
		StatementTimeout string `yaml:"statement_timeout"`
		// HotTables are tables on which a strong lock hurts more than their size tells.
		HotTables []string `yaml:"hot_tables"`
	} `yaml:"migration"`

	path string
}

// migration sets the hot tables, and the timeouts of the role or the connection that
// runs the migrations unless a flag has set them.
func (c config) migration(o *migration.Options) error {
	o.HotTables = c.Migration.HotTables
	for _, t := range []struct {
		key, said string
		to, by    *string
	}{{"lock_timeout", c.Migration.LockTimeout, &o.LockTimeout, &o.LockBy}, {"statement_timeout", c.Migration.StatementTimeout, &o.StatementTimeout, new(string)}} {
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

// readConfig reads the named file. Without a name it reads the one in the current
// folder, if there is one.
func readConfig(path string) (c config, err error) {
	named := path != ""
	if !named {
		path = configFile
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	c.path = path
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return c, fmt.Errorf("%s: %s", path, strings.Join(strings.Fields(err.Error()), " "))
	}
	return c, nil
}
