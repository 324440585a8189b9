package asterisk

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func ptr[T any](v T) *T { return &v }

func TestParseBool(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		give      *string
		value, ok bool
	}{
		{"NULL_is_neither", nil, false, false},
		{"blank_is_neither", ptr("  "), false, false},
		{"another_word_is_neither", ptr("maybe"), false, false},
		{"blanks_around_a_word_don't_matter", ptr(" yes\n"), true, true},
		{"case_doesn't_matter", ptr("oFF"), false, true},
	}
	for _, s := range []string{"1", "on", "true", "yes", "YES", "True", "y", "t"} {
		tests = append(tests, struct {
			name      string
			give      *string
			value, ok bool
		}{"ast_bool_values_" + s + "_is_true", &s, true, true})
	}
	for _, s := range []string{"0", "off", "false", "no", "NO", "False", "n", "f"} {
		tests = append(tests, struct {
			name      string
			give      *string
			value, ok bool
		}{"ast_bool_values_" + s + "_is_false", &s, false, true})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if v, ok := parseBool(tt.give); v != tt.value || ok != tt.ok {
				t.Errorf("ParseBool = %v, %v, want %v, %v", v, ok, tt.value, tt.ok)
			}
		})
	}
}

func TestSplitList(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, give string
		want       []string
	}{
		{"empty_text_has_no_items", "", nil},
		{"commas_alone_have_no_items", " , ,,", nil},
		{"one_item", "6001", []string{"6001"}},
		{"blanks_around_items_are_gone", " 6001 ,\t6002\n", []string{"6001", "6002"}},
		{"empty_items_are_gone", ",a,,b,", []string{"a", "b"}},
		{"blanks_inside_an_item_stay", "a b,c", []string{"a b", "c"}},
		{"order_and_repetitions_stay", "b,a,b", []string{"b", "a", "b"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, SplitList(tt.give)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzSplitList(f *testing.F) {
	for _, s := range []string{"", ",", "a,b", " a , ,b\x00", "\xff,\xc3", "ä, ö"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		items := SplitList(s)
		for _, item := range items {
			if item == "" || strings.Contains(item, ",") || strip(item) != item {
				t.Errorf("item %q of %q", item, s)
			}
		}
		if again := SplitList(strings.Join(items, " , ")); !slices.Equal(items, again) {
			t.Errorf("%q gives %q, and joined again %q", s, items, again)
		}
		unique := uniqueList(s)
		for i, item := range unique {
			if slices.Index(unique, item) != i || !slices.Contains(items, item) {
				t.Errorf("uniqueList(%q) = %q", s, unique)
			}
		}
	})
}
