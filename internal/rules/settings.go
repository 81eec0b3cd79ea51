package rules

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// settingIsOff reports whether a server setting is in the input and off.
func (c *Case) settingIsOff(name string) bool {
	return c.Snapshot != nil && c.Snapshot.Settings[name].Value == "off"
}

// onSetting begins a finding about a server setting.
func (c *Case) onSetting(name string) Found {
	s := c.Snapshot.Settings[name]
	var e evidence
	e.text(name, redact.Plain(s.Value), "pg_settings")
	if s.Source != "" {
		e.text("set by", redact.Plain(s.Source), "pg_settings")
	}
	return Found{Finding: finding.Finding{Evidence: e}}
}
