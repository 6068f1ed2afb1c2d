package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// flatten lists the leaves of a tree by their path.
func flatten(t *testing.T, raw json.RawMessage, path string, into map[string]string) {
	t.Helper()
	var node map[string]json.RawMessage
	if err := json.Unmarshal(raw, &node); err == nil {
		for key, child := range node {
			flatten(t, child, path+"/"+key, into)
		}
		return
	}
	var leaf string
	if err := json.Unmarshal(raw, &leaf); err != nil {
		t.Errorf("%s is neither a node nor a text", path)
	}
	into[path] = leaf
}

func TestI18nTrees(t *testing.T) {
	b := newBench(t, nil)
	trees := make(map[string]map[string]string)
	for _, code := range languageCodes {
		leaves := make(map[string]string)
		flatten(t, b.do(http.StatusOK, http.MethodGet, "i18n/"+code, "").body, "", leaves)
		trees[code] = leaves
	}
	if n := len(trees["ru-RU"]); n < 550 {
		t.Errorf("the Russian tree has %d leaves, want the full one", n)
	}
	for code, leaves := range trees {
		for path, text := range leaves {
			russian, ok := trees["ru-RU"][path]
			if !ok {
				t.Errorf("%s: %s is not in the Russian tree", code, path)
			}
			for _, mark := range []string{"<%- city_name %>", "<br>"} {
				if strings.Contains(russian, mark) != strings.Contains(text, mark) {
					t.Errorf("%s: %s = %q loses or gains %s", code, path, text, mark)
				}
			}
		}
		for _, path := range []string{
			"/header/select_service", "/record/booking_success", "/master/any_master", "/time/minuteCased/accusative", "/city/affiliate/3",
			"/date/by_month_num/08", "/date/by_month_num/12", "/date/by_month_short/March", "/Mar", "/March", "/time/by_week_day/Mon",
			"/confirm/orderErrors/code_433", "/confirm/orderErrors/bigLetter/code_433", "/confirm/errors/phone/incorrect", "/button/continue", "/today",
		} {
			if leaves[path] == "" {
				t.Errorf("%s: %s is missing", code, path)
			}
		}
		for _, path := range []string{"/date/by_month_num/8", "/confirm/orderErrors/code_431"} {
			if _, ok := leaves[path]; ok {
				t.Errorf("%s: %s exists; the vendor's tree has none", code, path)
			}
		}
		if !strings.HasSuffix(leaves["/login/sms_not_send"], " ") {
			t.Errorf("%s: the space that joins sms_not_send to what follows is lost", code)
		}
	}
	for _, code := range []string{"fr-FR", "et-EE", "ru", "..%2Fru-RU"} {
		b.do(http.StatusNotFound, http.MethodGet, "i18n/"+code, "")
	}
	// Months 8 and 9 come last, as PHP's array keys leave them.
	raw := string(b.do(http.StatusOK, http.MethodGet, "i18n/en-US", "").body)
	if strings.Index(raw, `"08":`) < strings.Index(raw, `"12":`) {
		t.Error("month 08 stands before month 12")
	}
}
