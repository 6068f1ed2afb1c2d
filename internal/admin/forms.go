package admin

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"okoshko/internal/server/search"
	"okoshko/web/templates/admin"
)

// formsOnPage is how many forms stand on one page of the list.
const formsOnPage = 50

// showForms lists the forms, those with something wrong first. It asks the booking API nothing.
func (s *Server) showForms(w http.ResponseWriter, r *http.Request) {
	var all []Verdict
	for _, known := range s.known(0) {
		form, _ := number(known.Value)
		v := s.verdict(form)
		v.Form, v.Name = form, cmp.Or(v.Name, known.Text)
		all = append(all, v)
	}
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	view := list(all, strings.TrimSpace(r.URL.Query().Get("q")), page)
	var html bytes.Buffer
	if err := admin.FormsView(view).Render(r.Context(), &html); err != nil {
		s.Log.Error("operator's page of forms", "error", err)
		http.Error(w, "The page cannot be drawn.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(html.Bytes()) // the browser may have closed the connection
}

// list is one page of the forms that a search finds. A number finds the forms whose numbers begin with it. Pages count from 1; a page
// that there is not is the nearest one. It is pure.
func list(all []Verdict, query string, page int) admin.Forms {
	looking := search.Looking(query)
	var found []Verdict
	wrong := 0
	for _, v := range all {
		if query != "" && !strings.HasPrefix(strconv.Itoa(v.Form), query) && !looking.Finds(v.Name) {
			continue
		}
		found = append(found, v)
		if v.Known() && v.State() != OK {
			wrong++
		}
	}
	slices.SortFunc(found, func(a, b Verdict) int { return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Form, b.Form)) })
	pages := max(1, (len(found)+formsOnPage-1)/formsOnPage)
	page = min(max(page, 1), pages)
	out := admin.Forms{Query: query, Count: fmt.Sprintf("%d forms, %d of them with something to mind.", len(found), wrong)}
	if len(found) == 1 {
		out.Count = "One form" + either(wrong == 1, ", with something to mind.", ".")
	}
	if pages > 1 {
		out.Page = fmt.Sprintf("Page %d of %d", page, pages)
	}
	address := func(n int) string { return "/forms?" + url.Values{"q": {query}, "page": {strconv.Itoa(n)}}.Encode() }
	if page > 1 {
		out.Prev = address(page - 1)
	}
	if page < pages {
		out.Next = address(page + 1)
	}
	for _, v := range found[(page-1)*formsOnPage : min(page*formsOnPage, len(found))] {
		row := admin.Form{Number: strconv.Itoa(v.Form), Name: v.Name, Faults: faults(v)}
		if v.Known() {
			row.At = stamp(v.At)
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// place orders forms: those with something wrong, those to mind, those that were not looked at, and the good ones.
func place(v Verdict) int {
	if !v.Known() {
		return rank(OK)
	}
	if v.State() == OK {
		return rank(OK) + 1
	}
	return rank(v.State())
}
