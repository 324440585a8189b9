package admin

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"registrard/view"
)

// description is what this test reads of openapi.json.
type description struct {
	OpenAPI string
	Paths   map[string]map[string]operation
	Comps   struct {
		Schemas map[string]schema
	} `json:"components"`
}

type operation struct {
	OperationID string `json:"operationId"`
	Parameters  []struct {
		Name, In string
		Schema   schema
	}
	Responses map[string]struct {
		Content map[string]struct{ Schema schema }
	}
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       string
	Format     string
	Nullable   bool
	Required   []string
	Properties map[string]schema
	Additional *bool `json:"additionalProperties"`
	Items      *schema
	MaxLength  int
	Minimum    int
	Maximum    int
	Default    int
}

func readDescription(t *testing.T) description {
	t.Helper()
	var d description
	if err := json.Unmarshal(openAPI, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// fits holds a value against a schema; what is wrong, with its place, or "".
func (d *description) fits(v any, s schema, at string) string {
	if s.Ref != "" {
		name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/")
		if _, known := d.Comps.Schemas[name]; !ok || !known {
			return at + ": nothing is at " + s.Ref
		}
		return d.fits(v, d.Comps.Schemas[name], at)
	}
	if v == nil {
		if s.Nullable {
			return ""
		}
		return at + " is null"
	}
	switch x := v.(type) {
	case string:
		if s.Type != "string" {
			return at + " is a string"
		}
		if s.Format == "date-time" {
			if tm, err := time.Parse(time.RFC3339, x); err != nil || tm.Location() != time.UTC {
				return at + " is no time in UTC: " + x
			}
		}
	case bool:
		if s.Type != "boolean" {
			return at + " is a boolean"
		}
	case float64:
		if s.Type != "number" && (s.Type != "integer" || x != float64(int64(x))) {
			return fmt.Sprintf("%s is the number %v", at, x)
		}
	case []any:
		if s.Type != "array" {
			return at + " is an array"
		}
		for i, item := range x {
			if wrong := d.fits(item, *s.Items, fmt.Sprintf("%s[%d]", at, i)); wrong != "" {
				return wrong
			}
		}
	case map[string]any:
		if s.Type != "object" {
			return at + " is an object"
		}
		for _, name := range s.Required {
			if _, ok := x[name]; !ok {
				return at + " has no " + name
			}
		}
		for name, value := range x {
			property, known := s.Properties[name]
			if !known && s.Additional != nil && !*s.Additional {
				return at + " has " + name + ", which isn't described"
			}
			if known {
				if wrong := d.fits(value, property, at+"."+name); wrong != "" {
					return wrong
				}
			}
		}
	}
	return ""
}

// holds asks for target and holds the answer against what is described for it.
func (d *description) holds(t *testing.T, h http.Handler, op operation, target string, want int) any {
	t.Helper()
	w := ask(h, target)
	if w.Code != want {
		t.Errorf("%s: status %d, want %d: %s", target, w.Code, want, w.Body)
		return nil
	}
	response, ok := op.Responses[fmt.Sprint(w.Code)]
	if !ok {
		t.Errorf("%s: status %d isn't described", target, w.Code)
		return nil
	}
	content, ok := response.Content[w.Header().Get("Content-Type")]
	if !ok {
		t.Errorf("%s: a %d of type %s isn't described", target, w.Code, w.Header().Get("Content-Type"))
		return nil
	}
	var v any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Errorf("%s: %v", target, err)
		return nil
	}
	if wrong := d.fits(v, content.Schema, target); wrong != "" {
		t.Error(wrong)
	}
	return v
}

// TestOpenAPI holds openapi.json and the handlers against each other: every
// path in it answers with what it says, each status of it can be had, every
// filter of a list is in it and no other, and every path that is served is in it.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	d := readDescription(t)
	all := lists(&fakeViews{})
	served := []string{"/api/v1/openapi.json"}
	for _, l := range all {
		served = append(served, "/api/v1/"+l.Name)
	}
	described := slices.Collect(maps.Keys(d.Paths))
	sort.Strings(served)
	sort.Strings(described)
	if diff := cmp.Diff(served, described); diff != "" {
		t.Errorf("paths (-served +described):\n%s", diff)
	}
	for path, methods := range d.Paths {
		if len(methods) != 1 || methods["get"].OperationID == "" {
			t.Errorf("%s: want get alone, with an operationId", path)
		}
		// What stands before all of them answers with.
		for _, status := range []string{"401", "421", "429"} {
			if _, ok := methods["get"].Responses[status].Content["text/plain"]; !ok {
				t.Errorf("%s: a %s in plain text isn't described", path, status)
			}
		}
	}
	for _, l := range all {
		op := d.Paths["/api/v1/"+l.Name]["get"]
		v := &fakeViews{contacts: fakeContacts()}
		h := serve(t, v, Access{})
		path := "/api/v1/" + l.Name

		page := d.holds(t, h, op, path, 200)
		if items := page.(map[string]any)["items"].([]any); len(items) < 2 {
			t.Errorf("%s: %d rows; the test wants two, one of them without all that may be missing", path, len(items))
		}
		first := d.holds(t, h, op, path+"?limit=1", 200).(map[string]any)
		second := d.holds(t, h, op, path+"?limit=1&after="+url.QueryEscape(first["next"].(string)), 200).(map[string]any)
		if first["next"] == "" || cmp.Equal(first["items"], second["items"]) {
			t.Errorf("%s: the second page is the first: %v, %v", path, first, second)
		}
		d.holds(t, h, op, path+"?nonsense=1", 400)
		d.holds(t, h, op, path+"?limit=1001", 400)
		d.holds(t, h, op, path+"?limit=%zz", 400)
		if w := ask(serve(t, v, Access{Token: "0123456789abcdef"}), path); w.Code != 401 {
			t.Errorf("%s: without credentials %d", path, w.Code)
		}
		if w := ask(h, path, func(r *http.Request) { r.Host = "evil.example" }); w.Code != 421 {
			t.Errorf("%s: under a name that isn't this machine's %d", path, w.Code)
		}
		v.set(func(v *fakeViews) { v.cut = true })
		if cut := d.holds(t, h, op, path+"?text=0", 200).(map[string]any)["cut"]; cut != true {
			t.Errorf("%s: a search that was cut has cut %v", path, cut)
		}
		v.set(func(v *fakeViews) { v.absent = l.Name })
		d.holds(t, h, op, path, 404)
		v.set(func(v *fakeViews) { v.err = errAway })
		d.holds(t, h, op, path, 503)

		var names []string
		for _, p := range op.Parameters {
			names = append(names, p.Name)
			value := "10.0.0.5"
			if p.Name == "limit" {
				value = "7"
				if p.Schema.Minimum != 1 || p.Schema.Maximum != view.MaxLimit || p.Schema.Default != view.DefaultLimit {
					t.Errorf("%s: limit is described as %+v", path, p.Schema)
				}
			}
			if p.Name == "after" {
				value = view.Cursor(make([]string, l.Keys)...)
			}
			if _, err := l.Parse(map[string][]string{p.Name: {value}}); err != nil || p.In != "query" {
				t.Errorf("%s: parameter %s, in %s: %v", path, p.Name, p.In, err)
			}
			long := map[string][]string{p.Name: {strings.Repeat("x", p.Schema.MaxLength)}}
			longer := map[string][]string{p.Name: {strings.Repeat("x", p.Schema.MaxLength+1)}}
			if p.Schema.Type == "string" && p.Name != "source" && p.Name != "after" {
				if _, err := l.Parse(long); err != nil {
					t.Errorf("%s: as long as described: %v", p.Name, err)
				}
				if _, err := l.Parse(longer); err == nil {
					t.Errorf("%s: longer than described, and taken", p.Name)
				}
			}
		}
		if diff := cmp.Diff(append(slices.Clone(l.Filters), "limit", "after"), names); diff != "" {
			t.Errorf("%s: parameters (-served +described):\n%s", path, diff)
		}
	}
	h := serve(t, &fakeViews{}, Access{})
	d.holds(t, h, d.Paths["/api/v1/openapi.json"]["get"], "/api/v1/openapi.json", 200)
	if items := d.holds(t, h, d.Paths["/api/v1/contacts"]["get"], "/api/v1/contacts", 200).(map[string]any)["items"]; items == nil {
		t.Error("a list without rows is null")
	}
	if w := ask(h, "/api/v1/phones"); w.Code != 404 || !strings.Contains(w.Body.String(), "openapi.json lists") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestNoSecretHasAName: no field of the API, and none of its parameters, could
// hold a secret.
func TestNoSecretHasAName(t *testing.T) {
	t.Parallel()
	d := readDescription(t)
	for name, s := range d.Comps.Schemas {
		for property := range s.Properties {
			for _, word := range []string{"password", "secret", "md5", "digest", "cred", "token", "nonce"} {
				if strings.Contains(strings.ToLower(property), word) {
					t.Errorf("%s.%s", name, property)
				}
			}
		}
	}
}
