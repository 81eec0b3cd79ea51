package indexadvisor

import "testing"

// A plan with more candidates tells the cost if it uses none of those beyond; two plans,
// one with fewer candidates and one with more, tell it if their costs are the same.
func TestTell(t *testing.T) {
	a, b, c := &candidate{id: 1}, &candidate{id: 2}, &candidate{id: 3}
	plans := []planned{
		{have: nil, cost: 100},
		{have: []*candidate{a, b, c}, used: []*candidate{b}, cost: 40},
		{have: []*candidate{c}, cost: 100},
		{have: []*candidate{a, c}, used: []*candidate{a}, cost: 100.1},
	}
	for _, tt := range []struct {
		name  string
		of    []*candidate
		cost  float64
		known bool
	}{
		{"what the best plan uses, and more", []*candidate{a, b}, 40, true},
		{"what no plan with more goes without", []*candidate{b, c}, 40, true},
		{"as cheap without it as with another", []*candidate{a}, 100.1, true},
		{"none", nil, 100, true},
	} {
		if cost, known := tell(plans, tt.of); known != tt.known || cost != tt.cost {
			t.Errorf("%s: %v, %v, want %v, %v", tt.name, cost, known, tt.cost, tt.known)
		}
	}
	if cost, known := tell(plans[:3], []*candidate{a}); known {
		t.Errorf("between %v and 100 nothing tells the cost, got %v", 40, cost)
	}
}
