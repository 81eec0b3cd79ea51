package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var largeObject = rule.Rule{
	ID:      "large-object",
	Title:   "Large object or document in a row",
	Sees:    "A column of type oid or lo that refers to a large object, or a bytea column named after documents or images.",
	Why:     "Large objects stay when their row is deleted, have privileges of their own, and logical replication leaves them out. Documents in rows make backups and VACUUM of the table as large as they are.",
	Silent:  "bytea for hashes, keys and tokens.",
	Fix:     "Store documents outside of the database and keep their address, or use bytea for small ones.",
	Sources: []string{manual + "largeobjects.html", manual + "lo.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			object := oneOf(base.Name, "lo") || base.Name == "oid" && !oneOf(lastWord(col), "relid tableoid relation typoid")
			if !object && (base.Name != "bytea" || !holdsDocument(t, col)) {
				return
			}
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s holds documents in the row", columnOf(t, col.Name))
			f.Detail = redact.Plain("They are in every backup, and are read and written through the server's memory.")
			f.Decide("How large are the values, and how often are they read?", "avg(octet_length()) of the column", "keep what is below 1 MB, and store the rest outside of the database.")
			if object {
				f.Title = redact.Sprintf("%s refers to large objects", columnOf(t, col.Name))
				f.Detail = redact.Plain("Large objects stay when their row is deleted, and logical replication leaves them out.")
				f.Decide("Does the column refer to large objects, and what deletes them?", "the application's code, and vacuumlo -n", "use bytea, or store documents outside of the database.")
			}
			f.Fix = redact.Plain("Store documents outside of the database and keep their address, or use bytea for small ones.")
			found(f)
		})
	},
}

// documents are the words of what is a file elsewhere.
const documents = "document file image photo picture attachment pdf blob video audio media avatar thumbnail scan upload logo export report"

// holdsDocument reports whether names say that bytes are a document: of the column, or of
// the table if the column is its data.
func holdsDocument(t *design.Table, col *catalog.Column) bool {
	words := design.Words(col.Name)
	last := design.InSingular(words[len(words)-1])
	if oneOf(last, documents+" content") {
		return true
	}
	of := words[:len(words)-1]
	if len(of) == 0 {
		of = design.Words(t.Name.Name)
	}
	return oneOf(words[len(words)-1], "data bytes body binary raw") && slices.ContainsFunc(of, func(w string) bool { return oneOf(design.InSingular(w), documents) })
}
