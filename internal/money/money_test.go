package money

import (
	"math"
	"testing"
)

func TestStreet(t *testing.T) {
	a, b, c := Listed(380000, 0), Listed(50000, 50000), Listed(0, 0)
	t.Run("M1 sums keep from and what is not named", func(t *testing.T) {
		for name, tt := range map[string]struct{ got, want Price }{
			"A":                       {Sum(a), From(380000)},
			"B":                       {Sum(b), Exactly(50000)},
			"A and B":                 {Sum(a, b), From(430000)},
			"B and A":                 {Sum(b, a), From(430000)},
			"B and C":                 {Sum(b, c), From(50000)},
			"C and B":                 {Sum(c, b), From(50000)},
			"A, B and C":              {Sum(a, b, c), From(430000)},
			"two ranges":              {Sum(Listed(100, 200), Listed(10, 30)), Listed(110, 230)},
			"a range and an exact":    {Sum(Listed(100, 200), b), Listed(50100, 50200)},
			"up to and an exact":      {Sum(Listed(0, 900), Exactly(100)), Listed(100, 1000)},
			"free and an exact":       {Sum(Free(), b), b},
			"free and not named":      {Sum(Free(), c), Price{}},
			"free and free":           {Sum(Free(), Free()), Free()},
			"three places of A":       {a.Times(3), From(1140000)},
			"two places of a range":   {Listed(100, 200).Times(2), Listed(200, 400)},
			"no places":               {b.Times(0), Price{}},
			"highest below lowest":    {Listed(500, 300), Exactly(500)},
			"negative amounts":        {Listed(-5, -1), Price{}},
			"negative lowest":         {Listed(-5, 100), Listed(0, 100)},
			"more than there is":      {Exactly(math.MaxInt64).Plus(Exactly(1)), Exactly(math.MaxInt64)},
			"more places than counts": {Exactly(math.MaxInt64 / 2).Times(3), Exactly(math.MaxInt64)},
		} {
			if tt.got != tt.want {
				t.Errorf("%s: %+v, want %+v", name, tt.got, tt.want)
			}
		}
	})
	t.Run("M6 no price is not a price of zero", func(t *testing.T) {
		if c.Named() || c.IsFree() || c.IsExact() || Sum().Named() || Sum(c, c).Named() || c.Times(2).Named() {
			t.Errorf("%+v is named", c)
		}
		if _, ok := c.High(); ok {
			t.Error("what is not named has a highest amount")
		}
	})
	t.Run("M5 free is a price", func(t *testing.T) {
		if f := Free(); !f.Named() || !f.IsFree() || !f.IsExact() || f == (Price{}) {
			t.Errorf("Free() = %+v", f)
		}
	})
}

// FuzzSum: the order of what is added does not matter, and a sum never promises less than its parts ask for.
func FuzzSum(f *testing.F) {
	f.Add(int64(3800), int64(0), int64(500), int64(500), int64(0), int64(0))
	f.Fuzz(func(t *testing.T, al, ah, bl, bh, cl, ch int64) {
		a, b, c := Listed(al, ah), Listed(bl, bh), Listed(cl, ch)
		if a.Plus(b) != b.Plus(a) || a.Plus(b).Plus(c) != a.Plus(b.Plus(c)) {
			t.Fatalf("%+v, %+v, %+v: the order matters", a, b, c)
		}
		sum := Sum(a, b, c)
		for _, p := range []Price{a, b, c} {
			high, known := p.High()
			total, bounded := sum.High()
			if sum.Low() < p.Low() || bounded && (!known || total < high) {
				t.Fatalf("%+v of %+v, %+v, %+v", sum, a, b, c)
			}
		}
	})
}
