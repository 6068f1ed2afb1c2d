package booking

import (
	"encoding/json"
	"strings"
	"testing"

	"okoshko/internal/money"
	"okoshko/internal/upstream"
)

func TestStreetMoney(t *testing.T) {
	t.Run("M5 a stored visit keeps its price, for older versions too", func(t *testing.T) {
		for name, s := range map[string]VisitService{
			"free":  {ID: 1, Title: "A", Price: money.Free()},
			"from":  {ID: 2, Title: "B", Price: money.From(380000), Discount: 20},
			"exact": {ID: 3, Title: "C", Price: money.Exactly(50000), Amount: 2},
			"range": {ID: 4, Title: "D", Price: money.Listed(100, 200)},
			"none":  {ID: 5, Title: "E"},
		} {
			raw, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			var got VisitService
			if err := json.Unmarshal(raw, &got); err != nil || got != s {
				t.Errorf("%s: %s reads as %+v, %v", name, raw, got, err)
			}
			var old struct{ Min, Max int64 }
			if err := json.Unmarshal(raw, &old); err != nil || old.Min != s.Price.Low() {
				t.Errorf("%s: an older version reads %+v, %v", name, old, err)
			}
		}
		var old VisitService
		if err := json.Unmarshal([]byte(`{"ID":1,"Title":"A","Min":50000,"Max":50000}`), &old); err != nil || old.Price != money.Exactly(50000) {
			t.Errorf("an older version's service reads as %+v, %v", old, err)
		}
	})
	t.Run("M3 what a record says of its payment", func(t *testing.T) {
		of := func(words ...string) (out []upstream.RecordService) {
			for _, word := range words {
				out = append(out, upstream.RecordService{Prepaid: word})
			}
			return out
		}
		for name, tt := range map[string]struct {
			record upstream.Record
			want   Payment
		}{
			"not prepaid":                   {upstream.Record{}, PaymentNone},
			"paid":                          {upstream.Record{Prepaid: true, PrepaidDone: true}, PaymentDone},
			"nothing more is said":          {upstream.Record{Prepaid: true, Services: of("")}, PaymentExpected},
			"no services":                   {upstream.Record{Prepaid: true}, PaymentExpected},
			"required":                      {upstream.Record{Prepaid: true, Services: of("allowed", "required")}, PaymentExpected},
			"allowed":                       {upstream.Record{Prepaid: true, Services: of("allowed", "forbidden")}, PaymentPossible},
			"somebody else asks for it":     {upstream.Record{Prepaid: true, Services: of("forbidden")}, PaymentExpected},
			"paid though not asked for":     {upstream.Record{PrepaidDone: true}, PaymentDone},
			"a word that is not known":      {upstream.Record{Prepaid: true, Services: of("perhaps")}, PaymentExpected},
			"required though forbidden too": {upstream.Record{Prepaid: true, Services: of("forbidden", "required")}, PaymentExpected},
		} {
			if got := payment(tt.record); got != tt.want {
				t.Errorf("%s: %q, want %q", name, got, tt.want)
			}
		}
	})
	t.Run("E1 what of the upstream's words a page may show", func(t *testing.T) {
		typed := Contact{Name: "Анна", Phone: "79161234567", Email: "anna@example.com", Comment: "нет", CustomerAnswers: map[string]any{"q": "Пуговица"}}.typed()
		for raw, want := range map[string]string{
			"Запись <b>невозможна</b><br>сегодня":            "Запись невозможна сегодня",
			"Телефон +7 916 123-45-67 уже записан":           "Телефон … уже записан",
			"Анна, почта anna@example.com занята":            "…, почта … занята",
			"Ответ «Пуговица» не подходит":                   "Ответ «…» не подходит",
			"Сегодня мест нет":                               "Сегодня мест нет",
			"Произошла ошибка.":                              "",
			"Ошибка":                                         "",
			"422":                                            "",
			"Запись 0123456789abcdef0123456789abcdef занята": "Запись … занята",
			"одна\n\nстрока\u0007":                           "одна строка",
			strings.Repeat("слово ", 100):                    strings.TrimSpace(strings.Repeat("слово ", 50)) + "…",
		} {
			if got := plainWords(raw, typed); got != want {
				t.Errorf("plainWords(%q) = %q, want %q", raw, got, want)
			}
		}
	})
	t.Run("E1 which field a text speaks of", func(t *testing.T) {
		for text, want := range map[string]Field{
			"Неверный формат телефона": FieldPhone, "The phone number is invalid": FieldPhone, "Nepareizs tālruņa numurs": FieldPhone,
			"Некорректный email": FieldEmail, "Электронная почта указана неверно": FieldEmail, "Ungültige E-Mail-Adresse": FieldEmail,
			"Укажите фамилию": FieldSurname, "Surname is required": FieldSurname, "Не указано имя": FieldName, "Your name is too long": FieldName,
			"Комментарий обязателен": FieldComment, "Укажите отчество": FieldPatronymic,
		} {
			if got := namedIn(text); len(got) == 0 || got[0] != want {
				t.Errorf("namedIn(%q) = %v, want %q", text, got, want)
			}
		}
		for _, text := range []string{"Позвоните по телефону салона", "Please call us by phone", "Запись закрыта", "Выберите другое время", "The service is closed", "Эта услуга временно недоступна"} {
			if got := namedIn(text); len(got) != 0 {
				t.Errorf("namedIn(%q) = %v", text, got)
			}
		}
		for name, want := range map[string]Field{
			"phone": FieldPhone, "client.email": FieldEmail, "fullname": FieldName, "custom_fields.my_field": QuestionField("my_field"),
			"appointments.0.custom_fields.hair.0": QuestionField("hair"), "appointments.0.datetime": "", "loyalty_card": "", "is_personal_data_processing_allowed": FieldConsent,
		} {
			if got := fieldOf(name); got != want {
				t.Errorf("fieldOf(%q) = %q, want %q", name, got, want)
			}
		}
	})
}
