package ddl

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// volatile returns what makes an expression volatile, as a phrase; empty if nothing
// does. The server evaluates a default that is not volatile once for all rows.
func (r *run) volatile(n sql.Node) string {
	why := ""
	Walk(n, func(n sql.Node) bool {
		if why != "" {
			return false
		}
		if n.Kind == "FuncCall" {
			name := n.Strs("funcname")
			if len(name) > 0 {
				why = r.volatileCall(catalog.Name{Schema: strings.Join(name[:len(name)-1], "."), Name: name[len(name)-1]})
			}
		}
		return why == ""
	})
	return why
}

// mutable returns what makes an expression over the columns of a table not immutable, as a
// phrase; empty if nothing does for certain. An index and a generated column need an
// immutable one.
func (r *run) mutable(t *catalog.Relation, n sql.Node) string {
	typed := func(n sql.Node, names ...string) bool {
		col := t.Column(last(n.Strs("fields")))
		return n.Kind == "ColumnRef" && col != nil && !col.Type.Array && slices.Contains(names, col.Type.Name)
	}
	why := ""
	Walk(n, func(n sql.Node) bool {
		switch n.Kind {
		case "SQLValueFunction":
			why = "it depends on the time or the session"
		case "TypeCast":
			arg, to := n.Child("arg"), typeOf(plain(n, "typeName", "TypeName")).Name
			isText := typed(arg, "text", "character varying") || arg.Kind == "A_Expr" && strings.HasSuffix(last(arg.Strs("name")), ">>")
			switch {
			case typed(arg, timestamptz) && to != timestamptz, isText && moments[to]:
				why = "the cast to " + to + " depends on TimeZone or DateStyle"
			}
		case "FuncCall":
			name, args := n.Strs("funcname"), n.List("args")
			f := catalog.Name{Name: last(name), Schema: strings.TrimSuffix(strings.Join(name[:max(len(name)-1, 0)], "."), "pg_catalog")}
			known := r.c.Function(f)
			switch {
			case known != nil && len(known.Overloads) == 0 && known.Volatility != "IMMUTABLE":
				why = f.Short() + "() is not declared IMMUTABLE"
			case known != nil || f.Schema != "":
			case mutableFunctions[f.Name], len(args) == 1 && mutableOfOne[f.Name], len(args) == 2 && ofMoments[f.Name] && typed(args[1], timestamptz):
				why = f.Name + "() is not IMMUTABLE"
			}
		}
		return why == ""
	})
	return why
}

// needsImmutable refuses an expression that has to be immutable and is not, or that has columns
// which the table has not.
func (r *run) needsImmutable(t *catalog.Relation, e catalog.Expr, what string) {
	r.needsColumns(t, e.Columns)
	if why := r.mutable(t, e.Node); why != "" {
		r.refuse("%s needs an IMMUTABLE expression: %s", what, why)
	}
}

const timestamptz = "timestamp with time zone"

// moments are types whose text is read by the settings of a session.
var moments = map[string]bool{"date": true, timestamptz: true, "timestamp without time zone": true, "time with time zone": true}

// mutableFunctions are functions of the server that are stable or volatile with all types of
// arguments (pg_proc.provolatile), and unaccent. mutableOfOne are with one argument, and
// ofMoments for timestamps with a time zone.
var (
	mutableFunctions = setOf(`array_to_json array_to_string clock_timestamp concat concat_ws convert convert_from convert_to current_database current_schema current_setting enum_first enum_last
	enum_range format gen_random_uuid json_build_array json_build_object jsonb_build_array jsonb_build_object make_timestamptz nextval now random row_to_json session_user statement_timestamp
	to_char to_date to_json to_jsonb to_number transaction_timestamp unaccent version`)
	mutableOfOne = setOf(`to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery age`)
	ofMoments    = setOf(`date_trunc date_part extract`)
)

func (r *run) volatileCall(f catalog.Name) string {
	if f.Schema == "pg_catalog" {
		f.Schema = ""
	}
	if known := r.c.Function(f); known != nil {
		if known.Volatility == "" {
			return f.Short() + "() is declared volatile, as functions are unless they say otherwise"
		}
		return ""
	}
	switch {
	case volatileFunctions[f.Name], strings.HasPrefix(f.Name, "uuid_generate_v"):
		return f.Name + "() is evaluated for each row"
	case stableFunctions[f.Name], f.Schema == "" && hasPrefix(f.Name, "array_", "json_", "jsonb_", "pg_get_", "has_", "st_"):
		return ""
	case r.c.Complete && len(r.c.Others("extension")) == 0 && f.Schema == "":
		return "" // the schema is whole: it is the server's own
	}
	r.assume("%s() is volatile: no definition of it was given", f.Short())
	return f.Short() + "() is taken for volatile, because its definition is not known"
}

func hasPrefix(name string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// volatileFunctions are the server's and its extensions' functions that return
// another value for each row (pg_proc.provolatile = 'v').
var volatileFunctions = setOf(`array_sample array_shuffle clock_timestamp currval gen_random_bytes gen_random_uuid gen_salt lastval nextval
	pg_advisory_lock pg_sleep random random_normal set_config setval timeofday txid_status uuidv4 uuidv7`)

// stableFunctions are functions of the server, and of the extensions that come with
// it, that are stable or immutable.
var stableFunctions = setOf(`abbrev abs acos acosd acosh age area ascii asind asinh atan atan2 atan2d atand atanh bit_count box broadcast cardinality
	casefold cbrt ceil ceiling center chr circle col_description concat concat_ws convert convert_from convert_to cos cosd
	cosh cot cotd crc32 crc32c crypt current_database current_date current_schema current_schemas current_setting
	current_user date_bin date_part date_trunc datemultirange daterange decode degrees diameter digest div encode erf erfc
	exp extract factorial floor format format_type gamma gcd generate_series generate_subscripts get_bit get_byte
	get_current_ts_config height hmac host hostmask hstore inet_client_addr inet_server_addr initcap int4range int8range
	is_normalized justify_days justify_hours justify_interval lcm left length lgamma line ln log log10 lower lower_inc
	lower_inf lpad lseg ltrim make_date make_interval make_time make_timestamp make_timestamptz masklen md5 min_scale mod
	multirange name netmask network nlevel normalize now num_nonnulls num_nulls nummultirange numrange obj_description
	octet_length overlaps overlay parse_ident pg_backend_pid pg_current_xact_id pg_typeof phraseto_tsquery pi
	plainto_tsquery point polygon position pow power quote_ident quote_literal quote_nullable radians radius regexp_count
	regexp_instr regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table
	regexp_substr repeat replace reverse right round row_to_json rpad rtrim scale session_user set_bit set_byte setweight
	sha224 sha256 sha384 sha512 shobj_description sign similar_escape sind sinh slope split_part sqrt st_geogfromtext
	st_geomfromtext st_makepoint st_point st_setsrid starts_with statement_timestamp string_to_array string_to_table strip
	strpos subpath substr substring system_user tan tand tanh text timestamp timestamptz timezone to_ascii to_char to_date
	to_hex to_json to_jsonb to_number to_oct to_regclass to_regcollation to_regnamespace to_regoper to_regoperator
	to_regproc to_regprocedure to_regrole to_regtype to_regtypemod to_timestamp to_tsquery to_tsvector transaction_timestamp
	translate trim_array trim_scale trunc tsmultirange tsrange tstzmultirange tstzrange txid_current
	txid_current_if_assigned unaccent unistr unnest upper upper_inc upper_inf version websearch_to_tsquery width
	width_bucket xpath xpath_exists`)

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}
