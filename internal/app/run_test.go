package app

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"strings"
	"testing"
)

func TestCommands(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		args      string
		out, fail string // what is said, and what goes wrong; "" = nothing
	}{
		{"version", "okoshko ", ""},
		{"check", "The configuration is good.", ""},
		{"check -config nowhere.ini", "", "nowhere.ini"},
		{"check -form x", "", "invalid value"},
		{"health -form 1", "", "not defined"},
		{"consent -company 501", "", "phone"},
		{"check twice", "", `unexpected "twice"`},
		{"serve", "", `unknown command "serve"`},
		{"-h", "OKOSHKO_<SECTION>_<KEY>", flag.ErrHelp.Error()},
		{"sandbox -h", "", ""},
	} {
		t.Run(c.args, func(t *testing.T) {
			var out bytes.Buffer
			err := Run(context.Background(), strings.Fields(c.args), nil, &out)
			if c.fail == "" && err != nil || c.fail != "" && (err == nil || !strings.Contains(err.Error(), c.fail)) {
				t.Errorf("error %v, want %q", err, c.fail)
			}
			if !strings.Contains(out.String(), c.out) {
				t.Errorf("says %q, want %q in it", out.String(), c.out)
			}
		})
	}
	ended, end := context.WithCancel(context.Background())
	end()
	var out bytes.Buffer
	if err := Run(ended, nil, []string{"OKOSHKO_SERVER_LISTEN=127.0.0.1:0", "OKOSHKO_ADMIN_LISTEN=127.0.0.1:0", "OKOSHKO_SANDBOX_LISTEN=127.0.0.1:0"}, &out); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("without a word: %v", err)
	}
	if !strings.Contains(out.String(), "Okoshko listens on http://127.0.0.1:") || !strings.Contains(out.String(), "demo salon") {
		t.Errorf("without a word it says %q", out.String())
	}
}
