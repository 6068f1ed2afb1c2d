package recording

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRewriteLeavesTheRestAlone(t *testing.T) {
	in := ` {"b": "x\/y",  "a":["\u0451", 1.50, null , {"a":"k"}], "a":true,"n":"\u0451\u0451\/"} `
	if got := string(Rewrite([]byte(in), func(v Value) (string, bool) { return v.Text, true })); got != in {
		t.Errorf("unchanged = %s", got)
	}
	got := string(Rewrite([]byte(in), func(v Value) (string, bool) {
		switch {
		case v.Number:
			return "7", true
		case v.Key == "n":
			return "ы/", true
		case v.Key == "a" && v.Text == "k":
			return v.Parent + `"q`, true
		}
		return "", false
	}))
	want := ` {"b": "x\/y",  "a":["\u0451", 7, null , {"a":"a\"q"}], "a":true,"n":"\u044b\/"} `
	if got != want {
		t.Errorf("changed = %s, want %s", got, want)
	}
	for _, broken := range []string{`{"a":`, `nonsense`, ``, `{"a":1}{"b"`} {
		got := string(Rewrite([]byte(broken), func(Value) (string, bool) { return "", false }))
		if got != broken {
			t.Errorf("%q became %q", broken, got)
		}
	}
}

func TestRewriteAnyDocument(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		doc, err := json.Marshal(map[string]any{"a": []any{text, map[string]any{"b": text, "c": 1}}, "d": text})
		if err != nil {
			t.Skip()
		}
		seen := 0
		got := Rewrite(doc, func(v Value) (string, bool) {
			seen++
			return v.Text + "!", !v.Number
		})
		var back struct {
			A []json.RawMessage
			D string
		}
		if err := json.Unmarshal(got, &back); err != nil || back.D != strings.ToValidUTF8(text, "\ufffd")+"!" || seen != 4 {
			t.Fatalf("%s: %v, %d values", got, err, seen)
		}
	})
}

func answer(path, body string) Answer {
	a := Answer{Method: "GET", Path: path, Status: 200}
	a.SetBytes([]byte(body))
	return a
}

func TestMask(t *testing.T) {
	const hash = "0123456789abcdef0123456789abcdef"
	r := Recording{Visit: &Visit{Company: 1, ID: 7, Hash: hash}, Answers: []Answer{
		answer("book_staff/1", `{"data":[{"id":11,"name":"Елена Кузнецова","specialization":"Мастер Елены","information":"<b>Елене</b> помогает Кузнецов, e.kuz@salon.ru, 8 (916) 123-45-67","avatar":"https://assets.example/m/abc.png","avatar_big":"/images/no-master.png"},{"id":12,"name":"O&#039;Neil &laquo;Джей&raquo;"}]}`),
		answer("company/1", `{"data":{"id":1,"title":"Салон","phone":"+7 916 123-45-67, 8(916)1234567 доб. 105","phones":["79161234567"],"timezone_name":"Europe/Moscow","app_metrika_id":"6f9619ff-8b86-d011-b42d-00cf4fc964ff","coordinate_lat":"55.7558260123","schedule":"10:00-22:00","seance_date":"2026-12-01 12:00:00","site":"https:\/\/salon.example"}}`),
		answer("user/records/7/"+hash, `{"data":[{"id":7,"hash":"`+hash+`","comment":"Позовите Петра, +7 (916) 123 45 67","services":[{"title":"Стрижка от Елены","cost":1500}],"prepaid":"forbidden","phone":79161234567,"custom_fields":{"mail":"X@Y.ru"}}]}`),
		answer("bookform/1", `<html>Елена E.Kuz@salon.ru partner-token-1 eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.x a_word_that_is_long_and_nothing_else</html>`),
		answer("i18n/ru-RU", `{"a":"Елена"}`),
	}}
	r.Mask([]string{"Салон"}, []string{"partner-token-1"})
	var all strings.Builder
	for _, a := range r.Answers {
		if a.Path != "i18n/ru-RU" {
			all.WriteString(a.Path + " " + string(a.Bytes()) + "\n")
		}
	}
	text := all.String()
	low := strings.ToLower(text)
	for _, gone := range []string{"елен", "кузнец", "neil", "джей", "e.kuz", "y.ru", "123-45-67", "1234567", "123 45 67", hash, "6f9619ff", "петр", "позовите", "салон", "partner-token", "abc.png", "eyjh"} {
		if strings.Contains(low, gone) {
			t.Errorf("%q is still there:\n%s", gone, text)
		}
	}
	for _, stays := range []string{
		`"id":11`, `&#039;`, `&laquo;`, `/images/no-master.png`, `https://assets.example/m/photo-1.png`, `Europe/Moscow`, `55.7558260123`, `10:00-22:00`,
		`"2026-12-01 12:00:00"`, `https:\/\/salon.example`, `"prepaid":"forbidden"`, `"cost":1500`, `доб. 105`, `+7 916 200-00-01`, `8(916)2000001`, `"79162000001"`,
		`"phone":79162000001`, `user/records/7/00000000000000000000000000000002`, `"hash":"00000000000000000000000000000002"`, `Стрижка от `, `a_word_that_is_long_and_nothing_else`,
	} {
		if !strings.Contains(text, stays) {
			t.Errorf("%q is lost:\n%s", stays, text)
		}
	}
	if r.Visit.Hash != "00000000000000000000000000000002" {
		t.Errorf("visit = %+v", r.Visit)
	}
	if string(r.Answers[4].Bytes()) != `{"a":"Елена"}` {
		t.Error("the vendor's own words are changed")
	}
}

