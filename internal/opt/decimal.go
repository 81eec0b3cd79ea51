package opt

// Decimal reads a number of at most 15 digits, as nearly all are. It is exact: such a
// number and its power of ten are float64s, and so is the nearest one to their quotient.
func Decimal(s string) (float64, bool) {
	const most = 15
	if len(s) > most+1 {
		return 0, false
	}
	digits, point := int64(0), -1
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits = 10*digits + int64(c-'0')
		case c == '.' && point < 0:
			point = i
		default:
			return 0, false
		}
	}
	switch {
	case point < 0:
		return float64(digits), len(s) <= most
	case len(s) == 1:
		return 0, false
	}
	return float64(digits) / powersOfTen[len(s)-1-point], true
}

var powersOfTen = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}
