package asterisk

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, plain, stored string }{
		{"a_URI_without_parameters_is_itself", "sip:100001@127.0.0.1:7777", "sip:100001@127.0.0.1:7777"},
		{"a_semicolon_is_^3B", "sip:100005@127.0.0.1:7788;transport=udp", "sip:100005@127.0.0.1:7788^3Btransport=udp"},
		{"a_caret_is_^5E", "a^b", "a^5Eb"},
		{"what_looks_like_an_escape_survives", "^3B;^", "^5E3B^3B^5E"},
		{"other_characters_stay", "ä%_\"'\\", "ä%_\"'\\"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Escape(tt.plain); got != tt.stored {
				t.Errorf("Escape = %q, want %q", got, tt.stored)
			}
			if got := Unescape(tt.stored); got != tt.plain {
				t.Errorf("Unescape = %q, want %q", got, tt.plain)
			}
		})
	}
}

func TestUnescape(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, stored, plain string }{
		{"any_two_hex_digits_are_a_byte", "a^2Cb^20c^7Fd", "a,b c\x7fd"},
		{"bytes_of_a_character_come_together", "^C3^A4", "ä"},
		{"lower-case_digits_are_no_escape_to_Asterisk", "a^3bc", "a^3bc"},
		{"a_caret_at_the_end_stays", "a^", "a^"},
		{"a_caret_and_one_digit_stay", "a^3", "a^3"},
		{"a_caret_before_other_letters_stays", "a^XYb", "a^XYb"},
		{"^00_stays", "a^00b", "a^00b"},
		{"what_was_decoded_is_not_decoded_again", "^5E3B", "^3B"},
		{"two_carets", "^^3B", "^;"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Unescape(tt.stored); got != tt.plain {
				t.Errorf("Unescape = %q, want %q", got, tt.plain)
			}
		})
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", ";", "^", "^3B", "a;b^c", "^5E^", "ä^3B\xff", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		stored := Escape(s)
		if strings.Contains(stored, ";") {
			t.Errorf("Escape(%q) = %q holds a semicolon", s, stored)
		}
		if back := Unescape(stored); back != s {
			t.Errorf("%q became %q", s, back)
		}
		if again := Unescape(Escape(Unescape(s))); again != Unescape(s) {
			t.Errorf("Unescape(%q) = %q does not survive storing: %q", s, Unescape(s), again)
		}
	})
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, give string
		n          int
		want       string
	}{
		{"what_fits_stays", "abc", 3, "abc"},
		{"0_is_no_limit", "abcdef", 0, "abcdef"},
		{"varchar_counts_characters,_not_bytes", "äöü", 3, "äöü"},
		{"a_character_is_never_halved", "äöü", 2, "äö"},
		{"an_escape_is_never_halved", "ab^3Bc", 4, "ab"},
		{"an_escape_that_fits_stays", "ab^3Bc", 5, "ab^3B"},
		{"a_caret_alone_is_a_character", "a^zz", 3, "a^z"},
		{"broken_UTF-8_is_made_storable", "a\xffb", 10, "a\uFFFDb"},
		{"NUL_is_dropped", "a\x00b", 10, "ab"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Cut(tt.give, tt.n); got != tt.want {
				t.Errorf("Cut(%q, %d) = %q, want %q", tt.give, tt.n, got, tt.want)
			}
		})
	}
}

func FuzzCut(f *testing.F) {
	f.Add("ab;c^d", 4)
	f.Add("äöü\xff\x00^", 3)
	f.Add("", 1)
	f.Fuzz(func(t *testing.T, s string, n int) {
		got := Cut(Escape(s), n)
		if !utf8.ValidString(got) || strings.Contains(got, "\x00") {
			t.Errorf("Cut = %q can't be stored", got)
		}
		if n > 0 && utf8.RuneCountInString(got) > n {
			t.Errorf("Cut to %d = %q", n, got)
		}
		if !utf8.ValidString(s) || strings.Contains(s, "\x00") {
			return
		}
		if !strings.HasPrefix(s, Unescape(got)) {
			t.Errorf("%q cut to %d reads as %q", s, n, Unescape(got))
		}
	})
}

func TestContactID(t *testing.T) {
	t.Parallel()
	const seen = "100001^3B@f2dd385ef09965bbcefdf7f7234ac29e" // on a live Asterisk
	if got := ContactID("100001", "sip:100001@127.0.0.1:7777"); got != seen {
		t.Errorf("ContactID = %q, want %q", got, seen)
	}
	for _, tt := range []struct{ name, id, aor string }{
		{"as_Asterisk_writes_it", seen, "100001"},
		{"the_rest_need_not_be_an_MD5", "6001^3B@by hand", "6001"},
		{"a_plain_semicolon_is_one_too", "6001;@x", "6001"},
		{"underscore_and_percent_are_letters", ContactID("a_b%c", "sip:x@y"), "a_b%c"},
		{"an_escaped_AOR_is_decoded", ContactID("a;b^c", "sip:x@y"), "a;b^c"},
		{"user@host", ContactID("6001@example.org", "sip:x@y"), "6001@example.org"},
		{"without_a_separator_all_is_AOR", "6001", "6001"},
		{"a_caret_in_front_of_the_separator", ContactID("a^", "sip:x@y"), "a^"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := aorOfContactID(tt.id); got != tt.aor {
				t.Errorf("AOROfContactID(%q) = %q, want %q", tt.id, got, tt.aor)
			}
		})
	}
}

func FuzzContactID(f *testing.F) {
	f.Add("6001", "sip:6001@192.0.2.1")
	f.Add("a;b^c;", "sip:a@b;x")
	f.Fuzz(func(t *testing.T, aor, uri string) {
		id := ContactID(aor, uri)
		if len(id) != len(Escape(aor))+contactIDTail {
			t.Errorf("ContactID(%q, %q) = %q", aor, uri, id)
		}
		if strings.Contains(aor, ";@") {
			return // such an AOR is a Problem of its row, and nobody registers at it
		}
		if got := aorOfContactID(id); got != aor {
			t.Errorf("the AOR of %q is %q, want %q", id, got, aor)
		}
	})
}

func BenchmarkContactID(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ContactID("100001", "sip:100001@127.0.0.1:7777")
	}
}

func BenchmarkUnescapePlain(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Unescape("sip:100001@127.0.0.1:7777")
	}
}
