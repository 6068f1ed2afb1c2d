package booking

import (
	"testing"
	"time"

	"okoshko/internal/money"
	"okoshko/internal/upstream"
)

// TestPlacesAtAGroupEventCostEach reads records of group events from upstreams that tell the cost of one place, of all of
// them, or only the listed price.
func TestPlacesAtAGroupEventCostEach(t *testing.T) {
	for name, tt := range map[string]struct {
		event, places int
		service       upstream.RecordService
		want          money.Price
		amount        int
	}{
		"the cost of one place":        {7, 2, upstream.RecordService{Cost: 1200, PriceMin: 1200, PriceMax: 1200, Amount: 1}, money.Exactly(2400), 2},
		"nothing but that cost":        {7, 2, upstream.RecordService{Cost: 1200}, money.Exactly(2400), 2},
		"less than listed":             {7, 3, upstream.RecordService{Cost: 600, PriceMin: 1200, PriceMax: 1200, Discount: 50}, money.Exactly(1800), 3},
		"the cost of all places":       {7, 2, upstream.RecordService{Cost: 2400, PriceMin: 1200, PriceMax: 1200, Amount: 1}, money.Exactly(2400), 2},
		"the places as an amount":      {7, 2, upstream.RecordService{Cost: 2400, PriceMin: 1200, PriceMax: 1200, Amount: 2}, money.Exactly(2400), 2},
		"the listed price":             {7, 2, upstream.RecordService{PriceMin: 1200, PriceMax: 1500}, money.Listed(2400, 3000), 2},
		"no price":                     {7, 2, upstream.RecordService{}, money.Price{}, 2},
		"for nothing":                  {7, 2, upstream.RecordService{PriceMin: 1200, Discount: 100}, money.Free(), 2},
		"one place":                    {7, 1, upstream.RecordService{Cost: 1200}, money.Exactly(1200), 1},
		"places that nobody counted":   {7, 0, upstream.RecordService{Cost: 1200}, money.Exactly(1200), 1},
		"several customers, no event":  {0, 2, upstream.RecordService{Cost: 1200, Amount: 1}, money.Exactly(1200), 1},
		"several of a service, at one": {0, 1, upstream.RecordService{Cost: 2400, Amount: 2}, money.Exactly(2400), 2},
	} {
		got := visitOf(upstream.Record{ActivityID: tt.event, ClientsCount: tt.places, Services: []upstream.RecordService{tt.service}}, time.UTC).Services[0]
		if got.Price != tt.want || got.Amount != tt.amount {
			t.Errorf("%s: %d at %+v, want %d at %+v", name, got.Amount, got.Price, tt.amount, tt.want)
		}
	}
}