func TestMove(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"2026-10-20T10:00:00+02:00":     "2026-11-03T10:00:00+01:00", // the clocks have gone back
		"2026-10-20T10:00:00+0200":      "2026-11-03T10:00:00+0100",
		"2026-10-20T10:00:00+05:00":     "2026-11-03T10:00:00+04:00", // an offset of its own stays as wrong as it was
		"2026-10-20T10:00:00.000+02:00": "2026-11-03T10:00:00.000+01:00",
		"2026-10-20T08:00:00Z":          "2026-11-03T09:00:00Z",
		"2026-10-20 10:00:00":           "2026-11-03 10:00:00",
		"2026-10-20T10:00":              "2026-11-03T10:00",
		"2026-10-20":                    "2026-11-03",
		"2026-12-25":                    "2027-01-08",
		"0000-00-00":                    "0000-00-00",
		"9999-01-01":                    "9999-01-01",
		"2026-13-40":                    "2026-13-40",
		"since 2026-10-20":              "since 2026-10-20",
		"10:00":                         "10:00",
		"":                              "",
	} {
		if got := MoveText(in, 14, zone); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	doc := `{"booking_days":{"12":["30","31"],"1":["4"]},"working_days":{"12":[29,30,31],"1":[4]},"booking_dates":["2026-12-30","2026-12-31","2027-01-04"],"working_dates":["2026-12-29"],"timestamp":1795000000,"id":1795000000,"date":1795046400}`
	want := `{"booking_days":{"1":["6","7","11"]},"working_days":{"1":[5,6,7,11]},"booking_dates":["2027-01-06","2027-01-07","2027-01-11"],"working_dates":["2027-01-05"],"timestamp":1795604800,"id":1795000000,"date":1795651200}`
	if got := string(Move([]byte(doc), 7, zone)); got != want {
		t.Errorf("moved = %s,\nwant    %s", got, want)
	}
	if got := string(Move([]byte(`{"booking_days":[],"booking_dates":[]}`), 7, zone)); got != `{"booking_days":[],"booking_dates":[]}` {
		t.Errorf("none = %s", got)
	}
}

func TestWriteAndRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "walk")
	made := time.Date(2026, 10, 14, 7, 0, 0, 0, time.UTC)
	r := Recording{Made: made, Form: 1, Answers: []Answer{answer("company/1", `{"a":"\u0451\/<b>","n":1.50}`), answer("bookform/1", "<html>")}}
	if err := r.Write(dir); err != nil {
		t.Fatal(err)
	}
	if err := r.Write(dir); err == nil {
		t.Error("a recording is written over another")
	}
	back, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !back.Made.Equal(made) || back.Form != 1 || len(back.Answers) != 2 || back.Answers[1].Text != "<html>" {
		t.Fatalf("read = %+v", back)
	}
	if got := strings.NewReplacer(" ", "", "\n", "").Replace(string(back.Answers[0].Bytes())); got != `{"a":"\u0451\/<b>","n":1.50}` {
		t.Errorf("body = %s", got)
	}
	for name, text := range map[string]string{"0003-x.json": `{"method":"GET"}`, "recording.json": `{"version":9}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(dir); err == nil {
			t.Errorf("%s: %s is read", name, text)
		}
	}
	if _, err := Read(t.TempDir()); err == nil {
		t.Error("an empty folder is a recording")
	}
}
