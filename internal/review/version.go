package review

import (
	"fmt"
	"strconv"

	"github.com/pgverdict/pgverdict/internal/pgversion"
)

// decideVersion settles the one version that rules, prices and the report go by:
// that of pg_settings, or else of a dump's header, or else what the plans show,
// or else --pg-version. An input that contradicts it is noted: it is of another
// server, or of before an upgrade.
func (m *inputSet) decideVersion() {
	if shown := m.shownVersion(m.snap.ServerVersion()); shown.Known() {
		m.snap.SayVersion(shown)
	}
	if said, given := m.PGVersion.Get(); given {
		flag := pgversion.Parse(strconv.Itoa(said), "--pg-version")
		if v := m.snap.ServerVersion(); v.Contradicts(flag) {
			m.notes = append(m.notes, fmt.Sprintf("--pg-version is %d, but %s is from PostgreSQL %s, which is used", said, v.Basis, v.Text))
		}
		m.snap.SayVersion(flag)
	}
}

// shownVersion is what all plans show of the version; nothing if two of them
// contradict each other, or one of them contradicts the version that is told.
func (m *inputSet) shownVersion(told pgversion.Version) pgversion.Version {
	shown := told
	for i, p := range m.plans {
		first, last := p.Versions()
		of := pgversion.Between(first, last, fmt.Sprintf("plan %d", i+1))
		if shown.Contradicts(of) {
			m.notes = append(m.notes, fmt.Sprintf("%s is from PostgreSQL %s, but %s is from %s: two servers, or before and after an upgrade", of.Basis, of.Text, shown.Basis, shown.Text))
			return pgversion.Version{}
		}
		shown = shown.Narrow(of)
	}
	return shown
}
