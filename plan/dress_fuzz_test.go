package plan_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// FuzzDresses puts up to three dresses on a plan and breaks its lines at a width.
func FuzzDresses(f *testing.F) {
	clean := cleanPlans(f)
	plans, names := slices.Sorted(maps.Keys(clean)), slices.Sorted(maps.Keys(dresses))
	f.Add(uint8(0), uint8(1), uint8(0), uint8(0), uint8(0))
	f.Add(uint8(3), uint8(40), uint8(7), uint8(0), uint8(80))
	f.Fuzz(func(t *testing.T, which, first, second, third, width uint8) {
		lines := strings.Split(strings.TrimSuffix(clean[plans[int(which)%len(plans)]], "\n"), "\n")
		for _, d := range []uint8{first, second, third} {
			if d > 0 {
				lines = strings.Split(strings.Join(dresses[names[int(d)%len(names)]](lines), "\n"), "\n")
			}
		}
		if width >= 40 {
			lines = brokenLines(lines, int(width))
		}
		hold(t, []byte(strings.Join(lines, "\n")+"\n"))
	})
}
