package review

import (
	"slices"
	"strconv"

	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/recon"
	"github.com/pgverdict/pgverdict/internal/report"
)

// lookAround looks at the repository that the migrations are in.
func (m *inputSet) lookAround() *recon.Report {
	root := m.Migration.Repository
	if root == "" {
		return nil
	}
	var under []string
	for _, s := range m.sources {
		if !s.Base && s.DumpOf() == "" {
			under = append(under, s.Path)
		}
	}
	r, err := recon.Look(root, under...)
	if err != nil {
		m.notes = append(m.notes, "the repository was not looked at: "+err.Error())
		return nil
	}
	m.inputs = append(m.inputs, report.Input{Path: root, Kind: "repo", Rows: len(r.Files), Note: r.Partial})
	return r
}

// believe takes from the repository what neither the user nor the input tells: the
// server's version, and what sets lock_timeout and statement_timeout for each
// migration.
func (m *inputSet) believe(o *migration.Options) {
	r := m.recon
	if r == nil {
		return
	}
	if r.Engine == "postgresql" && r.Version != "" && !m.snap.ServerVersion().Known() {
		m.snap.SayVersion(pgversion.Parse(r.Version, r.VersionBy.Basis))
	}
	if dialect.Known(r.Engine) {
		// SQLite is often there for tests alone.
		if r.Engine == string(dialect.MySQL) || r.VersionBy.Confidence == recon.Stated {
			o.Repository = r.Engine
		}
		if o.Versions == nil && r.Version != "" {
			o.Versions = map[string]string{r.Engine: r.Version}
		}
	}
	if o.LockTimeout == "" {
		o.LockTimeout, o.LockBy = setBy(r.LockTimeout)
	}
	if o.StatementTimeout == "" {
		o.StatementTimeout, _ = setBy(r.StatementTimeout)
	}
}

// setBy returns the value of a setting as an option has it, and what sets it.
func setBy(s *recon.Setting) (value, by string) {
	if s == nil {
		return "", ""
	}
	ms, known := s.Ms.Get()
	if !known {
		return "", ""
	}
	return strconv.FormatFloat(ms, 'f', -1, 64) + "ms", s.By + ", " + s.Basis
}

// otherEngines reports whether no migration is PostgreSQL's. What is missing for locks
// of PostgreSQL is then not asked for.
func (b *builder) otherEngines() bool {
	files := b.c.Migration.Files
	return len(files) > 0 && !slices.ContainsFunc(files, func(f *migration.File) bool { return f.Engine == migration.PostgreSQL })
}

// reconItems returns what the repository tells.
func (b *builder) reconItems() []report.Recon {
	list := []report.Recon{}
	if b.recon == nil {
		return list
	}
	others := b.otherEngines()
	for _, i := range b.recon.Items {
		if i.Item == recon.Missing && others {
			continue
		}
		list = append(list, report.Recon{Item: i.Item, Value: i.Value, Basis: i.Basis, Confidence: string(i.Confidence)})
	}
	return list
}
