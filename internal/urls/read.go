package urls

import (
	"regexp"
	"strconv"
	"strings"
)

// FormIn reads the form from the path of a page of a bookform or of an account. It is 0 for every other path.
func FormIn(path string) int {
	rest, ok := strings.CutPrefix(path, FormTree)
	if !ok {
		if rest, ok = strings.CutPrefix(path, AccountTree); !ok {
			return 0
		}
	}
	id, _, _ := strings.Cut(rest, "/")
	form, err := strconv.Atoi(id)
	if err != nil || form < 0 {
		return 0
	}
	return form
}

// OfForm says whether a path is a page of the given bookform.
func OfForm(path string, form int) bool {
	own := Form(form)
	return path == own || strings.HasPrefix(path, own+"/")
}

// IsForm says whether a path lies in the tree of the bookforms.
func IsForm(path string) bool { return strings.HasPrefix(path, FormTree) }

// IsRecordLink says whether a path is a visit's page that the path itself opens, because it holds the visit's hash.
func IsRecordLink(path string) bool { return strings.HasPrefix(path, LinkTree) }

// IsWish says whether a path is a wish's page, which the path itself opens, because it holds the wish's secret.
func IsWish(path string) bool { return strings.HasPrefix(path, WishTree) && path != Worker }

// IsPrivate says whether a path is a page of a booked visit, of an account or of a wish, which belongs to one person.
func IsPrivate(path string) bool {
	return IsRecordLink(path) || IsWish(path) || strings.HasPrefix(path, AccountTree)
}

// IsDone says whether a path is a page that says how a booking ended.
func IsDone(path string) bool { return IsForm(path) && strings.HasSuffix(path, "/"+string(Done)) }

// BelowForm is the part of a page's path behind the form, which is given as the path has it.
func BelowForm(path, form string) string { return strings.TrimPrefix(path, FormTree+form+"/") }

// PageOfRoute is what a route of a bookform has behind the form: the name of a page, or a pattern below one. It is "" for
// every other route.
func PageOfRoute(route string) Page {
	page, ok := strings.CutPrefix(route, FormRoute+"/")
	if !ok {
		return ""
	}
	return Page(page)
}

// Place is a page of an account that signing in may lead to: the part of its path behind the form, with the slash before it.
// "" is the list of visits.
type Place string

// places are the pages that there are. No place leads out of the account.
var places = regexp.MustCompile(`^(/profile(/phone|/password)?|/visit/[1-9][0-9]{0,11}/[1-9][0-9]{0,11}(/cancel|/move)?)$`)

// ParsePlace reads the value of QueryTo. Whatever is no place is the list of visits.
func ParsePlace(to string) Place {
	if !places.MatchString(to) {
		return ""
	}
	return Place(to)
}

// PlaceIn is the place that a path of the account leads to, the form given as the path has it. A visit's calendar file leads
// to the visit.
func PlaceIn(path, form string) Place {
	below := strings.TrimPrefix(path, AccountTree+form)
	return ParsePlace(strings.TrimSuffix(strings.TrimSuffix(below, "/"), "/"+string(VisitCalendar)))
}

// Of is the path of the place in the account at a form.
func (p Place) Of(form int) string { return AccountOf(form, AccountVisits) + string(p) }

// Param is the place as a parameter of a query. The slashes stay readable.
func (p Place) Param() string { return QueryTo + "=" + string(p) }

// ReadLoader says whether a path is a loader's, and whether it names one exact version.
func ReadLoader(path string) (loader, pinned bool) {
	if path == Loader {
		return true, false
	}
	version, ok := strings.CutPrefix(path, LoaderTree)
	version, ended := strings.CutSuffix(version, pinnedLoader)
	pinned = ok && ended && version != "" && !strings.Contains(version, "/")
	return pinned, pinned
}
