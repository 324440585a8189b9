package reason

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// declared reads the names of all rows out of table.go itself, so that a row
// that All forgets is noticed.
func declared(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "table.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if typ, ok := lit.Type.(*ast.Ident); !ok || typ.Name != "Reason" {
			return true
		}
		name := ""
		for _, e := range lit.Elts {
			kv := e.(*ast.KeyValueExpr)
			if kv.Key.(*ast.Ident).Name == "Name" {
				if name, err = strconv.Unquote(kv.Value.(*ast.BasicLit).Value); err != nil {
					t.Fatal(err)
				}
			}
		}
		names = append(names, name)
		return true
	})
	return names
}

func TestAll(t *testing.T) {
	t.Parallel()
	rows := declared(t)
	if len(rows) < 30 {
		t.Fatalf("table.go declares %d rows only: can this test still read it?", len(rows))
	}
	var listed []string
	for _, r := range All() {
		listed = append(listed, r.Name)
	}
	slices.Sort(rows)
	slices.Sort(listed)
	if diff := cmp.Diff(rows, listed); diff != "" {
		t.Errorf("All and table.go differ (-table.go +All):\n%s", diff)
	}
	if unique := slices.Compact(slices.Clone(listed)); len(unique) != len(listed) {
		t.Error("a name appears twice")
	}
}

func TestRows(t *testing.T) {
	t.Parallel()
	snake := regexp.MustCompile(`^[a-z]+[0-9]*(_[a-z0-9]+)*$`)
	for _, r := range All() {
		if !snake.MatchString(r.Name) {
			t.Errorf("%q is not in snake case", r.Name)
		}
		if r.Hint == "" || r.Source == "" {
			t.Errorf("%s has no hint or no source", r.Name)
		}
		if (r.Code == 0) != (r.Phrase == "") || r.Code != 0 && (r.Code < 400 || r.Code > 699) {
			t.Errorf("%s: %d %q is no refusal", r.Name, r.Code, r.Phrase)
		}
		if r.Code == 401 && r.Phrase != "Unauthorized" {
			t.Errorf("%s tells a stranger more than other 401s: %q", r.Name, r.Phrase)
		}
		if r.Attack && r.Routine {
			t.Errorf("%s is an attack and the ordinary course at once", r.Name)
		}
	}
}

// TestPromised: names and codes that the project's interface promises to
// scripts and dashboards.
func TestPromised(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]int{
		"unknown_endpoint": 401, "identify_method_not_allowed": 401, "source_denied": 401, "contact_denied": 401,
		"auth_missing": 401, "wrong_password": 401, "wrong_realm": 401, "unknown_auth_user": 401, "stale_nonce": 401,
		"banned": 0, "no_aors": 403, "registration_disabled": 403, "too_many_contacts": 403,
		"aor_not_listed": 404, "aor_missing": 404, "bad_request": 400, "contact_too_long": 400, "bad_wildcard": 400,
		"unsupported_uri_scheme": 416, "path_not_supported": 420, "unsupported_extension": 420, "interval_too_brief": 423,
		"out_of_order": 500, "overloaded": 503, "database_unavailable": 503, "draining": 503,
	} {
		r := ByName(name)
		if r == nil {
			t.Errorf("%s is missing", name)
		} else if r.Code != code {
			t.Errorf("%s has code %d, promised is %d", name, r.Code, code)
		}
	}
	if ByName("no such reason") != nil {
		t.Error("ByName finds what is not there")
	}
}

// TestEvents: which refusals are security events is promised to filters.
func TestEvents(t *testing.T) {
	t.Parallel()
	for r, want := range map[*Reason]string{
		WrongPassword: "auth_failed", UnknownAuthUser: "auth_failed", UnknownEndpoint: "unknown_endpoint",
		IdentifyMethodNotAllowed: "unknown_endpoint", SourceDenied: "acl_denied", ContactDenied: "acl_denied",
		RateLimited: "rate_limited", Banned: "banned", Challenge: "", StaleNonce: "", Overloaded: "", TooManyContacts: "",
	} {
		if r.Event != want {
			t.Errorf("%s: %q, want %q", r.Name, r.Event, want)
		}
	}
}

func TestRefusal(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("registering 6001: %w", Because(TooManyContacts, "2 of 1"))
	var r *Refusal
	if !errors.As(err, &r) || r.Reason != TooManyContacts {
		t.Fatalf("errors.As finds %v in %v", r, err)
	}
	if got, want := r.Error(), "too_many_contacts: 2 of 1"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if got, want := Because(Banned, "").Error(), "banned"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if got := r.LogValue(); !got.Equal(slog.StringValue("too_many_contacts")) {
		t.Errorf("LogValue() = %v", got)
	}
	if got := (*Refusal)(nil).LogValue(); !got.Equal(slog.Value{}) {
		t.Errorf("LogValue() of nothing = %v", got)
	}
}
