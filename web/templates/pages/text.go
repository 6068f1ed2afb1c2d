package pages

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// shortComment is how many characters of a service's comment stand open below it.
const shortComment = 60

// long says whether a comment is more than a line.
func long(comment string) bool {
	return utf8.RuneCountInString(comment) > shortComment || strings.Contains(comment, "\n")
}

// widestLine is more characters of a comment than the widest card shows in a line.
const widestLine = 120

// firstLine is the beginning of a comment, which the stylesheet cuts where the card ends.
func firstLine(comment string) string {
	line, _, more := strings.Cut(comment, "\n")
	if cut := []rune(line); len(cut) > widestLine {
		line, more = string(cut[:widestLine]), true
	}
	if more {
		line = strings.TrimRight(line, " .,:;") + "…"
	}
	return line
}

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

// fewServices are so few that their categories need no row of links.
const fewServices = 6

// isLong says whether the categories of a list are worth a row of links.
func isLong(p ServicePage) bool {
	return countTitled(p.Categories) > 1 && countServices(p.Categories) > fewServices
}

// ServiceAnchor is the fragment of a service's card on the service step.
func ServiceAnchor(id int) string { return "s-" + strconv.Itoa(id) }

// promotionsID is the fragment of the promotions.
const promotionsID = "promotions"

func categoryID(c Category) string { return "c-" + strconv.Itoa(c.ID) }

// firstGroup is the fragment of the first services that have a heading.
func firstGroup(p ServicePage) string {
	for _, c := range p.Categories {
		if c.Title != "" && len(c.Services) > 0 {
			return categoryID(c)
		}
	}
	return promotionsID
}

// joined puts short facts together as they are shown.
func joined(parts ...string) string { return Join(" · ", parts...) }

// spoken puts short facts together as a screen reader says them.
func spoken(parts ...string) string { return Join(", ", parts...) }

// Join puts the parts that are not empty together.
func Join(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(parts), func(part string) bool { return part == "" }), sep)
}
