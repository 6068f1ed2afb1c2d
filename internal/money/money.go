// Package money holds prices as salons state them. A price has a lowest amount and may have a highest one; it may be free,
// and it may not be named at all. The package is pure.
package money

import "math"

// Price is a price in hundredths of a unit of the currency. The zero Price is not named: the salon tells it on request.
type Price struct {
	low, high int64
	named     bool
	open      bool // the highest amount is not known
}

// Exactly is a price of one amount; an amount of zero is free.
func Exactly(amount int64) Price {
	amount = max(amount, 0)
	return Price{low: amount, high: amount, named: true}
}

// Free is a price of nothing.
func Free() Price { return Exactly(0) }

// From is a price of at least an amount.
func From(low int64) Price {
	if low <= 0 {
		return Price{}
	}
	return Price{low: low, named: true, open: true}
}

// Listed is the price that the upstream lists as "price_min" and "price_max" (rest-api: "Получить список услуг доступных
// для бронирования"). A highest amount of zero means that there is none: {3800, 0} is "from 3 800". Both zero mean that
// the salon names no price.
func Listed(low, high int64) Price {
	switch {
	case low <= 0 && high <= 0:
		return Price{}
	case high <= 0:
		return From(low)
	case high < low:
		return Exactly(low)
	default:
		return Price{low: max(low, 0), high: high, named: true}
	}
}

// Named says whether the salon names a price.
func (p Price) Named() bool { return p.named }

// IsFree says whether the price is nothing.
func (p Price) IsFree() bool { return p.named && !p.open && p.high == 0 }

// IsExact says whether the price is one amount.
func (p Price) IsExact() bool { return p.named && !p.open && p.low == p.high }

// Low is the lowest amount; zero where no price is named.
func (p Price) Low() int64 { return p.low }

// High is the highest amount; ok is false where there is none.
func (p Price) High() (amount int64, ok bool) { return p.high, p.named && !p.open }

// Plus is the sum of two prices. Where one of them is not named, the other is the lowest amount of the sum.
func (p Price) Plus(q Price) Price {
	low := added(p.low, q.low)
	switch {
	case !p.named && !q.named:
		return Price{}
	case !p.named || !q.named || p.open || q.open:
		return From(low) // "from 0" would tell nothing
	default:
		return Price{low: low, high: added(p.high, q.high), named: true}
	}
}

// Sum is the sum of prices. The sum of no price is not named.
func Sum(prices ...Price) Price {
	if len(prices) == 0 {
		return Price{}
	}
	total := prices[0]
	for _, p := range prices[1:] {
		total = total.Plus(p)
	}
	return total
}

// Times is the price of n things at this price.
func (p Price) Times(n int) Price {
	if n <= 0 {
		return Price{}
	}
	p.low, p.high = multiplied(p.low, int64(n)), multiplied(p.high, int64(n))
	return p
}

// added and multiplied stop at the largest amount that fits.
func added(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func multiplied(a, n int64) int64 {
	if a > math.MaxInt64/n {
		return math.MaxInt64
	}
	return a * n
}
