package asterisk

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// columns lists where problems are, "ps_aors.max_contacts".
func columns(ps []Problem) []string {
	var out []string
	for _, p := range ps {
		out = append(out, p.Table+"."+p.Column)
	}
	return out
}

// checkProblems wants the problems of these columns, each one told in full.
func checkProblems(t *testing.T, ps []Problem, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, columns(ps)); diff != "" {
		t.Errorf("problems (-want +got):\n%s\n%+v", diff, ps)
	}
	for _, p := range ps {
		if p.ID == "" || p.What == "" || p.Remedy == "" {
			t.Errorf("problem without id, what or remedy: %+v", p)
		}
	}
}

func TestDecodeEndpoint(t *testing.T) {
	t.Parallel()
	t.Run("a_row_of_NULLs_has_Asterisk's_defaults", func(t *testing.T) {
		e := DecodeEndpoint(EndpointRow{ID: "6001"}, nil, nil)
		want := &Endpoint{ID: "6001", IdentifyBy: []string{"username", "ip"}, ForceRport: true}
		if diff := cmp.Diff(want, e); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("blank_texts_are_NULL", func(t *testing.T) {
		blank := ptr(" ")
		e := DecodeEndpoint(EndpointRow{ID: "6001", Transport: blank, AORs: blank, Auth: blank, IdentifyBy: blank,
			ForceRport: blank, RewriteContact: blank}, nil, nil)
		if diff := cmp.Diff(DecodeEndpoint(EndpointRow{ID: "6001"}, nil, nil), e); diff != "" {
			t.Errorf("(-NULL +blank):\n%s", diff)
		}
	})
	t.Run("rows_come_in_the_order_of_the_lists", func(t *testing.T) {
		e := DecodeEndpoint(
			EndpointRow{ID: "6001", AORs: ptr(" b , a,b,, c"), Auth: ptr("y,x")},
			[]AORRow{{ID: "a"}, {ID: "b"}, {ID: "unnamed"}, {ID: "c"}},
			[]AuthRow{{ID: "x", Username: ptr("x"), Password: ptr("1")}, {ID: "y", Username: ptr("y"), Password: ptr("2")}})
		if diff := cmp.Diff([]string{"b", "a", "c"}, e.AORNames); diff != "" {
			t.Errorf("AORNames (-want +got):\n%s", diff)
		}
		var ids []string
		for _, a := range e.AORs {
			ids = append(ids, a.ID)
		}
		for _, a := range e.Auths {
			ids = append(ids, a.ID)
		}
		if diff := cmp.Diff([]string{"b", "a", "c", "y", "x"}, ids); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if e.AOR("c") == nil || e.AOR("unnamed") != nil {
			t.Error("AOR finds by name")
		}
		checkProblems(t, e.Problems)
	})
	t.Run("names_without_a_row_are_problems_and_stay_names", func(t *testing.T) {
		e := DecodeEndpoint(EndpointRow{ID: "6001", AORs: ptr("a,gone"), Auth: ptr("gone")}, []AORRow{{ID: "a"}}, nil)
		if len(e.AORs) != 1 || len(e.AORNames) != 2 || len(e.AuthNames) != 1 || len(e.Auths) != 0 {
			t.Errorf("%+v", e)
		}
		checkProblems(t, e.Problems, "ps_endpoints.aors", "ps_endpoints.auth")
	})
	t.Run("names_are_case-sensitive", func(t *testing.T) {
		e := DecodeEndpoint(EndpointRow{ID: "6001", AORs: ptr("Alice")}, []AORRow{{ID: "alice"}}, nil)
		checkProblems(t, e.Problems, "ps_endpoints.aors")
	})
	t.Run("escaped_ids_meet_escaped_names", func(t *testing.T) {
		e := DecodeEndpoint(EndpointRow{ID: "a^3Bb", AORs: ptr("a^3Bb")}, []AORRow{{ID: "a^3Bb"}}, nil)
		if e.ID != "a;b" || e.AOR("a;b") == nil {
			t.Errorf("%+v", e)
		}
	})
	t.Run("auth_of_commas_alone_always_fails", func(t *testing.T) {
		e := DecodeEndpoint(EndpointRow{ID: "6001", Auth: ptr(" , ")}, nil, nil)
		if len(e.AuthNames) == 0 || len(e.Auths) != 0 {
			t.Errorf("AuthNames %q lets everybody in", e.AuthNames)
		}
		checkProblems(t, e.Problems, "ps_endpoints.auth", "ps_endpoints.auth")
	})
	t.Run("identify_by_in_any_case_without_repetitions", func(t *testing.T) {
		e := DecodeEndpoint(EndpointRow{ID: "6001", IdentifyBy: ptr("Auth_Username, IP,ip ")}, nil, nil)
		if diff := cmp.Diff([]string{"auth_username", "ip"}, e.IdentifyBy); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("identify_by_with_unknown_words_alone_matches_nothing", func(t *testing.T) {
		e := DecodeEndpoint(EndpointRow{ID: "6001", IdentifyBy: ptr("user,name")}, nil, nil)
		if len(e.IdentifyBy) != 0 {
			t.Errorf("IdentifyBy = %q", e.IdentifyBy)
		}
		checkProblems(t, e.Problems, "ps_endpoints.identify_by", "ps_endpoints.identify_by")
	})
	t.Run("an_ACL_that_can't_be_read_is_a_problem_and_denies", func(t *testing.T) {
		e := DecodeEndpoint(EndpointRow{ID: "6001", Deny: ptr("nonsense"), ContactPermit: ptr("10.0.0.0/99")}, nil, nil)
		if !e.SourceACL.Broken || !e.ContactACL.Broken {
			t.Errorf("%+v", e)
		}
		checkProblems(t, e.Problems, "ps_endpoints.deny", "ps_endpoints.contact_deny")
	})
	t.Run("problems_of_named_rows_are_the_endpoint's_too", func(t *testing.T) {
		e := DecodeEndpoint(EndpointRow{ID: "6001", AORs: ptr("a"), Auth: ptr("b"), ForceRport: ptr("perhaps")},
			[]AORRow{{ID: "a", MaxContacts: ptr(int32(-1))}}, []AuthRow{{ID: "b"}})
		checkProblems(t, e.Problems, "ps_endpoints.force_rport", "ps_aors.max_contacts", "ps_auths.password", "ps_auths.username")
	})
}

func TestDecodeAOR(t *testing.T) {
	t.Parallel()
	i := func(n int32) *int32 { return &n }
	defaults := AOR{ID: "a", DefaultExpiration: 3600, MinimumExpiration: 60, MaximumExpiration: 7200, QualifyTimeout: 3}
	for _, tt := range []struct {
		name     string
		give     AORRow
		want     func(*AOR)
		problems []string
	}{
		{"a_row_of_NULLs_has_Asterisk's_defaults_and_refuses_registration", AORRow{}, func(*AOR) {}, nil},
		{"every_column_is_read", AORRow{
			Contact: ptr("sip:a@192.0.2.1, SIPS:b@192.0.2.2:5061^3Btransport=tls,"), OutboundProxy: ptr("sip:p^3Blr"),
			DefaultExpiration: i(100), MinimumExpiration: i(30), MaximumExpiration: i(200), MaxContacts: i(5), QualifyFrequency: i(60),
			QualifyTimeout: ptr(1.5), RemoveExisting: ptr("yes"), RemoveUnavailable: ptr("on"), SupportPath: ptr("1"),
			AuthenticateQualify: ptr("true"), Qualify2xxOnly: ptr("TRUE"),
		}, func(a *AOR) {
			*a = AOR{ID: "a", Permanent: []string{"sip:a@192.0.2.1", "SIPS:b@192.0.2.2:5061;transport=tls"}, OutboundProxy: "sip:p;lr",
				DefaultExpiration: 100, MinimumExpiration: 30, MaximumExpiration: 200, MaxContacts: 5, QualifyFrequency: 60, QualifyTimeout: 1.5,
				RemoveExisting: true, RemoveUnavailable: true, SupportPath: true, AuthenticateQualify: true, Qualify2xxOnly: true}
		}, nil},
		{"contact_drops_what_is_no_SIP_URI_and_repetitions", AORRow{Contact: ptr("tel:1,sip:a@b,sip:,sip:a@b")},
			func(a *AOR) { a.Permanent = []string{"sip:a@b"} }, []string{"ps_aors.contact", "ps_aors.contact"}},
		{"contact_with_a_plain_semicolon_is_read_whole", AORRow{Contact: ptr("sip:a@b;transport=tcp")},
			func(a *AOR) { a.Permanent = []string{"sip:a@b;transport=tcp"} }, []string{"ps_aors.contact"}},
		{"minimum_above_maximum_is_the_maximum", AORRow{MinimumExpiration: i(9000)},
			func(a *AOR) { a.MinimumExpiration = 7200 }, []string{"ps_aors.minimum_expiration"}},
		{"minimum_0_is_allowed", AORRow{MinimumExpiration: i(0)}, func(a *AOR) { a.MinimumExpiration = 0 }, nil},
		{"expirations_below_their_range_are_the_defaults", AORRow{DefaultExpiration: i(0), MinimumExpiration: i(-1), MaximumExpiration: i(0)},
			func(*AOR) {}, []string{"ps_aors.default_expiration", "ps_aors.minimum_expiration", "ps_aors.maximum_expiration"}},
		{"max_contacts_below_0_refuses", AORRow{MaxContacts: i(math.MinInt32)}, func(*AOR) {}, []string{"ps_aors.max_contacts"}},
		{"qualify_frequency_is_at_most_a_day", AORRow{QualifyFrequency: i(100000)},
			func(a *AOR) { a.QualifyFrequency = 86400 }, []string{"ps_aors.qualify_frequency"}},
		{"qualify_timeout_NaN_is_3_s", AORRow{QualifyTimeout: ptr(math.NaN())}, func(*AOR) {}, []string{"ps_aors.qualify_timeout"}},
		{"qualify_timeout_below_0_is_3_s", AORRow{QualifyTimeout: ptr(-1.0)}, func(*AOR) {}, []string{"ps_aors.qualify_timeout"}},
		{"a_boolean_that_is_none_is_the_default", AORRow{RemoveExisting: ptr("perhaps")}, func(*AOR) {}, []string{"ps_aors.remove_existing"}},
		{"an_id_with_;@_in_it_refuses", AORRow{ID: "a^3B@b", MaxContacts: i(1)}, func(a *AOR) { a.ID = "a;@b" }, []string{"ps_aors.id"}},
		{"an_id_of_219_characters_has_room", AORRow{ID: strings.Repeat("ä", 219), MaxContacts: i(1)},
			func(a *AOR) { a.ID, a.MaxContacts = strings.Repeat("ä", 219), 1 }, nil},
		{"an_id_of_220_characters_refuses", AORRow{ID: strings.Repeat("x", 220), MaxContacts: i(1)},
			func(a *AOR) { a.ID = strings.Repeat("x", 220) }, []string{"ps_aors.id"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.give.ID == "" {
				tt.give.ID = "a"
			}
			want := defaults
			tt.want(&want)
			got := DecodeAOR(tt.give)
			checkProblems(t, got.Problems, tt.problems...)
			got.Problems = nil
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

const (
	hex32 = "0123456789abcdef0123456789abcdef"
	hex64 = hex32 + hex32
)

func TestDecodeAuth(t *testing.T) {
	t.Parallel()
	defaults := Auth{ID: "a", Username: "alice", Type: authUserPass, NonceLifetime: 32 * time.Second}
	for _, tt := range []struct {
		name     string
		give     AuthRow
		want     func(*Auth)
		problems []string
	}{
		{"password_alone_is_userpass", AuthRow{Password: ptr("secret")}, func(a *Auth) { a.Password = "secret" }, nil},
		{"every_text_is_decoded_and_its_blanks_are_gone", AuthRow{AuthType: ptr("UserPass"), Realm: ptr(" r^3B "), Password: ptr(" s^5E^3B ")},
			func(a *Auth) { a.Realm, a.Password = "r;", "s^;" }, nil},
		{"password_with_a_plain_semicolon_is_read_whole", AuthRow{Password: ptr("a;b")}, func(a *Auth) { a.Password = "a;b" },
			[]string{"ps_auths.password"}},
		{"password_digest_goes_beside_password", AuthRow{Password: ptr("secret"),
			PasswordDigest: ptr("md5:" + strings.ToUpper(hex32) + ", SHA-256: " + hex64 + ",SHA-512-256:" + hex64)},
			func(a *Auth) {
				a.Password = "secret"
				a.Digests = [NumAlgorithms]Secret{hex32, hex64, hex64}
			}, nil},
		{"password_digest_of_a_wrong_length_never_matches", AuthRow{PasswordDigest: ptr("SHA-256:" + hex32)}, func(*Auth) {},
			[]string{"ps_auths.password_digest", "ps_auths.password"}},
		{"password_digest_of_an_unknown_word_never_matches", AuthRow{PasswordDigest: ptr("SHA1:" + hex32 + "," + hex32)}, func(*Auth) {},
			[]string{"ps_auths.password_digest", "ps_auths.password_digest", "ps_auths.password"}},
		{"password_digest_that_is_no_hex_never_matches", AuthRow{PasswordDigest: ptr("MD5:" + strings.Repeat("g", 32))}, func(*Auth) {},
			[]string{"ps_auths.password_digest", "ps_auths.password"}},
		{"the_first_of_two_digests_counts", AuthRow{PasswordDigest: ptr("MD5:" + hex32 + ",MD5:" + strings.Repeat("0", 32))},
			func(a *Auth) { a.Digests[MD5] = hex32 }, []string{"ps_auths.password_digest"}},
		{"userpass_does_not_read_md5_cred", AuthRow{MD5Cred: ptr(hex32)}, func(*Auth) {}, []string{"ps_auths.password"}},
		{"md5_reads_md5_cred_only", AuthRow{AuthType: ptr("md5"), MD5Cred: ptr(hex32), Password: ptr("secret"), PasswordDigest: ptr("SHA-256:" + hex64)},
			func(a *Auth) { a.Type, a.Digests[MD5] = authMD5, hex32 }, nil},
		{"md5_without_md5_cred_never_matches", AuthRow{AuthType: ptr("md5"), Password: ptr("secret")},
			func(a *Auth) { a.Type = authMD5 }, []string{"ps_auths.md5_cred"}},
		{"google_oauth_never_matches", AuthRow{AuthType: ptr("google_oauth"), Password: ptr("secret")},
			func(a *Auth) { a.Type = authOAuth }, []string{"ps_auths.auth_type"}},
		{"an_unknown_auth_type_never_matches", AuthRow{AuthType: ptr("plain"), Password: ptr("secret")},
			func(a *Auth) { a.Type = "plain" }, []string{"ps_auths.auth_type"}},
		{"without_a_username_nobody_matches", AuthRow{Username: ptr(" "), Password: ptr("secret")},
			func(a *Auth) { a.Username = "" }, []string{"ps_auths.username"}},
		{"nonce_lifetime_in_seconds", AuthRow{Password: ptr("s"), NonceLifetime: ptr(int32(300))},
			func(a *Auth) { a.Password, a.NonceLifetime = "s", 5*time.Minute }, nil},
		{"nonce_lifetime_0_is_32_s", AuthRow{Password: ptr("s"), NonceLifetime: ptr(int32(0))},
			func(a *Auth) { a.Password = "s" }, []string{"ps_auths.nonce_lifetime"}},
		{"supported_algorithms_uas_in_its_order", AuthRow{Password: ptr("s"), SupportedAlgorithmsUAS: ptr("sha-512-256, MD5,MD5")},
			func(a *Auth) { a.Password, a.Algorithms = "s", []Algorithm{SHA512256, MD5} }, nil},
		{"supported_algorithms_uas_skips_unknown_words", AuthRow{Password: ptr("s"), SupportedAlgorithmsUAS: ptr("SHA256,MD5")},
			func(a *Auth) { a.Password, a.Algorithms = "s", []Algorithm{MD5} }, []string{"ps_auths.supported_algorithms_uas"}},
		{"supported_algorithms_uas_of_unknown_words_alone_never_matches", AuthRow{Password: ptr("s"), SupportedAlgorithmsUAS: ptr("SHA256")},
			func(*Auth) {}, []string{"ps_auths.supported_algorithms_uas"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.give.ID = "a"
			if tt.give.Username == nil {
				tt.give.Username = ptr("alice")
			}
			want := defaults
			tt.want(&want)
			got := DecodeAuth(tt.give)
			checkProblems(t, got.Problems, tt.problems...)
			for _, p := range got.Problems {
				for _, secret := range []*string{tt.give.Password, tt.give.MD5Cred, tt.give.PasswordDigest} {
					if secret != nil && len(*secret) > 1 && strings.Contains(fmt.Sprint(p), *secret) {
						t.Errorf("a secret stands in %+v", p)
					}
				}
			}
			got.Problems = nil
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSecret(t *testing.T) {
	t.Parallel()
	a := DecodeAuth(AuthRow{ID: "a", Username: ptr("alice"), Password: ptr("hunter2")})
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{fmt.Sprint(a), fmt.Sprintf("%+v", a), fmt.Sprintf("%#v", a), fmt.Sprintf("%q", a.Password), string(b)} {
		if strings.Contains(s, "hunter2") {
			t.Errorf("printed: %s", s)
		}
	}
	if a.Password.Reveal() != "hunter2" {
		t.Error("Reveal is the secret itself")
	}
}

func FuzzPasswordDigest(f *testing.F) {
	for _, s := range []string{"", "MD5:" + hex32, "SHA-256:" + hex64 + ",md5:" + hex32, "MD5:,SHA-512-256:x", ":::,", "MD5:" + strings.Repeat("\x10", 32)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		digests, problems := parseDigests(s)
		found := 0
		for a := range NumAlgorithms {
			d := digests[a].Reveal()
			if d == "" {
				continue
			}
			found++
			if len(d) != a.HexLen() || strings.Trim(d, "0123456789abcdef") != "" {
				t.Errorf("%s of %q is %q", a, s, d)
			}
			if !strings.Contains(strings.ToLower(s), d) {
				t.Errorf("%q is not in %q", d, s)
			}
		}
		if items := len(SplitList(s)); found+len(problems) != items {
			t.Errorf("%q has %d items, of which %d were read and %d told", s, items, found, len(problems))
		}
	})
}

// FuzzDecodeEndpoint: no value of a column breaks the decoding.
func FuzzDecodeEndpoint(f *testing.F) {
	f.Add("6001", "6001,b", "yes")
	f.Add("", ",", "^3B\xff")
	f.Fuzz(func(t *testing.T, id, list, s string) {
		e := DecodeEndpoint(fill[EndpointRow](id, list), []AORRow{fill[AORRow](s, list)}, []AuthRow{fill[AuthRow](s, list)})
		if len(e.AORs) > len(e.AORNames) || len(e.Auths) > len(e.AuthNames) {
			t.Errorf("more rows than names: %+v", e)
		}
		if e.AuthNames == nil && text(&list) != "" {
			t.Errorf("auth %q lets everybody in", list)
		}
	})
}

// fill makes a row whose texts are all s.
func fill[T any](id, s string) T {
	var r T
	v := reflect.ValueOf(&r).Elem()
	for i := range v.NumField() {
		if v.Field(i).Type() == reflect.TypeFor[*string]() {
			v.Field(i).Set(reflect.ValueOf(&s))
		}
	}
	v.FieldByName("ID").SetString(id)
	return r
}

func BenchmarkDecodeEndpoint(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		DecodeEndpoint(EndpointRow{ID: "6001", AORs: ptr("6001"), Auth: ptr("6001")},
			[]AORRow{{ID: "6001", MaxContacts: ptr(int32(5))}}, []AuthRow{{ID: "6001", Username: ptr("6001"), Password: ptr("secret")}})
	}
}
