package upstream

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// decoded are the names of the fields that a wire type reads, those of objects inside behind a dot.
func decoded(t reflect.Type, prefix string, depth int) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || depth > 4 {
		return nil
	}
	var out []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Name == "value" || f.Anonymous && name == "":
			out = append(out, decoded(f.Type, prefix, depth)...)
		case name != "":
			out = append(out, prefix+name)
			if !strings.Contains(f.Type.String(), "wire") {
				out = append(out, decoded(f.Type, prefix+name+".", depth+1)...)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestFieldsAreDocumented compares docs/upstream-fields.md with what is decoded.
func TestFieldsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/upstream-fields.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]map[string]string{} // by wire type and field: how it is read
	section := ""
	for line := range strings.Lines(string(page)) {
		if name, ok := strings.CutPrefix(line, "`wire"); ok {
			section = "wire" + name[:strings.IndexByte(name, '`')]
			documented[section] = map[string]string{}
		}
		if strings.HasPrefix(line, "## ") {
			section = ""
		}
		cells := strings.Split(line, " | ")
		if section == "" || !strings.HasPrefix(line, "| `") || len(cells) < 2 {
			continue
		}
		field, how := strings.Trim(cells[0], "|` "), cells[1]
		if documented[section][field] != "" || !slices.Contains([]string{"yes", "no", "live"}, how) {
			t.Errorf("%s: %s stands there twice, or is read %q", section, field, how)
		}
		documented[section][field] = how
		if why := strings.Trim(strings.Join(cells[2:], ""), "| \n"); how == "no" && why == "" {
			t.Errorf("%s: %s is not read, and nobody says why", section, field)
		}
	}
	for _, v := range []any{
		wireBookform{},
		wireStep{},
		wireServiceList{},
		wireCategory{},
		wireService{},
		wireStaff{},
		wireSeance{},
		wireDates{},
		wireCompany{},
		wireActivity{},
		wireRecord{},
		wireRecordService{},
		wireUser{},
		wireClient{},
		wireAppointment{},
		wireField{},
	} {
		wire := reflect.TypeOf(v)
		fields, read := documented[wire.Name()], decoded(wire, "", 0)
		if fields == nil {
			t.Errorf("docs/upstream-fields.md has no %s", wire.Name())
			continue
		}
		for _, field := range read {
			if how := fields[field]; how == "" || how == "no" {
				t.Errorf("%s: %s is read, and docs/upstream-fields.md says %q", wire.Name(), field, how)
			}
		}
		for field, how := range fields {
			if how == "yes" && !slices.Contains(read, field) {
				t.Errorf("%s: docs/upstream-fields.md says that %s is read", wire.Name(), field)
			}
		}
		delete(documented, wire.Name())
	}
	if len(documented) > 0 {
		t.Errorf("docs/upstream-fields.md names types that are not there: %v", documented)
	}
}
