package server

import (
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var personalMany = rule.NewThreshold("many", 100, "values", "a list of people, not a single lookup")

var personalDataInInput = rule.Rule{
	ID:     "personal-data-in-input",
	Title:  "The input contains personal data",
	Sees:   "Email addresses, card numbers or account numbers in statements, plans or column statistics.",
	Why:    "The files go to tickets and chats, which keep them.",
	Silent: "LIKE patterns. Addresses of domains that are reserved for examples. Numbers with a wrong checksum.",
	Fix:    "Export without column values (pgverdict export leaves them out), and delete the copies that were passed on.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/view-pg-stats.html",
	},
	Thresholds: []*rule.Threshold{personalMany},
	Rank:       rule.RankRead,
	Case: func(c *rule.Case, found func(rule.Found)) {
		counts, places := map[string]int{}, []string{}
		texts(c, func(place string, text redact.Text) {
			if len(redact.FindPersonal(text.Raw())) == 0 || !text.Hides() {
				return
			}
			for kind, n := range redact.FindPersonal(redact.MaskSecrets(text.Raw())) {
				counts[kind] += n
				if !slices.Contains(places, place) {
					places = append(places, place)
				}
			}
		})
		if len(counts) == 0 {
			return
		}
		total := 0
		var words []string
		var e rule.Evidence
		for _, kind := range slices.Sorted(maps.Keys(counts)) {
			total += counts[kind]
			words = append(words, several(counts[kind], kind))
			e.Number(kind, opt.Of(float64(counts[kind])), "values", "sql")
		}
		f := rule.Found{Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: finding.Low, Evidence: e,
			Title:  redact.Sprintf("The input contains %s (%s)", strings.Join(words, ", "), strings.Join(rule.FirstFew(places), ", ")),
			Detail: redact.Plain("This report hides these values, unless --show-literals was used. The files themselves contain them."),
			Fix:    redact.Plain("Pass on the report, not the files. pgverdict export leaves column values out."),
		}}
		if float64(total) > personalMany.In(c) {
			f.Tag, f.Severity = finding.Critical, finding.High
		}
		found(f)
	},
}

// several is a number of things, whose name is given in the plural.
func several(n int, things string) string {
	if n != 1 {
		return figures.Count(float64(n)) + " " + things
	}
	if thing, ok := strings.CutSuffix(things, "sses"); ok {
		return "1 " + thing + "ss"
	}
	return "1 " + strings.TrimSuffix(things, "s")
}
