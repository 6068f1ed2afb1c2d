package upstream

import (
	"context"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
)

func TestCustomFieldsInEveryCoat(t *testing.T) {
	want := []CustomField{{ID: 9, Code: "hair", Title: "Hair", Type: "select", Values: []FieldValue{{"short", "short"}, {"long", "long"}}, Required: true, OfClient: true}}
	for name, body := range map[string]string{
		"bare":         `[{"id":9,"code":"hair","title":"Hair","type":"select","values":["short","long"],"required":1,"entity":"client"}]`,
		"custom_field": `{"success":true,"data":[{"id":1,"salon_id":4,"custom_field":{"id":"9","code":"hair","entity_type":"client","show_in_ui":true,"title":" Hair ","user_can_edit":true,"type":{"code":"list","title":"List"},"values":[{"title":"short"},{"title":"long"}],"is_required":true}}],"meta":[]}`,
		"JSON:API":     `{"data":[{"type":"custom_field","id":"9","attributes":{"code":"hair","name":"Hair","type":"select","values":["short","long"],"required":true,"entity":"client"}},{"type":"custom_field","id":"10","attributes":{"code":"x","title":"X","type":"text","show_in_ui":false}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
			defer srv.Close()
			c, err := New(Options{BaseURL: srv.URL, PartnerToken: "t"})
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.CustomFields(context.Background(), 1)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("CustomFields = %+v, %v, want %+v", got, err, want)
			}
		})
	}
}
