//go:build race

package budget

// flooding is how many ask all the time. The race detector breaks down now and then when many timers run in a bubble of
// synctest (golang/go#78156).
const flooding = 60
