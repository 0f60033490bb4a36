package paging

import "testing"

// FuzzCursor reads whatever can stand in a list's cursor.
func FuzzCursor(f *testing.F) {
	f.Add(Encode(Moment{At: 1, ID: "x"}))
	f.Add("e30")
	f.Fuzz(func(t *testing.T, cursor string) {
		for _, other := range []any{&Moment{}, &AfterID{}} {
			if err := Decode(cursor, other); err == nil && cursor != "" && len(Encode(other)) <= maxCursor {
				if err := Decode(Encode(other), other); err != nil {
					t.Fatalf("%q reads as %+v, and that cannot be read: %v", cursor, other, err)
				}
			}
		}
	})
}
