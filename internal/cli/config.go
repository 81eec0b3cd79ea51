package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/pgverdict/pgverdict/internal/rules"
)

// configFile is the name of the file in the current folder.
const configFile = ".pgverdict.yaml"

// config is the content of the file. An unknown key is an error.
type config struct {
	Rules map[string]rules.Choice `yaml:"rules"`
}

// readConfig reads the named file. Without a name it reads the one in the current
// folder, if there is one.
func readConfig(path string) (map[string]rules.Choice, error) {
	named := path != ""
	if !named {
		path = configFile
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var c config
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %s", path, strings.Join(strings.Fields(err.Error()), " "))
	}
	return c.Rules, nil
}
