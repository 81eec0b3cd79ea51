package rule

import "github.com/pgverdict/pgverdict/internal/redact"

// cut takes apart the detail of a rule that does not yet state the question and
// what settles it by themselves. TODO: goes with the last such rule.
func (f *Found) cut() {
	detail, asked, ok := redact.Sprintf(" %s", f.Detail).Cut(" Judgment needed: ")
	if ok {
		f.Detail = detail
		if _, rest, begins := detail.Cut(" "); begins {
			f.Detail = rest
		}
		question, rest, _ := asked.Cut(". ")
		f.Question, f.Settles = redact.Sprintf("%s.", question), rest
	}
	first, rest, ok := f.Detail.Cut(". ")
	if ok && f.More.Empty() {
		f.Detail, f.More = redact.Sprintf("%s.", first), rest
	}
}
