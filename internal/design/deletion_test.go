package design

import (
	"testing"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

func TestSoftDelete(t *testing.T) {
	tests := []struct {
		name, typ, value string
		notNull          bool
		live             string
	}{
		{"deleted_at", "timestamp with time zone", "", false, "deleted_at IS NULL"},
		{"DeletedOn", "date", "", false, `"DeletedOn" IS NULL`},
		{"isDeleted", "boolean", "false", true, `NOT "isDeleted"`},
		{"deleted", "boolean", "", false, "deleted IS NOT TRUE"},
		{"deleteat", "bigint", "0", true, "deleteat = 0"},
		{"deleteat", "bigint", "", false, "COALESCE(deleteat, 0) = 0"},
		{"is_removed", "character", "'N'::bpchar", true, "is_removed = 'N'::bpchar"},
		{"deleted_at", "timestamp with time zone", "'infinity'::timestamp with time zone", true, "deleted_at = 'infinity'::timestamp with time zone"},
		{"deleted_at", "timestamp with time zone", "", true, ""},
		{"deleted_at", "timestamp with time zone", "now()", true, ""},
		{"deleted", "jsonb", "", false, ""},
		{"deleted_by", "bigint", "", false, ""},
		{"archived_at", "timestamp with time zone", "", false, ""},
		{"delete_after", "timestamp with time zone", "", false, ""},
	}
	for _, x := range tests {
		col := catalog.Column{Name: x.name, Type: catalog.TypeRef{Name: x.typ}, NotNull: x.notNull, Default: catalog.Expr{Text: x.value}}
		table := Table{Relation: &catalog.Relation{Columns: []catalog.Column{{Name: "id"}, col}}}
		live := ""
		if d := table.SoftDelete(); d != nil {
			live = d.Live
		}
		if live != x.live {
			t.Errorf("%s %s DEFAULT %s, NOT NULL %v: live rows %q, want %q", x.name, x.typ, x.value, x.notNull, live, x.live)
		}
	}
}
