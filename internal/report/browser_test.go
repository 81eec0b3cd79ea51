package report

import (
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/chromium"
)

// browser shows pages that are files.
type browser struct{ *chromium.Browser }

func openBrowser(t *testing.T) *browser { return &browser{chromium.Start(t)} }

func (b *browser) open(path string)                 { b.Open("file://" + path) }
func (b *browser) js(expression string) any         { return b.JS(expression) }
func (b *browser) want(expression string, want any) { b.Want(expression, want) }
func (b *browser) click(selector string)            { b.Click(selector) }
func (b *browser) press(keys ...string)             { b.Press(keys...) }

func (b *browser) complaints() []string {
	return b.Complaints(func(url string) bool {
		return strings.HasPrefix(url, "file://") && strings.HasSuffix(url, ".html")
	})
}
