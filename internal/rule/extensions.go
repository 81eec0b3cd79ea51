package rule

import (
	"regexp"
	"strings"
)

// isChunk reports whether a table has the name of a TimescaleDB chunk, with
// compressed chunks and the tables of continuous aggregates. All are in the
// schema _timescaledb_internal, which a plan may not show.
func isChunk(schema, name string) bool {
	return (schema == "" || schema == "_timescaledb_internal" || schema == "public") && chunk.MatchString(name)
}

var chunk = regexp.MustCompile(`^(_hyper_\d+_\d+_chunk(?:_compressed)?|compress_hyper_\d+_\d+_chunk|_compressed_hypertable_\d+|_materialized_hypertable_\d+|_dist_hyper_\d+_\d+_chunk)$`)

// isCompressed reports whether a chunk has compressed rows, which no index of the hypertable
// finds.
func isCompressed(name string) bool {
	return strings.HasPrefix(name, "compress_hyper_") || strings.HasSuffix(name, "_chunk_compressed")
}

// extensionOf returns the extension that a table belongs to by its name; empty if
// none is known.
func extensionOf(schema, name string) string {
	if strings.HasPrefix(schema, "_timescaledb_") && !isChunk(schema, name) {
		return "TimescaleDB"
	}
	if of, known := extensionSchemas[schema]; known {
		return of
	}
	if schema == "" || schema == "public" {
		return extensionTables[name]
	}
	return ""
}

// extensionSchemas are the schemas that extensions create, by their control
// files and scripts.
var extensionSchemas = map[string]string{
	"timescaledb_information": "TimescaleDB", "timescaledb_experimental": "TimescaleDB",
	"cron": "pg_cron", "partman": "pg_partman", "topology": "postgis_topology", "tiger": "postgis_tiger_geocoder", "tiger_data": "postgis_tiger_geocoder",
	"pgagent": "pgAgent", "pglogical": "pglogical", "squeeze": "pg_squeeze", "repack": "pg_repack", "pgmq": "pgmq", "pgq": "PgQ", "londiste": "Londiste",
	"ag_catalog": "Apache AGE", "pgtle": "pg_tle", "pgsodium": "pgsodium", "vault": "supabase_vault", "net": "pg_net", "spock": "Spock", "bdr": "BDR",
	"hint_plan": "pg_hint_plan", "columnar": "Citus columnar", "columnar_internal": "Citus columnar",
}

// extensionTables are tables that extensions create in the schema they are
// installed in, often public.
var extensionTables = map[string]string{
	"spatial_ref_sys": "PostGIS", "pointcloud_formats": "pgPointcloud", "part_config": "pg_partman", "part_config_sub": "pg_partman",
	"job_run_details": "pg_cron", "us_lex": "address_standardizer_data_us", "us_gaz": "address_standardizer_data_us", "us_rules": "address_standardizer_data_us",
}
