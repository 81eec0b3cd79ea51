package schema

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgverdict/pgverdict/workload"
)

// listing is what psql's \d prints, on a server of 15.
const listing = `                                       Table "public.Parcels"
  Column  |           Type           | Collation | Nullable |                Default                
----------+--------------------------+-----------+----------+---------------------------------------
 id       | integer                  |           | not null | nextval('"Parcels_id_seq"'::regclass)
 depot_id | bigint                   |           |          | 
 label    | character varying(80)    |           |          | 'a|b'::character varying
 Sent     | timestamp with time zone |           |          | now()
 weight   | numeric(8,2)             |           |          | 
 code     | character(4)             |           |          | 
Indexes:
    "Parcels_pkey" PRIMARY KEY, btree (id)
    "code_key" UNIQUE CONSTRAINT, btree (code)
    "parcels_brin" brin ("Sent")
    "parcels_depot" btree (depot_id, "Sent" DESC NULLS LAST) INCLUDE (label) WHERE weight > 10::numeric
    "parcels_lower" UNIQUE, btree (lower(label::text) text_pattern_ops) CLUSTER
Check constraints:
    "Parcels_weight_check" CHECK (weight > 0::numeric)
Foreign-key constraints:
    "Parcels_depot_id_fkey" FOREIGN KEY (depot_id) REFERENCES depots(id) ON DELETE CASCADE
Referenced by:
    TABLE "stops" CONSTRAINT "stops_parcel_id_fkey" FOREIGN KEY (parcel_id) REFERENCES "Parcels"(id)
Triggers:
    touch BEFORE UPDATE ON "Parcels" FOR EACH ROW EXECUTE FUNCTION f()

                   Partitioned table "public.stops"
  Column   |           Type           | Collation | Nullable | Default 
-----------+--------------------------+-----------+----------+---------
 parcel_id | integer                  |           |          | 
 at        | timestamp with time zone |           |          | 
Partition key: RANGE (at)
Foreign-key constraints:
    "stops_parcel_id_fkey" FOREIGN KEY (parcel_id) REFERENCES "Parcels"(id)
Number of partitions: 0

              Index "public.parcels_depot"
  Column  |           Type           | Key? | Definition 
----------+--------------------------+------+------------
 depot_id | bigint                   | yes  | depot_id
btree, for table "public.Parcels", predicate (weight > 10::numeric)

                                                     Table "public.depots"
+--------+--------+-----------+----------+------------------------------+----------+-------------+--------------+-------------+
| Column |  Type  | Collation | Nullable |           Default            | Storage  | Compression | Stats target | Description |
+--------+--------+-----------+----------+------------------------------+----------+-------------+--------------+-------------+
| id     | bigint |           | not null | generated always as identity | plain    |             |              |             |
| name   | text   |           | not null |                              | extended |             |              |             |
+--------+--------+-----------+----------+------------------------------+----------+-------------+--------------+-------------+
Indexes:
    "depots_pkey" PRIMARY KEY, btree (id)
Referenced by:
    TABLE ""Parcels"" CONSTRAINT "Parcels_depot_id_fkey" FOREIGN KEY (depot_id) REFERENCES depots(id) ON DELETE CASCADE
Access method: heap
`

const listed = `public."Parcels" kind=r
  id integer not null default nextval('"Parcels_id_seq"'::regclass)
  depot_id bigint
  label character varying(80) default 'a|b'::character varying
  Sent timestamp with time zone default now()
  weight numeric(8,2)
  code character(4)
  index Parcels_pkey p unique=true
  index code_key u unique=true
  index parcels_brin  unique=false
  index parcels_depot  unique=false
  index parcels_lower  unique=true
`

