package app

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	r := newRig(t)
	for _, tt := range []struct {
		name    string
		environ []string
		form    int
		says    []string
		err     string
	}{
		{name: "nothing configured", says: []string{"is good", "embedded sandbox", "operator      127.0.0.1:9090"}},
		{
			name: "frames and an open listener", says: []string{"form 7         https://a.example", "asks for no password"},
			environ: []string{"OKOSHKO_UPSTREAM_BASE_URL=" + r.api, "OKOSHKO_UPSTREAM_PARTNER_TOKEN=sandbox", "OKOSHKO_FORM_7_HOSTS=https://a.example", "OKOSHKO_ADMIN_LISTEN=:9090"},
		},
		{
			name: "an upstream", environ: []string{"OKOSHKO_UPSTREAM_BASE_URL=" + r.api, "OKOSHKO_UPSTREAM_PARTNER_TOKEN=sandbox"}, form: 1,
			says: []string{"in the clear", "any website", "public_url", "Form 1 answers"},
		},
		{name: "a wrong token", environ: []string{"OKOSHKO_UPSTREAM_BASE_URL=" + r.api, "OKOSHKO_UPSTREAM_PARTNER_TOKEN=wrong"}, form: 1, err: "form 1"},
		{name: "no such form", environ: []string{"OKOSHKO_UPSTREAM_BASE_URL=" + r.api, "OKOSHKO_UPSTREAM_PARTNER_TOKEN=sandbox"}, form: 4711, err: "form 4711"},
		{name: "a form of nobody", form: 1, err: "base_url"},
		{name: "a bad option", environ: []string{"OKOSHKO_SERVER_LISTEN=nowhere"}, err: "listen"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			var out bytes.Buffer
			err := Check(context.Background(), "", tt.environ, tt.form, &out)
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("error = %v, want one about %q", err, tt.err)
			}
			if err != nil && strings.Contains(err.Error(), "wrong") {
				t.Error("the error tells the token")
			}
			for _, want := range tt.says {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is not said in:\n%s", want, out.String())
				}
			}
		})
	}
	if err := Check(context.Background(), filepath.Join(t.TempDir(), "none.ini"), nil, 0, &bytes.Buffer{}); err == nil {
		t.Error("a file that is named and missing is no error")
	}
}
