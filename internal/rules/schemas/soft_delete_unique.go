package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var softDeleteUnique = rule.Rule{
	ID:    "soft-delete-unique",
	Title: "Unique index that counts deleted rows",
	Sees: "A table with a soft delete, and a unique constraint or index that does not leave the deleted rows out. Or one that has the mark of the deletion among its columns, " +
		"and so does not keep the live rows apart, or lets a value be deleted only once.",
	Why: "A deleted row keeps its value: nobody can use the name, the address or the number again.",
	Silent: "The primary key. Values that are generated, such as a token, a hash or a uuid, and so never come again. Columns that a foreign key refers to, because it needs all rows. " +
		"If another unique index of the table leaves the deleted rows out, the value is an identifier of another system, or there is one row for each row of another table, the finding is a question.",
	Fix:     "Create a partial unique index on the live rows, and drop the unique constraint.",
	Sources: []string{manual + "indexes-partial.html", manual + "indexes-unique.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		d := t.SoftDelete()
		if d == nil {
			return
		}
		known := slices.ContainsFunc(t.Indexes(), func(ix *catalog.Relation) bool { return ix.Index.Unique && d.Excludes(ix.Index.Where) })
		for _, ix := range t.Indexes() {
			if !ix.Index.Unique || ix.Index.Primary || d.Excludes(ix.Index.Where) || t.IsReferenced(ix.Index.Columns()) || holdsKey(t, ix.Index) || neverAgain(t, ix.Index) {
				continue
			}
			what := rule.TableWords(ix)
			f := c.InSchema(t, finding.Confirmed, finding.Medium)
			f.AtIndex(ix)
			f.Because(d.Column)
			switch marked := ix.Index.Mentions(d.Column.Name); {
			case !marked:
				f.Title = redact.Sprintf("%s %s is unique among deleted rows too", t.Name.Short(), design.KeyList(ix.Index))
				f.Detail = redact.Sprintf("%s has no WHERE %s: a deleted row keeps its value, and no new row can have it.", what, d.Live)
				switch {
				case known:
					f.Tag = finding.Concern
					f.Decide("Another unique index of the table leaves deleted rows out. Must a deleted value stay taken here?", "what the value is used for", "leave the deleted rows out here as well.")
				case isDetail(t, ix.Index):
					f.Tag = finding.Concern
					f.Decide("Can a new row of "+t.Name.Short()+" take the place of a deleted one?", "whether the application creates it again", "leave the deleted rows out.")
				case isGiven(t, ix.Index):
					f.Tag = finding.Concern
					f.Decide("Can another system send a deleted value again?", "where the value comes from", "leave the deleted rows out: what was deleted here may be imported again.")
				}
			case d.Column.Type.Name == "boolean":
				f.Title = redact.Sprintf("%s %s allows each value to be deleted once", t.Name.Short(), design.KeyList(ix.Index))
				f.Detail = redact.Sprintf("%s has %s among its columns: the second row with the same value cannot be marked as deleted.", what, quoted(d.Column.Name))
			case !d.Column.NotNull && !ix.Index.NullsEqual && !d.Column.Default.There() && !liveApart(t, ix.Index, d):
				f.Title = redact.Sprintf("%s %s does not keep live rows apart", t.Name.Short(), design.KeyList(ix.Index))
				f.Detail = redact.Sprintf("%s is NULL in every live row, and NULLs are distinct: live rows with the same value are accepted.", quoted(d.Column.Name))
			default:
				continue
			}
			f.Fix = redact.Plain("Create a partial unique index on the live rows, then drop this one. The statement fails if live rows share a value: find them first.")
			replaceByLive(&f, t, ix, d)
			found(f)
		}
	},
}

// holdsKey reports whether an index has the whole primary key, which is never deleted
// and given again.
func holdsKey(t *design.Table, ix *catalog.Index) bool {
	key := t.Key()
	return len(key) > 0 && !slices.ContainsFunc(key, func(c string) bool { return !ix.Mentions(c) })
}

// liveApart reports whether a partial unique index keeps the live rows apart by no more
// than the columns of another one.
func liveApart(t *design.Table, by *catalog.Index, d *design.Deletion) bool {
	return slices.ContainsFunc(t.Indexes(), func(ix *catalog.Relation) bool {
		return ix.Index.Unique && d.Excludes(ix.Index.Where) && !slices.ContainsFunc(ix.Index.Keys, func(k catalog.Key) bool { return k.Column == "" || !by.Mentions(k.Column) })
	})
}

// isDetail reports whether an index is about one row for each row of another table,
// which often come and go together.
func isDetail(t *design.Table, ix *catalog.Index) bool {
	columns := ix.Columns()
	return len(columns) == 1 && len(ix.Keys) == 1 && t.References(columns[0]) != nil
}

// isGiven reports whether an index has an identifier that another system makes: text
// that is named like one, or a number that is the whole key, and no foreign key.
func isGiven(t *design.Table, ix *catalog.Index) bool {
	return slices.ContainsFunc(t.Columns, func(col catalog.Column) bool {
		words := design.Words(col.Name)
		return ix.Mentions(col.Name) && len(words) > 1 && slices.Contains([]string{"id", "url", "uri"}, words[len(words)-1]) && (len(ix.Keys) == 1 || design.IsText(t.Schema.BaseType(&col))) && t.References(col.Name) == nil
	})
}

// generatedWords are words of the names of columns whose values are made and never
// come again.
var generatedWords = []string{"token", "hash", "uuid", "guid", "digest", "checksum", "md5", "sha1", "sha256", "fingerprint", "secret", "nonce", "uid", "ulid", "etag", "sequential", "sequence"}

// neverAgain reports whether an index has a column whose values are generated.
func neverAgain(t *design.Table, ix *catalog.Index) bool {
	return slices.ContainsFunc(t.Columns, func(col catalog.Column) bool {
		if !ix.Mentions(col.Name) || t.References(col.Name) != nil {
			return false
		}
		return col.Type.Name == "uuid" || col.Identity != "" || col.Sequence != 0 || col.Type.Serial ||
			slices.ContainsFunc(design.Words(col.Name), func(w string) bool { return slices.Contains(generatedWords, w) })
	})
}
