package rule

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// SettingIsOff reports whether a server setting is in the input and off.
func (c *Case) SettingIsOff(name string) bool {
	return c.Snapshot != nil && c.Snapshot.Settings[name].Value == "off"
}

// OnSetting begins a finding about a server setting.
func (c *Case) OnSetting(name string) Found {
	s := c.Snapshot.Settings[name]
	var e Evidence
	e.Text(name, redact.Plain(s.Value), "pg_settings")
	if s.Source != "" {
		e.Text("set by", redact.Plain(s.Source), "pg_settings")
	}
	return Found{Finding: finding.Finding{Evidence: e}}
}
