package emit

import (
	"strings"
	"time"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// These tools run files of SQL.

func unless(no bool, text string) string {
	if no {
		return ""
	}
	return text
}

func pairOfFiles(at place, name string, m migration) map[string]string {
	return map[string]string{at.version + "_" + name + ".up.sql": m.heading + m.up + "\n", at.version + "_" + name + ".down.sql": m.down + "\n"}
}

// plain returns the files for whatever runs all files that end in .sql: the way back is
// none of them.
func plain(at place, name string, m migration) map[string]string {
	return map[string]string{at.version + "_" + name + ".sql": m.heading + m.up + "\n", at.version + "_" + name + ".rollback.psql": m.down + "\n"}
}

func oneFile(at place, name string, m migration) map[string]string {
	return map[string]string{at.version + "_" + name + ".sql": m.heading + m.up + "\n"}
}

func sqlx(at place, name string, m migration) map[string]string {
	mark := unless(m.block, "-- no-transaction\n") // has to be the first bytes
	return map[string]string{at.version + "_" + name + ".up.sql": mark + m.heading + m.up + "\n", at.version + "_" + name + ".down.sql": mark + m.down + "\n"}
}

func goose(at place, name string, m migration) map[string]string {
	return map[string]string{at.version + "_" + name + ".sql": unless(m.block, "-- +goose NO TRANSACTION\n") + "-- +goose Up\n" + m.heading + marked("-- +goose ", m.up) + "\n\n-- +goose Down\n" + marked("-- +goose ", m.down) + "\n"}
}

// marked puts the marks of a tool that splits at semicolons around statements that contain
// one.
func marked(mark, sql string) string {
	pieces := lex.Split(sql)
	var list []string
	inside := false
	for _, p := range pieces {
		if strings.Contains(p.Text, ";") {
			inside = true
			list = append(list, mark+"StatementBegin\n"+p.Text+";\n"+mark+"StatementEnd")
			continue
		}
		list = append(list, p.Text+";")
	}
	if !inside {
		return sql
	}
	return strings.Join(list, "\n")
}

func sqlMigrate(at place, name string, m migration) map[string]string {
	mode := unless(m.block, " notransaction") + "\n"
	return map[string]string{at.version + "_" + name + ".sql": "-- +migrate Up" + mode + m.heading + marked("-- +migrate ", m.up) + "\n\n-- +migrate Down" + mode + marked("-- +migrate ", m.down) + "\n"}
}

func tern(at place, name string, m migration) map[string]string {
	return map[string]string{at.version + "_" + name + ".sql": unless(m.block, "---- tern: disable-tx ----\n") + m.heading + m.up + "\n\n---- create above / drop below ----\n" + m.down + "\n"}
}

func dbmate(at place, name string, m migration) map[string]string {
	mark := unless(m.block, " transaction:false")
	return map[string]string{at.version + "_" + name + ".sql": "-- migrate:up" + mark + "\n" + m.heading + m.up + "\n\n-- migrate:down" + mark + "\n" + m.down + "\n"}
}

func nodePgMigrate(at place, name string, m migration) map[string]string {
	return map[string]string{at.version + "_" + name + ".sql": "-- Up Migration\n" + m.heading + m.up + "\n\n-- Down Migration\n" + m.down + "\n"}
}

func liquibase(at place, name string, m migration) map[string]string {
	var back strings.Builder
	for line := range strings.Lines(m.down) {
		back.WriteString("--rollback " + line)
	}
	// Outside of a transaction the statements are sent one by one, so they are split.
	mode := " runInTransaction:false"
	if m.block {
		mode = " splitStatements:false"
	}
	return map[string]string{at.version + "_" + name + ".sql": "--liquibase formatted sql\n\n--changeset pgverdict:" + at.version + mode + "\n" + m.heading + m.up + "\n" + back.String() + "\n"}
}

func flyway(at place, name string, m migration) map[string]string {
	files := map[string]string{}
	for kind, text := range map[string]string{"V": m.heading + m.up, "U": m.down} {
		file := kind + at.version + "__" + name + ".sql"
		files[file] = text + "\n"
		if !m.block {
			files[file+".conf"] = "executeInTransaction=false\n"
		}
	}
	return files
}

// inFolder returns the files of a tool that has a folder for each migration.
func inFolder(up, down string) func(place, string, migration) map[string]string {
	return func(at place, name string, m migration) map[string]string {
		dir := at.version + "_" + name + "/"
		files := map[string]string{dir + up: m.heading + m.up + "\n"}
		if down != "" {
			files[dir+down] = m.down + "\n"
		}
		return files
	}
}

func diesel(at place, name string, m migration) map[string]string {
	files := inFolder("up.sql", "down.sql")(at, name, m)
	if !m.block {
		files[at.version+"_"+name+"/metadata.toml"] = "run_in_transaction = false\n"
	}
	return files
}

// Folder is a folder of migrations that drafts are added to.
type Folder struct {
	tool tool
	at   place
}

// Draft is a migration to add.
type Draft struct {
	Name     string // in words with underscores
	Heading  string // SQL comments
	Up, Down string
	Block    bool // it runs in a transaction, which the tool makes
}

// Open finds the tool whose migrations are in a folder. If there are none it is the
// named one, and the last version is the given one.
func Open(dir, name, last string, now time.Time) (*Folder, error) {
	t, at, err := look(dir, now)
	if err != nil {
		return nil, err
	}
	if at.previous == "" || t.name == "plain SQL" || t.name == "golang-migrate" {
		for _, known := range tools {
			if strings.EqualFold(known.name, name) {
				if t = known; at.previous == "" && last != "" {
					at.version = after(last, now.UTC().Format("20060102150405"))
				}
			}
		}
	}
	return &Folder{t, at}, nil
}

// Tool returns the name of the tool.
func (f *Folder) Tool() string { return f.tool.name }

// Plain reports whether no tool makes a transaction: the files are run with psql.
func (f *Folder) Plain() bool { return f.tool.name == "plain SQL" }

// Single reports whether a file outside of a transaction can hold one statement
// only.
func (f *Folder) Single() bool { return f.tool.single }

// Blocks reports whether the tool runs nothing outside of a transaction.
func (f *Folder) Blocks() bool { return f.tool.block }

// Add writes a draft as the next migration and returns the paths of its files.
func (f *Folder) Add(d Draft) ([]string, error) {
	return f.tool.write(&f.at, d.Name, migration{title: d.Name, heading: d.Heading, up: d.Up, down: d.Down, block: d.Block})
}

// AddFile writes a file that is no migration. Its name is changed if it is taken.
func (f *Folder) AddFile(name, text string) (string, error) { return addFile(f.at.dir, name, text) }
