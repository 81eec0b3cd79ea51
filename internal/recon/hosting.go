package recon

const (
	settings = ".env .env.* *.env *.yml *.yaml *.tf *.tfvars *.toml *.ini *.conf *.properties *.json *.hcl *.rb *.py *.ts *.js *.mjs *.ex *.exs *.xml *.sh Makefile Procfile Dockerfile*"
	infra    = "*.tf *.tfvars *.yml *.yaml *.json *.template *.toml *.hcl *.bicep *.ts *.py"
	env      = ".env .env.* *.env *.yml *.yaml *.tf *.toml *.json *.rb *.py *.ts *.js *.mjs *.exs *.properties *.sh"
)

// hosts tell where the database runs. The first row that matches names the host.
var hosts = signs(
	sign{files: infra, text: `"aurora-postgresql"|aurora-postgresql\b|AuroraPostgresEngine|\.cluster-(?:ro-)?[a-z0-9]+\.[a-z0-9-]+\.rds\.amazonaws\.com`, value: "Amazon Aurora"},
	sign{files: settings, text: `\.rds\.amazonaws\.com|"aws_db_instance"|"aws_rds_cluster"|AWS::RDS::DB(?:Instance|Cluster)|terraform-aws-modules/rds`, value: "Amazon RDS"},
	sign{files: settings, text: `"google_sql_database_instance"|cloud-?sql-proxy|cloudsql_instances|sqladmin\.googleapis`, value: "Google Cloud SQL"},
	sign{files: settings, text: `"google_alloydb_cluster"|alloydb\.googleapis`, value: "Google AlloyDB"},
	sign{files: settings, text: `\.postgres\.database\.azure\.com|"azurerm_postgresql_|Microsoft\.DBforPostgreSQL`, value: "Azure Database for PostgreSQL"},
	sign{files: "supabase/config.toml", value: "Supabase"},
	sign{files: env, text: `\b[\w-]+\.(?:pooler\.)?supabase\.(?:com|co)\b:\d+|db\.\w+\.supabase\.co`, value: "Supabase"},
	sign{files: settings, text: `\.neon\.tech\b|@neondatabase/serverless|neondatabase/`, value: "Neon"},
	sign{files: settings, text: `\.psdb\.cloud\b|@planetscale/database|connect\.psdb`, value: "PlanetScale"},
	sign{files: "app.json heroku.yml", text: `heroku-postgresql`, value: "Heroku Postgres"},
	sign{files: "render.yaml", text: `(?m)^databases:`, value: "Render"},
	sign{files: settings, text: `\.db\.ondigitalocean\.com|"digitalocean_database_cluster"`, value: "DigitalOcean"},
	sign{files: settings, text: `\.aivencloud\.com|"aiven_pg"`, value: "Aiven"},
	sign{files: settings, text: `\.db\.postgresbridge\.com|\.postgresbridge\.com`, value: "Crunchy Bridge"},
	sign{files: settings, text: `\.tsdb\.cloud\.timescale\.com|\.timescaledb\.io`, value: "Timescale"},
	sign{files: settings, text: `\.railway\.(?:app|internal)|proxy\.rlwy\.net`, value: "Railway"},
	sign{files: settings, text: `\.flycast\b|\.fly\.dev:5432|fly postgres`, value: "Fly.io"},
	sign{files: yaml, text: `(?m)apiVersion:\s*postgresql\.cnpg\.io`, value: "Kubernetes, CloudNativePG"},
	sign{files: yaml, text: `(?m)apiVersion:\s*"?acid\.zalan\.do`, value: "Kubernetes, Zalando's operator"},
	sign{files: yaml, text: `(?m)apiVersion:\s*postgres-operator\.crunchydata\.com`, value: "Kubernetes, Crunchy's operator"},
	sign{files: yaml, text: `(?m)apiVersion:\s*stackgres\.io`, value: "Kubernetes, StackGres"},
	sign{files: "Chart.yaml", text: `(?m)^\s*-?\s*name:\s*["']?(?:postgresql|postgresql-ha)["']?\s*$`, value: "Kubernetes, Helm chart postgresql", weak: true},
)

