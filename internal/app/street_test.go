package app

import (
	"cmp"
	"slices"
	"testing"
)

// street is a test of what salons really send, or of what people really do. Its name begins with the case's number:
// "N1 twelve people behind one carrier address".
type street struct {
	name string
	test func(*testing.T)
}

var streets []street

// addStreet registers a street from the file that holds its test.
func addStreet(name string, test func(*testing.T)) struct{} {
	streets = append(streets, street{name, test})
	return struct{}{}
}

// TestStreet tries every case.
func TestStreet(t *testing.T) {
	t.Parallel()
	slices.SortStableFunc(streets, func(a, b street) int { return cmp.Compare(a.name, b.name) })
	for _, s := range streets {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.test(t)
		})
	}
}
