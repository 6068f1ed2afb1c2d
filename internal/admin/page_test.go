package admin

import (
	"slices"
	"testing"

	"okoshko/web/templates/admin"
)

func TestDoorsAreNamedWithTheirForms(t *testing.T) {
	many := make([]int, 23)
	for i := range many {
		many[i] = i + 1
	}
	for _, tt := range []struct {
		doors               Doors
		assistants, sitemap string
		bad                 bool
	}{
		{Doors{}, "closed ([agents] mcp)", "none ([found] forms)", false},
		{Doors{Sitemap: []int{7}}, "closed ([agents] mcp)", "lists form 7", false},
		{Doors{Assistants: true}, "open, but no form can be found ([agents] forms)", "none ([found] forms)", true},
		{Doors{Assistants: true, AssistantsForms: []int{7, 3}, Sitemap: []int{7}}, "open for forms 7, 3", "lists form 7", false},
		{Doors{Sitemap: many}, "closed ([agents] mcp)", "lists forms 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 and 3 more", false},
	} {
		want := []admin.Fact{{Name: "Door for assistants, /mcp", Text: tt.assistants, Bad: tt.bad}, {Name: "Sitemap, /sitemap.xml", Text: tt.sitemap}}
		if got := tt.doors.facts(); !slices.Equal(got, want) {
			t.Errorf("%+v: %v, want %v", tt.doors, got, want)
		}
	}
}
