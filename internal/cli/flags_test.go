package cli

import "testing"

func TestSize(t *testing.T) {
	for text, want := range map[string]float64{"500MB": 500 << 20, "2GB": 2 << 30, "1.5 GiB": 1.5 * (1 << 30), "64k": 64 << 10, "1000": 1000} {
		var s size
		if err := s.Set(text); err != nil || s.bytes != want {
			t.Errorf("%q: %v bytes, %v", text, s.bytes, err)
		}
	}
	for _, text := range []string{"", "MB", "3x", "-1MB", "0", "NaN", "inf", "1e999"} {
		if err := new(size).Set(text); err == nil {
			t.Errorf("%q is taken for a size", text)
		}
	}
}
