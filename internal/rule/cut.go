package rule

import "github.com/pgverdict/pgverdict/internal/redact"

// cut leaves the first sentence in a finding's detail and moves the others to
// More, unless the rule has set More itself.
func (f *Found) cut() {
	if first, rest, ok := f.Detail.Cut(". "); ok && f.More.Empty() {
		f.Detail, f.More = redact.Sprintf("%s.", first), rest
	}
}
