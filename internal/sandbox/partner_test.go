package sandbox

import (
	"net/http"
	"testing"
)

func TestPartnerReads(t *testing.T) {
	b := newBench(t, nil)
	type full struct {
		ID, Duration int
		Title        string
		Category     int `json:"category_id"`
		Staff        []struct {
			ID     int
			Length int `json:"seance_length"`
		}
	}
	var services []full
	b.data("services/501", &services)
	if len(services) != 16 { // the inactive one among them
		t.Fatalf("%d services", len(services))
	}
	var one full
	b.data("services/501/501001", &one)
	if one.ID != 501001 || one.Duration != 3600 || len(one.Staff) != 2 || one.Staff[0].Length != 3600 || one.Staff[1].Length != 4500 {
		t.Errorf("service = %+v, want one that two masters do in an hour and in an hour and a quarter", one)
	}
	b.data("services/501?staff_id=50103", &services)
	for _, s := range services {
		if len(s.Staff) != 1 || s.Staff[0].ID != 50103 {
			t.Errorf("of one master: %+v", s)
		}
	}
	var narrowed []full
	b.data("services/501?category_id="+"501900", &narrowed)
	for _, s := range narrowed {
		if s.Category != 501900 {
			t.Errorf("of one category: %+v", s)
		}
	}
	if len(services) == 0 || len(narrowed) == 0 {
		t.Errorf("narrowed to %d and %d services", len(services), len(narrowed))
	}
	b.refused(http.StatusNotFound, http.MethodGet, "services/501/601001", "")
	b.refused(http.StatusNotFound, http.MethodGet, "services/501/501001?staff_id=50103", "")
	b.refused(http.StatusPaymentRequired, http.MethodGet, "services/990", "")

	var category struct {
		ID    int
		Title string
		Staff []int
	}
	b.data("service_category/501/501900", &category)
	if category.ID != 501900 || category.Title == "" || len(category.Staff) != 2 {
		t.Errorf("category = %+v", category)
	}
	b.refused(http.StatusNotFound, http.MethodGet, "service_category/501/1", "")

	type person struct {
		ID   int
		Name string
	}
	var staff []person
	b.data("staff/501/", &staff)
	var elena person
	b.data("staff/501/50101", &elena)
	if len(staff) != 5 || elena != staff[0] || elena.Name == "" {
		t.Errorf("staff = %+v, %+v", staff, elena)
	}
	b.refused(http.StatusNotFound, http.MethodGet, "staff/501/1", "")
}
