package design

import (
	"slices"
	"testing"
)

func TestWords(t *testing.T) {
	for name, want := range map[string][]string{
		"created_at": {"created", "at"}, "_a__b2_": {"a", "b2"}, "createdAt": {"created", "at"}, "HTTPStatus": {"http", "status"}, "line2Id": {"line2", "id"},
		"Größe der Datei": {"größe", "der", "datei"}, "": nil,
	} {
		if got := Words(name); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
