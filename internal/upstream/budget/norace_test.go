//go:build !race

package budget

// flooding is how many ask all the time.
const flooding = 400
