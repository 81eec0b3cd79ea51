package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

// scansOf returns how often an index was scanned, as far as exports tell.
func scansOf(c *rule.Case, ix *catalog.Relation) opt.Float {
	if x := exportedIndex(c, ix); x != nil {
		return x.SinceReset().Scans
	}
	return opt.Float{}
}

// exportedIndex returns the index of the exports; nil if they do not have it.
func exportedIndex(c *rule.Case, ix *catalog.Relation) *workload.Index {
	if c.Migration.Tables == nil || ix == nil {
		return nil
	}
	schema := ix.Name.Schema
	if schema == "" {
		schema = "public"
	}
	return c.Migration.Tables.Index(schema, ix.Name.Name)
}

// replaced reports whether an index of the table after all files begins with the keys
// of one that is dropped.
func replaced(c *rule.Case, drop *ddl.Action) bool {
	keys := drop.Index.Index.Columns()
	if len(keys) == 0 {
		return false
	}
	return slices.ContainsFunc(c.IndexesAtEnd(drop.Table), func(ix *catalog.Relation) bool {
		have := ix.Index.Columns()
		return ix.OID != drop.Index.OID && ix.Index.Valid && !ix.Index.Where.There() && len(have) >= len(keys) && slices.Equal(have[:len(keys)], keys)
	})
}
