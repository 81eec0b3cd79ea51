package design

import (
	"slices"
	"strings"
)

// Number is the grammatical number of a noun.
type Number int

const (
	Unclear  Number = iota // has no other form, names what holds many, or is not known
	Singular               // order
	Plural                 // orders
)

func (n Number) String() string { return []string{"", "singular", "plural"}[n] }

var (
	// unclear are nouns that are the same in both numbers, have only one, or name what
	// holds many things: a table news or order_history fits any convention.
	unclear = words(`data metadata media multimedia news series species info information inventory equipment staff feedback software hardware
		firmware content money cash traffic history archive backup log audit journal ledger registry catalog catalogue queue outbox
		inbox cache storage stock stats statistics analytics metrics logistics physics politics
		economics settings setting preferences prefs credentials details configuration config conf temp tmp
		old new staging stage import export raw deleted archived active pending
		moderation access auth authentication authorization membership ownership usage billing accounting shipping processing pricing marketing
		training messaging scheduling reporting monitoring tracking logging testing spam mail email emoji bitcoin weather fauna flora sheep
		fish deer aircraft offspring means headquarters chassis kubernetes postgres redis jenkins windows rails https meta misc other
		github gitlab google facebook apple slack discord stripe paypal twitter microsoft azure aws oauth oauth2 saml ldap sso mfa otp totp
		calendar payroll health research knowledge advice progress evidence homework luggage furniture merchandise revenue income debt`)
	pluralOf = map[string]string{ // by the singular
		"person": "people", "child": "children", "man": "men", "woman": "women", "foot": "feet", "tooth": "teeth", "goose": "geese", "mouse": "mice",
		"criterion": "criteria", "phenomenon": "phenomena", "bacterium": "bacteria", "datum": "data", "medium": "media", "alumnus": "alumni",
		"schema": "schemas", "leaf": "leaves", "shelf": "shelves", "half": "halves", "life": "lives", "wife": "wives", "knife": "knives", "wolf": "wolves", "thief": "thieves",
		"index": "indexes", "vertex": "vertices", "matrix": "matrices", "quiz": "quizzes", "analysis": "analyses", "basis": "bases", "crisis": "crises",
		"diagnosis": "diagnoses", "hypothesis": "hypotheses", "thesis": "theses", "synopsis": "synopses", "axis": "axes", "emphasis": "emphases", "nemesis": "nemeses",
		"movie": "movies", "cookie": "cookies", "selfie": "selfies", "zombie": "zombies", "calorie": "calories", "hero": "heroes", "potato": "potatoes", "echo": "echoes", "veto": "vetoes",
		"cache": "caches", "ache": "aches", "niche": "niches", "avalanche": "avalanches", "axe": "axes", "shoe": "shoes",
	}
	singularOf = func() map[string]string { // by the plural
		m := map[string]string{"schemata": "schema", "indices": "index", "persons": "person", "matrixes": "matrix"}
		for one, many := range pluralOf {
			m[many] = one
		}
		m["axes"] = "axis"
		return m
	}()
	// singularS are singulars whose end does not tell, beyond those in -ss and -sis.
	singularS = words(`status bonus virus corpus census campus bus radius focus consensus apparatus nexus locus syllabus surplus genius plus minus
		stimulus octopus chorus circus prospectus opus lotus cactus fungus nucleus thesaurus calculus modulus terminus hiatus citrus papyrus
		axis iris tennis oasis canvas atlas alias bias gas chaos cosmos ethos lens summons christmas texas
		booking building listing meeting mapping posting rating drawing offering recording painting warning feed breed seed bed`)
	pluralS = words("apis kpis emojis taxis skis menus skus gpus cpus urls uris gurus ids")
)

// NumberOf returns the number of the last noun of a name. It is unclear rather than
// guessed.
func NumberOf(name string) Number {
	words := Words(name)
	for len(words) > 1 && isDigits(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return Unclear
	}
	last := words[len(words)-1]
	n := numberOf(last)
	// The noun of orders_audit and users_by_day is the first one.
	if n == Singular && slices.ContainsFunc(words[:len(words)-1], func(w string) bool { return numberOf(w) == Plural }) {
		return Unclear
	}
	return n
}

func numberOf(w string) Number {
	switch {
	case len(w) < 3, unclear[w], isDigits(w[len(w)-1:]):
		return Unclear
	case pluralOf[w] != "":
		return Singular
	case singularOf[w] != "", pluralS[w]:
		return Plural
	case singularS[w], strings.HasSuffix(w, "ss"), strings.HasSuffix(w, "sis"):
		return Singular
	}
	for _, mass := range []string{"data", "info", "history", "stats", "settings", "news", "media", "ics"} {
		if strings.HasSuffix(w, mass) && !strings.HasSuffix(w, "topics") && !strings.HasSuffix(w, "clinics") {
			return Unclear // also of names without separators: linkmetadata
		}
	}
	switch {
	case !strings.HasSuffix(w, "s"):
		if strings.HasSuffix(w, "ing") || strings.HasSuffix(w, "ed") {
			return Unclear
		}
		return Singular
	case len(w) < 4, strings.HasSuffix(w, "us"), strings.HasSuffix(w, "is"):
		return Unclear
	}
	return Plural
}

// InPlural returns a word in the plural.
func InPlural(w string) string {
	if many := pluralOf[w]; many != "" {
		return many
	}
	ends := func(list ...string) bool {
		return slices.ContainsFunc(list, func(end string) bool { return strings.HasSuffix(w, end) })
	}
	switch {
	case ends("s", "x", "z", "ch", "sh"):
		return w + "es"
	case ends("y") && !ends("ay", "ey", "oy", "uy"):
		return w[:len(w)-1] + "ies"
	}
	return w + "s"
}

// InSingular returns a plural in the singular, and a word that is none as it is.
func InSingular(w string) string {
	if one := singularOf[w]; one != "" {
		return one
	}
	if numberOf(w) != Plural {
		return w
	}
	for _, s := range []struct{ end, by string }{{"ies", "y"}, {"sses", "ss"}, {"uses", "us"}, {"iases", "ias"}, {"xes", "x"}, {"ches", "ch"}, {"shes", "sh"}, {"s", ""}} {
		if rest, is := strings.CutSuffix(w, s.end); is && len(rest) > 1 {
			if s.end == "uses" && !singularS[rest+"us"] {
				continue // houses
			}
			return rest + s.by
		}
	}
	return w
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