// standbys tell of servers that replay the primary's log and serve reads.
var standbys = signs(
	sign{files: "*.tf", text: `(?m)^\s*replicate_source_db\s*=`, value: "read replica (replicate_source_db)"},
	sign{files: "*.tf *.json *.yml *.yaml *.template *.ts *.py", text: `\breader_endpoint\b|ReadEndpoint|clusterReadEndpoint|SourceDBInstanceIdentifier|DatabaseInstanceReadReplica|ClusterInstance\.\w+\(\s*["']reader`, value: "read replica ($0)"},
	sign{files: settings, text: `\.cluster-ro-[a-z0-9]+\.`, value: "reader endpoint (cluster-ro)"},
	sign{files: "*.tf", text: `"aws_rds_cluster_instance"[^}]*?\n\s*count\s*=\s*([2-9]|\d\d+)\b`, value: "Aurora cluster of $1 instances"},
	sign{files: "*.tf", text: `\bmaster_instance_name\s*=|\breplica_configuration\s*\{|"azurerm_postgresql_flexible_server"[^}]*?create_mode\s*=\s*"Replica"|\bread_pool_config\b`, value: "read replica"},
	sign{files: yaml, text: `(?m)apiVersion:\s*postgresql\.cnpg\.io[\s\S]*?^kind:\s*Cluster[\s\S]*?^\s+instances:\s*([2-9]|\d\d+)\b`, value: "$1 instances"},
	sign{files: yaml, text: `(?m)^\s+numberOfInstances:\s*([2-9]|\d\d+)\b`, value: "$1 instances"},
	sign{files: yaml, text: `(?mi)^\s*-?\s*["']?POSTGRES(?:QL)?_REPLICATION_MODE["']?\s*[:=]\s*["']?(?:slave|replica)`, value: "replica by POSTGRESQL_REPLICATION_MODE"},
	sign{files: "values*.yaml values*.yml", text: `(?m)^\s+architecture:\s*["']?replication|^\s*readReplicas:\s*\n\s+replicaCount:\s*[1-9]`, value: "Helm chart with read replicas"},
	sign{files: yaml, text: image + `(postgresql-repmgr|patroni|spilo[\w-]*|stolon)\b`, value: "$1", weak: true},
	sign{files: "database.yml database.yml.*", text: `(?m)^\s*replica:\s*true`, value: "replica: true in database.yml"},
	sign{files: "*.rb", text: `\bconnects_to\s+database:.*\breading:\s*:(\w+)`, value: "reads from $1"},
	sign{files: "settings.py settings/*.py config/*.py databases.py", text: `(?m)^\s*["'](\w*(?:replica|readonly|read_only|reader)\w*)["']\s*:\s*(?:\{|env|dj_database_url)`, value: "database $1 in the settings"},
	sign{files: "*.ts *.js *.mjs", text: `@prisma/extension-read-replicas|\bwithReplicas\s*\(|\breplication:\s*\{\s*\n?\s*(?:master|read|write)\b`, value: "reads from replicas"},
	sign{files: env, text: `\b(?:DATABASE_REPLICA_URL|REPLICA_DATABASE_URL|DATABASE_URL_(?:REPLICA|READ_?ONLY|RO|READER)|(?:DB|DATABASE|POSTGRES|PG)_?(?:READ|READER|READONLY|REPLICA|RO)_?(?:HOST|URL|ENDPOINT)|READ_?(?:ONLY_|REPLICA_)?DATABASE_URL|READ_REPLICA_(?:URL|HOST)\w*)\b`, value: "$0", weak: true},
	sign{files: settings, text: `target_session_attrs=(?:prefer-standby|standby|read-only|any)|\bApplicationIntent=ReadOnly`, value: "$0"},
	sign{files: "*.conf *.yml *.yaml", text: `(?m)^\s*primary_conninfo\s*[=:]`, value: "primary_conninfo"},
)

