package catalog

import (
	"reflect"
	"time"
	"unsafe"
)

// The cache is bounded by the memory that its answers take, not by their number: one salon's list of services may be a
// thousand times as long as another's.

// ofEntry is what an entry takes besides its answer, in bytes: the fixed part of the key, the node of the cache, timers.
const ofEntry = 512

// weigh is about how many bytes an entry takes.
func weigh(k key, e entry) int {
	size := ofEntry + len(k.lang) + len(k.day) + len(k.services) + len(k.slot)
	switch value := e.value.(type) {
	case nil:
		return size
	case *Services:
		return size + value.weight
	}
	return size + deepSize(reflect.ValueOf(e.value), 0)
}

// deepSize is about how many bytes a value takes with all that it points to. What two values point to counts twice.
func deepSize(v reflect.Value, depth int) int {
	return int(v.Type().Size()) + reached(v, depth)
}

var zones = reflect.TypeFor[*time.Location]()

// reached is what a value points to, without the value itself.
func reached(v reflect.Value, depth int) int {
	const deepest, slot = 12, 16 // a map has bookkeeping of its own for each key
	if depth > deepest {
		return 0
	}
	size := 0
	switch v.Kind() {
	case reflect.String:
		return v.Len()
	case reflect.Slice:
		size = (v.Cap() - v.Len()) * int(v.Type().Elem().Size())
		for i := range v.Len() {
			size += deepSize(v.Index(i), depth+1)
		}
	case reflect.Array:
		for i := range v.Len() {
			size += reached(v.Index(i), depth+1)
		}
	case reflect.Map:
		for pairs := v.MapRange(); pairs.Next(); {
			size += slot + deepSize(pairs.Key(), depth+1) + deepSize(pairs.Value(), depth+1)
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			size += reached(field, depth+1)
		}
	case reflect.Pointer:
		if !v.IsNil() && v.Type() != zones {
			size = deepSize(v.Elem(), depth+1)
		}
	case reflect.Interface:
		if !v.IsNil() {
			size = deepSize(v.Elem(), depth+1)
		}
	default: // numbers hold nothing, and what a function or a channel holds is no answer
	}
	return size
}

// A list of services that is narrowed by a choice holds mostly the same services as the company's whole list. So it
// points to the services of the whole list where they are equal. It is charged for a part of them, because it keeps them
// in memory when the whole list is gone.
const partOfWhole = 4

// shared is the list with equal services replaced by those of the whole list, and with its weight. A whole list is charged
// for all its services, also for those that it shares with the whole list before it.
func (s *Services) shared(with *Services, whole bool) *Services {
	size := 0
	take := func(service *Service) *Service {
		if with != nil {
			if other := with.Find(service.ID); other != nil && reflect.DeepEqual(*other, *service) {
				return other
			}
		}
		size += deepSize(reflect.ValueOf(service).Elem(), 0)
		return service
	}
	for i, service := range s.byID {
		s.byID[i] = take(service)
	}
	for i := range s.Categories {
		category := &s.Categories[i]
		if with != nil {
			if other := with.category(category.ID); other != nil && other.Title == category.Title {
				category.Title = other.Title
			}
		}
		for k, service := range category.Services {
			category.Services[k] = s.Find(service.ID)
		}
	}
	size += deepSize(reflect.ValueOf(s.Promotions), 0) // what they cost depends on the list
	const pointer = int(unsafe.Sizeof((*Service)(nil)))
	s.weight = size + pointer*cap(s.byID) + cap(s.Categories)*int(unsafe.Sizeof(Category{}))
	for _, category := range s.Categories {
		s.weight += pointer * cap(category.Services)
	}
	switch {
	case with == nil:
	case whole:
		s.weight = max(s.weight, with.weight)
	default:
		s.weight += with.weight / partOfWhole
	}
	return s
}
