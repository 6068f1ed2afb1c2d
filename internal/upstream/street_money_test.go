package upstream

import (
	"context"
	"errors"
	"reflect"
	"testing"
)

func TestStreetMoney(t *testing.T) {
	t.Run("E1 what a refusal without a code is about", func(t *testing.T) {
		for name, tt := range map[string]struct {
			body    string
			kind    Kind
			message string
			fields  map[string]string
		}{
			"text about the phone": {
				`{"success":false,"data":null,"meta":{"message":"Неверный формат телефона"}}`, KindInvalid, "Неверный формат телефона", nil,
			},
			"object of fields": {
				`{"meta":{"message":"Ошибка","errors":{"phone":["Неверный телефон"],"email":"Неверный e-mail"}}}`, KindInvalid, "",
				map[string]string{"phone": "Неверный телефон", "email": "Неверный e-mail"},
			},
			"fields below fields": {
				`{"errors":{"client":{"email":["bad"]},"appointments":{"0":{"datetime":["past"]}}}}`, KindInvalid, "",
				map[string]string{"client.email": "bad", "appointments.0.datetime": "past"},
			},
			"a field called code": {
				`{"meta":{"errors":{"code":["wrong"]}}}`, KindInvalid, "", map[string]string{"code": "wrong"},
			},
			"a list with the field's name": {
				`{"meta":{"errors":[{"code":422,"message":"no","field":"comment"}]}}`, KindInvalid, "no", map[string]string{"comment": "no"},
			},
			"a list of texts": {`{"meta":{"errors":["one","two"]}}`, KindInvalid, "one", nil},
			"one empty object beside the text": {
				`{"meta":{"errors":[{}]},"errors":{"code":422,"message":"The service is not available at the selected time. Please choose a different time."}}`,
				KindSlotTaken, "The service is not available at the selected time. Please choose a different time.", nil,
			},
			"nobody free in words": {
				`{"errors":{"code":422,"message":"Currently, there are no staff members available for booking"}}`, KindNobodyFree,
				"Currently, there are no staff members available for booking", nil,
			},
			"taken in Russian":        {`{"meta":{"message":"Сотрудник (0) не может быть записан на 30 мая 15:30."}}`, KindSlotTaken, "Сотрудник (0) не может быть записан на 30 мая 15:30.", nil},
			"nothing said":            {`{}`, KindInvalid, "", nil},
			"errors is a number":      {`{"meta":{"errors":5}}`, KindInvalid, "", nil},
			"a known code goes first": {`{"meta":{"errors":{"phone":["x"]}},"errors":[{"code":432,"message":"y"}]}`, KindCode, "y", map[string]string{"phone": "x"}},
		} {
			_, err := answer(t, 422, "application/json", tt.body).Book(context.Background(), 1, BookRequest{})
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("%s: %v, want an *Error", name, err)
			}
			fields := map[string]string{}
			for _, p := range e.All {
				if p.Field != "" {
					fields[p.Field] = p.Message
				}
			}
			if tt.fields == nil {
				tt.fields = map[string]string{}
			}
			if e.Kind != tt.kind || tt.message != "" && e.Message != tt.message || !reflect.DeepEqual(fields, tt.fields) {
				t.Errorf("%s: kind %v, message %q, fields %v; want %v, %q, %v", name, e.Kind, e.Message, fields, tt.kind, tt.message, tt.fields)
			}
		}
	})
	t.Run("M3 whether a record is paid for in advance", func(t *testing.T) {
		for body, want := range map[string]bool{
			`true`: true, `1`: true, `"1"`: true, `"required"`: true, `"allowed"`: true,
			`false`: false, `0`: false, `null`: false, `"forbidden"`: false, `[]`: false, `""`: false,
		} {
			r, err := answer(t, 200, "application/json", `{"id":1,"prepaid":`+body+`}`).Record(context.Background(), 1, 1, "h")
			if err != nil || r.Prepaid != want {
				t.Errorf("prepaid %s reads as %v, %v, want %v", body, r.Prepaid, err, want)
			}
		}
	})
	t.Run("M5 a record's cost and discount", func(t *testing.T) {
		for body, want := range map[string]RecordService{
			`{"id":1,"cost":0,"price_min":1500,"discount":100}`:                                        {ID: 1, PriceMin: 150000, Discount: 100},
			`{"id":1,"cost":"12.50","price_min":1500,"discount":"20"}`:                                 {ID: 1, Cost: 1250, PriceMin: 150000, Discount: 20},
			`{"id":1,"cost":null,"price_min":1500,"amount":2,"prepaid_settings":{"status":"allowed"}}`: {ID: 1, PriceMin: 150000, Amount: 2, Prepaid: "allowed"},
			`{"id":1,"price_min":1500,"prepaid_settings":[]}`:                                          {ID: 1, PriceMin: 150000},
		} {
			r, err := answer(t, 200, "application/json", `{"id":1,"services":[`+body+`]}`).Record(context.Background(), 1, 1, "h")
			if err != nil || len(r.Services) != 1 || r.Services[0] != want {
				t.Errorf("%s reads as %+v, %v, want %+v", body, r.Services, err, want)
			}
		}
	})
	t.Run("M7 who may book a service, and where", func(t *testing.T) {
		list, err := answer(t, 200, "application/json", `{"services":[{"id":1,"abonement_restriction":1},{"id":2,"is_online_booking_available":false},{"id":3,"prepaid_settings":{"status":"allowed"}}]}`).Services(context.Background(), 1, ServicesParams{})
		if err != nil || len(list.Services) != 3 {
			t.Fatalf("Services = %+v, %v", list, err)
		}
		if a, b, c := list.Services[0], list.Services[1], list.Services[2]; !a.Membership || !a.Online || b.Membership || b.Online || c.Prepaid != "allowed" {
			t.Errorf("services = %+v", list.Services)
		}
	})
	t.Run("E3 who is not to be offered", func(t *testing.T) {
		for body, want := range map[string]bool{`"fired":1`: true, `"hidden":"1"`: true, `"is_deleted":true`: true, `"fired":0,"hidden":0`: false, `"status":0`: false} {
			list, err := answer(t, 200, "application/json", `[{"id":1,`+body+`}]`).Staff(context.Background(), 1, StaffParams{})
			if err != nil || len(list) != 1 || list[0].Gone != want {
				t.Errorf("%s reads as %+v, %v", body, list, err)
			}
		}
		c, err := answer(t, 200, "application/json", `{"id":1,"active":"0","timetable_off":1}`).Company(context.Background(), 1, CompanyParams{})
		if err != nil || c.Active || !c.TimetableOff {
			t.Errorf("company = %+v, %v", c, err)
		}
	})
}
