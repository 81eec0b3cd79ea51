package workload

// ViewExtension is the installed extensions of the exported database.
const ViewExtension View = "pg_extension"

var extensionView = view{
	name:    ViewExtension,
	columns: []string{"extname", "extversion"},
	query:   `SELECT extname, extversion FROM pg_extension`,
	own:     []string{"extname", "extversion"},
	row: func(s *Snapshot, r *record) {
		s.AddExtension(r.text("extname"), r.text("extversion"))
	},
}

// AddExtension notes an installed extension.
func (s *Snapshot) AddExtension(name, version string) {
	if s.Extensions == nil {
		s.Extensions = map[string]string{}
	}
	s.Extensions[name] = version
}

// Lacks reports whether an extension is known not to be installed: the installed ones
// are exported, or a schema dump names others. A dump of some schemas names none.
func (s *Snapshot) Lacks(extension string) bool {
	_, installed := s.Extensions[extension]
	return extension != "" && !installed && (s.Has(ViewExtension) || len(s.Extensions) > 0)
}
