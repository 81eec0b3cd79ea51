package review_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/review"
)

// dump returns a pg_dump of so many tables: each with a sequence, a primary key, two
// foreign keys and an index on one of them.
func dump(tables int) string {
	var b, constraints strings.Builder
	b.WriteString("--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 16.4\n\n")
	kinds := []string{"text NOT NULL", "integer DEFAULT 0 NOT NULL", "timestamp with time zone NOT NULL", "numeric(12,2)", "jsonb", "boolean NOT NULL", "timestamp without time zone", "character varying(255)"}
	for i := range tables {
		t := fmt.Sprintf("things_%d", i)
		fmt.Fprintf(&b, "CREATE TABLE public.%s (\n    id bigint NOT NULL,\n    owner_id bigint NOT NULL,\n    parent_id bigint NOT NULL", t)
		for k := range 8 {
			fmt.Fprintf(&b, ",\n    column_%d %s", k, kinds[(i+k)%len(kinds)])
		}
		fmt.Fprintf(&b, "\n);\n\nALTER TABLE public.%s OWNER TO app;\n\nCREATE SEQUENCE public.%[1]s_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;\n\nALTER SEQUENCE public.%[1]s_id_seq OWNED BY public.%[1]s.id;\n\nALTER TABLE ONLY public.%[1]s ALTER COLUMN id SET DEFAULT nextval('public.%[1]s_id_seq'::regclass);\n\n", t)
		fmt.Fprintf(&constraints, "ALTER TABLE ONLY public.%s\n    ADD CONSTRAINT %[1]s_pkey PRIMARY KEY (id);\n\nCREATE INDEX %[1]s_owner_id_idx ON public.%[1]s USING btree (owner_id);\n\n", t)
	}
	b.WriteString(constraints.String())
	for i := range tables {
		fmt.Fprintf(&b, "ALTER TABLE ONLY public.things_%d ADD CONSTRAINT things_%[1]d_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.things_0(id);\n\nALTER TABLE ONLY public.things_%[1]d ADD CONSTRAINT things_%[1]d_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES public.things_%d(id);\n\n", i, i/2)
	}
	return b.String()
}

// BenchmarkSchema: the review of a schema of 5,000 tables takes less than 5 s.
func BenchmarkSchema(b *testing.B) {
	path := filepath.Join(b.TempDir(), "schema.sql")
	if err := os.WriteFile(path, []byte(dump(5000)), 0o666); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		reviewSchema(b, path)
	}
}

func reviewSchema(t testing.TB, path string) {
	t.Helper()
	r, errs := review.Run(input.OpenWhole([]string{path}, nil), review.Options{Migration: &review.Migration{Options: migration.Options{WholeSchema: true}}})
	if len(errs) > 0 || r.Schema == nil {
		t.Fatal(errs)
	}
}

// The review of many tables costs as much as there are, and no more.
func TestSchemaCostIsLinear(t *testing.T) {
	const few, more = 100, 8
	allocated := func(n int) float64 {
		return allocates(t, "schema.sql", dump(n), func(path string) { reviewSchema(t, path) })
	}
	one := allocated(few)
	if many := allocated(more * few); many > 1.5*more*one {
		t.Errorf("%d times as many tables allocate %.1f times as much", more, many/one)
	}
}
