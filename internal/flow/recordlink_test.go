package flow

import (
	"strings"
	"testing"
)

const someHash = "0123456789abcdef0123456789abcdef"

func TestParseRecordLink(t *testing.T) {
	for link, want := range map[string]RecordLink{
		"https://n123.yclients.com/company/4564/success-order/2820023/" + someHash:                                       {123, 4564, 2820023, someHash, ""},
		"https://b123.yclients.ru/company/4564/success-order/2820023/" + someHash + "?orderStatus=successed&lang=ru-RU":  {123, 4564, 2820023, someHash, "ru-RU"},
		"//w7.alteg.io/company/4564/personal/success-order/2820023/" + someHash + "/":                                    {7, 4564, 2820023, someHash, ""},
		"https://salon.altegio.me/company/4564/success-order/2820023/" + someHash:                                        {0, 4564, 2820023, someHash, ""},
		"/company/4564/success-order/2820023/" + someHash:                                                                {0, 4564, 2820023, someHash, ""},
		"success-order/2820023/" + someHash:                                                                              {0, 0, 2820023, someHash, ""},
		"https://api.yclients.com/api/v1/book_record/4564/2820023/" + someHash:                                           {0, 4564, 2820023, someHash, ""},
		"/api/v1/user/records/2820023/" + someHash:                                                                       {0, 0, 2820023, someHash, ""},
		"https://n123.alteg.io/api/v1/booking/locations/4564/attendances/2820023/?hash=" + someHash + "&bookform_id=123": {123, 4564, 2820023, someHash, ""},
	} {
		if got, ok := ParseRecordLink(link); !ok || got != want {
			t.Errorf("ParseRecordLink(%q) = %+v, %v, want %+v", link, got, ok, want)
		}
	}
	for _, link := range []string{
		"", "/", "hello", "/company/4564/personal/menu", "/success-order/2820023", "/success-order/x/" + someHash, "/success-order/0/" + someHash,
		"/success-order/2820023/..%2f..", "/success-order/2820023/%00", "/company/0/success-order/1/" + someHash, "/company/x/success-order/1/" + someHash,
		"javascript:/success-order/1/abc", "https://me@n1.yclients.com/success-order/1/" + someHash[:4] + "%2e", "/book_record/1/2/", "/success-order/1/" + strings.Repeat("a", 129),
		"https://user:pw@n1.yclients.com/company/1/success-order/1/" + someHash, strings.Repeat("/", 2000) + "success-order/1/" + someHash,
		"/booking/locations/1/attendances/2", "%zz/success-order/1/" + someHash,
	} {
		if got, ok := ParseRecordLink(link); ok {
			t.Errorf("ParseRecordLink(%q) = %+v, want nothing", link, got)
		}
	}
}

// FuzzParseRecordLink: whatever is read can be put into a path as it is, and reads the same again.
func FuzzParseRecordLink(f *testing.F) {
	for _, seed := range []string{"https://n123.yclients.com/company/4564/success-order/2820023/" + someHash, "success-order/1/a", "/api/v1/user/records/1/b", "/x/locations/1/attendances/2?hash=c", "//n9.x/success-order//1/2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, link string) {
		got, ok := ParseRecordLink(link)
		if !ok {
			return
		}
		if got.Record <= 0 || got.Company < 0 || got.Form < 0 || !PlainHash(got.Hash) {
			t.Fatalf("%q reads as %+v", link, got)
		}
	})
}
