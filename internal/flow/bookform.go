package flow

import (
	"slices"
	"time"
)

// Step is one of the seven questions of a bookform.
type Step string

// The steps, as the page contract and the upstream name them (rest-api: Получить настройки формы
// бронирования).
const (
	City     Step = "city"
	Company  Step = "company"
	Service  Step = "service"
	Master   Step = "master"
	Datetime Step = "datetime"
	Contact  Step = "contact"
	Confirm  Step = "confirm"
)

// documented is the order in which the upstream's documentation lists the steps.
func documented() []Step {
	return []Step{City, Company, Service, Master, Datetime, Contact, Confirm}
}

// ParseStep reads a step's name.
func ParseStep(s string) (Step, bool) {
	step := Step(s)
	return step, slices.Contains(documented(), step)
}

// Bookform is a bookform as far as the journey depends on it.
type Bookform struct {
	GroupID   int // 0: one company only
	CompanyID int
	Steps     []StepConfig
}

// StepConfig is one step of a bookform.
type StepConfig struct {
	Step       Step
	Num        int // its place, from 1; equal numbers occur
	Title      string
	Hidden     bool
	Default    int // an id; for the master 0 = any
	HasDefault bool

	// Of the datetime step only.
	DateHidden, TimeHidden bool
	DateDefault            string        // YYYY-MM-DD or ""
	TimeDefault            time.Duration // since midnight, by the company's clock
	HasTimeDefault         bool
}

// clean leaves out defaults that mean nothing: an id of 0 except of a master, a day or a time that does not exist.
func (s StepConfig) clean() StepConfig {
	switch s.Step {
	case Master:
		s.Default = max(s.Default, 0) // the upstream also writes any as -1
	case City, Company, Service:
		s.HasDefault = s.HasDefault && s.Default > 0
	default:
		s.HasDefault = false
	}
	if !s.HasDefault {
		s.Default = 0
	}
	if _, ok := parseDate(s.DateDefault); !ok {
		s.DateDefault = ""
	}
	if s.TimeDefault < 0 || s.TimeDefault >= 24*time.Hour {
		s.HasTimeDefault = false
	}
	return s
}

// hidesDate says whether the bookform fixes the day.
func (s StepConfig) hidesDate() bool { return (s.Hidden || s.DateHidden) && s.DateDefault != "" }

// hidesTime says whether the bookform fixes the time of day.
func (s StepConfig) hidesTime() bool { return (s.Hidden || s.TimeHidden) && s.HasTimeDefault }
