package app

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// door is a test of a way in which one visitor could shut others out, take what is theirs, or fill the store. Its
// name begins with a number, under which the documents refer to it: "1 a GET never goes first".
type door struct {
	name string
	test func(*testing.T)
}

var doors []door

// addDoor registers a door from the file that holds its test.
func addDoor(name string, test func(*testing.T)) struct{} {
	doors = append(doors, door{name, test})
	return struct{}{}
}

func (d door) number() int {
	first, _, _ := strings.Cut(d.name, " ")
	n, _ := strconv.Atoi(first)
	return n
}

// TestDoor tries every door.
func TestDoor(t *testing.T) {
	t.Parallel()
	slices.SortStableFunc(doors, func(a, b door) int { return cmp.Compare(a.number(), b.number()) })
	for _, d := range doors {
		if d.number() == 0 {
			t.Errorf("the door %q has no number", d.name)
		}
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			d.test(t)
		})
	}
}
