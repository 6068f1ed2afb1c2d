package browse

import (
	"testing"

	"okoshko/internal/catalog"
)

func TestAddressNamesTheCityOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ city, address, want string }{
		{"Riga", "Brīvības iela 68", "Riga, Brīvības iela 68"},
		{"Rīga", "Brīvības iela 68, Rīga", "Brīvības iela 68, Rīga"},
		{"Москва", "г. МОСКВА, Садовая, 1", "г. МОСКВА, Садовая, 1"},
		{"Äbtissinwisch", "Äbtissinwisch, Садовая, 115", "Äbtissinwisch, Садовая, 115"},
		{"", "Садовая, 1", "Садовая, 1"},
		{"Riga", "", "Riga"},
	} {
		if got := address(&catalog.Company{City: tt.city, Address: tt.address}); got != tt.want {
			t.Errorf("address(%q, %q) = %q, want %q", tt.city, tt.address, got, tt.want)
		}
	}
}
