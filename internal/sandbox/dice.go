package sandbox

// dice is a splitmix64 generator: tiny, and the same numbers from the same seed
// on every platform and Go version. Nothing secret is made with it.
type dice struct{ state uint64 }

// newDice mixes the seed with what the numbers are for, so that one master's
// diary does not move when another's changes.
func newDice(seed int64, parts ...int) *dice {
	d := &dice{state: uint64(seed)} //nolint:gosec // a seed is a bag of bits, not a quantity
	for _, p := range parts {
		d.state ^= d.next() + uint64(p) //nolint:gosec // same
	}
	return d
}

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// roll returns a number in [0, n); n must be positive.
func (d *dice) roll(n int) int {
	return int(d.next() % uint64(n)) //nolint:gosec // n > 0, so both conversions keep the value
}