// poolers tell of a connection pooler, and whether it pools transactions.
var poolers = signs(
	sign{files: "*.ini *.ini.* *.ini.j2 *.conf *.yml *.yaml *.tf *.env .env .env.* *.toml", text: `(?mi)^\s*-?\s*["']?(?:PGBOUNCER_)?(?:DEFAULT_)?POOL_?MODE["']?\s*[:=]\s*["']?(transaction|session|statement)`, value: "$1"},
	sign{files: settings, text: `[?&]pgbouncer=true`, value: "transaction"},
	sign{files: settings, text: `\.pooler\.supabase\.com:6543`, value: "transaction"},
	sign{files: settings, text: `-pooler\.[a-z0-9-]+(?:\.[a-z0-9-]+)*\.neon\.tech`, value: "transaction"},
	sign{files: yaml, text: `(?m)^\s+poolMode:\s*["']?(transaction|session)`, value: "$1"},
	sign{files: yaml, text: image + `(?:[\w.-]*pgbouncer|pgcat|odyssey|supavisor)\b`, value: ""},
	sign{files: "*.tf *.json *.yml *.yaml *.ts *.py", text: `"aws_db_proxy"|AWS::RDS::DBProxy\b|\bDatabaseProxy\(`, value: "RDS Proxy"},
	sign{files: "pgbouncer.ini pgbouncer.ini.* userlist.txt pgcat.toml odyssey.conf", value: ""},
	sign{files: "*.toml *.yml *.yaml *.py *.rb *.exs .env .env.* *.env", text: `://[^\s"'/]*:6432\b|(?i:\bPORT["']?\s*[:=]\s*["']?6432\b)`, value: "port 6432", weak: true},
	sign{files: "database.yml database.yml.*", text: `(?m)^\s*prepared_statements:\s*false`, value: "prepared_statements: false", weak: true},
)

// hosting finds where the database runs, its standbys, and a pooler in front of it.
func (r *Report) hosting(t *tree) {
	if list := told(t.find(hosts)); len(list) > 0 {
		first := list[0]
		for _, h := range list {
			if h.row < first.row {
				first = h // Aurora is RDS too
			}
		}
		i := r.add(Hosting, first.value, first)
		for _, h := range list {
			if !alike(hosts()[h.row].value, first.value) {
				r.conflict("hosting", i, h.item(Hosting, h.value), "%s names %s, %s names %s: which one do these migrations run on?", i.Basis, i.Value, h.place(), h.value)
				break
			}
		}
	}
	if list := told(t.find(standbys)); len(list) > 0 {
		i := r.add(Hosting, "standbys: "+list[0].value, list[0])
		r.Standby = &i
	}
	list := told(t.find(poolers))
	if len(list) == 0 {
		return
	}
	best := list[0]
	for _, h := range list {
		if h.value == "transaction" || h.value == "statement" {
			best, r.Transaction = h, true
			break
		}
		if best.weak && !h.weak {
			best = h
		}
	}
	what := "connection pooler"
	switch best.value {
	case "":
	case "transaction", "session", "statement":
		what += ", " + best.value + " mode"
	default:
		what += " (" + best.value + ")"
	}
	i := r.add(Hosting, what, best)
	r.Pooler = &i
}

// alike reports whether two names are of one host.
func alike(a, b string) bool {
	amazon := func(s string) bool { return s == "Amazon Aurora" || s == "Amazon RDS" }
	return a == b || amazon(a) && amazon(b)
}

// told leaves out what examples, tests and documentation say.
func told(list []hit) []hit {
	var kept []hit
	for _, h := range list {
		if h.file.stage() != example {
			kept = append(kept, h)
		}
	}
	return kept
}