// A listing is read as people paste it, whatever stands around it.
func TestListing(t *testing.T) {
	var squeezed strings.Builder
	for line := range strings.Lines(listing) {
		squeezed.WriteString(strings.Join(strings.Fields(line), " ") + "\n")
	}
	for name, text := range map[string]string{
		"as printed":             listing,
		"in a mail":              "> " + strings.ReplaceAll(listing, "\n", "\n> "),
		"in a comment":           "-- " + strings.ReplaceAll(listing, "\n", "\n-- "),
		"indented":               "    " + strings.ReplaceAll(listing, "\n", "\n    "),
		"without its blanks":     squeezed.String(),
		"with unicode's lines":   strings.NewReplacer(" | ", " │ ", "-+-", "─┼─").Replace(listing),
		"Windows' line ends":     strings.ReplaceAll(listing, "\n", "\r\n"),
		"behind a prompt's echo": "shop=> \\d \"Parcels\"\n" + listing,
	} {
		snap := new(workload.Snapshot)
		warnings, err := Read("d.txt", text, snap)
		if err != nil || len(warnings) > 0 || len(snap.Tables) != 3 {
			t.Fatalf("%s: %v, %v, %d tables", name, err, warnings, len(snap.Tables))
		}
		p := snap.Table("public", "Parcels")
		all := outline(p)
		if diff := cmp.Diff(listed, all[:min(len(listed), len(all))]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		ix := p.Index("parcels_depot")
		if k := ix.Def.Keys; len(k) != 2 || k[1].Column != "Sent" || !k[1].Desc || k[1].NullsFirst || len(ix.Def.Include) != 1 || ix.Def.Where.Raw() != "weight > 10::numeric" {
			t.Errorf("%s: %+v", name, ix.Def)
		}
		if p.Index("parcels_brin").Def.Method != "brin" || !p.Index("parcels_lower").Clustered.Or(false) || p.Index("parcels_lower").Def.Keys[0].OpClass != "text_pattern_ops" {
			t.Errorf("%s: an access method, a class or a flag is lost", name)
		}
		if len(p.Triggers) != 1 || len(p.Constraints) != 4 {
			t.Errorf("%s: %d triggers, %d constraints", name, len(p.Triggers), len(p.Constraints))
		}
		s := snap.Table("public", "stops")
		if s.Kind != "p" || len(s.Constraints) != 1 || s.Constraints[0].RefTable != "Parcels" {
			t.Errorf("%s: %s", name, outline(s))
		}
		if d := snap.Table("public", "depots"); len(d.Columns) != 2 || !d.Columns[0].Default.Empty() || len(d.Indexes) != 1 {
			t.Errorf("%s: %s", name, outline(d))
		}
	}
}

// Up to 9.6 one column of the listing holds what later has three.
func TestOldListing(t *testing.T) {
	snap := new(workload.Snapshot)
	ReadPasted("p", `I have this table:

  Column   | Type   |                   Modifiers                        | Storage
-----------+--------+----------------------------------------------------+---------
 id        | bigint | not null default nextval('stops_id_seq'::regclass) | plain
 parcel_id | bigint |                                                    | plain
Indexes:
    "stops_pkey" PRIMARY KEY, btree (id)
    "stops_parcel" btree (parcel_id) INVALID
Has OIDs: no
`, []Scan{{Table: "depots"}, {Table: "stops", Index: "stops_pkey"}}, snap)
	want := `public.stops kind=r
  id bigint not null default nextval('stops_id_seq'::regclass)
  parcel_id bigint
  index stops_pkey p unique=true
  index stops_parcel  unique=false
`
	if len(snap.Tables) != 1 || !strings.HasPrefix(outline(snap.Tables[0])+"\n", want) {
		t.Fatal(outline(snap.Tables[0]))
	}
	if snap.Tables[0].Index("stops_parcel").Valid.Or(true) {
		t.Error("an invalid index passes for a valid one")
	}
}

// A listing without its title is of the table that the plans read, if they
// read one only.
func TestListingWithoutTitle(t *testing.T) {
	text := "And the index:\n\"parcels_two\" btree (a, b)\n"
	for _, c := range []struct {
		scans []Scan
		want  int
	}{
		{[]Scan{{Table: "parcels"}, {Table: "parcels"}}, 1},
		{[]Scan{{Table: "parcels"}, {Table: "depots"}}, 0},
		{[]Scan{{Table: "parcels", Index: "parcels_two"}, {Table: "depots"}}, 1},
		{nil, 0},
	} {
		snap := new(workload.Snapshot)
		warnings := ReadPasted("p", text, c.scans, snap)
		if len(snap.Tables) != c.want || len(warnings) != 1-c.want || c.want == 1 && snap.Tables[0].Index("parcels_two") == nil {
			t.Errorf("%v: %d tables, %v", c.scans, len(snap.Tables), warnings)
		}
	}
}

// Definitions stand among prose, with and without a semicolon.
func TestPastedDefinitions(t *testing.T) {
	text := "I made this table:\n```sql\ncreate table parcels(\n\tid bigint primary key,\n\tlabel text default '('\n)\n```\n" +
		"Create index on the columns that are compared, they say. It doesn't help:\n\n" +
		"create index parcels_label\n  on parcels (label)\n  where label is not null\n" +
		"shop=# CREATE INDEX parcels_two ON parcels (id, label);\nCREATE INDEX\nTime: 12 ms\n" +
		"shop=*> ALTER TABLE parcels ADD weight int;\nALTER TABLE\nshop=*> EXPLAIN ANALYZE\nshop-*> SELECT id FROM parcels;\n" +
		"create index gone on parcels (id);\n" +
		"drop index if exists gone, other;\n" +
		"`create unique index parcels_one on parcels (label)`\n" +
		"explain analyse\ncreate table copied\nas select * from parcels;\n" +
		"explain analyze\ncreate table nothing as select 1\n\n" +
		" Seq Scan on parcels  (cost=0.00..1.00 rows=1 width=4)\n"
	snap := new(workload.Snapshot)
	warnings := ReadPasted("p", text, nil, snap)
	want := `public.parcels kind=r
  id bigint not null
  label text default '('
  weight integer
  index parcels_pkey p unique=true
  index parcels_label  unique=false
  index parcels_two  unique=false
  index parcels_one  unique=true
`
	if len(warnings) > 0 || len(snap.Tables) != 1 {
		t.Fatal(warnings, len(snap.Tables))
	}
	if got := outline(snap.Tables[0]); !strings.HasPrefix(got, want) {
		t.Error(cmp.Diff(want, got))
	}
	if where := snap.Tables[0].Index("parcels_label").Def.Where.Raw(); where != "label is not null" {
		t.Errorf("got %q", where)
	}
}

// An index that a text creates below a plan may not have been there when the plan ran. It
// was if a later plan reads the table without it, or if the definition is one that the
// server printed.
func TestIndexBelowPlan(t *testing.T) {
	const before, created, behind = 3, 10, 20
	for name, c := range map[string]struct {
		text         string
		scans        []Scan
		there, doubt bool
	}{
		"above a plan":                  {"create index parcels_depot on parcels (depot);", []Scan{{Table: "parcels", Line: behind}}, true, false},
		"below a plan":                  {"create index parcels_depot on parcels (depot);", []Scan{{Table: "parcels", Line: before}}, true, true},
		"below a plan, with a schema":   {"create index parcels_depot on shop.parcels (depot);", []Scan{{Table: "parcels", Line: before}}, true, true},
		"below a plan, without a name":  {"create index on parcels (depot);", []Scan{{Table: "parcels", Line: before}}, true, true},
		"below a plan of another table": {"create index parcels_depot on parcels (depot);", []Scan{{Table: "depots", Line: before}}, true, false},
		"between plans, then used":      {"create index parcels_depot on parcels (depot);", []Scan{{Table: "parcels", Line: before}, {Table: "parcels", Index: "parcels_depot", Line: behind}}, true, true},
		"between, without a name":       {"create index on parcels (depot);", []Scan{{Table: "parcels", Line: before}, {Table: "parcels", Index: "parcels_depot_idx", Line: behind}}, true, true},
		"between plans, then not used":  {"create index parcels_depot on parcels (depot);", []Scan{{Table: "parcels", Line: before}, {Table: "parcels", Line: behind}}, true, false},
		"above plans that use it":       {"create index parcels_depot on parcels (depot);", []Scan{{Table: "parcels", Index: "parcels_depot", Line: behind}}, true, false},
		"as the server prints it":       {"CREATE INDEX parcels_depot ON shop.parcels USING btree (depot);", []Scan{{Table: "parcels", Line: before}}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			snap := new(workload.Snapshot)
			warnings := ReadPasted("p", strings.Repeat("\n", created-1)+c.text+"\n", c.scans, snap)
			there := len(snap.Tables) > 0 && len(snap.Tables[0].Indexes) > 0
			if there != c.there || there && snap.Tables[0].Indexes[0].AfterPlan != c.doubt || len(warnings) > 0 {
				t.Errorf("there %v, %v", there, warnings)
			}
		})
	}
}

func FuzzReadPasted(f *testing.F) {
	for _, seed := range []string{listing, "create table t (a int", "drop index ;", "\"i\" btree (a", "Column | Type\n|\n", "explain\n\ncreate index i on t(a) where b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		snap := new(workload.Snapshot)
		HasPasted([]byte(text))
		ReadPasted("p", text, []Scan{{Table: "t", Index: "i"}}, snap)
		_, _ = Read("p", text, new(workload.Snapshot))
	})
}
