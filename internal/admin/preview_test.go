package admin

import "testing"

// TestPreviewChangesTheFramingOnly: whatever else the widget's policies say stands, in whatever order.
func TestPreviewChangesTheFramingOnly(t *testing.T) {
	for _, tt := range []struct {
		headers []string
		want    string
	}{
		{nil, "frame-ancestors 'self'"},
		{[]string{"default-src 'none'; frame-ancestors 'none'"}, "default-src 'none'; frame-ancestors 'self'"},
		{[]string{"default-src 'none'; frame-ancestors https://a.example; img-src *"}, "default-src 'none'; frame-ancestors 'self'; img-src *"},
		{[]string{"default-src 'self'"}, "default-src 'self'; frame-ancestors 'self'"},
		{[]string{"default-src 'self'", "frame-ancestors 'none'"}, "default-src 'self'; frame-ancestors 'self', frame-ancestors 'self'"},
	} {
		if got := framedHere(tt.headers); got != tt.want {
			t.Errorf("%q is shown under %q, want %q", tt.headers, got, tt.want)
		}
	}
}
