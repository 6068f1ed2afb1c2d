package urls

import "testing"

func TestFormNumber(t *testing.T) {
	for text, want := range map[string]int{
		"123": 123, " 123\n": 123, "999999999": 999999999,
		"https://n123.yclients.com": 123, "https://n123.yclients.com/": 123, "http://w123.yclients.com/widgetJS": 123, "//w123.yclients.com/widgetJS": 123,
		"n123.yclients.com": 123, "b123.yclients.ru/company/4564/menu?o=m1s2": 123, "https://N123.Yclients.com:443/company:4564": 123, "https://n5.alteg.io/company/77": 5,
		"https://booking.example/b/123": 123, "https://booking.example/b/123/service?master=0": 123, "booking.example/me/7": 7,
		"": 0, "0": 0, "0123": 0, "1234567890": 0, "-1": 0, "x": 0, "12 3": 0, "https://yclients.com/": 0, "https://o1.yclients.com/": 0, "https://n0.yclients.com": 0,
		"https://n123.yclients.com.evil.example/": 0, "https://n1234567890.yclients.com": 0, "https://evil.example/n123.yclients.com": 0, "javascript:n123.yclients.com": 0,
		"ftp://n123.yclients.com": 0, "https://booking.example/b/": 0, "https://booking.example/b/0": 0, "https://booking.example/b/-1": 0, "https://booking.example/b/12345678901": 0,
		"https://%": 0,
	} {
		if got, ok := FormNumber(text); got != want && ok || ok != (want != 0) {
			t.Errorf("FormNumber(%q) = %d, %v, want %d", text, got, ok, want)
		}
	}
}
