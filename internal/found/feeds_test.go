package found

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// published are the fields of Google's published definitions, by the path of the object that has them: all that an object may have, and
// those that it must have ("!").
var published = map[string]string{
	"entity": "entity_id! name! telephone url location!", "entity.location": "latitude longitude address unstructured_address",
	"action": "entity_id! link_id! url! actions!", "action.actions": "appointment_info!", "action.actions.appointment_info": "",
	"service":                        "merchant_id! service_id! localized_service_name! localized_service_category! localized_service_description service_price! action_link service_duration ranking_hint",
	"service.localized_service_name": "value! localized_value", "service.localized_service_name.localized_value": "locale! value!",
	"service.localized_service_category": "value! localized_value", "service.localized_service_category.localized_value": "locale! value!",
	"service.localized_service_description": "value! localized_value", "service.localized_service_description.localized_value": "locale! value!",
	"service.service_price": "price_interpretation! min_price max_price", "service.service_price.min_price": "price_micros! currency_code!",
	"service.service_price.max_price": "price_micros! currency_code!", "service.action_link": "url! language restricted_country platform",
	"service.service_duration": "duration_interpretation!",
}

// conforms checks an object of a feed, and what is in it, against the published fields.
func conforms(t *testing.T, path string, object map[string]any) {
	t.Helper()
	fields, known := published[path]
	if !known {
		t.Errorf("%s is no published message", path)
		return
	}
	may := map[string]bool{}
	for field := range strings.FieldsSeq(fields) {
		name, must := strings.CutSuffix(field, "!")
		may[name] = true
		if _, is := object[name]; must && !is {
			t.Errorf("%s has no %s", path, name)
		}
	}
	for name, value := range object {
		if !may[name] {
			t.Errorf("%s.%s is no published field", path, name)
		}
		switch v := value.(type) {
		case map[string]any:
			conforms(t, path+"."+name, v)
		case []any:
			for _, one := range v {
				if inner, is := one.(map[string]any); is {
					conforms(t, path+"."+name, inner)
				}
			}
		case string:
			if v == "" {
				t.Errorf("%s.%s is empty", path, name)
			}
		}
	}
}

func TestFeedsHavePublishedFields(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 30, 4, 5, 6, 0, time.UTC)
	service := func(id int, s Service) FeedService {
		s.Name = "Haircut"
		return FeedService{ID: id, Service: s, URL: "https://b.example/b/1?services=7"}
	}
	whole := Merchant{
		ID: "501", Name: "Primrose", Phone: "+74950000501", Site: "https://primrose.example", Street: "Pokrovka 17", City: "Moscow", Lat: 55.7, Lon: 37.6,
		URL: "https://b.example/b/1", Lang: "en", Currency: "RUB", Categories: []Category{{"Hair", []FeedService{
			service(1, Service{Named: true, Low: 300000, High: 300000, Description: "1 h"}), service(2, Service{Named: true, Low: 100000, High: 200000}),
			service(3, Service{Named: true, Low: 50000, Open: true}), service(4, Service{}), service(5, Service{Named: true}),
		}}},
	}
	nowhere, nothing, elsewhere := whole, whole, whole
	nowhere.ID, nowhere.Street, nowhere.City, nowhere.Lat, nowhere.Lon = "1", "", "", 0, 0
	nothing.ID, nothing.Categories = "2", nil
	elsewhere.ID, elsewhere.Phone, elsewhere.Site, elsewhere.Currency = "502", "", "", ""
	files, leftOut := Feeds([]Merchant{whole, nowhere, nothing, elsewhere}, at)
	if want := []string{"1", "2"}; !reflect.DeepEqual(leftOut, want) {
		t.Errorf("left out %v, want %v", leftOut, want)
	}
	data, feeds := map[string][]map[string]any{}, map[string]string{}
	for _, file := range files {
		if made, ok := Made(file.Name); !ok || !made.Equal(at) {
			t.Errorf("%s is made at %v, %v", file.Name, made, ok)
		}
		if strings.HasSuffix(file.Name, ".filesetdesc.json") {
			var d struct {
				Made  int64    `json:"generation_timestamp"`
				Name  string   `json:"name"`
				Files []string `json:"data_file"`
			}
			if err := json.Unmarshal(file.Data, &d); err != nil || d.Made != at.Unix() || len(d.Files) != 1 {
				t.Fatalf("%s: %v %+v", file.Name, err, d)
			}
			feeds[d.Files[0]] = d.Name
			continue
		}
		var d struct {
			Data []map[string]any `json:"data"`
		}
		if err := json.Unmarshal(file.Data, &d); err != nil {
			t.Fatal(err)
		}
		data[file.Name] = d.Data
	}
	count := map[string]int{}
	for file, name := range feeds {
		kind := map[string]string{"reservewithgoogle.entity": "entity", "reservewithgoogle.action.v2": "action", "glam.service.v0": "service"}[name]
		for _, one := range data[file] {
			conforms(t, kind, one)
		}
		count[kind] = len(data[file])
	}
	if want := map[string]int{"entity": 2, "action": 2, "service": 10}; !reflect.DeepEqual(count, want) {
		t.Errorf("the feeds have %v, want %v", count, want)
	}
	var says []string
	for _, one := range data["service_"+"1796011506"+".json"] {
		price, _ := one["service_price"].(map[string]any)
		said, _ := price["price_interpretation"].(string)
		says = append(says, strings.TrimPrefix(said, "INTERPRETATION_"))
	}
	if want := strings.Fields("EXACT RANGE STARTS_AT NOT_DISPLAYED EXACT" + strings.Repeat(" NOT_DISPLAYED", 5)); !reflect.DeepEqual(says, want) {
		t.Errorf("prices are %v, want %v", says, want)
	}
}

func TestOtherFilesAreNotOurs(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "entity.json", "entity_x.json", "entity_1.txt", "notes_1.json", "service_1.json.gz"} {
		if _, ok := Made(name); ok {
			t.Errorf("%q is taken for a file of feeds", name)
		}
	}
}
