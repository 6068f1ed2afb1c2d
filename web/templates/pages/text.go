package pages

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// longComment is how many characters of a service's comment stand open below it.
const longComment = 120

func long(comment string) bool { return utf8.RuneCountInString(comment) > longComment }

func countServices(categories []Category) int {
	n := 0
	for _, category := range categories {
		n += len(category.Services)
	}
	return n
}

func hasServices(categories []Category) bool { return countServices(categories) > 0 }

// countTitled is how many categories there are to jump to.
func countTitled(categories []Category) int {
	n := 0
	for _, category := range categories {
		if category.Title != "" && len(category.Services) > 0 {
			n++
		}
	}
	return n
}

// ServiceAnchor is the fragment of a service's card on the service step.
func ServiceAnchor(id int) string { return "s-" + strconv.Itoa(id) }

func categoryID(c Category) string { return "c-" + strconv.Itoa(c.ID) }

// joined puts short facts together as they are shown.
func joined(parts ...string) string { return Join(" · ", parts...) }

// spoken puts short facts together as a screen reader says them.
func spoken(parts ...string) string { return Join(", ", parts...) }

// Join puts the parts that are not empty together.
func Join(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(parts), func(part string) bool { return part == "" }), sep)
}
