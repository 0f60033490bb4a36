package form

// ReasonsInForms returns every reason that a form gives.
func ReasonsInForms() []string {
	var codes []string
	for _, f := range forms {
		for _, k := range f.same {
			codes = append(codes, k.reason)
		}
		for _, s := range f.signs {
			if s.agree > 0 {
				codes = append(codes, s.reason)
			}
		}
	}
	return codes
}

// Reasons returns every code that [Alike] may give, in alphabetical order.
func Reasons() []string {
	codes := make([]string, len(reasonLabels))
	for i, o := range reasonLabels {
		codes[i] = o.Value
	}
	return codes
}

// DayOf is dayOf, for its test.
var DayOf = dayOf
