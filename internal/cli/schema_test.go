package cli

import (
	"strings"
	"testing"
)

// What a schema is given as, and what is said about it.
func TestSchemaCommand(t *testing.T) {
	const dumped = "-- PostgreSQL database dump\n\nCREATE TABLE public.users (id bigint PRIMARY KEY, made timestamp);\n"
	for name, c := range map[string]struct {
		files  map[string]string
		status int
		says   []string // in the report or on standard error
		not    string
	}{
		"a dump": {map[string]string{"schema.sql": dumped}, 0, []string{"Iterate: 1 fault", "schema.sql:3", "Deploy"}, "has not run"},
		"a migration beside a dump adds a fault": {
			map[string]string{"schema.sql": dumped, "migrations/0001_posts.sql": "CREATE TABLE posts (\n  id bigint PRIMARY KEY,\n  made timestamp\n);\n"}, 0,
			[]string{"posts.made", "migrations/0001_posts.sql:3", "0001_posts.sql has not run. Change it there"}, "users.made",
		},
		"a migration beside a dump adds none": {
			map[string]string{"schema.sql": dumped, "migrations/0001_posts.sql": "CREATE TABLE posts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);\n"}, 0,
			[]string{"Approve: no fault in what the migrations add."}, "users.made",
		},
		"a dump that cannot be read whole": {
			map[string]string{"schema.sql": dumped + "CREATE TABEL posts (id int);\nALTER TABLE users ADD COLUMN;\n"}, 0,
			[]string{"2 unreadable statements not judged", "schema.sql:4: expected an SQL statement", "schema.sql:5: expected an SQL statement", "users.made"}, "posts",
		},
		"a model alone": {
			map[string]string{"prisma/schema.prisma": "model User {\n  id Int @id\n}\n"}, 2,
			[]string{"Not reviewed:", "Print the SQL with: npx prisma migrate diff"}, "Approve",
		},
		"an empty folder": {nil, 2, []string{"Nothing to review: expected a schema dump (pg_dump -s), DDL or migrations"}, "Approve"},
		"a binary file":   {map[string]string{"schema.sql": "\x7fELF\x00\x01\x02"}, 2, []string{"is binary", "expected a schema dump"}, "Approve"},
	} {
		t.Run(name, func(t *testing.T) {
			got := run("", "schema", fill(t, c.files))
			text := strings.Join(strings.Fields(got.out+got.err), " ")
			if got.status != c.status {
				t.Errorf("status %d, want %d", got.status, c.status)
			}
			for _, want := range c.says {
				if !strings.Contains(text, want) {
					t.Errorf("does not say %q:\n%s", want, got.out+got.err)
				}
			}
			if strings.Contains(text, c.not) {
				t.Errorf("says %q:\n%s", c.not, got.out)
			}
		})
	}
}
