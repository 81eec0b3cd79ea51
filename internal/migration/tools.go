package migration

// Tool is a migration tool: how its files are told, ordered and run.
type Tool struct {
	Name string // "goose"
}
