package emit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// These frameworks write migrations as programs with the SQL in strings. Each
// statement is executed by itself: several in one string would run in a
// transaction.

// rails returns an ActiveRecord migration, of the same version as the last one. Its name is
// that of a class, which no other migration may have.
func rails(at place, name string, m migration) map[string]string {
	entries, _ := list(at.dir)
	first := name
	for n := 2; slices.ContainsFunc(entries, func(e os.DirEntry) bool { return strings.HasSuffix(e.Name(), "_"+name+".rb") }); n++ {
		name = fmt.Sprintf("%s_%d", first, n)
	}
	version := "7.0"
	if got := railsVersion.FindStringSubmatch(at.text); got != nil {
		version = got[1]
	}
	execute := func(sql string) string {
		var b strings.Builder
		for _, s := range statements(sql) {
			mark := "SQL"
			for strings.Contains(s, mark) { // a line of the statement would end it
				mark += "_"
			}
			fmt.Fprintf(&b, "    execute <<~'%s'\n      %s\n    %s\n", mark, strings.ReplaceAll(s, "\n", "\n      "), mark)
		}
		return b.String()
	}
	return map[string]string{at.version + "_" + name + ".rb": comments(m.heading, "#") +
		"class " + camel(name) + " < ActiveRecord::Migration[" + version + "]\n" + unless(m.block, "  disable_ddl_transaction!\n\n") +
		"  def up\n" + execute(m.up) + "  end\n\n  def down\n" + execute(m.down) + "  end\nend\n"}
}

var railsVersion = regexp.MustCompile(`ActiveRecord::Migration\[([0-9.]+)\]`)

// camel returns the class name that Rails expects for a file name.
func camel(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

// django returns a migration that depends on the last one of its app. The app is
// named by the folder that contains "migrations".
func django(at place, name string, m migration) map[string]string {
	app := "app"
	if dir, err := filepath.Abs(at.dir); err == nil && filepath.Base(dir) == "migrations" {
		app = filepath.Base(filepath.Dir(dir))
	}
	list := func(sql string) string {
		var b strings.Builder
		for _, s := range statements(sql) {
			fmt.Fprintf(&b, "                %s,\n", pythonString(s))
		}
		return b.String()
	}
	return map[string]string{at.version + "_" + name + ".py": comments(m.heading, "#") +
		"from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n" + unless(m.block, "    atomic = False\n\n") +
		"    dependencies = [(" + pythonString(app) + ", " + pythonString(at.previous) + ")]\n\n" +
		"    operations = [\n        migrations.RunSQL(\n            sql=[\n" + list(m.up) + "            ],\n            reverse_sql=[\n" + list(m.down) + "            ],\n        ),\n    ]\n"}
}

// alembic returns a revision after the last one. Revisions are chained by the
// content of the files, not by their names.
func alembic(at place, name string, m migration) map[string]string {
	before := head(at.dir)
	sum := sha256.Sum256([]byte(before + name))
	revision := hex.EncodeToString(sum[:6])
	auto := unless(m.block, "    with op.get_context().autocommit_block():\n")
	execute := func(sql string) string {
		var b strings.Builder
		indent := "    " + unless(m.block, "    ")
		for _, s := range statements(sql) {
			fmt.Fprintf(&b, "%sop.execute(%s)\n", indent, pythonString(boundName.ReplaceAllString(s, `$1\:$2`)))
		}
		if b.Len() == 0 {
			return indent + "pass\n"
		}
		return b.String()
	}
	return map[string]string{revision + "_" + name + ".py": comments(m.heading, "#") +
		"from alembic import op\n\nrevision = " + pythonString(revision) + "\ndown_revision = " + pythonString(before) + "\nbranch_labels = None\ndepends_on = None\n\n\n" +
		"def upgrade():\n" + auto + execute(m.up) + "\n\ndef downgrade():\n" + auto + execute(m.down)}
}

var (
	revisionOf     = regexp.MustCompile(`(?m)^revision\b[^=\n]*=\s*['"](\w+)['"]`)
	downRevisionOf = regexp.MustCompile(`(?m)^down_revision\b[^=\n]*=\s*(.*)$`)
	quoted         = regexp.MustCompile(`['"](\w+)['"]`)

	// boundName matches what SQLAlchemy would read as a bind parameter.
	boundName = regexp.MustCompile(`(^|[^:\w\\]):(\w)`)
)

// head returns the last revision of a folder.
func head(dir string) string {
	entries, _ := list(dir)
	followed := map[string]bool{}
	var revisions []string
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".py" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			continue
		}
		if got := revisionOf.FindSubmatch(b); got != nil {
			revisions = append(revisions, string(got[1]))
		}
		if got := downRevisionOf.FindSubmatch(b); got != nil {
			for _, down := range quoted.FindAllSubmatch(got[1], -1) {
				followed[string(down[1])] = true
			}
		}
	}
	last := ""
	for _, r := range revisions {
		if !followed[r] {
			last = r
		}
	}
	return last
}

// statements returns the statements of a change, without semicolons.
func statements(sql string) []string {
	var list []string
	for _, piece := range lex.Split(sql) {
		if s := strings.TrimSuffix(strings.TrimSpace(piece.Text), ";"); s != "" {
			list = append(list, s)
		}
	}
	return list
}

// comments converts SQL comments to those of another language.
func comments(heading, mark string) string {
	var b strings.Builder
	for line := range strings.Lines(heading) {
		b.WriteString(mark + strings.TrimPrefix(line, "--"))
	}
	return b.String()
}

// pythonString quotes a text for Python, which accepts JSON strings.
func pythonString(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)
	return strings.TrimSuffix(b.String(), "\n")
}
