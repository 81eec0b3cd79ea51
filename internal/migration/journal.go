package migration

import "github.com/tidwall/gjson"

// journal returns the places of Drizzle's migrations in their order, by name.
func journal(text string) map[string]int {
	places := map[string]int{}
	for i, e := range gjson.Get(text, "entries.#.tag").Array() {
		places[e.String()] = i
	}
	return places
}
