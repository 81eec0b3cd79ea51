package migration

import "github.com/tidwall/gjson"

// journal returns the names of Drizzle's migrations in their order.
func journal(text string) []string {
	var names []string
	for _, e := range gjson.Get(text, "entries.#.tag").Array() {
		names = append(names, e.String())
	}
	return names
}
