package cli

var reviewing = reading{
	use:   "review [PATH...]",
	short: "Review plans, exports, a schema and queries together",
	long: "Reads files and folders, recognizes each file by its content, and writes one report. Folders are read to depth 3,\n" +
		"without hidden files. Reports and scripts written by pgverdict are skipped. No PATH, or -: standard input.",
	example: "  psql -XAt -c 'EXPLAIN (ANALYZE, BUFFERS) SELECT ...' | pgverdict\n" +
		"  pgverdict review incident/ -o ticket.md",
}
