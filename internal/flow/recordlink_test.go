package flow

import (
	"slices"
	"strings"
	"testing"
	"time"
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

func TestParseWidgetPage(t *testing.T) {
	for path, want := range map[string]WidgetPage{
		"company/501":                                              {Choices: Choices{Company: 501}},
		"company/501/personal/menu":                                {Choices: Choices{Company: 501}},
		"/company/501/personal/select-master/":                     {Choices: Choices{Company: 501}},
		"company/501/personal/select-time":                         {Choices: Choices{Company: 501}},
		"company/501/personal/select-services":                     {Choices: Choices{Company: 501}},
		"company/501/personal/short":                               {Choices: Choices{Company: 501}},
		"company/501/menu":                                         {Choices: Choices{Company: 501}},
		"company/501/select-master":                                {Choices: Choices{Company: 501}},
		"company/501/record-type":                                  {Choices: Choices{Company: 501}},
		"company/501/create-record/record":                         {Choices: Choices{Company: 501}},
		"company/501/order-confirmation":                           {Choices: Choices{Company: 501}},
		"company/501/activity/select":                              {Choices: Choices{Company: 501}, State: "act"},
		"company/501/activity/info/77":                             {Choices: Choices{Company: 501}, GroupEvent: 77},
		"company/501/personal/select-master/master-info/501/50101": {Choices: Choices{Company: 501, Master: 50101, HasMaster: true}},
		"select-city/52/select-branch":                             {Choices: Choices{City: 52}},
	} {
		got, ok := ParseWidgetPage(path)
		if !ok || got.Choices.Encode() != want.Choices.Encode() || got.GroupEvent != want.GroupEvent || got.State != want.State {
			t.Errorf("ParseWidgetPage(%q) = %+v, %v, want %+v", path, got, ok, want)
		}
	}
	for _, path := range []string{
		"", "company", "company/0", "company/x/menu", "company/501/success-order/1/" + someHash, "company/501/evil", "company/501/activity/info/x", "company/-1",
		"company/501/personal/select-master/master-info/501/0", "select-city/x/select-branch", "select-city/52", "//evil.example", "company/501/..", "company/99999999999999999999",
	} {
		if got, ok := ParseWidgetPage(path); ok {
			t.Errorf("ParseWidgetPage(%q) = %+v, want nothing", path, got)
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
		if got.Record <= 0 || got.Company < 0 || got.Bookform < 0 || !PlainHash(got.Hash) {
			t.Fatalf("%q reads as %+v", link, got)
		}
	})
}

func TestStreetLinks(t *testing.T) {
	t.Run("E7 a link to a visit with something glued to its end", func(t *testing.T) {
		want := RecordLink{123, 4564, 2820023, someHash, ""}
		for _, tail := range []string{".", ")", ",", "»", "”.", "…", "!", ">", "\".", " ", ")»"} {
			link := "https://n123.yclients.com/company/4564/success-order/2820023/" + someHash + tail
			if got, ok := ParseRecordLink(link); !ok || got != want {
				t.Errorf("ParseRecordLink(%q) = %+v, %v", link, got, ok)
			}
		}
	})
	t.Run("M2 a deep link says what was chosen", func(t *testing.T) {
		zone := time.FixedZone("", 3*60*60)
		for _, v := range []Appointment{
			{Services: []int{331, 332}, Master: 6544, Slot: time.Date(2026, 11, 27, 15, 0, 0, 0, zone)},
			{Services: []int{331}, Slot: time.Date(2026, 12, 1, 9, 5, 0, 0, zone)},
			{Master: 7},
			{},
		} {
			got, ok := ParseLink(FormatLink(v))
			local := ""
			if !v.Slot.IsZero() {
				local = v.Slot.Format("2006-01-02 15:04")
			}
			if !ok || !slices.Equal(got.Services, v.Services) || got.Master != v.Master || !got.HasMaster || got.LocalTime != local {
				t.Errorf("ParseLink(%q) = %+v, %v, want %+v", FormatLink(v), got, ok, v)
			}
		}
		v := Appointment{Services: []int{1, 2}, Slot: time.Date(2024, 11, 27, 15, 0, 0, 0, zone)}
		for got, want := range map[string]string{
			AppointmentURL("https://n1.example", 5, v, "ru-RU"): "https://n1.example/company/5/personal/menu?o=m-1s1s2d2427111500&lang=ru-RU",
			GroupEventURL("https://n1.example", 5, 77, "en-US"): "https://n1.example/company/5/activity/info/77?lang=en-US",
			RecordURL("https://n1.example", 5, 9, "ab"):         "https://n1.example/company/5/success-order/9/ab",
			GroupEventURL("https://n1.example/deep", 5, 77, ""): "https://n1.example/deep/company/5/activity/info/77",
		} {
			if got != want {
				t.Errorf("address = %q, want %q", got, want)
			}
		}
	})
}
