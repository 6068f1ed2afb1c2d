package sandbox

import (
	"bytes"
	"html/template"
	"net/http"
	"slices"
	"strings"
)

var inboxPage = template.Must(template.New("inbox").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sandbox SMS inbox</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
li { margin: 0 0 1rem; padding: .75rem 1rem; border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: .75rem }
ul { list-style: none; padding: 0 } .when { opacity: .7; font-size: .875rem } strong { letter-spacing: .1em }
</style></head>
<body><h1>SMS inbox</h1>
{{if .}}<ul>{{range .}}<li data-phone="{{.Phone}}" data-code="{{.Code}}"><div class="when">+{{.Phone}} · <time datetime="{{.Time.Format "2006-01-02T15:04:05Z07:00"}}">{{.Time.Format "15:04:05"}}</time></div>{{.Text}}</li>
{{end}}</ul>{{else}}<p>No messages yet. Codes that the booking form asks for arrive here.</p>{{end}}
</body></html>
`))

// showInbox lists the messages, newest first, as a page or as JSON; ?phone=
// narrows to one number.
func (s *Sandbox) showInbox(w http.ResponseWriter, r *http.Request) {
	messages := s.Messages()
	slices.Reverse(messages)
	if wanted := r.URL.Query().Get("phone"); wanted != "" {
		phone, _ := normalPhone(wanted)
		messages = slices.DeleteFunc(messages, func(m SMS) bool { return m.Phone != phone })
	}
	w.Header().Set("Cache-Control", "no-store")
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		if messages == nil {
			messages = []SMS{}
		}
		writeJSON(w, http.StatusOK, messages, false)
		return
	}
	var page bytes.Buffer
	if err := inboxPage.Execute(&page, messages); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page.Bytes())
}
